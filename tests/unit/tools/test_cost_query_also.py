import json
from datetime import date
from decimal import Decimal

from finops.query import CostQuery
from tests.unit.tools.fake_data import FakeData, Row, bill_row
from tools.contract import Finding
from tools.cost_query import cost_query
from tools.cost_result import AlsoValue, CostResult

DAY, NEXT = date(2024, 9, 5), date(2024, 9, 6)


def ask(data: FakeData, **fields: object) -> tuple[CostResult, Finding]:
    finding = cost_query(CostQuery.model_validate(fields), data.context())
    assert isinstance(finding.result, CostResult)
    return finding.result, finding


def also(data: FakeData, text: str, **fields: object) -> AlsoValue:
    """The column of the total."""
    return ask(data, also=[text], **fields)[0].totals[0].also[text]


def priced(cost: str, **columns: object) -> Row:
    details = columns.pop("details", None)
    return bill_row(DAY, cost, SkuPriceDetails=json.dumps(details) if details else None, **columns)


def test_another_cost_stands_beside_the_metric_and_is_a_figure() -> None:
    data = FakeData((bill_row(DAY, "4", EffectiveCost=Decimal("2.5")), bill_row(DAY, "1", ServiceName="S3")))
    result, finding = ask(data, group_by=["ServiceName"], also=["EffectiveCost"])
    assert [row.also["EffectiveCost"].value for row in result.rows] == [Decimal("2.50"), Decimal("1.00")]
    named = {figure.name: (figure.value, figure.unit, figure.definition) for figure in finding.figures}
    assert named["Amazon EC2.EffectiveCost"] == (Decimal("2.50"), "USD", "EffectiveCost")
    assert named["total.EffectiveCost"] == (Decimal("3.50"), "USD", "EffectiveCost")


def test_a_ratio_of_one_unit_is_a_percent() -> None:
    data = FakeData((bill_row(DAY, "3", EffectiveCost=Decimal(1)),))
    assert also(data, "EffectiveCost/BilledCost") == AlsoValue(value=Decimal("33.3333333333"), unit="%")


def test_the_effective_savings_rate_is_over_list_and_the_one_of_commitments_over_contracted_cost() -> None:
    row = bill_row(DAY, "6", ListCost=Decimal(10), ContractedCost=Decimal(8), EffectiveCost=Decimal(6))
    rates = ("EffectiveSavingsRate", "CommitmentSavingsRate", "NegotiatedSavingsRate")
    assert [also(FakeData((row,)), rate).value for rate in rates] == [40, 25, 20]


def test_cost_per_core_is_of_the_rows_that_have_cores() -> None:
    rows = (priced("12", details={"CoreCount": 4}), priced("6", details={"CoreCount": "2"}), priced("100"))
    assert also(FakeData(rows), "EffectiveCost/sku:CoreCount") == AlsoValue(value=Decimal(3), unit="USD per CoreCount")


def test_a_detail_of_the_price_is_summed() -> None:
    rows = (priced("1", details={"CoreCount": 4}), priced("1", details={"CoreCount": 2}), priced("1"))
    assert also(FakeData(rows), "sku:CoreCount") == AlsoValue(value=Decimal(6), unit="CoreCount")


def test_a_detail_that_is_no_number_everywhere_is_said() -> None:
    rows = (priced("1", details={"Size": "16 GiB"}), priced("1", details={"Size": "4"}))
    assert also(FakeData(rows), "sku:Size").note == "1 of 2 rows have no number for sku:Size"


def test_a_ratio_over_zero_has_a_reason_and_no_value() -> None:
    result, finding = ask(FakeData((bill_row(DAY, "0"),)), also=["EffectiveCost/BilledCost"])
    assert result.totals[0].also["EffectiveCost/BilledCost"] == AlsoValue(note="BilledCost is zero")
    assert "EffectiveCost/BilledCost of total: BilledCost is zero" in result.caveats
    assert not any(figure.name == "total.EffectiveCost/BilledCost" for figure in finding.figures)


def test_a_ratio_over_what_no_row_has_has_a_reason() -> None:
    assert also(FakeData((priced("1"),)), "EffectiveCost/sku:CoreCount").note == "no row has a number for EffectiveCost"


def test_quantities_of_several_units_are_not_added() -> None:
    rows = [priced("1", PricingQuantity=Decimal(2), PricingUnit=unit) for unit in ("Hours", "GB")]
    found = also(FakeData(rows), "PricingQuantity")
    assert found == AlsoValue(note="PricingQuantity is in several units; group by PricingUnit")


def test_a_quantity_of_one_unit_has_it() -> None:
    rows = [priced("1", PricingQuantity=Decimal(2), PricingUnit="Hours"), priced("1")]
    assert also(FakeData(rows), "PricingQuantity") == AlsoValue(value=Decimal("2.00"), unit="Hours")


def test_a_quantity_grouped_by_its_unit_has_that_of_its_row() -> None:
    rows = [priced("1", PricingQuantity=Decimal(2), PricingUnit=unit) for unit in ("Hours", "GB")]
    result, _ = ask(FakeData(rows), group_by=["PricingUnit"], also=["PricingQuantity"])
    assert [row.also["PricingQuantity"].unit for row in result.rows] == ["GB", "Hours"]
    assert result.totals[0].also["PricingQuantity"].value is None


def test_a_cost_per_quantity_is_per_its_unit() -> None:
    row = priced("5", PricingQuantity=Decimal(2), PricingUnit="Hours")
    assert also(FakeData((row,)), "EffectiveCost/PricingQuantity") == AlsoValue(
        value=Decimal("2.5"), unit="USD per Hours"
    )


def test_a_cost_beside_a_quantity_in_two_currencies_is_not_added() -> None:
    rows = [
        priced("1", PricingQuantity=Decimal(2), PricingUnit="Hours", BillingCurrency=currency)
        for currency in ("EUR", "USD")
    ]
    found = also(FakeData(rows), "BilledCost", metric="PricingQuantity")
    assert found.note == "BilledCost is in several units; group by BillingCurrency"


def test_the_first_and_last_charge_are_dates() -> None:
    result, _ = ask(FakeData((bill_row(NEXT, "1"), bill_row(DAY, "1"))), also=["first_charge", "last_charge"])
    assert [one.date for one in result.totals[0].also.values()] == ["2024-09-05", "2024-09-07"]


def test_different_values_are_counted_over_all_groups_and_not_added() -> None:
    rows = [bill_row(DAY, "1", ServiceName=service, ResourceId="r") for service in ("A", "B")]
    result, finding = ask(FakeData(rows), group_by=["ServiceName"], also=["distinct:ResourceId", "rows"])
    assert [row.also["distinct:ResourceId"].value for row in result.rows] == [1, 1]
    assert result.totals[0].also["distinct:ResourceId"] == AlsoValue(value=Decimal(1), unit="count")
    assert {figure.name: figure.unit for figure in finding.figures}["total.rows"] == "rows"


def test_the_different_values_of_the_rest_are_not_known() -> None:
    rows = [bill_row(DAY, cost, ServiceName=cost, ResourceId="r") for cost in ("3", "2", "1")]
    result, _ = ask(FakeData(rows), group_by=["ServiceName"], also=["distinct:ResourceId"], top=1)
    assert result.rows[1].also["distinct:ResourceId"].note == "distinct:ResourceId of several groups cannot be added"


def test_a_difference_is_of_the_rows_that_have_both() -> None:
    rows = (
        priced("1", ListUnitPrice=Decimal(5), ContractedUnitPrice=Decimal(3)),
        priced("1", ListUnitPrice=Decimal(9)),
    )
    assert also(FakeData(rows), "ListUnitPrice-ContractedUnitPrice") == AlsoValue(
        value=Decimal("2.00"), unit="USD per unit"
    )


def test_rows_are_listed_by_grouping_by_all_that_is_shown() -> None:
    rows = [bill_row(DAY, cost, BillingPeriodStart=date(2024, 9, 1)) for cost in ("1.50", "1.5", "2")]
    result, _ = ask(FakeData(rows), metric="rows", group_by=["BillingPeriodStart", "BilledCost"])
    assert [(row.group, row.value, row.unit) for row in result.rows] == [
        ({"BillingPeriodStart": "2024-09-01", "BilledCost": "1.50"}, 2, "rows"),
        ({"BillingPeriodStart": "2024-09-01", "BilledCost": "2.00"}, 1, "rows"),
    ]
