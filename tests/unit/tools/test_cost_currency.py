"""Cost queries in one currency: exact whatever the digits, the rates used listed, what has no rate left apart."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any, cast

from finops.books import books_of
from finops.query import CostQuery
from finops.rates import Rate, Rates
from tests.unit.tools.fake_data import FakeData, Row, bill_row
from tools.contract import Finding, ToolContext
from tools.cost_query import cost_query
from tools.cost_result import CostResult

DAYS = [date(2024, 9, day) for day in (1, 2, 3)]
LONGEST = "99999999999999999999.999999999999999999"


def rates(*listed: tuple[date, str, str], **declared: Any) -> Rates:
    return Rates(
        rates=tuple(Rate(day=day, source=pair[:3], target=pair[3:], rate=Decimal(rate)) for day, pair, rate in listed),
        **declared,
    )


def ask(rows: Sequence[Row], book: Rates, **asked: Any) -> Finding:
    seen = FakeData(rows).context()
    context = ToolContext(seen.data, seen.as_of, seen.evidence, books_of(rates=book, file="ecb.csv"))
    return cost_query(CostQuery.model_validate({"currency": "EUR", **asked}), context)


def totals(finding: Finding) -> dict[str, Decimal]:
    return {one.unit: one.value for one in cast(CostResult, finding.result).totals}


def test_amounts_and_cross_rates_of_all_digits_are_converted_without_losing_one() -> None:
    legs = ("USDGBP", "0.123456789012345678"), ("GBPEUR", "1.98765432109876543")
    book = rates(*((DAYS[0], pair, rate) for pair, rate in legs), through="GBP")
    found = totals(ask([bill_row(day, LONGEST) for day in DAYS], book))
    assert Fraction(found["EUR"]) == 3 * Fraction(LONGEST) * Fraction(legs[0][1]) * Fraction(legs[1][1])


def test_each_day_has_its_own_rate_and_the_answer_lists_them() -> None:
    book = rates((DAYS[0], "USDEUR", "0.9"), (DAYS[2], "USDEUR", "0.8"))
    finding = ask([bill_row(day, "10") for day in DAYS], book)
    assert totals(finding) == {"EUR": Decimal(26)}
    used = cast(CostResult, finding.result).rates
    assert [str(one) for one in used] == ["1 USD = 0.9 EUR of 2024-09-01", "1 USD = 0.8 EUR of 2024-09-03"]
    assert any("ecb.csv" in note for note in cast(CostResult, finding.result).caveats)


def test_a_currency_without_rates_stays_apart() -> None:
    rows = [
        bill_row(DAYS[0], "10"),
        bill_row(DAYS[0], "7", BillingCurrency="JPY"),
        bill_row(DAYS[0], "5", BillingCurrency="EUR"),
    ]
    finding = ask(rows, rates((DAYS[0], "USDEUR", "0.9")))
    assert totals(finding) == {"EUR": Decimal(14), "JPY": Decimal(7)}
    assert any("no rate from JPY to EUR" in note for note in cast(CostResult, finding.result).caveats)


def test_groups_are_converted_before_they_are_ranked() -> None:
    rows = [bill_row(DAYS[0], "10", RegionId="a"), bill_row(DAYS[0], "100", RegionId="b", BillingCurrency="JPY")]
    book = rates((DAYS[0], "USDEUR", "0.9"), (DAYS[0], "JPYEUR", "0.006"))
    found = cast(CostResult, ask(rows, book, group_by=["RegionId"]).result).rows
    assert [(one.group["RegionId"], one.value) for one in found] == [("a", Decimal(9)), ("b", Decimal("0.6"))]
