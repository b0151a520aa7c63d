from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest

from finops.allocation import Allocation
from finops.books import Books, books_of
from finops.errors import ToolError
from finops.periods import Period
from finops.query import CostQuery
from finops.rates import Rate, Rates
from tests.unit.tools.fake_data import FakeData, Row, bill_row
from tools.cost_query import cost_query
from tools.cost_result import CostResult

AUGUST, SEPTEMBER = date(2024, 8, 1), date(2024, 9, 1)
DAY = date(2024, 9, 5)


def ask(rows: tuple[Row, ...], books: Books | None = None, **fields: object) -> CostResult:
    result = cost_query(CostQuery.model_validate(fields), FakeData(rows).context(books=books)).result
    assert isinstance(result, CostResult)
    return result


LATE = (
    bill_row(date(2024, 8, 31), "1", BillingPeriodStart=AUGUST),
    bill_row(date(2024, 8, 31), "2", BillingPeriodStart=SEPTEMBER),
    bill_row(DAY, "4", BillingPeriodStart=SEPTEMBER),
)


def test_a_period_is_of_charges_unless_billing_is_asked_for() -> None:
    assert ask(LATE, period="2024-09").totals[0].value == 4
    assert ask(LATE, period="2024-09", basis="billing").totals[0].value == 6


def test_a_grain_is_of_the_basis() -> None:
    result = ask(LATE, basis="billing", grain="month")
    assert [(row.bucket, row.value) for row in result.rows] == [(AUGUST, 1), (SEPTEMBER, 6)]
    assert result.period == Period(start=AUGUST, end=date(2024, 10, 1))
    assert "of billing periods" in result.definition


def test_a_month_billed_after_its_charges_is_not_refused() -> None:
    rows = (bill_row(date(2024, 8, 31), "2", BillingPeriodStart=SEPTEMBER),)
    assert ask(rows, period="2024-09", basis="billing").totals[0].value == 2


def test_a_month_far_from_any_charge_is_refused() -> None:
    with pytest.raises(ToolError, match="no cost data for `2026`"):
        ask(LATE, period="2026", basis="billing")


@pytest.mark.parametrize(
    ("op", "values", "total"),
    [
        ("through", ["2024-09-05"], 3), ("above", ["2024-09-05"], 4), ("is", ["2024-09-05"], 2), ("from", ["2024-09-06"], 4),
        ("before", ["2024-09-05"], 1), ("is", ["2024-09-05", "2024-09-06"], 6), ("is_not", ["2024-09-05"], 5),
        ("through", ["2024-09-05T00:00:00Z"], 1), ("above", ["2024-09-05T00:00:00Z"], 6), ("is", ["2024-09-05T13:00:00Z"], 2),
    ],
)  # fmt: skip
def test_a_date_is_the_whole_day_and_a_moment_is_not(op: str, values: list[str], total: int) -> None:
    hours = (
        bill_row(date(2024, 9, 4), "1"),
        bill_row(DAY, "2", ChargePeriodStart=datetime(2024, 9, 5, 13)),  # noqa: DTZ001 - UTC, as the lake holds it
        bill_row(date(2024, 9, 6), "4"),
    )
    result = ask(hours, filters=[{"dimension": "ChargePeriodStart", "op": op, "values": values}])
    assert result.totals[0].value == total


def test_days_and_moments_in_one_filter_are_refused() -> None:
    with pytest.raises(ValueError, match="has days and moments; write all of one kind"):
        ask(LATE, filters=[{"dimension": "ChargePeriodStart", "values": ["2024-09-05", "2024-09-05T13:00:00Z"]}])


@pytest.mark.parametrize(
    ("op", "value", "total"),
    [("from", "2024-09-02", 4), ("before", "2024-09-06", 3), ("through", "2024-09-06", 7), ("is", "2024-09-06", 4)],
)
def test_rows_are_filtered_by_a_date(op: str, value: str, total: int) -> None:
    result = ask(LATE, filters=[{"dimension": "ChargePeriodEnd", "op": op, "values": [value]}])
    assert result.totals[0].value == total


def test_rows_are_filtered_by_comparing_two_columns() -> None:
    rows = (bill_row(DAY, "1", ListUnitPrice=Decimal(3), ContractedUnitPrice=Decimal(2)), bill_row(DAY, "2"))
    filters = [{"dimension": "ListUnitPrice", "op": "above", "values": ["ContractedUnitPrice"]}]
    assert ask(rows, filters=filters).totals[0].value == 1


def test_rows_are_filtered_by_the_start_of_a_name() -> None:
    rows = (bill_row(DAY, "1", ServiceName="Amazon S3"), bill_row(DAY, "2", ServiceName="Not Amazon"))
    assert ask(rows, filters=[{"dimension": "ServiceName", "op": "starts", "values": ["amazon"]}]).totals[0].value == 1


def test_a_moment_within_a_day_is_a_group_of_its_own() -> None:
    start = datetime.fromisoformat("2024-09-05T13:00:00")
    result = ask((bill_row(DAY, "2", ChargePeriodStart=start), bill_row(DAY, "1")), group_by=["ChargePeriodStart"])
    assert [row.group["ChargePeriodStart"] for row in result.rows] == ["2024-09-05T13:00:00Z", "2024-09-05"]


ALLOCATION = Allocation.model_validate(
    {"version": 1, "dimensions": {"team": {"rules": [
        {"value": "Data", "where": {"dimension": "ServiceName", "is": "S3"}}]}}}
)  # fmt: skip
TEAMS = (bill_row(DAY, "1", ServiceName="S3"), bill_row(DAY, "2"))


def test_a_virtual_dimension_is_grouped_by_like_any_other() -> None:
    result = ask(TEAMS, books_of(allocation=ALLOCATION), group_by=["virtual:team"])
    assert [(row.group["virtual:team"], row.value) for row in result.rows] == [("unallocated", 2), ("Data", 1)]


def test_what_no_rule_takes_is_missing_from_a_virtual_dimension() -> None:
    filters = [{"dimension": "virtual:team", "op": "missing"}]
    assert ask(TEAMS, books_of(allocation=ALLOCATION), filters=filters).totals[0].value == 2


def test_a_virtual_dimension_without_rules_is_refused() -> None:
    with pytest.raises(ToolError, match="there is no virtual dimension `virtual:team`"):
        ask(TEAMS, group_by=["virtual:team"])


RATES = Rates(
    rates=tuple(
        Rate(day=DAY + timedelta(days=i), source="EUR", target="USD", rate=Decimal(rate))
        for i, rate in enumerate(("1.1", "1.2"))
    ),
    max_age_days=0,
)
EUROS = (
    bill_row(DAY, "10", BillingCurrency="EUR"),
    bill_row(DAY + timedelta(days=1), "10", BillingCurrency="EUR"),
    bill_row(DAY, "1"),
)


def test_each_day_is_converted_at_its_own_rate() -> None:
    result = ask(EUROS, books_of(rates=RATES, file="rates.csv"), currency="USD", also=["EffectiveCost"])
    assert [(total.unit, total.value) for total in result.totals] == [("USD", Decimal(24))]
    assert result.totals[0].also["EffectiveCost"].value == 24
    assert result.caveats == ("EUR is converted to USD at rates of 2024-09-05 to 2024-09-06 from rates.csv",)


def test_an_amount_without_a_rate_stays_apart() -> None:
    rows = (*EUROS, bill_row(DAY + timedelta(days=2), "5", BillingCurrency="EUR"))
    result = ask(rows, books_of(rates=RATES), currency="USD", group_by=["BillingCurrency"])
    assert [(total.unit, total.value) for total in result.totals] == [("EUR", 5), ("USD", 24)]
    assert any("there is no rate from EUR to USD for 1 days" in one for one in result.caveats)


def test_a_currency_without_rates_is_refused() -> None:
    with pytest.raises(ToolError, match="no exchange rates are loaded"):
        ask(EUROS, currency="USD")


def test_a_bill_of_that_currency_needs_no_rates() -> None:
    assert ask(EUROS[2:], currency="USD").totals[0].value == 1


def test_the_store_ranks_where_groups_may_be_many_and_the_answer_is_the_same() -> None:
    rows = tuple(
        bill_row(
            DAY + timedelta(days=i % 2), str(i % 7), ResourceId=f"r{i}", BillingCurrency=("USD", "EUR")[i % 3 == 0]
        )
        for i in range(1200)
    )
    many, few = FakeData(rows), FakeData(rows)
    assert few.cost is not None
    few.cost = few.cost.model_copy(update={"rows": 10})
    query = CostQuery(group_by=("ResourceId",), grain="day", top=3)
    ranked, here = (cost_query(query, data.context()).result for data in (many, few))
    assert many.asked[0].top is not None
    assert few.asked[0].top is None
    assert ranked == here
