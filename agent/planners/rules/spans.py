"""Periods that are named together and are one: three that follow each other, or one that is within the other."""

from itertools import pairwise

from agent.planners.rules.times import Time
from finops.periods import Grain, Period

_GRAINS: dict[int, Grain] = {1: "month", 3: "quarter", 12: "year"}


def side_by_side(periods: list[Time]) -> Grain | None:
    """Make one period of three or more that follow each other, `Q1, Q2 and Q3 2026`, and return the unit it is told by.

    What is named beside `so far` is the period; a year, quarter or month that has not ended ends with the data anyway.
    """
    named = [one for one in periods if one.period is not None]
    if len(named) == 2 and (inner := _inner(named[0], named[1])):
        named = [inner]
    if len(named) == 1 and len(periods) > 1:
        periods[:] = named
    spans = [one.period for one in named if one.period is not None]
    units = {span.whole_months for span in spans}
    ordered = sorted(spans, key=lambda span: span.start)
    joined = all(one.end == other.start for one, other in pairwise(ordered))
    grain = _GRAINS.get(units.pop() or 0) if len(units) == 1 else None
    if len(spans) < 3 or not joined or grain is None:
        return None
    periods[:] = [Time(named[0].start, named[-1].end, Period(start=ordered[0].start, end=ordered[-1].end))]
    return grain


def _inner(one: Time, other: Time) -> Time | None:
    """Return the one that is within the other: `year to date 2026`, `the first half, January to June 2026`."""
    for inside, around in ((one, other), (other, one)):
        if (
            inside.period
            and around.period
            and around.period.start <= inside.period.start
            and inside.period.end <= around.period.end
        ):
            return inside if around.period.days > 31 else None
    return None
