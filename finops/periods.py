"""Half-open periods of whole UTC days, as FOCUS charges use them."""

import calendar
import re
from datetime import date, timedelta
from functools import lru_cache
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, model_validator

from finops.errors import BadInput

Grain = Literal["day", "week", "month", "quarter", "year"]
FIRST_DAY = date(2000, 1, 1)
LAST_DAY = date(2100, 1, 1)


def add_months(day: date, months: int) -> date:
    """Return the same day `months` later, or the last day of that month where it has no such day."""
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    if not FIRST_DAY.year <= year <= LAST_DAY.year:
        raise BadInput(f"date `{year}-{month + 1:02d}` is out of range", fix="use a date from 2000-01-01 to 2099-12-31")
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


class Period(BaseModel):
    """Days from `start` (included) to `end` (excluded). Text such as 2024-09, 2024-Q3, 2024 or 2024-09-01..2024-09-30 serves too."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    start: date
    end: date

    @model_validator(mode="before")
    @classmethod
    def _from_text(cls, value: object) -> object:
        return cls.parse(value).model_dump() if isinstance(value, str) else value

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if not FIRST_DAY <= self.start < self.end <= LAST_DAY:
            raise ValueError(
                f"period `{self.start}..{self.end}` is out of range or ends before it starts; "
                "start is the first day, end the day after the last, between 2000-01-01 and 2100-01-01"
            )
        return self

    @classmethod
    def parse(cls, text: str) -> "Period":
        """Read 2024-09-18, 2024-09, 2024-Q3, 2024 or FIRST..LAST (both days included)."""
        text = text.strip()
        try:
            if match := re.fullmatch(r"(\d{4}-\d\d-\d\d)\.\.(\d{4}-\d\d-\d\d)", text, re.ASCII):
                return cls(start=date.fromisoformat(match[1]), end=date.fromisoformat(match[2]) + timedelta(days=1))
            if re.fullmatch(r"\d{4}-\d\d-\d\d", text, re.ASCII):
                day = date.fromisoformat(text)
                return cls(start=day, end=day + timedelta(days=1))
            if match := re.fullmatch(r"(\d{4})-(\d\d)", text, re.ASCII):
                return cls.month(int(match[1]), int(match[2]))
            if match := re.fullmatch(r"(\d{4})-?[Qq]([1-4])", text, re.ASCII):
                first = date(int(match[1]), int(match[2]) * 3 - 2, 1)
                return cls(start=first, end=add_months(first, 3))
            if re.fullmatch(r"\d{4}", text, re.ASCII):
                return cls(start=date(int(text), 1, 1), end=date(int(text) + 1, 1, 1))
        except (ValueError, OverflowError) as error:
            raise BadInput(f"`{text}` is not a period between 2000 and 2099", fix="write it as 2024-09") from error
        raise BadInput(f"`{text}` is not a period", fix="write it as 2024-09, 2024-Q3, 2024 or 2024-09-01..2024-09-30")

    @classmethod
    def month(cls, year: int, month: int) -> "Period":
        """Return one calendar month."""
        first = date(year, month, 1)
        return cls(start=first, end=add_months(first, 1))

    @classmethod
    def bucket(cls, first: date, grain: Grain) -> "Period":
        """Return the time bucket of size `grain` that begins on `first`."""
        return _bucket(first, grain)

    @property
    def days(self) -> int:
        """Number of days."""
        return (self.end - self.start).days

    @property
    def last_day(self) -> date:
        """The last day within."""
        return self.end - timedelta(days=1)

    @property
    def whole_months(self) -> int:
        """Number of calendar months this is made of, 0 if it is not made of whole ones."""
        if self.start.day != 1 or self.end.day != 1:
            return 0
        return (self.end.year - self.start.year) * 12 + self.end.month - self.start.month

    def previous(self) -> "Period":
        """Return the period before: as many whole months where it is made of such, as many days otherwise."""
        if self.whole_months:
            return Period(start=add_months(self.start, -self.whole_months), end=self.start)
        return Period(start=self.start - timedelta(days=self.days), end=self.start)

    def year_before(self) -> "Period":
        """Return the same days one year earlier."""
        return Period(start=add_months(self.start, -12), end=add_months(self.end, -12))

    def contains(self, day: date) -> bool:
        """Tell whether `day` is within."""
        return self.start <= day < self.end

    def label(self) -> str:
        """Return words for it: `September 2024`, `Q3 2024`, `2024`, `18 September 2024`, `1 to 7 September 2024`."""
        last = self.end - timedelta(days=1)
        if self.whole_months == 1:
            return f"{self.start:%B %Y}"
        if self.whole_months == 3 and self.start.month % 3 == 1:
            return f"Q{(self.start.month + 2) // 3} {self.start.year}"
        if self.whole_months == 12 and self.start.month == 1:
            return str(self.start.year)
        if self.whole_months:
            return f"{self.start:%B %Y} to {last:%B %Y}"
        end = f"{last.day} {last:%B %Y}"
        if self.days == 1:
            return end
        if (self.start.year, self.start.month) == (last.year, last.month):
            return f"{self.start.day} to {end}"
        return f"{self.start.day} {self.start:%B %Y} to {end}"


@lru_cache(maxsize=4096)
def _bucket(first: date, grain: Grain) -> Period:
    # Thousands of rows have the same few hundred.
    if grain in ("day", "week"):
        return Period(start=first, end=first + timedelta(days=7 if grain == "week" else 1))
    return Period(start=first, end=add_months(first, {"month": 1, "quarter": 3, "year": 12}[grain]))
