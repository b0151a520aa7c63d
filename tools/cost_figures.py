"""What `cost_query` says about its table: figures, formula, caveats."""

from collections.abc import Iterable, Sequence
from decimal import Decimal

from finops.evidence import Figure
from finops.money import plain, trimmed
from finops.periods import Period
from finops.ports import TableInfo
from finops.query import COST_METRICS, CostQuery
from tools.cost_questions import unit_column
from tools.cost_result import CostResult, CostRow, CostTotal
from tools.scope import coverage_caveats, in_words, subject

SUFFIXES = ("share", "compare", "change", "change_percent", "gross", "credits", "corrections")


def figures(query: CostQuery, result: CostResult) -> Iterable[Figure]:
    """Return every figure of the result."""
    about = subject(query.filters, {})
    rows = Decimal(sum(total.rows for total in result.totals))
    yield Figure(name="rows", value=rows, unit="rows", subject=about, period=result.period)
    for total in result.totals:
        yield from _figures_of(total, about, result.period, result)
    for row in result.rows:
        group: dict[str, str | None] = {",".join(query.group_by): "other"} if row.other else row.group
        yield from _figures_of(row, subject(query.filters, group), _bucket(row, query, result.period), result)


def _bucket(row: CostRow, query: CostQuery, period: Period) -> Period:
    """Return the row's bucket, cut to the period asked for."""
    if row.bucket is None or query.grain is None:
        return period
    whole = Period.bucket(row.bucket, query.grain)
    return Period(start=max(whole.start, period.start), end=min(whole.end, period.end))


def _figures_of(one: CostRow | CostTotal, about: str, period: Period, result: CostResult) -> Iterable[Figure]:
    yield Figure(name=one.figure, value=one.value, unit=one.unit, subject=about, period=period,
                 definition=result.metric)  # fmt: skip
    for suffix in SUFFIXES:
        value: object = getattr(one, suffix, None)
        if isinstance(value, Decimal):
            compared = suffix == "compare"
            yield Figure(
                name=f"{one.figure}.{suffix}",
                value=value,
                unit="%" if suffix in ("share", "change_percent") else one.unit,
                subject=about,
                period=result.compare_period if compared else period,
                definition=result.metric if compared else f"{result.metric} {suffix}",
            )


def formula(query: CostQuery, result: CostResult, read: int) -> str:
    """Say how the figures come from the rows."""
    parts = [
        f"sum of {query.metric} by {unit_column(query.metric)} over {read} rows whose charge period starts from "
        f"{result.period.start} up to, not including, {result.period.end}"
    ]
    if result.compare_period:
        parts[0] += f", or from {result.compare_period.start} up to, not including, {result.compare_period.end}"
        parts.append("change = value - compared; change_percent = 100 x change / size of compared")
    if query.filters:
        parts.append(f"where {in_words(query.filters)}")
    if query.group_by:
        parts.append(f"grouped by {', '.join(query.group_by)}")
    if query.group_by or query.grain:
        parts.append("share = 100 x row / total of its unit, rounded half-even to 2 decimals")
    return "; ".join(parts)


def caveats(
    query: CostQuery,
    table: TableInfo,
    period: Period,
    other: Period | None,
    totals: Sequence[CostTotal],
    *,
    cut: int | None,
) -> tuple[str, ...]:
    """Return what a reader of the figures must know; `cut` is how many groups are listed where nobody asked for a top."""
    notes = [*table.caveats.get(query.metric, ()), *coverage_caveats(period, table)]
    if other:
        notes += coverage_caveats(other, table, what="compared period: ")
    for total in totals:
        notes += _parts(total)
    if len(totals) > 1:
        what = "currencies" if query.metric in COST_METRICS else "units"
        notes.append(f"there are {len(totals)} {what}, which are never added")
    if cut is not None:
        notes.append(f"only the {cut} largest groups are listed, the rest is `other`")
    return tuple(notes)


def _parts(total: CostTotal) -> Iterable[str]:
    if total.credits is not None and total.gross is not None:
        yield (
            f"{total.figure} includes credits of {total.unit} {plain(trimmed(total.credits))} "
            f"(gross {total.unit} {plain(trimmed(total.gross))})"
        )
    if total.corrections is not None:
        yield f"{total.figure} includes corrections of {total.unit} {plain(trimmed(total.corrections))}"
