from collections import defaultdict
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from evals.estate.bill import draw_up
from evals.estate.fleet import FLEET
from evals.estate.truth import AnomalyTruth, InstanceTruth, Waste
from evals.estate.world import load
from tests.unit.evals.demo_estate import END, SEED, estate, query
from tools.instance_catalogue import CATALOGUE

TRUTH = estate().truth
PEOPLE = ("owner", "team")


def _by_id(items: tuple[Any, ...]) -> list[Any]:
    return [pytest.param(item, id=getattr(item, "id", None) or item.name) for item in items]


def _where(scope: dict[str, str]) -> tuple[str, list[str]]:
    return " AND ".join(f'"{name}" = ?' for name in scope), list(scope.values())


@pytest.mark.parametrize("anomaly", _by_id(TRUTH.anomalies))
def test_the_day_of_an_anomaly_costs_what_the_truth_says(anomaly: AnomalyTruth) -> None:
    for day in anomaly.days:
        where, values = _where(day.scope)
        found = query(
            f"SELECT sum(EffectiveCost) FROM bill WHERE {where} AND ChargePeriodStart = ?", [*values, day.day]
        )
        assert found == [(day.actual,)]


@pytest.mark.parametrize("anomaly", _by_id(TRUTH.anomalies))
def test_what_was_expected_is_like_the_same_weekday_before_and_after(anomaly: AnomalyTruth) -> None:
    first = anomaly.days[0]
    where, values = _where(first.scope)
    around = [first.day - timedelta(days=7), first.day - timedelta(days=14)]
    for (usual,) in query(
        f"SELECT sum(EffectiveCost) FROM bill WHERE {where} AND ChargePeriodStart IN (?, ?) GROUP BY ChargePeriodStart",
        [*values, *around],
    ):
        assert abs(first.expected - usual) <= usual * Decimal("0.25")
        assert abs(first.actual - usual) > usual * Decimal("0.6")


def test_the_excess_is_exactly_the_usage_the_bill_would_not_have_had() -> None:
    with_plants, without = (
        sum(
            int(block.effective.sum())
            for bill in draw_up(load(estate().folder), planted=planted)
            for block in bill.blocks
            if block.columns["ChargeCategory"] == "Usage"
        )
        for planted in (True, False)
    )
    assert sum(anomaly.excess for anomaly in TRUTH.anomalies) == Decimal(with_plants - without).scaleb(-9)


def test_at_least_five_anomalies_of_four_kinds_lie_before_the_anchor() -> None:
    assert len(TRUTH.anomalies) >= 5
    assert {a.kind for a in TRUTH.anomalies} == {"one_day_spike", "level_shift", "token_spike", "offsetting_moves"}


def test_a_spike_stands_out_of_its_service_and_account_by_the_gate() -> None:
    for anomaly in TRUTH.anomalies:
        if anomaly.kind in ("one_day_spike", "token_spike"):
            assert anomaly.excess / len({day.day for day in anomaly.days}) > 100, anomaly.id


def test_offsetting_moves_leave_the_total_of_their_service_alone_and_move_both_projects() -> None:
    moved = next(anomaly for anomaly in TRUTH.anomalies if anomaly.kind == "offsetting_moves")
    by_day: dict[date, list[Decimal]] = defaultdict(list)
    for day in moved.days:
        by_day[day.day].append(day.actual - day.expected)
    assert moved.excess == 0
    for changes in by_day.values():
        assert sum(changes) == 0
        assert max(changes) == 150
    assert len({day.scope["SubAccountId"] for day in moved.days}) == 2


def test_a_level_shift_lasts_to_the_end_of_the_data() -> None:
    shift = next(anomaly for anomaly in TRUTH.anomalies if anomaly.kind == "level_shift")
    assert shift.last_day == END - timedelta(days=1)
    assert len({day.day for day in shift.days}) == 12


@pytest.mark.parametrize("waste", _by_id(TRUTH.wastes))
def test_a_waste_costs_what_the_truth_says(waste: Waste) -> None:
    where, values = _where(waste.scope)
    found = query(
        f"SELECT sum(EffectiveCost) FROM bill WHERE {where} AND ChargePeriodStart >= ?",
        [*values, END - timedelta(days=30)],
    )
    assert found == [(waste.monthly_cost,)]
    assert waste.monthly_cost > 5


def test_what_is_called_untagged_has_neither_owner_nor_team() -> None:
    for waste in TRUTH.wastes:
        if waste.kind == "untagged":
            where, values = _where(waste.scope)
            assert query(f"SELECT DISTINCT Tags->>'owner', Tags->>'team' FROM bill WHERE {where}", values) == [
                (None, None)
            ]


def test_nothing_else_but_one_family_of_waste_lacks_an_owner() -> None:
    named = {waste.scope.get("ResourceName") for waste in TRUTH.wastes}
    bare = query("SELECT DISTINCT ResourceName FROM bill WHERE Tags IS NOT NULL AND Tags->>'owner' IS NULL")
    known = {"partner-front", "partnerdrop", "poc-recsys", "poc-recsys-root"}
    assert {name for (name,) in bare} <= named | known


def test_the_plan_is_paid_in_full_used_or_not() -> None:
    for day, bought, amortised in query(
        "SELECT ChargePeriodStart, sum(BilledCost), sum(EffectiveCost) FROM bill WHERE CommitmentDiscountId IS NOT NULL "
        "GROUP BY 1"
    ):
        assert bought == amortised, day


def test_the_plan_is_used_up_until_an_instance_under_it_is_retired() -> None:
    first = query("SELECT min(ChargePeriodStart) FROM bill WHERE CommitmentDiscountStatus = 'Unused'")[0][0]
    assert first.date() == END - timedelta(days=60)


def test_a_decoy_falls_on_its_days_with_its_amount() -> None:
    for decoy in TRUTH.decoys:
        if decoy.days and decoy.kind != "month_end_batch":
            where, values = _where(decoy.scope)
            rows = query(f"SELECT ChargePeriodStart, EffectiveCost FROM bill WHERE {where} ORDER BY 1", values)
            assert [row[0].date() for row in rows] == list(decoy.days), decoy.id
            assert decoy.amount is None or {row[1] for row in rows} == {decoy.amount}


def test_tax_is_four_percent_of_what_aws_billed_in_the_month() -> None:
    rows = query(
        "SELECT sum(BilledCost) FILTER (ChargeCategory = 'Tax'), sum(BilledCost) FILTER (ChargeCategory <> 'Tax') "
        "FROM bill WHERE ProviderName = 'AWS' GROUP BY BillingPeriodStart"
    )
    assert len(rows) == 13
    assert all(0 <= taxable * Decimal("0.04") - tax < Decimal("0.01") for tax, taxable in rows)


def test_the_refund_is_a_correction_and_the_only_one() -> None:
    assert query("SELECT ChargeCategory, BilledCost FROM bill WHERE ChargeClass = 'Correction'") == [
        ("Adjustment", Decimal("-84.37"))
    ]


def test_a_weekend_costs_less_than_the_week() -> None:
    week, weekend = (
        query(f"SELECT avg(c) FROM (SELECT sum(EffectiveCost) c FROM bill WHERE ProviderName = 'OpenAI' "
              f"AND isodow(ChargePeriodStart) {days} GROUP BY ChargePeriodStart)")[0][0]
        for days in ("< 6", ">= 6")
    )  # fmt: skip
    assert 0.55 < weekend / week < 0.7


def test_the_invoice_run_is_ten_times_as_long_on_the_last_day_of_each_month() -> None:
    rows = query(
        "SELECT last_day(ChargePeriodStart) = ChargePeriodStart, min(EffectiveCost), max(EffectiveCost) FROM bill "
        "WHERE ResourceName = 'invoice-run' GROUP BY 1 ORDER BY 1"
    )
    assert rows[1][1] > rows[0][2] * 6


# --- instances ---------------------------------------------------------------------------------------------------------


def _measured(instance: InstanceTruth) -> dict[str, tuple[float, float, float, int]]:
    rows = query(
        "SELECT x_Metric, quantile_disc(Value, 0.995), max(Value), avg(Value), count(*) FROM metrics WHERE ResourceId = ? "
        "AND Timestamp >= ? GROUP BY 1", [instance.resource_id, END - timedelta(days=32)],
    )  # fmt: skip
    return {row[0]: row[1:] for row in rows}


def _cheapest(instance: InstanceTruth) -> str:
    """The rule of the methods written out once more: P99.5 of CPU and the most memory, 20 % headroom, credits must not fall."""
    now = CATALOGUE[instance.instance_type]
    cpu, memory = _measured(instance)["cpu_percent"], _measured(instance)["memory_percent"]
    vcpu, gib = float(now.vcpu) * cpu[0] / 80, float(now.memory_gib) * memory[1] / 80
    mean = float(now.vcpu) * cpu[2] / 100
    fits = [
        kind for kind in CATALOGUE.values()
        if kind.architecture == now.architecture and float(kind.vcpu) >= vcpu and float(kind.memory_gib) >= gib
        and (kind.baseline_percent is None or mean <= float(kind.vcpu * kind.baseline_percent) / 100)
    ]  # fmt: skip
    cheaper = [kind for kind in fits if kind.hourly_usd < now.hourly_usd]
    return min(cheaper, key=lambda kind: (kind.hourly_usd, kind.name)).name if cheaper else instance.instance_type


LIVING = tuple(i for i in TRUTH.instances if i.case not in ("retired", "idle", "too-few-days", "too-few-samples"))


@pytest.mark.parametrize("instance", _by_id(LIVING))
def test_the_right_type_of_an_instance_is_the_cheapest_that_carries_what_was_measured(instance: InstanceTruth) -> None:
    assert _cheapest(instance) == (instance.target_type or instance.instance_type)


@pytest.mark.parametrize("instance", _by_id(tuple(i for i in TRUTH.instances if i.case != "retired")))
def test_an_instance_costs_what_the_truth_says(instance: InstanceTruth) -> None:
    cost, hours, kinds = query(
        "SELECT sum(EffectiveCost), sum(ConsumedQuantity), list(DISTINCT SkuPriceDetails->>'InstanceType') FROM bill "
        "WHERE ResourceId = ? AND ChargePeriodStart >= ?", [instance.resource_id, END - timedelta(days=30)],
    )[0]  # fmt: skip
    assert cost == instance.monthly_cost
    assert kinds == [instance.instance_type]
    if instance.target_type:
        assert instance.monthly_cost_after == hours * CATALOGUE[instance.target_type].hourly_usd


def test_oversized_instances_are_planted_for_each_decision() -> None:
    planted = [i for i in TRUTH.instances if i.expected == "resize"]
    denied = [i for i in planted if i.decision == "deny"]
    assert len(planted) >= 6
    assert sum(i.environment == "production" for i in denied) == 2
    assert [i.name for i in denied if i.owner is None and i.team is None] == ["poc-recsys"]
    assert [i.name for i in denied if i.capacity_ratio == Decimal("0.125")] == ["dev-simulator"]
    assert {i.environment for i in planted if i.decision == "needs_approval"} == {"staging", "dev"}
    assert all(i.capacity_ratio == Decimal("0.5") for i in planted if i.decision == "needs_approval")


def test_an_owner_is_named_by_tag_wherever_the_truth_says_so() -> None:
    rows = query(
        "SELECT ResourceId, list(DISTINCT Tags->>'owner') FROM bill WHERE ResourceType = 'instance' GROUP BY 1"
    )
    assert dict(rows) == {i.resource_id: [i.owner] for i in TRUTH.instances}


def test_idle_instances_do_next_to_nothing() -> None:
    idle = [instance for instance in TRUTH.instances if instance.case == "idle"]
    assert len(idle) == 2
    for instance in idle:
        assert _measured(instance)["cpu_percent"][1] < 2
        assert instance.environment != "production"


def test_a_daily_peak_hides_in_the_mean_and_shows_in_the_percentile() -> None:
    peaky = next(instance for instance in TRUTH.instances if instance.case == "daily-peak")
    high, _, mean, _ = _measured(peaky)["cpu_percent"]
    assert mean < 25
    assert high > 80


def test_a_month_end_peak_is_missed_by_two_quiet_weeks() -> None:
    runner = next(instance for instance in TRUTH.instances if instance.case == "month-end-peak")
    high = query(
        "SELECT quantile_disc(Value, 0.995) FROM metrics WHERE ResourceId = ? AND x_Metric = 'cpu_percent' "
        "AND Timestamp BETWEEN ? AND ?", [runner.resource_id, date(2026, 10, 10), date(2026, 10, 24)],
    )[0][0]  # fmt: skip
    assert high < 20
    assert _measured(runner)["cpu_percent"][0] > 80


def test_some_instances_were_not_observed_enough() -> None:
    by_case = {instance.case: instance for instance in TRUTH.instances}
    assert _measured(by_case["too-few-days"])["cpu_percent"][3] == 8 * 96
    assert 0.5 < _measured(by_case["too-few-samples"])["cpu_percent"][3] / (32 * 96) < 0.7


def test_no_workload_asks_for_more_than_its_table_says() -> None:
    for instance in LIVING:
        spec, found = FLEET[instance.name], _measured(instance)
        assert spec.cpu * 0.95 < found["cpu_percent"][1] <= spec.cpu
        assert spec.memory * 0.95 < found["memory_percent"][1] <= spec.memory


def test_the_truth_names_the_seed_it_was_made_with() -> None:
    assert (TRUTH.seed, TRUTH.anchor, TRUTH.end) == (SEED, END, END)
