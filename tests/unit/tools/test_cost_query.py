from collections.abc import Iterable
from datetime import date
from decimal import Decimal, localcontext
from itertools import groupby
from typing import Literal, cast

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from finops.errors import BadInput, ToolError, UnknownName
from finops.money import EXACT
from finops.periods import Grain, Period
from finops.query import CostQuery, Filter
from tests.unit.tools.fake_data import FakeData, Row, bill_row
from tools.contract import Finding
from tools.cost_query import cost_query
from tools.cost_questions import questions_of
from tools.cost_result import CostResult

AUGUST, SEPTEMBER = date(2024, 8, 10), date(2024, 9, 5)
BILL = (
    bill_row(AUGUST, "4"),
    bill_row(SEPTEMBER, "18.00663861840"),
    bill_row(SEPTEMBER, "1.97651418586", ProviderName="Microsoft", ServiceName="Virtual Machines"),
    bill_row(date(2024, 9, 30), "0.53707392473", ProviderName="Oracle", ServiceName="Compute", Tags='{"owner": "ann"}'),
)


def ask(query: CostQuery, data: FakeData) -> tuple[CostResult, Finding]:
    finding = cost_query(query, data.context())
    assert isinstance(finding.result, CostResult)
    return finding.result, finding


def month(text: str, **more: object) -> CostQuery:
    return CostQuery.model_validate({"period": text, **more})


def figure(finding: Finding, name: str) -> str:
    return format(next(f.value for f in finding.figures if f.name == name), "f")


def test_sums_are_exact_and_keep_the_decimals_of_the_sources() -> None:
    result, finding = ask(month("2024-09", group_by=["ProviderName"]), FakeData(BILL, scales={"BilledCost": 11}))
    assert [(row.figure, format(row.value, "f")) for row in result.rows] == [
        ("AWS", "18.00663861840"), ("Microsoft", "1.97651418586"), ("Oracle", "0.53707392473"),
    ]  # fmt: skip
    assert figure(finding, "total") == "20.52022672899"
    assert finding.rows_read == 3


def test_a_sum_with_more_decimals_than_the_sources_is_not_rounded() -> None:
    result, _ = ask(month("2024-09"), FakeData(BILL, scales={"BilledCost": 4}))
    assert format(result.totals[0].value, "f") == "20.52022672899"


def test_a_total_of_thirty_eight_digits_keeps_them_all() -> None:
    data = FakeData((bill_row(SEPTEMBER, "12345678901234567890.000000000000000001"), bill_row(SEPTEMBER, "1")))
    assert format(ask(CostQuery(), data)[0].totals[0].value, "f") == "12345678901234567891.000000000000000001"


def test_currencies_are_never_added() -> None:
    result, finding = ask(CostQuery(), FakeData((*BILL, bill_row(SEPTEMBER, "7", BillingCurrency="EUR"))))
    assert [(t.figure, t.unit) for t in result.totals] == [("total EUR", "EUR"), ("total USD", "USD")]
    assert figure(finding, "total EUR") == "7.00"
    assert "there are 2 currencies, which are never added" in result.caveats


def test_quantities_are_summed_by_their_unit() -> None:
    rows = [
        bill_row(SEPTEMBER, "1", ConsumedQuantity=Decimal(quantity), ConsumedUnit=unit)
        for quantity, unit in (("3", "Hours"), ("4", "Hours"), ("5", "GB"))
    ]
    result, _ = ask(CostQuery(metric="ConsumedQuantity"), FakeData((*rows, bill_row(SEPTEMBER, "1"))))
    assert [(t.unit, t.value, t.rows) for t in result.totals] == [("GB", 5, 1), ("Hours", 7, 2)]


def test_the_rest_beyond_the_top_is_other() -> None:
    result, finding = ask(month("2024-09", group_by=["ProviderName"], top=1), FakeData(BILL))
    assert [(row.figure, row.other) for row in result.rows] == [("AWS", False), ("other", True)]
    assert figure(finding, "other") == "2.51358811059"


def test_a_group_called_other_does_not_take_the_name_of_the_rest() -> None:
    rows = [bill_row(SEPTEMBER, cost, ServiceName=name) for cost, name in (("9", "other"), ("2", "A"), ("1", "B"))]
    result, _ = ask(CostQuery(group_by=("ServiceName",), top=1), FakeData(rows))
    assert [(row.figure, row.value) for row in result.rows] == [("other (2)", 9), ("other", 3)]


def test_equal_values_are_put_in_order_by_name_and_absent_ones_last() -> None:
    rows = [bill_row(SEPTEMBER, "1", RegionId=region) for region in (None, "b", "a")]
    result, _ = ask(CostQuery(group_by=("RegionId",)), FakeData(rows))
    assert [row.figure for row in result.rows] == ["a", "b", "(none)"]


def test_shares_are_rounded_half_even_to_two_decimals() -> None:
    rows = [bill_row(SEPTEMBER, cost, ServiceName=cost) for cost in ("1", "2")]
    result, _ = ask(CostQuery(group_by=("ServiceName",)), FakeData(rows))
    assert [row.share for row in result.rows] == [Decimal("66.67"), Decimal("33.33")]


def test_a_zero_total_has_no_shares() -> None:
    rows = [bill_row(SEPTEMBER, cost, ServiceName=cost) for cost in ("5", "-5")]
    result, _ = ask(CostQuery(group_by=("ServiceName",)), FakeData(rows))
    assert [row.share for row in result.rows] == [None, None]


def test_the_previous_period_is_set_beside() -> None:
    result, finding = ask(month("2024-09", compare="previous_period"), FakeData(BILL))
    assert result.compare_period == Period.month(2024, 8)
    assert figure(finding, "total.compare") == "4.00"
    assert figure(finding, "total.change") == "16.52022672899"
    assert figure(finding, "total.change_percent") == "413.01"
    assert finding.rows_read == 4


def test_a_group_of_only_one_period_has_zero_in_the_other_and_no_percent() -> None:
    data = FakeData((*BILL, bill_row(AUGUST, "3", ProviderName="Old")))
    result, _ = ask(month("2024-09", compare="previous_period", group_by=["ProviderName"]), data)
    by_name = {row.figure: (row.value, row.compare, row.change_percent) for row in result.rows}
    assert by_name["Old"] == (0, 3, -100)
    assert by_name["Oracle"] == (Decimal("0.53707392473"), 0, None)


def test_a_rise_from_a_negative_cost_is_a_positive_percent() -> None:
    data = FakeData((bill_row(AUGUST, "-4"), bill_row(SEPTEMBER, "2")))
    result, _ = ask(month("2024-09", compare="previous_period"), data)
    assert (result.totals[0].change, result.totals[0].change_percent) == (6, 150)


def test_a_compared_period_without_data_is_refused() -> None:
    with pytest.raises(ToolError, match="no cost data for the compared period `July 2024`"):
        ask(month("2024-08", compare="previous_period"), FakeData(BILL))


def test_a_period_without_data_is_refused_with_the_days_there_are() -> None:
    with pytest.raises(ToolError, match=r"no cost data for `2023`; ask within 2024-08-10 to 2024-09-30"):
        ask(month("2023"), FakeData(BILL))


def test_a_period_that_is_not_wholly_covered_says_so() -> None:
    result, _ = ask(month("2024"), FakeData(BILL))
    assert result.caveats == (
        "the data begins on 2024-08-10, after the first day of 2024",
        "the data ends on 2024-09-30, before the last day of 2024",
    )


def test_buckets_come_in_the_order_of_time_and_are_cut_to_the_period() -> None:
    result, finding = ask(month("2024-08-09..2024-09-29", grain="month"), FakeData(BILL))
    assert [row.figure for row in result.rows] == ["2024-08-01", "2024-09-01"]
    periods = {f.name: f.period for f in finding.figures}
    assert periods["2024-08-01"] == Period(start=date(2024, 8, 9), end=date(2024, 9, 1))
    assert periods["2024-09-01"] == Period(start=date(2024, 9, 1), end=date(2024, 9, 30))


def test_groups_in_buckets_are_named_by_both() -> None:
    result, _ = ask(CostQuery(group_by=("ProviderName",), grain="day", top=1), FakeData(BILL))
    assert [row.figure for row in result.rows] == [
        "AWS@2024-08-10", "AWS@2024-09-05", "other@2024-09-05", "other@2024-09-30",
    ]  # fmt: skip


def test_an_unknown_value_is_refused_with_the_nearest() -> None:
    with pytest.raises(UnknownName, match="unknown ServiceName `Amazon EC3`; did you mean `Amazon EC2`"):
        ask(CostQuery(filters=(Filter(dimension="ServiceName", values=("Amazon EC3",)),)), FakeData(BILL))


def test_an_unknown_tag_is_refused_with_the_nearest() -> None:
    with pytest.raises(UnknownName, match="did you mean `tag:owner`"):
        ask(CostQuery(group_by=("tag:ownr",)), FakeData(BILL))


def test_asking_for_an_absent_tag_as_missing_is_answered_with_a_caveat() -> None:
    result, _ = ask(CostQuery(filters=(Filter(dimension="tag:team", op="missing"),)), FakeData(BILL))
    assert result.totals[0].rows == 4
    assert "no row carries the tag `team`" in result.caveats


def test_an_unknown_value_of_a_long_dimension_is_refused_too() -> None:
    with pytest.raises(UnknownName, match="did you mean `Microsoft`"):
        ask(CostQuery(filters=(Filter(dimension="ProviderName", values=("Mikrosoft",)),)), FakeData(BILL[2:], cap=1))


@pytest.mark.parametrize("cap", [1, 100])
def test_an_unknown_value_among_known_ones_is_refused_too(cap: int) -> None:
    with pytest.raises(UnknownName, match="unknown ProviderName `Mikrosoft`"):
        ask(
            CostQuery(filters=(Filter(dimension="ProviderName", values=("AWS", "Mikrosoft")),)), FakeData(BILL, cap=cap)
        )


def test_an_unknown_value_is_refused_where_it_is_left_out_too() -> None:
    with pytest.raises(UnknownName, match="unknown ProviderName `Mikrosoft`"):
        ask(CostQuery(filters=(Filter(dimension="ProviderName", op="is_not", values=("Mikrosoft",)),)), FakeData(BILL))


def test_a_known_value_without_rows_in_the_period_costs_zero_in_the_currency_of_the_bill() -> None:
    query = month("2024-08", filters=[{"dimension": "ProviderName", "values": ["Oracle"]}])
    result, _ = ask(query, FakeData(BILL))
    assert [(t.value, t.unit, t.rows) for t in result.totals] == [(0, "USD", 0)]
    assert "no row of the bill matches" in result.caveats


def test_credits_inside_a_total_are_told_apart() -> None:
    data = FakeData((*BILL[1:2], bill_row(SEPTEMBER, "-33.86", ChargeCategory="Credit")))
    result, finding = ask(CostQuery(), data)
    assert figure(finding, "total.gross") == "18.0066386184"
    assert figure(finding, "total.credits") == "-33.86"
    assert result.caveats == ("total includes credits of USD -33.86 (gross USD 18.0066386184)",)


def test_refunds_inside_a_total_are_told_apart() -> None:
    result, _ = ask(CostQuery(), FakeData((*BILL, bill_row(SEPTEMBER, "-2", ChargeClass="Correction"))))
    assert result.totals[0].corrections == -2


def test_credits_are_not_repeated_where_the_charge_category_is_asked_for() -> None:
    data = FakeData((*BILL[1:2], bill_row(SEPTEMBER, "-33.86", ChargeCategory="Credit")))
    result, _ = ask(CostQuery(group_by=("ChargeCategory",)), data)
    assert result.totals[0].credits is None


def test_caveats_of_the_metric_are_passed_on() -> None:
    caveat = "EffectiveCost of AWS is rounded to whole units"
    result, _ = ask(CostQuery(metric="EffectiveCost"), FakeData(BILL, caveats={"EffectiveCost": (caveat,)}))
    assert result.caveats == (caveat,)


def test_no_bill_is_refused() -> None:
    with pytest.raises(BadInput, match="no bill is loaded"):
        cost_query(CostQuery(), FakeData().context())


def test_a_quantity_nobody_recorded_is_refused() -> None:
    with pytest.raises(ToolError, match="has a `PricingQuantity`"):
        ask(CostQuery(metric="PricingQuantity"), FakeData(BILL))


def test_a_name_cannot_break_out_of_a_reference() -> None:
    result, _ = ask(
        CostQuery(group_by=("ServiceName",)), FakeData((bill_row(SEPTEMBER, "1", ServiceName="a}}\n{{E2#x"),))
    )
    assert result.rows[0].figure == "a)) ((E2_x"


def test_more_groups_than_anybody_reads_are_cut_and_said() -> None:
    rows = [bill_row(SEPTEMBER, "1", ServiceName=f"s{i:04}") for i in range(1003)]
    result, _ = ask(CostQuery(group_by=("ServiceName",)), FakeData(rows, cap=2000))
    assert result.rows[-1].value == 3
    assert result.rows[-1].other
    assert "only the 1000 largest groups are listed, the rest is `other`" in result.caveats


def test_every_question_that_is_asked_was_foretold() -> None:
    data = FakeData((*BILL, bill_row(SEPTEMBER, "-1", ChargeCategory="Credit")))
    query = month("2024-09", compare="previous_period", group_by=["ProviderName"])
    ask(query, data)
    assert {repr(q) for q in data.asked} == {repr(q) for q in questions_of(query, data)}
    assert len(data.asked) == 2


AMOUNTS = st.decimals(min_value=-(10**15), max_value=10**15, places=18, allow_nan=False, allow_infinity=False)
ROWS = st.lists(
    st.tuples(
        AMOUNTS, st.sampled_from("AB"), st.sampled_from([None, "x", "y", "z"]), st.sampled_from(["USD", "EUR"]),
        st.sampled_from([AUGUST, SEPTEMBER]),
    ),
    min_size=1, max_size=30,
)  # fmt: skip


def exact_sum(values: Iterable[Decimal | None]) -> Decimal:
    """Python's own 28 digits would round here."""
    with localcontext(EXACT):
        return sum((value for value in values if value is not None), Decimal(0))


def as_bill(rows: list[tuple[Decimal, str, str | None, str, date]]) -> list[Row]:
    return [
        bill_row(day, format(cost, "f"), ProviderName=provider, RegionId=region, BillingCurrency=currency)
        for cost, provider, region, currency, day in rows
    ]


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(ROWS, st.sampled_from([None, 1, 2]), st.sampled_from([None, "day", "month"]))
def test_rows_sum_to_their_total_to_the_last_digit(
    rows: list[tuple[Decimal, str, str | None, str, date]], top: int | None, grain: str | None
) -> None:
    query = CostQuery(group_by=("ProviderName", "RegionId"), top=top, grain=cast(Grain | None, grain))
    result, finding = ask(query, FakeData(as_bill(rows)))
    totals = {total.unit: total.value for total in result.totals}
    by_unit = sorted((row.unit, row.value) for row in result.rows)
    assert {unit: exact_sum(v for _, v in values) for unit, values in groupby(by_unit, key=lambda r: r[0])} == totals
    assert finding.rows_read == len(rows)
    assert len({f.name for f in finding.figures}) == len(finding.figures)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(ROWS, st.sampled_from([1, 5]))
def test_changes_sum_to_the_change_of_the_total_to_the_last_digit(
    rows: list[tuple[Decimal, str, str | None, str, date]], top: Literal[1, 5]
) -> None:
    query = month("2024-09", compare="previous_period", group_by=["RegionId"], top=top)
    result, _ = ask(query, FakeData(as_bill(rows), days=(date(2024, 8, 1), date(2024, 9, 30))))
    for total in result.totals:
        mine = [row for row in result.rows if row.unit == total.unit]
        assert exact_sum(row.change for row in mine) == total.change
        assert exact_sum(row.compare for row in mine) == total.compare
