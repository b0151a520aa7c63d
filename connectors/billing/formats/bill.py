"""A bill of any format as a file of FOCUS columns: what the checks and the conversion read."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, localcontext
from pathlib import Path

import duckdb

from connectors.billing.files.source import JSON_LINES, ROW, Kind, SourceFile, as_text, open_file, with_rows
from connectors.billing.formats.compile import compile_table
from connectors.billing.formats.detect import detect
from connectors.billing.formats.header import Header, cleaned
from connectors.billing.formats.table import Format, Table, table_of
from connectors.billing.formats.totals import Totals, add_column, add_json_lines, list_members
from connectors.billing.judged.faults import no_json_lines, unreadable
from connectors.billing.sql.expressions import code_of
from connectors.billing.sql.session import text
from finops.errors import BadFile
from finops.money import EXACT, plain
from finops.tables import exact_text


@dataclass(frozen=True, slots=True)
class Bill:
    """A file of a provider's own format, read as FOCUS columns of text. `raw` is the file itself.

    `caveats` are said of a metric in any case, `lacks` where rows have no value of it. `total_column` is the FOCUS column
    that the file's own total is of.
    """

    raw: SourceFile
    table: Table
    source: str
    source_numbered: str
    types: dict[str, str]
    totals: Totals
    caveats: Mapping[str, str]

    @property
    def path(self) -> Path:
        """Where the file is."""
        return self.raw.path

    @property
    def name(self) -> str:
        """Name of the file without its folder, for messages."""
        return self.raw.name

    @property
    def kind(self) -> Kind:
        """How the file is packed."""
        return self.raw.kind

    @property
    def format(self) -> Format:
        """The format it is of."""
        return self.table.format

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the columns it yields: FOCUS columns, then what FOCUS cannot hold."""
        return tuple(self.types)

    @property
    def lacks(self) -> Mapping[str, str]:
        """Caveats by metric, for the metrics that some rows have no value of."""
        return self.table.lacks

    @property
    def total_column(self) -> str:
        """The FOCUS column that `raw_total` is of."""
        return self.table.total

    def relation(self) -> str:
        """Return the SQL table expression that yields every column as text."""
        return self.source

    def numbered(self) -> str:
        """Return the same with the number of the file's row that each row is of, also where one becomes several."""
        return self.source_numbered

    def raw_total(self) -> dict[str, Decimal]:
        """Return the file's total by currency, added up from its text apart from the mapping."""
        return dict(self.totals.sums)


def open_bill(connection: duckdb.DuckDBPyConnection, path: Path, format: Format | None = None) -> "SourceFile | Bill":  # noqa: A002
    """Open a file as a bill: a FOCUS file as it is, any other format as FOCUS columns. `format` forces one.

    Raises `BadFile` where the file cannot be read, or lacks the columns of the format that was named.
    """
    file = open_file(connection, path)
    try:
        raw = cleaned(as_text(connection, file), file.columns)
        name = format or detect(connection, file, raw)
        return file if name == "focus" else _mapped(connection, file, raw, table_of(name))
    except duckdb.Error as error:
        raise unreadable(connection, file, error) from error


def _mapped(connection: duckdb.DuckDBPyConnection, file: SourceFile, raw: str, table: Table) -> Bill:
    header = Header(file.columns, table.spelling)
    missing = [name for name in (table.amount, table.currency) if header.text(name) is None]
    if missing:
        raise BadFile(
            f"`{file.name}` is no {table.title}: it lacks `{missing[0].split('|')[0]}`",
            fix="leave the format out, so that it is told by the header",
        )
    compiled = compile_table(table, file.columns)
    try:
        totals = _totals(connection, file, raw, table, header)
        caveats = {**table.caveats, **_cut(totals), **_rival(connection, raw, table, header, totals)}
    except UnicodeDecodeError as error:
        raise BadFile(f"`{file.name}` is not UTF-8", fix="export it again") from error
    except ValueError as error:
        raise no_json_lines(file) from error
    types = dict.fromkeys(compiled.select, "VARCHAR")
    return Bill(file, table, compiled.relation(raw), compiled.relation(with_rows(raw), ROW), types, totals, caveats)


def _totals(connection: duckdb.DuckDBPyConnection, file: SourceFile, raw: str, table: Table, header: Header) -> Totals:
    totals = Totals(table.rounds)
    if file.kind in JSON_LINES:
        add_json_lines(file.path, table.amount, table.also, table.currency, totals)
        return totals
    add_column(connection, f"{raw} AS r", str(header.text(table.amount)), str(header.text(table.currency)), totals)
    if table.also and table.also.split(".")[0] in file.columns:
        add_column(connection, list_members(raw, table.also, table.currency), "t", "c", totals)
    return totals


def _cut(totals: Totals) -> dict[str, str]:
    """Say what rounding left out: digits below the lake's last decimal, which only binary doubles write."""
    if not totals.fine:
        return {}
    said = f"BilledCost of {totals.fine} amounts was rounded to 18 decimals; what was cut off adds up to {plain(totals.cut)}"
    return {"BilledCost": said}


def _rival(
    connection: duckdb.DuckDBPyConnection, raw: str, table: Table, header: Header, totals: Totals
) -> dict[str, str]:
    rival = header.text(table.rival) if table.rival else None
    if rival is None:
        return {}
    other = Totals(rounds=False)
    add_column(connection, f"{raw} AS r", rival, str(header.text(table.currency)), other)
    unlike = {code: amount for code, amount in other.sums.items() if amount != totals.sums.get(code) and amount}
    if not unlike:
        return {}
    sums = ", ".join(f"{exact_text(amount)} {code}" for code, amount in sorted(unlike.items()))
    return {
        "BilledCost": f"BilledCost is before discounts that the bill states only in {table.rival}, which sums to {sums}"
    }


def prove_total(connection: duckdb.DuckDBPyConnection, file: "SourceFile | Bill", written: str) -> None:
    """Refuse the load unless what was written, a table expression, sums to the file's own total, to the last digit.

    A FOCUS file has a total of its own where it is of JSON lines, whose numbers another reader may cut.
    """
    if isinstance(file, SourceFile) and file.kind not in JSON_LINES:
        return
    amount_column, column = _proved(file)
    rows = connection.execute(
        f"SELECT BillingCurrency, CAST(sum({column}) AS VARCHAR) FROM {written} GROUP BY BillingCurrency"  # noqa: S608
    ).fetchall()
    loaded = {str(code): Decimal(amount) for code, amount in rows if amount is not None}
    own: dict[str, Decimal] = {}
    with localcontext(EXACT):
        for written_code, amount in _own_total(file).items():
            code = code_of(written_code)
            own[code] = own.get(code, Decimal(0)) + amount
        for code, amount in own.items():
            if amount - loaded.get(code, Decimal(0)):
                raise BadFile(
                    f"`{file.name}`: {text(amount_column)} sums to `{plain(amount)}` {code} as written and "
                    f"{column} to `{plain(loaded.get(code, Decimal(0)))}` as loaded",
                    fix="export it again; nothing was loaded",
                )


def _proved(file: "SourceFile | Bill") -> tuple[str, str]:
    """Return the file's column that its total is of, and the FOCUS column that holds it."""
    return (file.table.amount, file.total_column) if isinstance(file, Bill) else ("BilledCost", "BilledCost")


def _own_total(file: "SourceFile | Bill") -> dict[str, Decimal]:
    if isinstance(file, Bill):
        return file.raw_total()
    totals = Totals(rounds=False)
    try:
        add_json_lines(file.path, "BilledCost", "", "BillingCurrency", totals)
    except ValueError as error:
        raise no_json_lines(file) from error
    return totals.sums
