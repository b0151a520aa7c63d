from datetime import date, timedelta

import numpy as np
import pytest
from numpy.typing import NDArray

from tools.recurring import month_positions, recurs
from tools.spikes import mostly_zero, novel, robust_z, score, unusual

NO_OFFSET = np.full((1, 1), 1e-9)


def one(values: NDArray[np.float64]) -> NDArray[np.float64]:
    return values.reshape(1, -1)


def noisy(days: int = 120, *, seed: int = 7) -> NDArray[np.float64]:
    weekdays = np.tile([100, 100, 100, 100, 100, 60, 50], days // 7 + 1)[:days]
    return weekdays * np.exp(np.random.default_rng(seed).normal(0, 0.02, days))


def high_days(values: NDArray[np.float64]) -> list[int]:
    high, _ = unusual(score(one(values), NO_OFFSET))
    return [int(day) for day in np.flatnonzero(high[0])]


def test_the_robust_z_of_the_known_answer() -> None:
    history = np.log(np.array([100.0, 102, 98, 101, 99, 103, 97, 100]))
    assert robust_z(history, float(np.log(130))) == pytest.approx(8.745, abs=0.001)
    assert robust_z(history, float(np.log(130)), floor=0.0) == pytest.approx(11.856, abs=0.01)


def test_no_history_has_no_z() -> None:
    assert np.isnan(robust_z(np.array([np.nan]), 1.0))


@pytest.mark.parametrize("level", [0.0, 5.0])
def test_a_constant_series_has_no_unusual_day_and_no_nan_once_it_is_old(level: float) -> None:
    scores = score(one(np.full(100, level)), np.full((1, 1), 1.0))
    high, low = unusual(scores)
    assert not high.any()
    assert not low.any()
    assert not np.isnan(scores.z[0, 28:]).any()


def test_weekends_are_expected() -> None:
    assert high_days(noisy()) == []


def test_a_spike_is_seen_on_its_day_and_leaves_no_echo() -> None:
    values = noisy()
    values[100] *= 2
    assert high_days(values) == [100]


def test_a_shift_is_seen_and_then_becomes_the_level() -> None:
    values = noisy(200)
    values[100:] *= 2
    seen = high_days(values)
    assert seen[0] == 100
    assert seen[-1] < 110


def test_a_rise_of_less_than_fifteen_percent_is_not_unusual() -> None:
    values = np.full(100, 100.0)
    values[90] = 114
    assert high_days(values) == []


def test_a_fall_of_less_than_fifteen_percent_is_not_unusual() -> None:
    values = np.full(100, 100.0)
    values[90] = 85.5
    scores = score(one(values), NO_OFFSET)
    _, low = unusual(scores)
    assert scores.z[0, 90] < -5
    assert not low.any()


def test_a_fall_is_told_apart_from_a_rise() -> None:
    values = noisy()
    values[100] /= 2
    high, low = unusual(score(one(values), NO_OFFSET))
    assert not high.any()
    assert list(np.flatnonzero(low[0])) == [100]


def test_missing_days_are_not_zero() -> None:
    values = noisy()
    values[60:63] = np.nan
    scores = score(one(values), NO_OFFSET)
    high, low = unusual(scores)
    assert not high.any()
    assert not low.any()


def test_no_statistics_within_ten_days() -> None:
    assert np.isnan(score(one(np.array([1.0] * 9 + [1000.0])), NO_OFFSET).z).all()


def test_a_young_series_needs_a_larger_move() -> None:
    quiet = [100.0, 102, 98, 101, 99, 103, 97, 100, 100, 101, 99, 100]
    assert high_days(np.array([*quiet, 190.0])) == []
    assert high_days(np.array([*quiet, 230.0])) == [12]


def test_a_series_that_is_mostly_zero_is_judged_by_its_largest_day() -> None:
    values = np.zeros(100)
    values[[20, 40, 60]] = 50.0
    values[90] = 80.0
    news = novel(one(values))
    assert mostly_zero(one(values))[0, 90]
    assert news[0, 90]
    assert not news[0, 60]


def test_a_short_history_is_scored_without_an_error() -> None:
    assert score(one(np.array([1.0, 2.0, 3.0])), NO_OFFSET).z.shape == (1, 3)


DAYS = [date(2026, 1, 1) + timedelta(days=i) for i in range(140)]


def residuals(at: list[date], *, size: float = 1.0) -> NDArray[np.float64]:
    values = np.zeros(len(DAYS))
    for day in at:
        values[(day - DAYS[0]).days] = size
    return values


@pytest.mark.parametrize(
    "days",
    [
        [date(2026, 1, 15), date(2026, 2, 15), date(2026, 3, 15), date(2026, 4, 15)],
        [date(2026, 1, 31), date(2026, 2, 28), date(2026, 3, 31), date(2026, 4, 30)],
        # The third working day.
        [date(2026, 1, 5), date(2026, 2, 4), date(2026, 3, 4), date(2026, 4, 3)],
        # The last working day.
        [date(2026, 1, 30), date(2026, 2, 27), date(2026, 3, 31), date(2026, 4, 30)],
        # Two of three months are enough.
        [date(2026, 2, 10), date(2026, 3, 10), date(2026, 4, 10)],
    ],
)
def test_a_charge_of_each_calendar_month_recurs(days: list[date]) -> None:
    assert recurs(residuals(days), (days[-1] - DAYS[0]).days, DAYS)


def test_a_single_earlier_spike_excuses_nothing() -> None:
    values = residuals([date(2026, 3, 15), date(2026, 4, 15)])
    values[: (date(2026, 3, 1) - DAYS[0]).days] = np.nan
    assert not recurs(values, (date(2026, 4, 15) - DAYS[0]).days, DAYS)


def test_a_fall_of_each_calendar_month_recurs_too() -> None:
    days = [date(2026, 1, 15), date(2026, 2, 15), date(2026, 3, 15), date(2026, 4, 15)]
    assert recurs(residuals(days, size=-1.0), (days[-1] - DAYS[0]).days, DAYS)


def test_a_much_larger_charge_than_usual_is_not_excused() -> None:
    values = residuals([date(2026, 1, 15), date(2026, 2, 15), date(2026, 3, 15)])
    values[(date(2026, 4, 15) - DAYS[0]).days] = 2.1
    assert not recurs(values, (date(2026, 4, 15) - DAYS[0]).days, DAYS)


def test_a_rise_is_not_excused_by_earlier_falls() -> None:
    values = residuals([date(2026, 1, 15), date(2026, 2, 15), date(2026, 3, 15)], size=-1.0)
    values[(date(2026, 4, 15) - DAYS[0]).days] = 1.0
    assert not recurs(values, (date(2026, 4, 15) - DAYS[0]).days, DAYS)


def test_the_thirty_first_is_looked_for_at_the_end_of_shorter_months() -> None:
    assert (date(2026, 2, 28), date(2026, 1, 31), date(2025, 12, 31)) in month_positions(date(2026, 3, 31))
