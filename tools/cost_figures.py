"""What `cost_query` says about its table: figures, formula, caveats."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from finops.also import RATES
from finops.evidence import Figure
from finops.money import plain, trimmed
from finops.periods import Period
from finops.ports import TableInfo
from finops.query import COST_METRICS, CostQuery
from tools.cost_completeness import GROWING
from tools.cost_parts import PART_NAMES
from tools.cost_result import CostResult, CostRow, CostTotal
from tools.cost_units import unit_words
from tools.cost_words import brief
from tools.scope import coverage_caveats, in_words, subject

_COMPARED = ("compare", "change", "change_percent")
_ROW_SUFFIXES = ("share", *_COMPARED, "gross", "credits")
_COMPARED_PARTS = ("compare_gross", "compare_credits")
_TOTAL_SUFFIXES = (*_COMPARED, "gross", *PART_NAMES, *_COMPARED_PARTS)
_PERCENT = ("share", "change_percent")


def suffixes(query: CostQuery) -> tuple[str, ...]:
    """Return every ending a figure's name may have in the query's answer."""
    return tuple(dict.fromkeys((*_ROW_SUFFIXES, *_TOTAL_SUFFIXES, *query.also)))


def figures(query: CostQuery, result: CostResult) -> Iterable[Figure]:
    """Return every figure of the result."""
    about, word = subject(query.filters, {}), brief(query)
    rows = Decimal(sum(total.rows for total in result.totals))
    yield Figure(name="rows", value=rows, unit="rows", subject=about, period=result.period)
    for total in result.totals:
        yield from _figures_of(total, _About(about, result.period, word), result.compare_period)
    subjects: dict[str, str] = {}
    periods: dict[date | None, Period] = {None: result.period}
    rest: dict[str, str | None] = {",".join(query.group_by): "other"}
    for row in result.rows:
        group = rest if row.other else row.group
        key = repr(group)
        if key not in subjects:
            subjects[key] = subject(query.filters, group)
        if row.bucket not in periods:
            periods[row.bucket] = _bucket(row, query, result.period)
        yield from _figures_of(row, _About(subjects[key], periods[row.bucket], word), result.compare_period)


def _bucket(row: CostRow, query: CostQuery, period: Period) -> Period:
    """Return the row's bucket, cut to the period asked for."""
    if row.bucket is None or query.grain is None:
        return period
    whole = Period.bucket(row.bucket, query.grain)
    start, end = max(whole.start, period.start), min(whole.end, period.end)
    return Period(start=start, end=end) if start < end else whole


@dataclass(frozen=True, slots=True)
class _About:
    """What the figures of one row are about."""

    subject: str
    period: Period
    definition: str

    def figure(self, name: str, value: Decimal, unit: str, ending: str = "") -> Figure:
        """Return one figure, unchecked: its parts are of this module's own making."""
        return Figure.trusted(
            {
                "name": name, "value": value, "unit": unit, "subject": self.subject, "period": self.period,
                "definition": self.definition + ending,
            }
        )  # fmt: skip


def _figures_of(one: CostRow | CostTotal, about: _About, compared: Period | None) -> Iterable[Figure]:
    if one.growing:
        about = replace(about, definition=about.definition + GROWING)
    name, unit = one.figure, one.unit
    yield about.figure(name, one.value, unit)
    for suffix in _ROW_SUFFIXES if isinstance(one, CostRow) else _TOTAL_SUFFIXES:
        value: Decimal | None = getattr(one, suffix)
        if value is None:
            continue
        if compared is not None and suffix in ("compare", *_COMPARED_PARTS):
            ending = suffix.removeprefix("compare").replace("_", " ")
            yield replace(about, period=compared).figure(f"{name}.{suffix}", value, unit, ending)
        else:
            yield about.figure(f"{name}.{suffix}", value, "%" if suffix in _PERCENT else unit, f" {suffix}")
    for column, also in one.also.items():
        if also.value is not None:
            beside = replace(about, definition=RATES.get(column, column))
            yield beside.figure(f"{name}.{column}", also.value, also.unit)


def formula(query: CostQuery, result: CostResult, read: int) -> str:
    """Say how the figures come from the rows."""
    what = "charge" if query.basis == "charge" else "billing"
    summed = "count of rows" if query.metric == "rows" else f"sum of {query.metric} by {unit_words(query.metric)}"
    parts = [
        f"{summed} over {read} rows whose {what} period starts from "
        f"{result.period.start} up to, not including, {result.period.end}"
    ]
    if result.compare_period:
        parts[0] += f", or from {result.compare_period.start} up to, not including, {result.compare_period.end}"
        parts.append("change = value - compared; change_percent = 100 x change / size of compared")
    if query.filters:
        parts.append(f"where {in_words(query.filters)}")
    if query.exclude:
        parts.append(f"without {', '.join(query.exclude)}")
    if query.group_by:
        parts.append(f"grouped by {', '.join(query.group_by)}")
    if query.group_by or query.grain:
        parts.append("share = 100 x row / total of its unit, rounded half-even to 2 decimals")
    if any(total.credits is not None for total in result.totals):
        parts.append("gross = value - credits")
    if query.also:
        parts.append(
            f"also {', '.join(query.also)}: sums of the same rows; a ratio is of sums over the rows that have all its parts, x 100 "
            "where both have one unit, rounded half-even to 12 digits"
        )
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
    notes = [
        note for name in dict.fromkeys((query.metric, *_also_metrics(query))) for note in table.caveats.get(name, ())
    ]
    if query.basis == "charge":
        notes += coverage_caveats(period, table)
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


def _also_metrics(query: CostQuery) -> Iterable[str]:
    return (name for name in sorted(COST_METRICS) if any(name in RATES.get(text, text) for text in query.also))


def _parts(total: CostTotal) -> Iterable[str]:
    if total.credits is not None and total.gross is not None:
        yield (
            f"{total.figure} includes credits of {total.unit} {plain(trimmed(total.credits))} "
            f"(gross {total.unit} {plain(trimmed(total.gross))})"
        )
    if total.compare_credits is not None and total.compare_gross is not None:
        yield (
            f"compared period of {total.figure} includes credits of {total.unit} {plain(trimmed(total.compare_credits))} "
            f"(gross {total.unit} {plain(trimmed(total.compare_gross))})"
        )
    if total.corrections is not None:
        yield f"{total.figure} includes corrections of {total.unit} {plain(trimmed(total.corrections))}"
    for name, also in total.also.items():
        if also.note:
            yield f"{name} of {total.figure}: {also.note}"
