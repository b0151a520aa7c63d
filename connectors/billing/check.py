"""Read a bill once as text and say, in counts, everything that is wrong or odd about it, and what it sums to."""

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
    moment,
    unusual,
    without_zone,
)
from connectors.billing.session import text
from connectors.billing.source import SourceFile
from finops.focus import BY_NAME
from finops.money import EXACT
from finops.tables import MAX_DECIMALS

# What counts how many rows are off in a column; the first four refuse a file.
Measure = tuple[str, str]
REFUSING = ("bad_number", "bad_moment", "bad_object", "null", "ends_early")
MAX_SOURCE = 200
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
    clean = raws[name].clean
    if kind == "null":
        return f"{clean} IS NULL"
    if kind == "null_text":
        return f"{raws[name].as_text} = {text(NULL_TEXT)}"
    if kind == "unusual":
        return unusual(clean, BY_NAME[name])
    if kind == "ends_early":
        start = next(first for first, last in _PAIRS if last == name)
        return f"{moment(clean)} < {moment(raws[start].clean)}"
    return {"bad_number": bad_number, "bad_moment": bad_moment, "bad_object": bad_object, "no_zone": without_zone}[
        kind
    ](clean)


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


def check(connection: duckdb.DuckDBPyConnection, file: SourceFile, source: str | None) -> Checked:
    """Count every measure in one scan, grouped by source, month and currency."""
    raws = raws_of(file)
    measures = measures_of(raws)
    amounts = [name for name in raws if name in BY_NAME and BY_NAME[name].is_metric]
    billed = raws["BilledCost"].clean
    digits = (
        f"CASE WHEN NOT {_exponent(billed)} THEN rpad(rtrim(split_part({billed}, '.', 2)), {MAX_DECIMALS}, '0') END"
    )
    signed = f"CASE WHEN starts_with(ltrim({billed}), '-') THEN -1 ELSE 1 END"
    select = [
        f"{source_expression(raws, source)} AS s",
        f"strftime({moment(raws['BillingPeriodStart'].clean)}, '%Y-%m') AS m",
        f"{raws['BillingCurrency'].clean} AS c",
        "count(*)",
        # BilledCost once more, digit by digit: whole part and fraction as integers, without the DECIMAL type it is compared with.
        f"sum(CASE WHEN NOT {_exponent(billed)} THEN TRY_CAST(split_part({billed}, '.', 1) AS HUGEINT) END)",
        f"sum({signed} * TRY_CAST(left({digits}, {MAX_DECIMALS}) AS HUGEINT))",
        *(f"count(*) FILTER ({condition(measure, raws)})" for measure in measures),
        *(f"max({decimals(raws[name].clean, trim=raws[name].typed_digits)})" for name in amounts),
    ]
    rows = connection.execute(
        f"SELECT {', '.join(select)} FROM {file.relation()} GROUP BY s, m, c ORDER BY s, m, c"  # noqa: S608
    ).fetchall()
    result = Checked()
    for row in rows:
        _add(result, row, measures, amounts)
    _add_exponents(connection, file, source, result)
    return result


def _exponent(clean: str) -> str:
    return f"(contains({clean}, 'e') OR contains({clean}, 'E'))"


def _add(result: Checked, row: tuple[object, ...], measures: list[Measure], amounts: list[str]) -> None:
    source, month, currency, rows, whole, fraction, *rest = row
    key = (str(source), str(month))
    result.rows += int(str(rows))
    result.part_rows[key] = result.part_rows.get(key, 0) + int(str(rows))
    with localcontext(EXACT):
        amount = Decimal(str(whole or 0)) + Decimal(str(fraction or 0)).scaleb(-MAX_DECIMALS)
        result.sums[(*key, str(currency))] = amount
    for measure, count in zip(measures, rest[: len(measures)], strict=True):
        result.counts[measure] = result.counts.get(measure, 0) + int(str(count))
    scales = result.scales.setdefault(key, {})
    for name, scale in zip(amounts, rest[len(measures) :], strict=True):
        if scale is not None:
            scales[name] = max(scales.get(name, 0), min(int(str(scale)), MAX_DECIMALS))


def _add_exponents(
    connection: duckdb.DuckDBPyConnection, file: SourceFile, source: str | None, result: Checked
) -> None:
    """Add the amounts written with an exponent, such as 5E-7, one distinct text at a time."""
    raws = raws_of(file)
    billed = raws["BilledCost"].clean
    if result.count("bad_number", "BilledCost"):
        return
    rows = connection.execute(
        f"SELECT {source_expression(raws, source)}, strftime({moment(raws['BillingPeriodStart'].clean)}, '%Y-%m'), "  # noqa: S608
        f"{raws['BillingCurrency'].clean}, {billed}, count(*) FROM {file.relation()} WHERE {_exponent(billed)} GROUP BY ALL"
    ).fetchall()
    with localcontext(EXACT):
        for s, m, c, written, count in rows:
            result.sums[(str(s), str(m), str(c))] += Decimal(str(written).strip()) * int(str(count))


def never_null(measure: Measure) -> bool:
    """Whether a null counted by this measure refuses the file rather than being warned of."""
    return measure[0] != "null" or measure[1] in NEVER_NULL
