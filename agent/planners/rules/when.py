"""When a question is about: its period, what it is set beside, whose days count, and the buckets that its words bring along."""

from dataclasses import dataclass, replace

from agent.planners.rules.comparing import find_before, find_second
from agent.planners.rules.parts import find_basis, find_billing_buckets, find_invoiced
from agent.planners.rules.reading import Compare, Misread
from agent.planners.rules.scan import Scan
from agent.planners.rules.spans import side_by_side
from agent.planners.rules.times import Calendar, Time, times
from finops.periods import Grain, Period
from finops.query import Basis

_MONTH_ON_MONTH = frozenset({"mom", "month-on-month", "month-over-month"})
_MONTH_ON_MONTH_APART = (("month", "over", "month"), ("month", "on", "month"))


@dataclass(frozen=True, slots=True)
class When:
    """`second` is a period that was named to compare with, `compare` what was named otherwise; `grain` is the buckets that periods
    named side by side, or invoices, are told by.
    """

    periods: list[Time]
    second: Period | None
    compare: Compare | None
    basis: Basis | None
    grain: Grain | None

    @property
    def period(self) -> Period | None:
        """The days asked about; None where none are named, or all."""
        return self.periods[0].period if self.periods else None

    @property
    def all_time(self) -> bool:
        """Whether all there is was asked for in words."""
        return bool(self.periods) and self.periods[0].period is None

    @property
    def named(self) -> Compare | None:
        """What to compare with, as it was named."""
        return self.second or self.compare


def find_when(scan: Scan, calendar: Calendar) -> When | Misread:
    """Find and take everything that says when."""
    monthly = any(
        token.text in _MONTH_ON_MONTH or scan.phrase(at, _MONTH_ON_MONTH_APART) for at, token in enumerate(scan.tokens)
    )
    compare = find_before(scan)
    buckets = find_billing_buckets(scan)
    periods = times(scan, calendar)
    basis = find_basis(scan)
    invoiced = find_invoiced(scan, frozenset(one.start for one in periods)) or buckets or basis == "billing"
    spread = side_by_side(periods)
    second = find_second(scan, periods)
    if isinstance(second, Misread):
        return second
    if monthly and compare == "previous_period" and periods and periods[0].ends and _months(periods[0]) == 2:
        # `MoM from September to October` is the one set beside the other.
        second, latest = periods[0].ends
        periods[0], compare = replace(periods[0], period=latest, ends=None), None
    grain: Grain | None = "month" if buckets else spread
    several = not periods or periods[0].period is None or _months(periods[0]) > 1
    if monthly and compare == "previous_period" and several:
        # `MoM for the last 6 months` is told by its months.
        compare, grain = None, "month"
    return When(periods, second, compare, "billing" if invoiced else basis, grain)


def _months(one: Time) -> int:
    return (one.period.whole_months or 0) if one.period else 0
