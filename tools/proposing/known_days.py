"""How much of a period the bill knows for good: the days that were reported, less those still growing when they were loaded."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from finops.periods import Period
from finops.ports import DataHandle, TableInfo
from finops.relational import Aggregate, Condition, Key, Question
from tools.scope import CHARGE_START, as_day, days_of

_SOURCE, _DAY = Key("x_Source"), Key("ChargePeriodStart", grain="day")
_PLACES = 4


@dataclass(frozen=True, slots=True)
class Known:
    """The share of days, 0 to 1, rounded down, and what was asked for it."""

    share: Decimal
    query: str


def known_share(
    data: DataHandle, table: TableInfo, period: Period, sources: tuple[str | None, ...], row: Period | None
) -> Known:
    """Return the share of `period` whose cost is in the data and final: every one of `sources` reported the day.

    `row` is the resource's own newest row: a bill of whole months reports the days it spans.
    """
    days, queries = set(every_day(period)), list[str]()
    for source in sources or (None,):
        reported, query = reported_days(data, period, source)
        days &= reported | set(every_day(row) if row else ())
        queries.append(query)
    days -= growing_days(table, sources)
    share = Decimal(len(days) * 10**_PLACES // period.days).scaleb(-_PLACES)
    return Known(share, "\n".join(filter(None, queries)))


def reporting(period: Period, source: str | None) -> Question:
    """Return the question for the days on which a source has any charge."""
    only = Condition(_SOURCE, "missing") if source is None else Condition(_SOURCE, "is", (source,))
    where = (only, *days_of(CHARGE_START, period.start, period.end))
    return Question("cost", (Aggregate("rows", "count"),), (_DAY,), where)


def reported_days(data: DataHandle, period: Period, source: str | None) -> tuple[set[date], str]:
    """Return the days of `period` on which a source has any charge, and the query."""
    answer = data.ask(reporting(period, source))
    return {as_day(value) for value in answer.column(_DAY.name)}, answer.query


def growing_days(table: TableInfo, sources: Iterable[str | None]) -> set[date]:
    """Return the days that were still growing when they were loaded; of every source where the rows name none."""
    named = {source for source in sources if source is not None}
    return {one.day for one in table.incomplete if not named or one.source in named}


def every_day(period: Period) -> Iterable[date]:
    """Return the days of a period, in order."""
    return (period.start + timedelta(days=n) for n in range(period.days))
