"""Which rate holds on a day, and conversion that loses no digit."""

from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from finops.rates import NoRate, Rate, Rates, RateTable, Used, added, converted

DAY = date(2024, 9, 2)


def rate(text: str, pair: str = "USDEUR", day: date = DAY) -> Rate:
    return Rate(day=day, source=pair[:3], target=pair[3:], rate=Decimal(text))


def table(*rates: Rate, **declared: object) -> RateTable:
    return RateTable(Rates.model_validate({"rates": rates, **declared}))


def used(found: Used | NoRate) -> Used:
    assert isinstance(found, Used), str(found)
    return found


def test_the_last_rate_on_or_before_the_day_holds() -> None:
    rates = table(rate("0.9"), rate("0.8", day=DAY + timedelta(days=3)))
    assert used(rates.on(DAY + timedelta(days=2), "USD", "EUR")).rate == Decimal("0.9")
    assert used(rates.on(DAY + timedelta(days=3), "USD", "EUR")).rate == Decimal("0.8")


def test_a_rate_of_later_is_never_used() -> None:
    found = table(rate("0.9")).on(DAY - timedelta(days=1), "USD", "EUR")
    assert isinstance(found, NoRate)
    assert str(found) == "no rate from USD to EUR for 2024-09-01"


def test_a_rate_seven_days_old_holds_and_eight_does_not() -> None:
    rates = table(rate("0.9"))
    assert used(rates.on(DAY + timedelta(days=7), "USD", "EUR")).day == DAY
    found = rates.on(DAY + timedelta(days=8), "USD", "EUR")
    assert isinstance(found, NoRate)
    assert found.newest == DAY


def test_how_old_a_rate_may_be_can_be_declared() -> None:
    assert isinstance(table(rate("0.9"), max_age_days=0).on(DAY + timedelta(days=1), "USD", "EUR"), NoRate)
    assert used(table(rate("0.9"), max_age_days=30).on(DAY + timedelta(days=30), "USD", "EUR"))


def test_the_inverse_serves_only_where_declared() -> None:
    assert isinstance(table(rate("0.8")).on(DAY, "EUR", "USD"), NoRate)
    found = used(table(rate("0.8"), inverse=True).on(DAY, "EUR", "USD"))
    assert (found.rate, found.via) == (Decimal("1.25"), "inverse")


def test_the_inverse_is_rounded_once_to_eighteen_digits() -> None:
    assert used(table(rate("3"), inverse=True).on(DAY, "EUR", "USD")).rate == Decimal("0.333333333333333333")


def test_a_rate_that_is_given_comes_before_an_inverse() -> None:
    rates = table(rate("0.8"), rate("1.2", "EURUSD"), inverse=True)
    assert used(rates.on(DAY, "EUR", "USD")).rate == Decimal("1.2")


def test_two_rates_are_not_chained_unless_declared() -> None:
    given_rates = (rate("0.5"), rate("160", "EURJPY"))
    assert isinstance(table(*given_rates).on(DAY, "USD", "JPY"), NoRate)
    found = used(table(*given_rates, through="EUR").on(DAY, "USD", "JPY"))
    assert (found.rate, found.via) == (Decimal(80), "cross")


def test_a_cross_rate_goes_through_the_declared_currency_only() -> None:
    rates = table(rate("0.5", "USDGBP"), rate("190", "GBPJPY"), through="EUR")
    assert isinstance(rates.on(DAY, "USD", "JPY"), NoRate)


def test_a_cross_rate_carries_the_day_of_its_older_leg() -> None:
    rates = table(rate("0.5"), rate("160", "EURJPY", DAY + timedelta(days=2)), through="EUR")
    assert used(rates.on(DAY + timedelta(days=3), "USD", "JPY")).day == DAY


def test_a_cross_rate_may_use_an_inverse_where_both_are_declared() -> None:
    rates = table(rate("1.25", "EURUSD"), rate("160", "EURJPY"), through="EUR", inverse=True)
    assert used(rates.on(DAY, "USD", "JPY")).rate == Decimal(128)


def test_by_month_end_every_day_of_a_month_has_the_rate_of_its_last() -> None:
    rates = table(rate("0.9"), rate("0.7", day=date(2024, 9, 30)), basis="month_end")
    assert used(rates.on(date(2024, 9, 3), "USD", "EUR")).rate == Decimal("0.7")
    assert isinstance(rates.on(date(2024, 10, 1), "USD", "EUR"), NoRate)


def test_thirty_eight_digits_are_converted_without_losing_one() -> None:
    amount, by = Decimal("99999999999999999999.999999999999999999"), Decimal("0.123456789012345678")
    exact = Fraction(amount) * Fraction(by)
    assert Fraction(converted(amount, used(table(rate(str(by))).on(DAY, "USD", "EUR")))) == exact


@given(st.lists(st.decimals(min_value=-(10**20), max_value=10**20, places=18, allow_nan=False), max_size=40))
def test_converted_amounts_add_up_exactly(amounts: list[Decimal]) -> None:
    cross = table(rate("0.123456789012345678"), rate("1.98765432109876543", "EURJPY"), through="EUR")
    by = used(cross.on(DAY, "USD", "JPY"))
    total = added(converted(amount, by) for amount in amounts)
    assert Fraction(total) == sum((Fraction(amount) for amount in amounts), Fraction(0)) * Fraction(by.rate)


@pytest.mark.parametrize("text", ["0", "-1", "NaN", "Infinity", "1.1234567890123456789"])
def test_what_is_no_rate_is_refused(text: str) -> None:
    with pytest.raises(ValidationError):
        rate(text)


def test_a_currency_is_not_converted_to_itself() -> None:
    with pytest.raises(ValidationError, match="converted to itself"):
        rate("1", "USDUSD")


def test_two_rates_of_one_day_are_refused_and_the_same_twice_is_not() -> None:
    with pytest.raises(ValidationError, match="two rates from USD to EUR"):
        table(rate("0.9"), rate("0.8"))
    assert used(table(rate("0.9"), rate("0.9")).on(DAY, "USD", "EUR")).rate == Decimal("0.9")
