"""The spike channel: how far each day's cost is from what level and weekday let expect. methods.md section 1.

x = ln(max(y, 0) + s0); level = median of 7 days; season = median of the same weekday's distance from its level over 8 weeks;
r = x - (yesterday's level + season), against 1.4826 x the median |r| of 56 days, at least 0.03. A day is unusual when it is more
than 5 of these and more than 15 % away.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tools.rolling import Matrix, later, trailing_median

LEAST_Z = 5.0
LEAST_CHANGE = 0.15
SIGMA_FLOOR = 0.03
YOUNG_SIGMA_FLOOR = 0.15
MAD_TO_SIGMA = 1.4826
# Days of history: below the first no statistics, from the second on with the weekday, from the third on in full.
COLD_DAYS, SEASONAL_DAYS = 10, 28
# An amount beyond every earlier one by half is news in a series that is mostly zero.
_NOVEL = 1.5
_LEVEL_DAYS, _LEVEL_LEAST = 7, 4
_WEEKS, _LEAST_WEEKS = 8, 3
_SIGMA_DAYS, _SIGMA_LEAST = 56, 14


@dataclass(frozen=True, slots=True)
class Scores:
    """For each series and day: what was expected, the log residual and its z; NaN where nothing can be said."""

    expected: Matrix
    residual: Matrix
    z: Matrix
    age: NDArray[np.int64]


def offsets(costs: Matrix, upto: int, least: float) -> Matrix:
    """Return s0 of each series: `least`, or 1 % of the median of the 56 days before column `upto`, if that is more."""
    recent = costs[:, max(0, upto - _SIGMA_DAYS) : max(1, upto)]
    last = trailing_median(recent, recent.shape[1], 1)[:, -1:]
    return np.maximum(np.nan_to_num(last * 0.01), least)


def score(costs: Matrix, s0: Matrix) -> Scores:
    """Score every day of every series by earlier days alone (`s0` apart)."""
    x = np.log(np.maximum(costs, 0.0) + s0)
    level = trailing_median(x, _LEVEL_DAYS, _LEVEL_LEAST)
    yesterday, season = later(level), _season(x - level)
    predicted = yesterday + np.nan_to_num(season)
    residual = x - predicted
    spread = later(trailing_median(np.abs(residual), _SIGMA_DAYS, _SIGMA_LEAST))
    age = _age(costs)
    full = (age >= SEASONAL_DAYS) & ~np.isnan(spread)
    sigma = np.where(full, np.maximum(MAD_TO_SIGMA * spread, SIGMA_FLOOR), np.nan)
    young = (age >= COLD_DAYS) & ~full
    # Without a season of its own a young series is measured from its plain level.
    predicted = np.where(young, yesterday, predicted)
    residual = np.where(young, x - yesterday, residual)
    z = residual / sigma
    for row, day in zip(*np.nonzero(young & (np.abs(residual) > np.log1p(LEAST_CHANGE))), strict=True):
        z[row, day] = robust_z(x[row, max(0, day - SEASONAL_DAYS) : day], float(x[row, day]), floor=YOUNG_SIGMA_FLOOR)
    return Scores(np.maximum(np.exp(predicted) - s0, 0.0), residual, z, age)


def robust_z(history: NDArray[np.float64], value: float, *, floor: float = SIGMA_FLOOR) -> float:
    """Return how many robust sigmas `value` is from the median of the last 7 of `history`, both logarithms; NaN without history."""
    known = history[~np.isnan(history)]
    if not known.size:
        return float("nan")
    centre = np.median(known[-_LEVEL_DAYS:])
    sigma = max(MAD_TO_SIGMA * float(np.median(np.abs(known - centre))), floor)
    return float((value - centre) / sigma)


def _season(distance: Matrix) -> Matrix:
    """Return the median distance from the level on the same weekday of up to 8 earlier weeks; NaN below 3."""
    season = np.full_like(distance, np.nan)
    for weekday in range(min(_LEVEL_DAYS, distance.shape[1])):
        days = slice(weekday, None, _LEVEL_DAYS)
        season[:, days] = later(trailing_median(distance[:, days], _WEEKS, _LEAST_WEEKS))
    return season


def _age(costs: Matrix) -> NDArray[np.int64]:
    """Return how many days before each one the series began; negative before it."""
    seen = ~np.isnan(costs)
    begun = np.argmax(seen, axis=1)
    begun[~np.any(seen, axis=1)] = costs.shape[1]
    return np.subtract(columns(costs.shape[1]), begun[:, None], dtype=np.int64)


def columns(days: int) -> NDArray[np.int64]:
    """Return the numbers of the columns, as one row."""
    return np.arange(days, dtype=np.int64).reshape(1, -1)


def unusual(scores: Scores) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Return which days are unusually high and which unusually low."""
    up, down = np.log1p(LEAST_CHANGE), np.log1p(-LEAST_CHANGE)
    high = (scores.z > LEAST_Z) & (scores.residual > up)
    low = (scores.z < -LEAST_Z) & (scores.residual < down)
    return high, low


def mostly_zero(costs: Matrix) -> NDArray[np.bool_]:
    """Return which days come after 56 days that were zero for the greater part: their medians say nothing."""
    zero = np.where(np.isnan(costs), np.nan, (costs == 0).astype(np.float64))
    return later(trailing_median(zero, _SIGMA_DAYS, _SIGMA_LEAST)) > 0.5


def novel(costs: Matrix) -> NDArray[np.bool_]:
    """Return which days cost half as much again as any earlier day of their series."""
    known = np.where(np.isnan(costs), 0.0, costs)
    most = np.nan_to_num(later(np.maximum.accumulate(known, axis=1)))
    return known > most * _NOVEL
