from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from finops.errors import BadInput
from finops.periods import Period, add_months

days = st.dates(min_value=date(2001, 1, 1), max_value=date(2098, 12, 31))


@pytest.mark.parametrize(
    ("text", "start", "end", "label"),
    [
        ("2024-09", date(2024, 9, 1), date(2024, 10, 1), "September 2024"),
        ("2024-Q4", date(2024, 10, 1), date(2025, 1, 1), "Q4 2024"),
        ("2024", date(2024, 1, 1), date(2025, 1, 1), "2024"),
        ("2024-02-29", date(2024, 2, 29), date(2024, 3, 1), "29 February 2024"),
        ("2024-09-01..2024-09-07", date(2024, 9, 1), date(2024, 9, 8), "1 to 7 September 2024"),
        ("2024-11-15..2025-01-03", date(2024, 11, 15), date(2025, 1, 4), "15 November 2024 to 3 January 2025"),
        ("2024-11-01..2025-01-31", date(2024, 11, 1), date(2025, 2, 1), "November 2024 to January 2025"),
    ],
)
def test_text_is_read_as_whole_days(text: str, start: date, end: date, label: str) -> None:
    period = Period.parse(text)
    assert (period.start, period.end, period.label()) == (start, end, label)


@pytest.mark.parametrize(
    "text", ["2024-13", "2023-02-29", "1999", "2101-01", "last week", "2024-09-07..2024-09-01", "", "2024-9"]
)
def test_text_that_is_no_period_is_refused_with_the_fix(text: str) -> None:
    with pytest.raises(BadInput, match=r"write it as|use a date from"):
        Period.parse(text)


@pytest.mark.parametrize(
    ("start", "end"), [("2024-09-01", "2024-09-01"), ("1999-12-31", "2024-01-01"), ("2024-01-01", "2100-01-02")]
)
def test_a_period_out_of_range_cannot_be_made(start: str, end: str) -> None:
    with pytest.raises(ValidationError):
        Period.model_validate({"start": start, "end": end})


@given(days, st.integers(min_value=1, max_value=300))
def test_the_previous_period_ends_where_this_one_starts(start: date, length: int) -> None:
    period = Period(start=start, end=start + timedelta(days=length))
    before = period.previous()
    assert before.end == period.start
    if not period.whole_months:
        assert before.days == period.days


def test_months_compare_with_months_and_not_with_as_many_days() -> None:
    assert Period.parse("2024-03").previous() == Period.parse("2024-02")
    assert Period.parse("2024-Q1").previous() == Period.parse("2023-Q4")


def test_the_year_before_a_leap_day_is_a_period() -> None:
    assert Period.parse("2024-02").year_before() == Period.parse("2023-02")
    assert add_months(date(2024, 3, 31), -1) == date(2024, 2, 29)
