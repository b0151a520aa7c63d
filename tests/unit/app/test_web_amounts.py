"""How numbers are written on a page."""

from decimal import Decimal

import pytest

from app.web.amounts import count, exact_digits, exactly, figure_title, milliseconds, rounded, shown, signed, with_unit
from finops.evidence import Figure
from finops.periods import Period


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        ("18.00663861840", "USD", "USD 18.01"),
        ("1234567.005", "EUR", "EUR 1,234,567.00"),
        ("0.000004528", "USD", "USD 0.0000045"),
        ("-0.0049", "USD", "USD -0.0049"),
        ("0", "USD", "USD 0.00"),
        ("1000", "rows", "1,000 rows"),
        ("87.745", "%", "87.74 %"),
        ("0.5", "ratio", "0.50"),
        ("12", "GB", "12 GB"),
    ],
)
def test_amount_is_shown_as_people_write_it(value: str, unit: str, text: str) -> None:
    assert shown(Decimal(value), unit) == text


def test_exact_digits_keep_every_digit_the_source_wrote() -> None:
    assert exact_digits(Decimal("18.00663861840"), "USD") == "18.00663861840"
    assert exact_digits(Decimal("123456789012345678901234567890.12"), "USD").replace(",", "").endswith("567890.12")
    assert exact_digits(Decimal(18), "USD") == "18.00"
    assert exact_digits(Decimal("1E+3"), "rows") == "1,000"


def test_a_value_too_small_for_two_decimals_never_reads_as_zero() -> None:
    assert rounded(Decimal("0.00000000001")) == "0.000000000010"


def test_zero_has_no_sign() -> None:
    assert shown(Decimal("-0"), "USD") == "USD 0.00"


def test_change_carries_its_sign() -> None:
    assert (signed(Decimal(5), "USD"), signed(Decimal(-5), "USD"), signed(Decimal(0), "USD")) == (
        "+USD 5.00", "\u2212USD 5.00", "USD 0.00",
    )  # fmt: skip


def test_a_unit_that_is_no_currency_stands_behind_its_number() -> None:
    assert with_unit("3", "vCPU") == "3 vCPU"
    assert exactly(Decimal("14"), "days") == "14 days"


def test_title_of_a_figure_says_what_when_and_exactly_how_much() -> None:
    figure = Figure(name="AWS", value=Decimal("18.00663861840"), unit="USD", subject="ProviderName=AWS",
                    period=Period.parse("2024-09"), definition="BilledCost")  # fmt: skip
    assert figure_title(figure, "ev-1") == (
        "AWS · ProviderName=AWS · BilledCost · September 2024: exactly USD 18.00663861840 (ev-1)"
    )


def test_durations_and_counts_are_words() -> None:
    assert (milliseconds(340), milliseconds(12400)) == ("340 ms", "12.4 s")
    assert (count(1, "row"), count(2000, "row"), count(2, "entry", "entries")) == ("1 row", "2,000 rows", "2 entries")
