import pytest

from finops.also import Term, parse_also, unit_column
from finops.errors import UnknownName
from finops.query import check_dimension


def terms(text: str) -> tuple[str, ...]:
    return tuple(term.name for term in parse_also(text, check_dimension).terms)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("EffectiveCost", ("EffectiveCost",)),
        ("rows", ("rows",)),
        ("first_charge", ("first_charge",)),
        ("sku:CoreCount", ("sku:CoreCount",)),
        ("distinct:ResourceId", ("distinct:ResourceId",)),
        ("distinct:tag:app.kubernetes.io/part-of", ("distinct:tag:app.kubernetes.io/part-of",)),
        ("EffectiveCost/sku:CoreCount", ("EffectiveCost", "sku:CoreCount")),
        ("ListUnitPrice-ContractedUnitPrice", ("ListUnitPrice", "ContractedUnitPrice")),
        ("(ListCost-BilledCost)/distinct:ResourceId", ("ListCost", "BilledCost", "distinct:ResourceId")),
    ],
)
def test_a_column_is_read_from_its_text(text: str, expected: tuple[str, ...]) -> None:
    assert terms(text) == expected


def test_a_named_rate_is_its_formula() -> None:
    found = parse_also("EffectiveSavingsRate", check_dimension)
    assert (found.name, found.formula) == ("EffectiveSavingsRate", "(ListCost-EffectiveCost)/ListCost")
    assert found.over == Term("ListCost", "sum", "ListCost")


def test_an_unknown_column_is_refused_with_the_nearest() -> None:
    with pytest.raises(UnknownName, match="unknown column `EffectivCost`; did you mean `EffectiveCost`"):
        parse_also("BilledCost/EffectivCost", check_dimension)


def test_an_unknown_dimension_to_count_is_refused() -> None:
    with pytest.raises(UnknownName, match="did you mean `ResourceId`"):
        parse_also("distinct:ResorceId", check_dimension)


@pytest.mark.parametrize("text", ["(ListCost-BilledCost", "ListCost+BilledCost", "", "ListCost//BilledCost"])
def test_what_is_no_formula_is_refused(text: str) -> None:
    with pytest.raises(UnknownName):
        parse_also(text, check_dimension)


def test_a_difference_over_something_needs_brackets() -> None:
    with pytest.raises(ValueError, match=r"write it as \(A-B\)/C"):
        parse_also("ListCost-BilledCost/ListCost", check_dimension)


def test_dates_are_not_reckoned_with() -> None:
    with pytest.raises(ValueError, match="name first_charge and last_charge alone"):
        parse_also("last_charge-first_charge", check_dimension)


def test_each_amount_has_the_column_of_its_unit() -> None:
    names = ("EffectiveCost", "PricingCurrencyEffectiveCost", "CommitmentDiscountQuantity", "ServiceName")
    assert [unit_column(name) for name in names] == [
        "BillingCurrency", "PricingCurrency", "CommitmentDiscountUnit", None,
    ]  # fmt: skip
