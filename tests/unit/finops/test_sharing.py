"""Splitting an amount: exact, fair to a unit of the last decimal, the same on every run."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finops.errors import BadInput
from finops.sharing import split

PLACES = st.integers(min_value=0, max_value=18)
WEIGHTS = st.dictionaries(
    st.text(min_size=1, max_size=8),
    st.decimals(min_value=0, max_value=10**15, places=6, allow_nan=False),
    min_size=1, max_size=30,
).filter(lambda weights: any(weights.values()))  # fmt: skip


@st.composite
def amounts(draw: st.DrawFn) -> tuple[Decimal, int]:
    places = draw(PLACES)
    units = draw(st.integers(min_value=-(10**37), max_value=10**37))
    return Decimal(f"{units}E-{places}"), places


@given(amount=amounts(), weights=WEIGHTS)
def test_the_parts_sum_to_the_amount_to_the_last_digit(
    amount: tuple[Decimal, int], weights: dict[str, Decimal]
) -> None:
    parts = split(amount[0], weights, places=amount[1])
    assert sum(map(Fraction, parts.values()), Fraction(0)) == Fraction(amount[0])
    assert set(parts) == set(weights)


@given(amount=amounts(), weights=WEIGHTS)
def test_no_part_is_off_its_exact_share_by_a_whole_unit(
    amount: tuple[Decimal, int], weights: dict[str, Decimal]
) -> None:
    total = sum(map(Fraction, weights.values()), Fraction(0))
    for name, part in split(amount[0], weights, places=amount[1]).items():
        assert abs(Fraction(part) - Fraction(amount[0]) * Fraction(weights[name]) / total) < Fraction(
            1, 10 ** amount[1]
        )


@given(amount=amounts(), weights=WEIGHTS)
def test_a_credit_is_split_as_the_charge_it_mirrors(amount: tuple[Decimal, int], weights: dict[str, Decimal]) -> None:
    there = split(amount[0], weights, places=amount[1])
    back = split(amount[0].copy_negate(), weights, places=amount[1])
    assert {name: part.copy_negate() for name, part in back.items()} == there


@given(weights=WEIGHTS)
def test_who_has_no_weight_has_no_part(weights: dict[str, Decimal]) -> None:
    parts = split(Decimal("100.00"), {**weights, "nobody": Decimal(0)}, places=2)
    assert parts["nobody"] == 0


def test_a_unit_left_over_goes_to_the_first_by_name() -> None:
    weights = {"c": Decimal(1), "a": Decimal(1), "b": Decimal(1)}
    parts = split(Decimal("0.02"), weights, places=2)
    assert parts == {"a": Decimal("0.01"), "b": Decimal("0.01"), "c": Decimal(0)}


def test_the_largest_remainder_comes_before_the_name() -> None:
    parts = split(Decimal("0.10"), {"a": Decimal(1), "b": Decimal(2)}, places=2)
    assert parts == {"a": Decimal("0.03"), "b": Decimal("0.07")}


@pytest.mark.parametrize("weights", [{}, {"a": Decimal(0)}, {"a": Decimal(2), "b": Decimal(-1)}])
def test_weights_that_say_nothing_are_refused(weights: dict[str, Decimal]) -> None:
    with pytest.raises(BadInput, match="cannot be split"):
        split(Decimal(1), weights, places=2)


def test_an_amount_finer_than_its_places_is_refused() -> None:
    with pytest.raises(BadInput, match="more than 2 decimals"):
        split(Decimal("0.001"), {"a": Decimal(1)}, places=2)
