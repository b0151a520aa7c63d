"""A month that was never loaded is not known: it is named, or refused, and never shown as zero."""

from collections.abc import Sequence
from datetime import date, timedelta

import pytest

from finops.errors import ToolError, UnknownName
from finops.query import CostQuery
from tests.unit.tools.fake_data import FakeData, Row, bill_row
from tools.anomaly_contract import AnomaliesResult, DetectAnomalies
from tools.cost_query import cost_query
from tools.cost_result import CostResult
from tools.detect_anomalies import detect_anomalies


def row(source: str, month: int, cost: str = "1", **columns: object) -> Row:
    named = {"x_Source": f"{source}/1", "ProviderName": source, "ServiceName": f"{source} compute"}
    return bill_row(date(2026, month, 5), cost, **{**named, **columns})


# Google was loaded for January only, AWS for all months but March.
GAPS = (row("AWS", 1, "100"), row("AWS", 2, "100"), row("AWS", 4, "9"), row("GCP", 1, "50"))


def ask(rows: Sequence[Row] = GAPS, **fields: object) -> CostResult:
    result = cost_query(CostQuery.model_validate(fields), FakeData(rows).context()).result
    assert isinstance(result, CostResult)
    return result


def unloaded(result: CostResult | AnomaliesResult) -> list[str]:
    return [note.partition(":")[0] for note in result.caveats if "no bill is loaded" in note]


def test_a_source_without_the_month_of_a_comparison_is_named() -> None:
    result = ask(period="2026-02", compare="previous_period", group_by=["ProviderName"])
    assert unloaded(result) == ["no bill is loaded of GCP/1 for 2026-02"]


def test_a_month_before_a_sources_first_is_named_where_it_is_compared_with_one_it_has() -> None:
    later = (row("AWS", 1), row("AWS", 2), row("GCP", 2))
    notes = [note for note in ask(later, period="2026-02", compare="previous_period").caveats if "is loaded" in note]
    assert [note.partition(": what")[0] for note in notes] == [
        "compared period: no bill is loaded of GCP/1 for 2026-01"
    ]
    assert not unloaded(ask(later, period="2026-01"))


def test_a_gap_inside_the_period_is_named_without_a_comparison() -> None:
    assert unloaded(ask(period="2026-Q1")) == ["no bill is loaded of AWS/1 for 2026-03, GCP/1 for 2026-02, 2026-03"]


def test_many_gaps_are_counted_beyond_three() -> None:
    rows = [row("AWS", 1), row("AWS", 2), *(row(f"P{n}", 1) for n in range(5))]
    assert unloaded(ask(rows, period="2026-02")) == [
        "no bill is loaded of P0/1 for 2026-02, P1/1 for 2026-02, P2/1 for 2026-02 and 2 more"
    ]


def test_a_month_nobody_has_a_bill_of_is_refused() -> None:
    with pytest.raises(ToolError, match=r"no bill is loaded for `March 2026`; ask for 2026-01, 2026-02, 2026-04"):
        ask(period="2026-03")


@pytest.mark.parametrize(
    "one", [("ProviderName", "is", "GCP"), ("x_Source", "is", "GCP/1"), ("ServiceName", "contains", "gcp")]
)
def test_a_filter_that_leaves_only_sources_without_the_month_is_refused(one: tuple[str, str, str]) -> None:
    with pytest.raises(ToolError, match=r"no bill of GCP/1 is loaded for `February 2026`; ask for 2026-01, which is"):
        ask(period="2026-02", filters=[{"dimension": one[0], "op": one[1], "values": [one[2]]}])


def test_a_compared_month_nobody_has_a_bill_of_is_refused() -> None:
    with pytest.raises(ToolError, match="no bill is loaded for the compared period `March 2026`"):
        ask(period="2026-04", compare="previous_period")


def test_a_filter_on_sources_that_have_the_month_gives_zero_and_no_word_of_others() -> None:
    credit = {"dimension": "ServiceName", "op": "is", "values": ["AWS storage"]}
    rows = (*GAPS, row("AWS", 1, ServiceName="AWS storage"))
    result = ask(rows, period="2026-02", filters=[credit])
    assert result.totals[0].value == 0
    assert not unloaded(result)


def test_a_name_the_bill_lacks_is_unknown_and_no_matter_of_months() -> None:
    with pytest.raises(UnknownName, match="Oracle"):
        ask(period="2026-03", filters=[{"dimension": "ProviderName", "values": ["Oracle"]}])


def test_months_are_those_of_the_bills_where_billing_periods_are_asked_for() -> None:
    late = (*GAPS, row("AWS", 2, "7", BillingPeriodStart=date(2026, 3, 1)))
    assert ask(late, period="2026-03", basis="billing").totals[0].value == 7
    assert unloaded(ask(late, period="2026-03", basis="billing")) == ["no bill is loaded of GCP/1 for 2026-03"]


def daily(source: str, months: Sequence[int], cost: int = 100) -> list[Row]:
    days = (date(2026, 1, 1) + timedelta(days=i) for i in range(120))
    return [
        bill_row(day, f"{cost + day.toordinal() * 37 % 11}", x_Source=f"{source}/1", ProviderName=source,
                 ServiceName=source, SubAccountId=source)
        for day in days if day.month in months
    ]  # fmt: skip


def watch(rows: Sequence[Row], **asked: object) -> AnomaliesResult:
    result = detect_anomalies(DetectAnomalies.model_validate(asked), FakeData(rows).context()).result
    assert isinstance(result, AnomaliesResult)
    return result


@pytest.mark.parametrize("months", [(1, 2, 4), (1, 2)])
@pytest.mark.parametrize("group_by", [["ServiceName"], ["SubAccountId", "ServiceName"], ["ProviderName"]])
def test_a_month_without_a_bill_is_no_drop_and_its_end_no_rise(months: tuple[int, ...], group_by: list[str]) -> None:
    rows = [*daily("AWS", (1, 2, 3, 4), 1000), *daily("GCP", months, 500)]
    result = watch(rows, period="2026-03-01..2026-04-30", group_by=group_by)
    assert (result.decreases, result.incidents) == ((), ())
    assert any("no bill is loaded of GCP/1 for 2026-03" in note for note in result.caveats)


def test_a_drop_of_another_source_is_still_found_in_that_month() -> None:
    fallen = [
        bill_row(date(2026, 3, 20), "10", x_Source="AWS/1", ProviderName="AWS", ServiceName="AWS", SubAccountId="AWS")
        if f"{one['ChargePeriodStart']:%m-%d}" == "03-20" else one
        for one in daily("AWS", (1, 2, 3, 4), 1000)
    ]  # fmt: skip
    result = watch([*fallen, *daily("GCP", (1, 2), 500)], period="2026-03-01..2026-04-30")
    assert [(one.first_day, one.scope["ServiceName"]) for one in result.decreases] == [(date(2026, 3, 20), "AWS")]
