"""Say what a file is as a FOCUS bill without loading it: columns, the model's rules, amounts, periods, and whether it loads."""

from collections.abc import Collection, Sequence
from decimal import Decimal, localcontext
from pathlib import Path

import duckdb
from pydantic import Field

from connectors.billing.conformance.criteria import declared
from connectors.billing.conformance.judge import judge
from connectors.billing.conformance.result import Conformance
from connectors.billing.files.source import Kind, SourceFile, open_file, rows_in
from connectors.billing.formats import by_header, table_of
from connectors.billing.judged.columns import check_columns, refuse_twins, version_of
from connectors.billing.judged.faults import unreadable
from connectors.billing.reading.one_pass import REFUSING, Checked, check, condition, never_null, raws_of
from connectors.billing.sql.session import session
from finops.errors import BadFile, BadInput
from finops.focus import BY_NAME, VERSIONS, Level, columns_of, detect_version
from finops.money import EXACT
from finops.query import Frozen
from finops.tables import MAX_DECIMALS, exact_text

_EXAMPLES = 5
_DIGITS = 38
_SAY = {
    "null": "absent though FOCUS requires a value",
    "null_text": "the text `NULL` in place of a value",
    "unusual": "not one of the allowed values",
    "bad_number": "no finite amount within 38 digits",
    "too_fine": "an amount with more than 18 decimals",
    "bad_moment": "no date and time from 2000 to 2099",
    "bad_object": "no JSON object",
    "no_zone": "without time zone",
    "local_month": "the first of a month in its own zone and not in UTC",
    "no_month": "not the first of a month",
    "ends_early": "before the start of its period",
}


class Violation(Frozen):
    """One way in which rows of one column differ from what the lake holds. The header is row 1."""

    column: str
    kind: str
    message: str
    rows: int
    first_row: int
    examples: tuple[str, ...]
    refuses: bool = Field(description="whether the file cannot be loaded because of it")


class ColumnReport(Frozen):
    """Columns of one level of the version that was found."""

    level: Level
    present: tuple[str, ...]
    missing: tuple[str, ...]


class ValidationReport(Frozen):
    """What a file is as a FOCUS bill. `loadable` tells whether `toll ingest` would take it; `conforms` whether no MUST is broken."""

    file: str
    kind: Kind
    version: str
    rows: int
    columns: tuple[ColumnReport, ...]
    extra_columns: tuple[str, ...]
    violations: tuple[Violation, ...]
    periods: tuple[str, ...] = Field(description="billing months, as 2024-09")
    totals: dict[str, str] = Field(
        description="BilledCost by currency, exact, of the rows whose BilledCost is an amount"
    )
    unread: int = Field(
        default=0, description="rows whose BilledCost is no amount within 38 digits, so that no total has it"
    )
    loadable: bool
    conforms: bool
    conformance: Conformance = Field(description="the verdict on every rule of the FOCUS requirements model")
    reason: str = Field(default="", description="why it cannot be loaded")


def validate_bill(
    path: Path,
    scratch: Path,
    *,
    applies: Collection[str] = (),
    absent: Collection[str] = (),
    against: str | None = None,
    literally: bool = False,
) -> ValidationReport:
    """Report on one FOCUS file.

    `applies` and `absent` are applicability criteria of its provider that are met and not met; `against` is the version whose
    columns it is held to, its own without it; `literally` takes the model's expressions where they contradict its sentences.
    Raises `BadFile` where it cannot be read as a table, or is no FOCUS bill; `BadInput` for an unknown criterion or version.
    """
    criteria = declared(applies, absent)
    if against not in (None, *VERSIONS):
        raise BadInput(f"unknown FOCUS version `{against}`", fix=f"give one of {', '.join(VERSIONS)}")
    with session(scratch) as connection:
        file = open_file(connection, path)
        refuse_foreign(file)
        refuse_twins(file)
        try:
            version = against or version_of(file.columns)
            conformance = judge(connection, file, version=version, declared=criteria, literally=literally)
            checked, violations, reason = _loading(connection, file)
        except duckdb.Error as error:
            raise unreadable(connection, file, error) from error
        return _report(file, checked, violations, reason, conformance)


# Columns that FOCUS alone has side by side.
_OWN = frozenset(("BilledCost", "EffectiveCost", "ListCost"))


def refuse_foreign(file: SourceFile) -> None:
    """Refuse what is no FOCUS bill, saying what it is where that is known."""
    if _OWN.issubset(file.types):
        return
    found = [name for name in by_header(file.columns) if name != "oci-focus"]
    if found:
        raise BadFile(
            f"`{file.name}` is {table_of(found[0]).title}, which FOCUS rules do not speak of",
            fix="`toll ingest` converts it to FOCUS",
        )
    if not any(name in BY_NAME for name in file.columns):
        raise BadFile(f"`{file.name}` is no FOCUS bill, it has none of its columns", fix="give a bill in FOCUS format")


def _loading(
    connection: duckdb.DuckDBPyConnection, file: SourceFile
) -> tuple[Checked | None, tuple[Violation, ...], str]:
    """Return what an import counts and minds, and why it would refuse the file, empty where it would not."""
    try:
        check_columns(file)
    except BadFile as error:
        return None, (), str(error)
    checked = check(connection, file, None)
    violations = _violations(connection, file, checked)
    refusing = next((one for one in violations if one.refuses), None)
    reason = (
        f"row {refusing.first_row}: {refusing.column} is {refusing.message}" if refusing else _overflow(file, checked)
    )
    return checked, violations, reason if checked.rows else "it holds a header and no rows"


def _overflow(file: SourceFile, checked: Checked) -> str:
    """Say where a cost of one source and month is more than the lake holds, as the import would find it."""
    most = Decimal(10) ** (_DIGITS - MAX_DECIMALS)
    beyond = any(abs(total) >= most for costs in checked.sums.values() for total in costs.values())
    return f"`{file.name}` sums to more than {_DIGITS} digits; check its amounts" if beyond else ""


def _report(
    file: SourceFile, checked: Checked | None, violations: Sequence[Violation], reason: str, conformance: Conformance
) -> ValidationReport:
    known = columns_of(detect_version(frozenset(file.columns)))
    levels: tuple[Level, ...] = ("Mandatory", "Conditional", "Recommended")
    columns = tuple(
        ColumnReport(
            level=level,
            present=tuple(c.name for c in known if c.level == level and c.name in file.types),
            missing=tuple(c.name for c in known if c.level == level and c.name not in file.types),
        )
        for level in levels
    )
    return ValidationReport(
        file=file.name,
        kind=file.kind,
        version=version_of(file.columns),
        rows=conformance.rows,
        columns=columns,
        extra_columns=tuple(name for name in file.columns if name not in BY_NAME),
        violations=tuple(violations),
        periods=tuple(sorted({month for _, month in checked.part_rows})) if checked else (),
        totals=_totals(checked) if checked else {},
        unread=checked.count("bad_number", "BilledCost") if checked else 0,
        loadable=not reason,
        conforms=conformance.conforms,
        conformance=conformance,
        reason=reason,
    )


def _totals(checked: Checked) -> dict[str, str]:
    currencies = sorted({currency for *_, currency in checked.sums})
    with localcontext(EXACT):
        return {
            currency: exact_text(
                sum((costs["BilledCost"] for (*_, c), costs in checked.sums.items() if c == currency), Decimal(0))
            )
            for currency in currencies
        }


def _violations(connection: duckdb.DuckDBPyConnection, file: SourceFile, checked: Checked) -> tuple[Violation, ...]:
    raws = raws_of(file)
    found: list[Violation] = []
    for measure in checked.counts:
        kind, column = measure
        count = checked.count(kind, column)
        if count:
            rows = rows_in(connection, file, f"left({raws[column].as_text}, 60)", condition(measure, raws), _EXAMPLES)
            examples = dict.fromkeys(str(row[1]) for row in rows if row[1] is not None)
            found.append(
                Violation(
                    column=column,
                    kind={"unusual": "not_allowed", "no_zone": "no_time_zone"}.get(kind, kind),
                    message=_SAY[kind],
                    rows=count,
                    first_row=int(str(rows[0][0])) if rows else 0,
                    examples=tuple(examples),
                    refuses=kind in REFUSING and never_null(measure),
                )
            )
    return tuple(found)
