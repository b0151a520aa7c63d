from datetime import date, timedelta
from decimal import Decimal

import pytest

from finops.errors import UnknownName
from tests.unit.tools.fake_data import FakeData
from tests.unit.tools.fake_fleet import PER_DAY, TODAY, fleet, instance_rows, samples
from tools.contract import Finding, NotEnoughData
from tools.rightsize_contract import RightsizeInstances, RightsizeResult
from tools.rightsize_instances import rightsize_instances


def judge(data: FakeData, **asked: object) -> tuple[RightsizeResult, Finding]:
    finding = rightsize_instances(RightsizeInstances.model_validate(asked), data.context())
    assert isinstance(finding.result, RightsizeResult)
    return finding.result, finding


def skipped(data: FakeData) -> NotEnoughData | str:
    result, _ = judge(data)
    assert not result.recommendations
    return result.skipped[0].reason


def test_the_cheapest_type_that_carries_the_need_is_recommended() -> None:
    result, finding = judge(fleet((instance_rows(), samples(cpu=35.0, memory=35.0))))
    (one,) = result.recommendations
    assert (one.kind, one.current_type, one.target_type) == ("resize_instance", "m5.2xlarge", "m5a.xlarge")
    assert (one.need_vcpu, one.need_memory_gib) == (Decimal("3.5"), Decimal(14))
    assert (one.account, one.region, one.environment, one.owner) == ("111", "us-east-1", "dev", "ann")
    assert (one.samples, one.days, one.coverage, one.risk) == (2 * 32 * PER_DAY, 32, 1, "very low")
    figures = {f.name: (f.value, f.unit) for f in finding.figures}
    # 300 x (1 - 0.172 / 0.384)
    assert figures["i-1.saving"] == (Decimal("165.625"), "USD")
    assert figures["i-1.before"] == (Decimal(300), "USD")
    assert figures["i-1.after"] == (Decimal("134.375"), "USD")
    assert figures["saving"] == (Decimal("165.625"), "USD")


def test_costs_before_and_after_and_saving_add_up_to_the_last_digit() -> None:
    data = fleet((instance_rows(daily="1.000000000000000003"), samples()))
    (one,) = judge(data)[0].recommendations
    assert one.monthly_cost_after + one.monthly_saving == one.monthly_cost_before == Decimal("30.00000000000000009")


def test_a_short_peak_beyond_the_percentile_shows_as_risk() -> None:
    peak = samples(cpu=lambda i: 90.0 if i == 5 else 30.0, step=3600)
    (one,) = judge(fleet((instance_rows(), peak)))[0].recommendations
    assert one.over_capacity == Decimal("0.001302")
    assert one.risk == "low"


def test_the_most_memory_counts_and_not_a_percentile() -> None:
    result, _ = judge(fleet((instance_rows(kind="r5.large"), samples(memory=lambda i: 81.0 if i == 5 else 5.0))))
    assert (result.recommendations, result.well_sized) == ((), 1)


def test_a_month_end_peak_within_thirty_two_days_keeps_the_capacity() -> None:
    peak = samples(cpu=lambda i: 90.0 if i // PER_DAY == 1 else 10.0, memory=60.0)
    result, _ = judge(fleet((instance_rows(), peak)))
    assert all(one.vcpu_after == 8 for one in result.recommendations)


def test_an_idle_instance_is_to_be_stopped() -> None:
    (one,) = judge(fleet((instance_rows(), samples(cpu=1.5, network=1000.0))))[0].recommendations
    assert (one.kind, one.target_type, one.monthly_saving, one.monthly_cost_after) == ("stop_instance", None, 300, 0)


def test_an_instance_whose_traffic_is_not_measured_is_not_called_idle() -> None:
    (one,) = judge(fleet((instance_rows(), samples(cpu=1.5, network=None))))[0].recommendations
    assert one.kind == "resize_instance"


def test_thirteen_days_are_not_enough() -> None:
    reason = skipped(fleet((instance_rows(), samples(days=13))))
    assert reason == NotEnoughData(reason="observed for too short", have=13, needed=14, unit="days")


def test_fourteen_days_are_enough() -> None:
    assert judge(fleet((instance_rows(), samples(days=14))))[0].recommendations


def test_missing_samples_are_not_enough() -> None:
    reason = skipped(fleet((instance_rows(), samples(keep=lambda i: i % 10 != 3))))
    assert isinstance(reason, NotEnoughData)
    assert (reason.have, reason.needed, reason.unit) == (89, 95, "% of samples")


def test_an_instance_that_fell_silent_is_not_judged() -> None:
    other = samples("i-2")
    data = fleet((instance_rows(), [*samples(days=20, until=TODAY - timedelta(days=5)), *other]))
    assert isinstance(skipped(data), NotEnoughData)


def test_no_metrics_at_all_is_a_reason_and_a_caveat() -> None:
    data = fleet((instance_rows(), []))
    assert skipped(data) == NotEnoughData(reason="no CPU metric", have=0, needed=14, unit="days")
    assert judge(data)[0].caveats[0].startswith("no utilisation metrics")


def test_metrics_of_long_ago_say_nothing() -> None:
    data = fleet((instance_rows(), samples(until=TODAY - timedelta(days=8))))
    assert isinstance(skipped(data), NotEnoughData)


def test_what_a_commitment_covers_saves_nothing() -> None:
    reason = skipped(fleet((instance_rows(CommitmentDiscountId="sp-1"), samples())))
    assert isinstance(reason, str)
    assert "covered by a commitment" in reason


def test_only_the_part_a_commitment_does_not_cover_saves() -> None:
    rows = [*instance_rows(daily="6", CommitmentDiscountId="sp-1"), *instance_rows(daily="4")]
    (one,) = judge(fleet((rows, samples(cpu=35.0, memory=35.0))))[0].recommendations
    assert (one.monthly_cost_before, one.committed_cost) == (300, 180)
    assert one.monthly_saving == Decimal("66.25")


def test_a_stopped_instance_is_skipped() -> None:
    rows = [*instance_rows(until=TODAY - timedelta(days=3)), *instance_rows("i-2", kind="x9.large", days=1)]
    reason = {one.resource_id: one.reason for one in judge(fleet((rows, samples())))[0].skipped}
    assert "stopped or gone" in str(reason["i-1"])
    assert reason["i-2"] == "the type `x9.large` is not in the catalogue"


def test_an_instance_of_another_cloud_is_skipped() -> None:
    assert "not an AWS instance" in str(skipped(fleet((instance_rows(ProviderName="Google Cloud"), samples()))))


def test_the_present_type_is_that_of_the_newest_row() -> None:
    rows = [*instance_rows(kind="m5.4xlarge", until=date(2026, 2, 20)), *instance_rows(kind="m5.2xlarge", days=5)]
    (one,) = judge(fleet((rows, samples())))[0].recommendations
    assert one.current_type == "m5.2xlarge"


def test_small_savings_are_counted_and_not_listed() -> None:
    result, _ = judge(fleet((instance_rows(daily="0.01"), samples())))
    assert (result.recommendations, result.below_minimum) == ((), 1)


def test_the_largest_savings_come_first_and_are_cut_to_the_top() -> None:
    parts = [(instance_rows(f"i-{i}", daily=str(i)), samples(f"i-{i}")) for i in (1, 3, 2)]
    result, _ = judge(fleet(*parts), top=2)
    assert [one.resource_id for one in result.recommendations] == ["i-3", "i-2"]
    assert result.totals[0].recommendations == 2


def test_currencies_have_totals_of_their_own() -> None:
    parts = [(instance_rows("i-1"), samples("i-1")), (instance_rows("i-2", BillingCurrency="EUR"), samples("i-2"))]
    result, _ = judge(fleet(*parts))
    assert [total.figure for total in result.totals] == ["saving EUR", "saving USD"]


def test_filters_choose_the_instances() -> None:
    parts = [(instance_rows("i-1"), samples("i-1")),
             (instance_rows("i-2", tags={"environment": "production"}), samples("i-2"))]  # fmt: skip
    result, _ = judge(fleet(*parts), filters=[{"dimension": "tag:environment", "values": ["production"]}])
    assert [one.resource_id for one in result.recommendations] == ["i-2"]


def test_an_unknown_filter_value_is_refused() -> None:
    with pytest.raises(UnknownName, match="did you mean `dev`"):
        judge(fleet((instance_rows(), samples())), filters=[{"dimension": "tag:environment", "values": ["deev"]}])


def test_figure_names_are_unique() -> None:
    parts = [(instance_rows(f"i-{i}"), samples(f"i-{i}")) for i in range(3)]
    _, finding = judge(fleet(*parts))
    assert len({f.name for f in finding.figures}) == len(finding.figures)
