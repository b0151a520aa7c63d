"""What `cost_query` says about its table: figures, formula, caveats."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from finops.also import RATES
from finops.evidence import Figure
from finops.money import plain, trimmed
from finops.periods import Period
from finops.ports import TableInfo
from finops.query import COST_METRICS, CostQuery
from tools.cost_completeness import GROWING
from tools.cost_parts import PART_NAMES
from tools.cost_result import CostResult, CostRow, CostTotal
from tools.cost_table import Group
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


def figures(query: CostQuery, result: CostResult) -> tuple[Figure, ...]:
    """Return every figure of the result."""
    about, word = subject(query.filters, {}), brief(query)
    rows = Decimal(sum(total.rows for total in result.totals))
    first = Figure(name="rows", value=rows, unit="rows", subject=about, period=result.period)
    found: list[_Fields] = []
    plain, grown, other = _Words(word), _Words(word + GROWING), result.compare_period
    for total in result.totals:
        _add(found, total, _About(about, result.period, other, grown if total.growing else plain), _TOTAL_SUFFIXES)
    subjects: dict[Group | None, str] = {}
    periods: dict[date | None, Period] = {None: result.period}
    for row in result.rows:
        # The values as they are: a model's own way to an attribute takes several times as long.
        said = vars(row)
        bucket, group = said["bucket"], None if said["other"] else tuple(said["group"].values())
        if group not in subjects:
            # What the rest is called, where it is one group of several dimensions.
            named = {",".join(query.group_by): "other"} if row.other else row.group
            subjects[group] = subject(query.filters, named)
        if bucket not in periods:
            periods[bucket] = _bucket(row, query, result.period)
        words, period, about = grown if said["growing"] else plain, periods[bucket], subjects[group]
        if other is not None:
            _add(found, row, _About(about, period, other, words), _ROW_SUFFIXES)
        else:
            _add_plain(found, said, about, period, words)
    return (first, *Figure.trusted_all(found))


def _bucket(row: CostRow, query: CostQuery, period: Period) -> Period:
    """Return the row's bucket, cut to the period asked for."""
    if row.bucket is None or query.grain is None:
        return period
    whole = Period.bucket(row.bucket, query.grain)
    if period.start <= whole.start and whole.end <= period.end:
        return whole
    start, end = max(whole.start, period.start), min(whole.end, period.end)
    return Period(start=start, end=end) if start < end else whole


_Fields = dict[str, object]


class _Words(dict[str, str]):
    """The definition of each figure of a row by its ending: the metric's own, and the ending."""

    def __init__(self, word: str) -> None:
        super().__init__({suffix: f"{word} {suffix}" for suffix in (*_ROW_SUFFIXES, *_TOTAL_SUFFIXES)})
        self.word = word


def _add_plain(found: list[_Fields], said: Mapping[str, Any], about: str, period: Period, words: _Words) -> None:
    """Add what `_add` adds for a row without a second period: there may be thousands."""
    name, unit, share, gross = said["figure"], said["unit"], said["share"], said["gross"]
    found.append(
        {
            "name": name,
            "value": said["value"],
            "unit": unit,
            "subject": about,
            "period": period,
            "definition": words.word,
        }
    )
    if share is not None:
        found.append(
            {"name": name + ".share", "value": share, "unit": "%", "subject": about, "period": period,
             "definition": words["share"]}
        )  # fmt: skip
    if gross is not None:
        found.append(
            {"name": name + ".gross", "value": gross, "unit": unit, "subject": about, "period": period,
             "definition": words["gross"]}
        )  # fmt: skip
        found.append(
            {"name": name + ".credits", "value": said["credits"], "unit": unit, "subject": about, "period": period,
             "definition": words["credits"]}
        )  # fmt: skip
    for column, also in said["also"].items():
        if also.value is not None:
            found.append(
                {"name": f"{name}.{column}", "value": also.value, "unit": also.unit, "subject": about, "period": period,
                 "definition": RATES.get(column, column)}
            )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _About:
    """What the figures of one row or total are about; `compared` is the second period."""

    subject: str
    period: Period
    compared: Period | None
    words: _Words


def _add(found: list[_Fields], one: CostRow | CostTotal, about: _About, suffixes: Sequence[str]) -> None:
    """Add the fields of every figure of a row or a total, unchecked: all are of this module's own making."""

    def add(name: str, value: Decimal, unit: str, when: Period, what: str) -> None:
        found.append(
            {"name": name, "value": value, "unit": unit, "subject": about.subject, "period": when, "definition": what}
        )

    said, name, unit = vars(one), one.figure, one.unit
    add(name, one.value, unit, about.period, about.words.word)
    for suffix in suffixes:
        if (value := said[suffix]) is None:
            continue
        if about.compared is not None and suffix in ("compare", *_COMPARED_PARTS):
            ending = suffix.removeprefix("compare").replace("_", " ")
            add(f"{name}.{suffix}", value, unit, about.compared, about.words.word + ending)
        else:
            add(f"{name}.{suffix}", value, "%" if suffix in _PERCENT else unit, about.period, about.words[suffix])
    for column, also in one.also.items():
        if also.value is not None:
            add(f"{name}.{column}", also.value, also.unit, about.period, RATES.get(column, column))


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
