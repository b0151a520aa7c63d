from datetime import date
from decimal import Decimal
from typing import cast

import pytest

from finops.errors import ToolError
from finops.periods import Period
from finops.ports import IncompleteDay, OpenMonth
from finops.query import CostQuery
from tests.unit.tools.fake_data import FakeData, Row, bill_row
from tools.cost_query import cost_query
from tools.cost_result import CostResult

DAY = date(2024, 9, 5)
AWS_OWN = "Amazon Web Services EMEA SARL"
BILL = (
    bill_row(DAY, "33.86", PublisherName=AWS_OWN),
    bill_row(DAY, "-33.86", ChargeCategory="Credit", PublisherName=AWS_OWN),
    bill_row(DAY, "-2", ChargeClass="Correction", PublisherName=AWS_OWN),
    bill_row(DAY, "5", ChargeCategory="Tax", ServiceName="Tax", PublisherName=AWS_OWN),
    bill_row(DAY, "7", ServiceName="AWS Support (Business)", PublisherName=AWS_OWN),
    bill_row(DAY, "11", ServiceName="RHEL", PublisherName="Red Hat Inc."),
)


def ask(rows: tuple[Row, ...] = BILL, **fields: object) -> CostResult:
    result = cost_query(CostQuery.model_validate(fields), FakeData(rows).context()).result
    assert isinstance(result, CostResult)
    return result


def test_a_row_that_credits_bring_to_zero_shows_its_gross() -> None:
    row = next(row for row in ask(BILL[:2], group_by=["ServiceName"]).rows)
    assert (row.value, row.gross, row.credits) == (0, Decimal("33.86"), Decimal("-33.86"))


def test_credits_of_the_compared_period_are_told_apart() -> None:
    rows = (*BILL[:2], bill_row(date(2024, 10, 5), "10"))
    data = FakeData(rows)
    finding = cost_query(CostQuery.model_validate({"period": "2024-10", "compare": "previous_period"}), data.context())
    result = cast(CostResult, finding.result)
    total = result.totals[0]
    assert (total.compare, total.compare_gross, total.compare_credits) == (0, Decimal("33.86"), Decimal("-33.86"))
    assert "compared period of total includes credits of USD -33.86 (gross USD 33.86)" in result.caveats
    figure = next(figure for figure in finding.figures if figure.name == "total.compare_gross")
    assert (figure.value, figure.period) == (Decimal("33.86"), Period.parse("2024-09"))
    assert ask(rows, period="2024-10", compare="previous_period", exclude=["credits"]).totals[0].compare_credits is None


def test_a_row_without_credits_has_no_gross() -> None:
    rows = {row.group["ServiceName"]: row.gross for row in ask(group_by=["ServiceName"]).rows}
    assert rows["RHEL"] is None


def test_every_part_of_a_total_is_told_apart() -> None:
    total = ask().totals[0]
    assert (total.value, total.gross, total.credits) == (21, Decimal("54.86"), Decimal("-33.86"))
    assert (total.corrections, total.tax, total.support, total.marketplace) == (-2, 5, 7, 11)


def test_the_parts_come_with_the_sums_in_one_question() -> None:
    data = FakeData(BILL)
    cost_query(CostQuery(group_by=("ServiceName",)), data.context())
    assert len(data.asked) == 1


def test_where_groups_are_many_the_parts_of_the_total_come_apart_and_are_the_same() -> None:
    many = (*BILL, *(bill_row(DAY, "1", ResourceId=f"r{at}") for at in range(400)))
    data = FakeData(many)
    finding = cost_query(CostQuery(group_by=("ResourceId",)), data.context())
    assert isinstance(finding.result, CostResult)
    total, alone = finding.result.totals[0], ask(many).totals[0]
    assert [len(one.keys) for one in data.asked] == [1, 0]
    assert total == alone
    assert (finding.rows_read, finding.result.rows[-1].credits) == (406, None)
    assert sum(row.credits or 0 for row in finding.result.rows) == total.credits


@pytest.mark.parametrize(
    ("part", "value"),
    [("credits", "54.86"), ("refunds", "23"), ("tax", "16"), ("support", "14"), ("marketplace", "10")],
)
def test_a_part_can_be_left_out_and_the_definition_says_so(part: str, value: str) -> None:
    result = ask(exclude=[part])
    assert result.totals[0].value == Decimal(value)
    assert "; without " in result.definition
    assert "; without " not in ask().definition


def test_a_figure_says_what_was_left_out() -> None:
    finding = cost_query(CostQuery(exclude=("tax", "credits")), FakeData(BILL).context())
    assert {f.name: f.definition for f in finding.figures}["total"] == "BilledCost without credits and tax"


def test_a_publisher_of_the_providers_own_name_is_no_marketplace() -> None:
    rows = (
        bill_row(DAY, "1", ProviderName="Databricks", PublisherName="Databricks"),
        bill_row(DAY, "2", ProviderName="AWS", PublisherName="Databricks"),
        bill_row(DAY, "4", ProviderName="AWS", PublisherName="Microsoft"),
        bill_row(DAY, "8", ProviderName="Microsoft", PublisherName="Microsoft Corporation"),
        bill_row(DAY, "16", ProviderName="AWS"),
    )
    assert ask(rows).totals[0].value - ask(rows, exclude=["marketplace"]).totals[0].value == 6


def test_a_value_that_the_specification_names_is_zero_where_no_row_has_it() -> None:
    filters = [{"dimension": "ChargeClass", "values": ["Correction"]}]
    result = ask(BILL[:1], filters=filters)
    assert (result.totals[0].value, result.totals[0].rows) == (0, 0)
    assert "no row has ChargeClass Correction" in result.caveats


def test_leaving_out_a_value_keeps_rows_without_one() -> None:
    filters = [{"dimension": "ChargeClass", "op": "is_not", "values": ["Correction"]}]
    assert ask(filters=filters).totals[0].rows == len(BILL) - 1


LACKING = (
    bill_row(DAY, "4", x_Source="AWS/1"),
    bill_row(DAY, "4", x_Source="Azure/2", EffectiveCost=None, ServiceName="VM"),
)


def test_a_missing_amortised_cost_is_said_and_nothing_is_put_in_its_place() -> None:
    result = ask(LACKING, metric="EffectiveCost")
    assert (result.totals[0].value, result.totals[0].missing) == (4, 1)
    assert result.caveats == (
        "EffectiveCost is missing in 1 of 1 rows of Azure/2; the sum holds the other rows only and is not whole",
    )


def test_a_missing_cost_beside_the_metric_is_said_and_makes_no_rate() -> None:
    result = ask(LACKING, group_by=["ServiceName"], also=["EffectiveCost", "EffectiveSavingsRate"])
    assert result.totals[0].also["EffectiveCost"].note == "1 of 2 rows have no number for EffectiveCost"
    assert result.totals[0].also["EffectiveSavingsRate"].value is None
    assert any("EffectiveCost is missing in 1 of 1 rows of Azure/2" in one for one in result.caveats)


def test_a_cost_that_no_row_has_is_refused() -> None:
    with pytest.raises(ToolError, match="none of the 1 rows that match has a `EffectiveCost`"):
        ask(LACKING, metric="EffectiveCost", filters=[{"dimension": "ServiceName", "values": ["VM"]}])


def growing() -> FakeData:
    data = FakeData((bill_row(DAY, "1", x_Source="AWS/1"), bill_row(date(2024, 9, 6), "1", x_Source="AWS/1")))
    assert data.cost is not None
    late = IncompleteDay(source="AWS/1", day=date(2024, 9, 6), expected=Decimal("0.8"), reason="loaded a day later")
    month = OpenMonth(source="AWS/1", month="2024-09", reason="no invoice yet")
    data.cost = data.cost.model_copy(update={"incomplete": (late,), "open_months": (month,)})
    return data


def test_a_day_that_may_still_grow_is_marked_and_said() -> None:
    finding = cost_query(CostQuery(grain="day"), growing().context())
    assert isinstance(finding.result, CostResult)
    assert [row.growing for row in finding.result.rows] == [False, True]
    assert {f.name: f.definition for f in finding.figures}["2024-09-06"] == "BilledCost (still growing)"
    assert finding.result.caveats[-1].startswith("AWS/1 may still grow on 2024-09-06 (at that age 80 %")


def test_days_before_are_not_marked() -> None:
    result = cost_query(CostQuery.model_validate({"period": "2024-09-05"}), growing().context()).result
    assert isinstance(result, CostResult)
    assert not result.totals[0].growing
    assert result.caveats == ()


def test_a_billing_month_not_closed_is_marked() -> None:
    data = FakeData(tuple({**row, "BillingPeriodStart": date(2024, 9, 1)} for row in growing().rows["cost"]))
    data.cost = growing().cost
    result = cost_query(CostQuery(basis="billing"), data.context()).result
    assert isinstance(result, CostResult)
    assert result.totals[0].growing
    assert result.caveats == ("AWS/1 may still change in 2024-09: no invoice yet",)
