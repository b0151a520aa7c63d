"""Read a bill once as text and say, in counts, everything that is wrong or odd about it, and what it sums to."""

from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal, localcontext

import duckdb

from connectors.billing.columns import NEVER_NULL
from connectors.billing.expressions import (
    NULL_TEXT,
    Raw,
    bad_moment,
    bad_number,
    bad_object,
    decimals,
    exponent,
    prepare,
    too_fine,
    unusual,
    without_zone,
    written_decimals,
)
from connectors.billing.session import text
from connectors.billing.source import SourceFile
from finops.focus import BY_NAME
from finops.money import EXACT
from finops.tables import MAX_DECIMALS

# What counts how many rows are off in a column: the kind and the column.
Measure = tuple[str, str]
REFUSING = ("bad_number", "too_fine", "bad_moment", "bad_object", "null", "ends_early")
MAX_SOURCE = 200
_CONDITIONS: dict[str, Callable[[Raw], str]] = {
    "bad_number": bad_number, "too_fine": too_fine, "bad_moment": bad_moment, "bad_object": bad_object, "no_zone": without_zone,
}  # fmt: skip
_PAIRS = (("ChargePeriodStart", "ChargePeriodEnd"), ("BillingPeriodStart", "BillingPeriodEnd"))


@dataclass(slots=True)
class Checked:
    """The counts of one file. `sums` are BilledCost by source, month and currency, added up from the text."""

    rows: int = 0
    counts: dict[Measure, int] = field(default_factory=dict[Measure, int])
    scales: dict[tuple[str, str], dict[str, int]] = field(default_factory=dict[tuple[str, str], dict[str, int]])
    part_rows: dict[tuple[str, str], int] = field(default_factory=dict[tuple[str, str], int])
    sums: dict[tuple[str, str, str], Decimal] = field(default_factory=dict[tuple[str, str, str], Decimal])

    def count(self, kind: str, column: str) -> int:
        """Return how many rows have this oddity in this column."""
        return self.counts.get((kind, column), 0)

    def raise_scale(self, part: tuple[str, str], name: str, scale: int) -> None:
        """Note that an amount of a part has so many decimals; more than the lake keeps are zeros, or refused elsewhere."""
        scales = self.scales.setdefault(part, {})
        scales[name] = max(scales.get(name, 0), min(scale, MAX_DECIMALS))

    def add(self, row: tuple[object, ...], measures: list[Measure], counts: tuple[object, ...]) -> None:
        """Add one group: source, month, currency, rows, whole part and fraction of BilledCost, and the counts."""
        source, month, currency, rows, whole, fraction = row[:6]
        key = (str(source), str(month))
        self.rows += int(str(rows))
        self.part_rows[key] = self.part_rows.get(key, 0) + int(str(rows))
        self.scales.setdefault(key, {})
        with localcontext(EXACT):
            amount = Decimal(str(whole or 0)) + Decimal(str(fraction or 0)).scaleb(-MAX_DECIMALS)
            self.sums[*key, str(currency)] = amount
        for measure, count in zip(measures, counts, strict=False):
            self.counts[measure] = self.count(*measure) + int(str(count))


def raws_of(file: SourceFile) -> dict[str, Raw]:
    """Return the file's columns, ready to be read as text."""
    return {name: Raw(name, kind) for name, kind in file.types.items()}


def source_expression(raws: dict[str, Raw], source: str | None) -> str:
    """Return the expression of x_Source: the name given, or provider and billing account."""
    if source is not None:
        return text(source)
    full = f"({raws['ProviderName'].clean} || '/' || {raws['BillingAccountId'].clean})"
    # Parquet statistics, which name a file's partition, hold 256 bytes.
    return f"CASE WHEN strlen({full}) > {MAX_SOURCE} THEN left({full}, 40) || '~' || md5({full}) ELSE {full} END"


def condition(measure: Measure, raws: dict[str, Raw]) -> str:
    """Return the SQL condition that a row is counted under a measure."""
    kind, name = measure
    raw = raws[name]
    match kind:
        case "null":
            return f"{raw.clean} IS NULL"
        case "null_text":
            return f"{raw.as_text} = {text(NULL_TEXT)}"
        case "unusual":
            return unusual(raw.clean, BY_NAME[name])
        case "ends_early":
            start = next(first for first, last in _PAIRS if last == name)
            return f"{raw.moment} < {raws[start].moment}"
        case _:
            return _CONDITIONS[kind](raw)


def measures_of(raws: dict[str, Raw]) -> list[Measure]:
    """Return everything that is counted in a file with these columns."""
    found: list[Measure] = []
    for name, raw in raws.items():
        column = BY_NAME.get(name)
        if raw.type == "VARCHAR":
            found.append(("null_text", name))
        if column is None:
            continue
        if not column.nullable:
            found.append(("null", name))
        found += {"Decimal": [("bad_number", name)], "JSON": [("bad_object", name)], "String": []}.get(column.type, [])
        if column.type == "Date/Time":
            found += [("bad_moment", name)] + ([("no_zone", name)] if raw.type == "VARCHAR" else [])
        if column.values:
            found.append(("unusual", name))
    return found + [("ends_early", last) for first, last in _PAIRS if first in raws and last in raws]


@dataclass(frozen=True, slots=True)
class _Scan:
    """What every query over one file shares: its columns as prepared, the subquery that prepares them, and the source's name."""

    connection: duckdb.DuckDBPyConnection
    raws: dict[str, Raw]
    relation: str
    source: str | None

    def part(self) -> list[str]:
        """Return what rows are grouped by: source, month and currency."""
        month = f"strftime({self.raws['BillingPeriodStart'].moment}, '%Y-%m')"
        return [
            f"{source_expression(self.raws, self.source)} AS s",
            f"{month} AS m",
            f"{self.raws['BillingCurrency'].clean} AS c",
        ]

    def grouped(self, select: list[str]) -> list[tuple[object, ...]]:
        """Return the aggregates of `select` by source, month and currency."""
        wanted = ", ".join((*self.part(), *select))
        return self.connection.execute(
            f"SELECT {wanted} FROM {self.relation} GROUP BY s, m, c ORDER BY s, m, c"  # noqa: S608
        ).fetchall()


def check(connection: duckdb.DuckDBPyConnection, file: SourceFile, source: str | None) -> Checked:
    """Count every measure in one scan, grouped by source, month and currency; a second one only for unusual numbers."""
    raws, relation = prepare(raws_of(file), file.relation())
    scan = _Scan(connection, raws, relation, source)
    measures = measures_of(raws)
    amounts = [name for name in raws if name in BY_NAME and BY_NAME[name].is_metric]
    select = [
        "count(*)",
        *_billed_digits(raws["BilledCost"].clean),
        *(f"count(*) FILTER ({condition(measure, raws)})" for measure in measures),
        *(f"max({written_decimals(raws[name].clean)})" for name in amounts),
        *(f"count(*) FILTER ({exponent(raws[name].clean)})" for name in amounts),
    ]
    rows = scan.grouped(select)
    result = Checked()
    peculiar: set[str] = set()
    for row in rows:
        counts = row[6:]
        result.add(row, measures, counts)
        scales, exponents = counts[len(measures) : -len(amounts)], counts[-len(amounts) :]
        for name, scale, written in zip(amounts, scales, exponents, strict=True):
            if scale is not None:
                result.raise_scale((str(row[0]), str(row[1])), name, int(str(scale)))
                if int(str(scale)) > MAX_DECIMALS or written or raws[name].typed_digits:
                    peculiar.add(name)
    _measure_peculiar(scan, sorted(peculiar), result)
    return result


def _billed_digits(billed: str) -> list[str]:
    """Return the sums of whole parts and of fractions as integers: BilledCost without the DECIMAL type it is compared with."""
    plain = f"NOT {exponent(billed)}"
    fraction = f"TRY_CAST(rpad(rtrim(split_part({billed}, '.', 2)), {MAX_DECIMALS}, '0') AS HUGEINT)"
    sign = f"CASE WHEN starts_with(ltrim({billed}), '-') THEN -1 ELSE 1 END"
    return [
        f"sum(CASE WHEN {plain} THEN TRY_CAST(split_part({billed}, '.', 1) AS HUGEINT) END)",
        f"sum(CASE WHEN {plain} THEN {sign} * {fraction} END)",
    ]


def _measure_peculiar(scan: _Scan, names: list[str], result: Checked) -> None:
    """Measure anew the columns that have exponents, or digits beyond the lake's: their decimals, and BilledCost's exponents."""
    if not names:
        return
    raws = scan.raws
    select = [
        *(f"max({decimals(raws[name].clean, trim=raws[name].typed_digits)})" for name in names),
        *(f"count(*) FILTER ({too_fine(raws[name])})" for name in names),
    ]
    for parts in result.scales.values():
        for name in names:
            parts.pop(name, None)
    for row in scan.grouped(select):
        for name, scale, fine in zip(names, row[3 : 3 + len(names)], row[3 + len(names) :], strict=True):
            result.counts["too_fine", name] = result.count("too_fine", name) + int(str(fine))
            if scale is not None:
                result.raise_scale((str(row[0]), str(row[1])), name, int(str(scale)))
    if "BilledCost" in names and not result.count("bad_number", "BilledCost"):
        _add_exponents(scan, result)


def _add_exponents(scan: _Scan, result: Checked) -> None:
    """Add the amounts written with an exponent, one distinct text at a time."""
    billed = scan.raws["BilledCost"].clean
    rows = scan.connection.execute(
        f"SELECT {', '.join(scan.part())}, {billed}, count(*) FROM {scan.relation} "  # noqa: S608
        f"WHERE {exponent(billed)} GROUP BY ALL"
    ).fetchall()
    with localcontext(EXACT):
        for s, m, c, written, count in rows:
            result.sums[str(s), str(m), str(c)] += Decimal(str(written).strip()) * int(str(count))


def never_null(measure: Measure) -> bool:
    """Whether a null counted by this measure refuses the file rather than being warned of."""
    return measure[0] != "null" or measure[1] in NEVER_NULL
