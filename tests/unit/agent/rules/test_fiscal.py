"""Fiscal years and quarters, by the month a person confirmed; without it nothing is guessed."""

from datetime import date

import pytest

from agent.planners.rules.fiscal import names_fiscal
from agent.planners.rules.scan import Scan, tokens
from agent.planners.rules.times import Calendar, times
from finops.errors import BadInput
from finops.periods import Period
from finops.standing_facts import FiscalYear

TODAY = date(2024, 10, 1)


def read(
    text: str, month: int = 4, said: Period | None = None, names: frozenset[str] = frozenset()
) -> list[Period | None]:
    calendar = Calendar(TODAY, said=said, fiscal=FiscalYear(start_month=month), names=names)
    return [time.period for time in times(Scan(tokens(text)), calendar)]


@pytest.mark.parametrize(
    ("text", "period"),
    [
        ("FY26", "2025-04-01..2026-03-31"),
        ("fy 2026", "2025-04-01..2026-03-31"),
        ("fiscal year 2026", "2025-04-01..2026-03-31"),
        ("financial 2026", "2025-04-01..2026-03-31"),
        ("FQ2", "2024-07-01..2024-09-30"),
        ("FQ4", "2024-01-01..2024-03-31"),
        ("FQ2 FY25", "2024-07-01..2024-09-30"),
        ("fiscal Q2 of FY25", "2024-07-01..2024-09-30"),
        ("Q2 FY25", "2024-07-01..2024-09-30"),
        ("FY25 Q4", "2025-01-01..2025-03-31"),
        ("FY25Q2", "2024-07-01..2024-09-30"),
        ("this fiscal quarter", "2024-10-01..2024-12-31"),
        ("last fiscal quarter", "2024-07-01..2024-09-30"),
        ("last fiscal year", "2023-04-01..2024-03-31"),
        ("the fiscal year", "2024-04-01..2025-03-31"),
        ("fiscal year to date", "2024-04-01..2024-09-30"),
        ("fytd", "2024-04-01..2024-09-30"),
        ("FY24 to FY25", "2023-04-01..2025-03-31"),
        ("since FY25", "2024-04-01..2024-09-30"),
        ("FQ1 to FQ2 FY25", "2024-04-01..2024-09-30"),
    ],
)
def test_fiscal_words_mean_these_days(text: str, period: str) -> None:
    assert read(text) == [Period.parse(period)]


@pytest.mark.parametrize("month", range(1, 13))
def test_a_fiscal_year_is_called_by_the_year_it_ends_in(month: int) -> None:
    (period,) = read("FY26", month)
    assert period is not None
    assert (period.last_day.year, period.start.month, period.whole_months) == (2026, month, 12)


@pytest.mark.parametrize("month", range(1, 13))
def test_this_fiscal_year_holds_today_and_its_quarters_make_it_up(month: int) -> None:
    (year,), quarters = read("this fiscal year", month), [read(f"FQ{n} FY25", month)[0] for n in (1, 2, 3, 4)]
    assert year is not None
    assert year.contains(TODAY)
    whole = FiscalYear(start_month=month).year(2025)
    assert [one.start for one in quarters if one] == [whole.start, *(one.end for one in quarters[:3] if one)]


def test_a_calendar_quarter_stays_one() -> None:
    assert read("Q2 2024") == [Period.parse("2024-Q2")]
    assert not names_fiscal("Q2 2024")


def test_the_previous_fiscal_quarter_goes_on_from_what_was_said() -> None:
    assert read("the previous fiscal quarter", said=Period.parse("2024-Q3")) == [Period.parse("2024-Q2")]


def test_without_the_fact_it_is_asked_for() -> None:
    with pytest.raises(
        BadInput, match="not known when your fiscal year starts; tell me, as in `our fiscal year starts in April`"
    ):
        times(Scan(tokens("cost in FY26")), Calendar(TODAY))


@pytest.mark.parametrize("text", ["cost by fiscal quarter", "cost per fiscal year"])
def test_a_split_by_fiscal_periods_is_not_taken_for_the_present_one(text: str) -> None:
    with pytest.raises(BadInput, match="not split by fiscal"):
        read(text)


def test_a_value_of_the_data_comes_before_a_fiscal_year() -> None:
    assert read("cost of FY26", names=frozenset({"fy26"})) == []
