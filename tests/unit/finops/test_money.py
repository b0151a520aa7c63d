from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finops.errors import BadInput
from finops.money import Money, divide, exact, plain, total, trimmed

amounts = st.decimals(min_value=-(10**20), max_value=10**20, places=18, allow_nan=False, allow_infinity=False)


@pytest.mark.parametrize("value", ["NaN", "inf", "-Infinity", "", "12,5", "1e9999", "USD 3", "0x10", "१२"])
def test_text_that_is_no_finite_number_is_refused(value: str) -> None:
    with pytest.raises(BadInput, match="not a finite number"):
        exact(value)


@pytest.mark.parametrize("value", [0.1, True, float("nan")])
def test_floats_and_bools_are_refused(value: float) -> None:
    with pytest.raises(BadInput, match="give it as text or Decimal"):
        exact(value)  # pyright: ignore[reportArgumentType]


@given(st.lists(amounts, max_size=30))
def test_a_sum_is_exact_and_independent_of_order(values: list[Decimal]) -> None:
    forward = total((Money(v, "USD") for v in values), "USD")
    backward = total((Money(v, "USD") for v in reversed(values)), "USD")
    assert forward == backward
    units = [int(format(v, ".18f").replace(".", "")) for v in values]
    assert int(format(forward.amount, ".18f").replace(".", "")) == sum(units)


def test_two_currencies_are_never_added() -> None:
    with pytest.raises(BadInput, match="cannot add `USD` and `EUR`; ask for each currency by itself"):
        _ = Money(Decimal(1), "USD") + Money(Decimal(1), "EUR")


@given(amounts)
def test_trimming_changes_digits_but_never_the_value(value: Decimal) -> None:
    assert trimmed(value) == value
    assert len(plain(trimmed(value)).partition(".")[2]) >= 2


def test_division_rounds_half_even_once() -> None:
    assert divide(Decimal(1), Decimal(8), places=2) == Decimal("0.12")
    assert divide(Decimal(3), Decimal(8), places=2) == Decimal("0.38")


def test_negative_zero_is_written_without_a_sign() -> None:
    assert plain(Decimal("-0.00")) == "0.00"
