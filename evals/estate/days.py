"""The estate's calendar: days counted from its first one, with what seasonality needs of each."""

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from evals.estate.seeded import Ints
from finops.periods import add_months

MONTHS = 13
EPOCH = date(1970, 1, 1)


def first_day_of(end: date) -> date:
    """Return the first of the month twelve months before the one of the last day with data: 13 billing months in all."""
    last = end - timedelta(days=1)
    return add_months(last.replace(day=1), 1 - MONTHS)


@dataclass(frozen=True, slots=True)
class Days:
    """Days `first` (included) to `end` (excluded). Arrays hold one value a day; weekday 0 is Monday."""

    first: date
    end: date

    @property
    def count(self) -> int:
        """Number of days."""
        return (self.end - self.first).days

    @property
    def index(self) -> Ints:
        """0 for the first day and so on."""
        return np.arange(self.count, dtype=np.int64)

    @property
    def weekday(self) -> Ints:
        """0 is Monday."""
        return (self.index + self.first.weekday()) % 7

    @property
    def month(self) -> Ints:
        """Months since the estate's first one."""
        return np.array([self.month_of(self.day(i)) for i in range(self.count)], dtype=np.int64)

    @property
    def month_length(self) -> Ints:
        """Days of the month each day is in."""
        return np.array([self._length(self.day(i)) for i in range(self.count)], dtype=np.int64)

    @property
    def last_of_month(self) -> Ints:
        """1 on the last day of a month, else 0."""
        return np.array([(self.day(i) + timedelta(days=1)).day == 1 for i in range(self.count)], dtype=np.int64)

    def day(self, index: int) -> date:
        """Return the date at `index`."""
        return self.first + timedelta(days=index)

    def at(self, day: date) -> int:
        """Return the index of `day`, which may lie outside."""
        return (day - self.first).days

    def between(self, start: date, end: date) -> Ints:
        """Return the indexes of the days from `start` to before `end` that lie within."""
        return np.arange(max(self.at(start), 0), max(min(self.at(end), self.count), 0), dtype=np.int64)

    def month_of(self, day: date) -> int:
        """Return months between the first month and the one of `day`."""
        return (day.year - self.first.year) * 12 + day.month - self.first.month

    def month_start(self, month: int) -> date:
        """Return the first day of month number `month`."""
        return add_months(self.first, month)

    @property
    def months(self) -> range:
        """Numbers of the months that have a day here."""
        return range(self.month_of(self.end - timedelta(days=1)) + 1)

    def _length(self, day: date) -> int:
        first = day.replace(day=1)
        return (add_months(first, 1) - first).days
