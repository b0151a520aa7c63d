from datetime import date, datetime
from decimal import Decimal

import pytest
from pydantic import ValidationError

from finops.errors import UnknownName
from finops.evidence import Figure
from finops.periods import Period
from finops.query import CostQuery, Filter, dimension_key
from finops.relational import Key, Rule


def test_dates_and_numbers_can_be_grouped_by() -> None:
    assert dimension_key("BillingPeriodStart") == Key("BillingPeriodStart")
    assert dimension_key("CommitmentDiscountQuantity") == Key("CommitmentDiscountQuantity")


def test_a_virtual_dimension_groups_by_the_rules_handed_in() -> None:
    rules = (Rule((), value="Platform"),)
    assert dimension_key("virtual:team", {"team": rules}).rules == rules


def test_a_virtual_dimension_without_rules_is_refused_with_the_nearest() -> None:
    with pytest.raises(UnknownName, match="did you mean `virtual:team`"):
        dimension_key("virtual:tem", {"team": (Rule((), value="x"),)})


def test_a_query_may_name_a_virtual_dimension_before_its_rules_are_known() -> None:
    assert CostQuery(group_by=("virtual:team",)).group_by == ("virtual:team",)


@pytest.mark.parametrize(
    ("dimension", "value", "expected"),
    [
        ("ChargePeriodEnd", "2024-10-01", date(2024, 10, 1)),
        ("ChargePeriodEnd", "2024-10-01T06:30:00+02:00", datetime.fromisoformat("2024-10-01T04:30:00")),
        ("BilledCost", "0.5", Decimal("0.5")),
    ],
)
def test_a_filter_on_a_date_or_a_number_takes_one(dimension: str, value: str, expected: object) -> None:
    assert Filter(dimension=dimension, op="from", values=(value,)).scalars() == (expected,)


def test_a_number_may_be_compared_with_another_column() -> None:
    one = Filter(dimension="ListCost", op="above", values=("ContractedCost",))
    assert (one.other, one.scalars()) == ("ContractedCost", ())


@pytest.mark.parametrize(
    ("dimension", "op", "values", "reason"),
    [
        ("ServiceName", "before", ("B",), "has no order"),
        ("tag:team", "above", ("1",), "has no order"),
        ("ChargePeriodEnd", "contains", ("2024",), "is no text"),
        ("ChargePeriodEnd", "before", ("October",), "is no date; write it as 2024-09-30"),
        ("ChargePeriodEnd", "before", ("2024-09-01", "2024-10-01"), "takes one value"),
        ("ServiceName", "is", (), "needs values"),
    ],
)
def test_a_filter_that_makes_no_sense_is_refused(dimension: str, op: str, values: tuple[str, ...], reason: str) -> None:
    with pytest.raises(ValidationError, match=reason):
        Filter.model_validate({"dimension": dimension, "op": op, "values": values})


@pytest.mark.parametrize("field", ["group_by", "also", "exclude"])
def test_nothing_is_named_twice(field: str) -> None:
    value = {"group_by": "ServiceName", "also": "ListCost", "exclude": "tax"}[field]
    with pytest.raises(ValidationError, match=f"{field} names a .* twice"):
        CostQuery.model_validate({field: [value, value]})


def test_a_model_made_unchecked_is_the_one_that_was_checked() -> None:
    fields: dict[str, object] = {
        "name": "total", "value": Decimal(1), "unit": "USD", "subject": "all", "period": Period.month(2024, 9),
        "definition": "BilledCost",
    }  # fmt: skip
    made, checked = Figure.trusted(fields), Figure.model_validate(fields)
    assert made == checked
    assert made.model_dump_json() == checked.model_dump_json()
    assert made.model_copy(update={"name": "x"}).name == "x"
