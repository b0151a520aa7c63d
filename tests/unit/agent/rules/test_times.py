from datetime import date

import pytest

from agent.planners.rules.scan import Scan, tokens
from agent.planners.rules.times import Calendar, times
from finops.errors import BadInput
from finops.periods import Period

TODAY = date(2024, 10, 1)


def read(text: str, today: date = TODAY, year: int | None = None) -> list[Period | None]:
    return [time.period for time in times(Scan(tokens(text)), Calendar(today, year))]


@pytest.mark.parametrize(
    ("text", "period"),
    [
        ("in September 2024", "2024-09"),
        ("in sept 2024?", "2024-09"),
        ("September of 2024", "2024-09"),
        ("in september", "2024-09"),
        ("in October", "2023-10"),
        ("2024-09", "2024-09"),
        ("last month", "2024-09"),
        ("the previous month", "2024-09"),
        ("this month", "2024-10"),
        ("this year", "2024"),
        ("last year", "2023"),
        ("last quarter", "2024-Q3"),
        ("Q3 2024", "2024-Q3"),
        ("q2", "2024-Q2"),
        ("2024-Q3", "2024-Q3"),
        ("in 2024", "2024"),
        ("yesterday", "2024-09-30"),
        ("today", "2024-10-01"),
        ("last week", "2024-09-23..2024-09-29"),
        ("last 7 days", "2024-09-24..2024-09-30"),
        ("the past 2 weeks", "2024-09-17..2024-09-30"),
        ("last 3 months", "2024-Q3"),
        ("on 18 September 2024", "2024-09-18"),
        ("on September 18, 2024", "2024-09-18"),
        ("on the 18th of September", "2024-09-18"),
        ("2024-09-18", "2024-09-18"),
        ("from 3 to 9 September 2024", "2024-09-03..2024-09-09"),
        ("between 3 and 9 September 2024", "2024-09-03..2024-09-09"),
        ("from 2024-09-03 to 2024-09-09", "2024-09-03..2024-09-09"),
        ("2024-09-03..2024-09-09", "2024-09-03..2024-09-09"),
        ("from 28 August to 3 September 2024", "2024-08-28..2024-09-03"),
        ("from July to September 2024", "2024-Q3"),
        ("between July and September 2024", "2024-Q3"),
        ("since 20 September", "2024-09-20..2024-09-30"),
        ("year to date", "2024-01-01..2024-09-30"),
        ("in May 2024", "2024-05"),
        ("in the first half of 2024", "2024-01-01..2024-06-30"),
        ("H2 2023", "2023-07-01..2023-12-31"),
    ],
)
def test_a_time_phrase_means_these_days(text: str, period: str) -> None:
    assert read(text) == [Period.parse(period)]


@pytest.mark.parametrize("text", ["how much may it cost", "march on", "top 3 services", "100 rows", "the second one"])
def test_everyday_words_and_counts_are_no_dates(text: str) -> None:
    assert read(text) == []


@pytest.mark.parametrize("text", ["31 September 2024", "29 February 2023", "from 9 to 3 September 2024"])
def test_a_date_that_is_none_is_refused_with_the_fix(text: str) -> None:
    with pytest.raises(BadInput):
        read(text)


def test_two_periods_stay_two() -> None:
    assert read("September 2024 vs August 2024") == [Period.parse("2024-09"), Period.parse("2024-08")]


def test_all_time_is_a_phrase_of_its_own() -> None:
    assert read("total cost so far") == [None]


def test_a_month_without_a_year_takes_the_conversations_year() -> None:
    assert read("and in August?", year=2023) == [Period.parse("2023-08")]


def test_month_to_date_ends_yesterday() -> None:
    assert read("month to date", today=date(2024, 9, 18)) == [Period.parse("2024-09-01..2024-09-17")]
