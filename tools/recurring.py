"""Charges that come back each month: the same day, the last day, the same working day counted from either end."""

import calendar
from collections.abc import Sequence
from datetime import date, timedelta
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from finops.periods import add_months

MONTHS_BACK = 3
# Two of the three months have to be seen, or a single earlier spike would excuse the next one.
_LEAST_MONTHS = 2
_EXCUSED_SHARE = 0.5


@lru_cache(maxsize=4096)
def month_positions(day: date) -> tuple[tuple[date, ...], ...]:
    """Return for each way in which `day` may recur the days of the three months before that match."""
    months = [add_months(day.replace(day=1), -back) for back in range(1, MONTHS_BACK + 1)]
    ways = [tuple(add_months(day, -back) for back in range(1, MONTHS_BACK + 1))]
    if (day + timedelta(days=1)).day == 1:
        ways.append(tuple(_last(month) for month in months))
    if day.weekday() < 5:
        working = _working_days(day)
        place = working.index(day)
        ways.append(tuple(days[place] for month in months if len(days := _working_days(month)) > place))
        ways.append(
            tuple(
                days[place - len(working)]
                for month in months
                if len(days := _working_days(month)) >= len(working) - place
            )
        )
    return tuple(ways)


def _last(month: date) -> date:
    return month.replace(day=calendar.monthrange(month.year, month.month)[1])


def _working_days(day: date) -> list[date]:
    every = (day.replace(day=number) for number in range(1, _last(day).day + 1))
    return [one for one in every if one.weekday() < 5]


def recurs(residuals: NDArray[np.float64], column: int, days: Sequence[date]) -> bool:
    """Tell whether a residual as large by half, of the same sign, stood at the same place of the months before."""
    now, first = residuals[column], days[0]
    for way in month_positions(days[column]):
        columns = [(day - first).days for day in way if day >= first]
        before = residuals[columns]
        before = before[~np.isnan(before)]
        if before.size >= _LEAST_MONTHS and float(np.median(before)) * np.sign(now) > _EXCUSED_SHARE * abs(now):
            return True
    return False
