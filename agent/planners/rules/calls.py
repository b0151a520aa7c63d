"""From a reading to typed tool calls."""

from dataclasses import replace
from typing import cast

from pydantic import JsonValue

from agent.planners.contract import ToolCall, Turn
from agent.planners.rules.comparing import forward
from agent.planners.rules.misread import misread
from agent.planners.rules.reading import Misread, Reading
from finops.periods import Grain, Period
from finops.query import VIRTUAL, CostQuery, Frozen
from tools.allocation_contract import AllocateCosts
from tools.calculate import CALENDAR_DAYS
from tools.cost_result import CostResult, CostRow
from tools.propose_contract import ProposeAction

_FEW_DAYS = 62


def call(name: str, number: int, arguments: Frozen) -> ToolCall:
    """Return a call with an id of its own and only what was said in its input."""
    # An action is told apart by its `kind`, which is a default and must be there.
    brief = not isinstance(arguments, ProposeAction)
    given = cast(dict[str, JsonValue], arguments.model_dump(mode="json", exclude_defaults=brief))
    return ToolCall(id=f"rules-{number}", tool=name, input=given)


def query_of(reading: Reading, turn: Turn) -> CostQuery | Misread:
    """Return the cost query of a reading, or what is missing."""
    reading = forward(reading)
    if (reading.top or reading.shown.ranked) and not reading.group_by and not reading.shown.buckets:
        return misread("it is not said what to rank", f"`top {reading.top or 3} services`")
    if reading.share and not reading.group_by:
        return misread("it is not clear what the share is of", "`share of each provider in September 2024`")
    if reading.shown.limited and not (reading.group_by or reading.grain):
        return misread("it is not said what must be within that amount", "`services over $1,000 last month`")
    if reading.shown.limited and turn.data.cost and len(turn.data.cost.currencies) > 1 and not reading.currency:
        return misread("the bill has several currencies, and the amount is of one", "`services over 1,000 in USD`")
    if reading.compare and reading.period is None:
        return misread("it is not said which period to compare", "`September 2024 compared with August 2024`")
    if reading.compare and reading.compare == reading.period:
        return misread("a period cannot be compared with itself", "`September 2024 compared with August 2024`")
    if reading.compare and reading.grain:
        return misread("a comparison and a split over time cannot be had at once", "one of the two")
    if uncovered := before_the_data(reading, turn):
        return misread(uncovered, "two periods that are loaded, such as `last month compared with the month before`")
    return CostQuery(
        metric=reading.metric or "BilledCost",
        also=reading.also,
        basis=reading.basis or "charge",
        period=reading.period,
        filters=reading.filters,
        group_by=reading.group_by,
        grain=reading.grain,
        compare=reading.compare,
        exclude=reading.exclude,
        currency=_foreign(reading, turn),
        # The largest changes are not those of the largest groups: all groups are asked for, and cut in the words.
        top=None if reading.shown.picks else reading.top,
    )


def allocation_of(reading: Reading) -> AllocateCosts | Misread:
    """Return the allocation of a reading; quantities are not allocated."""
    name, metric = reading.dimension.removeprefix(VIRTUAL), reading.metric or "BilledCost"
    if metric not in ("BilledCost", "EffectiveCost", "ListCost", "ContractedCost"):
        return misread("only cost is allocated", f"`amortised cost allocated by {name}`")
    return AllocateCosts(
        dimension=name, metric=metric, period=reading.period, filters=reading.filters,
        grain="month" if reading.grain else None, **({"top": reading.top} if reading.top else {}),
    )  # fmt: skip


def _foreign(reading: Reading, turn: Turn) -> str | None:
    """Return the currency to convert to; none where the bill has no other."""
    only = turn.data.cost.currencies if turn.data.cost else ()
    return None if reading.currency is None or only == (reading.currency,) else reading.currency


def before_the_data(reading: Reading, turn: Turn) -> str:
    """Say why a change cannot be told: the period to compare with began before the data does. Empty where it can."""
    if reading.compare is None or reading.period is None or turn.data.cost is None:
        return ""
    named = {"previous_period": reading.period.previous, "previous_year": reading.period.year_before}
    other = named[reading.compare]() if isinstance(reading.compare, str) else reading.compare
    first = turn.data.cost.first_day
    # Wholly outside is the tool's to say; half inside would make growth out of what was not loaded.
    if other.start < first < other.end:
        return f"{other.label()}, to compare with, is loaded from {first} only"
    return ""


def with_trend(reading: Reading, turn: Turn) -> Reading:
    """Give a trend its buckets: days for up to two months, else months."""
    if not reading.trend or reading.grain:
        return reading
    period = reading.period or all_days(turn)
    grain: Grain = "day" if period is not None and period.days <= _FEW_DAYS else "month"
    return replace(reading, grain=grain)


def all_days(turn: Turn) -> Period | None:
    """Return the days the bill covers."""
    cost = turn.data.cost
    return Period(start=cost.first_day, end=turn.as_of) if cost else None


def averaged_days(query: CostQuery, turn: Turn) -> Period | Misread:
    """Return the days a total is spread over: those of the period that the data has."""
    every = all_days(turn)
    if query.group_by or query.compare:
        return misread(
            "an average is taken of one total, not of groups or changes", "`average daily cost in September 2024`"
        )
    if every is None or query.basis == "billing":
        return misread("an average by day is of charge periods", "`average daily cost in September 2024`")
    asked = query.period or every
    start, end = max(asked.start, every.start), min(asked.end, every.end)
    if start >= end:
        return misread(f"there is no data in {asked.label()}", "`average daily cost last month`")
    days = Period(start=start, end=end)
    if days.days not in CALENDAR_DAYS:
        return misread(
            f"an average is taken over a week, a month, a quarter or a year; {days.label()} is none",
            "`average daily cost last month`",
        )
    return days


def whole_buckets(query: CostQuery, result: CostResult, turn: Turn) -> tuple[CostRow, ...]:
    """Return the rows whose month, week or the like is whole: inside the period and the data. A part of one would pull a mean down."""
    first = max(result.period.start, turn.data.cost.first_day) if turn.data.cost else result.period.start
    return tuple(
        row
        for row in result.rows
        if query.grain is not None
        and row.bucket is not None
        and first <= (bucket := Period.bucket(row.bucket, query.grain)).start
        and bucket.end <= min(result.period.end, turn.as_of)
    )


def why_queries(reading: Reading, turn: Turn) -> tuple[CostQuery, ...] | Misread:
    """Return the queries that take a change apart: by what was asked before, then by service and by provider or region."""
    reading = forward(reading)
    if reading.period is None:
        return misread("it is not said which period's change to explain", "`why did cost change in September 2024?`")
    fixed = {one.dimension for one in reading.filters if one.op == "is"}
    # A service is of one provider: within it, its resources and accounts tell more.
    inside = (
        ("ResourceId", "SubAccountId", "RegionId")
        if "ServiceName" in fixed
        else ("ServiceName", "ProviderName", "RegionId")
    )
    wanted = [*reading.group_by[:1], *inside]
    known = {info.name: info.distinct for info in turn.data.dimensions}
    dimensions = [d for d in dict.fromkeys(wanted) if d not in fixed and known.get(d, 0) > 1][:2] or ["ServiceName"]
    compare = reading.compare or "previous_period"
    if compare == "previous_period" and not has_before(reading.period, turn):
        compare = None
    return tuple(
        CostQuery(
            metric=reading.metric or "BilledCost", period=reading.period, filters=reading.filters,
            group_by=(dimension,), compare=compare, exclude=reading.exclude, basis=reading.basis or "charge",
            currency=_foreign(reading, turn),
        )
        for dimension in dimensions
    )  # fmt: skip


def has_before(period: Period, turn: Turn) -> bool:
    """Tell whether all of the period before is in the data."""
    return turn.data.cost is not None and turn.data.cost.first_day <= period.previous().start
