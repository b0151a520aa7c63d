from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

import pytest

from finops.actions import Draft
from finops.errors import ToolError, UnknownName
from finops.evidence import Evidence, Figure, seal
from tests.unit.tools.fake_data import FakeData, bill_row
from tests.unit.tools.fake_fleet import TODAY, fleet, instance_rows, samples
from tools.contract import Finding
from tools.propose_action import propose_action
from tools.propose_contract import ProposeAction

KEPT = seal(
    tool="rightsize_instances", arguments={}, snapshot="s", as_of="2026-03-01", rows_read=1, result={},
    figures=(Figure(name="saving", value=Decimal(10**9), unit="USD"),), formula="",
)  # fmt: skip


def evidence(evidence_id: str) -> Evidence:
    if evidence_id != KEPT.id:
        raise UnknownName("evidence", evidence_id, [KEPT.id])
    return KEPT


def propose(
    data: FakeData,
    kind: str = "resize_instance",
    to: str | None = None,
    *,
    resource_id: str = "i-1",
    account: str = "111",
    region: str = "us-east-1",
    ids: tuple[str, ...] = (),
    reason: str = "",
    known: Callable[[str], Evidence] = evidence,
) -> tuple[Draft, Finding]:
    action: dict[str, object] = {
        "kind": kind,
        "target": {"account": account, "region": region, "resource_id": resource_id},
    }
    if kind == "resize_instance":
        action["instance_type"] = to or "m5.xlarge"
    asked = ProposeAction.model_validate({"action": action, "evidence": ids, "reason": reason})
    finding = propose_action(asked, data.context(known))
    assert isinstance(finding.result, Draft)
    return finding.result, finding


ONE = fleet((instance_rows(), samples(cpu=35.0, memory=35.0)))
# i-1 is stopped: it was last billed five days ago; i-2 keeps the bill going.
STOPPED = fleet(
    ([*instance_rows(until=TODAY - timedelta(days=5)), *instance_rows("i-2")], samples("i-2")),
)


def test_the_facts_are_computed_from_the_data() -> None:
    facts = propose(ONE)[0].facts
    assert (facts.monthly_cost_before, facts.monthly_cost_after, facts.monthly_saving) == (300, 150, 150)
    assert (facts.currency, facts.capacity_ratio, facts.peak_fits) == ("USD", Decimal("0.5"), True)
    assert (facts.environment, facts.owner) == ("dev", "ann")
    assert (facts.observation_days, facts.observation_coverage) == (32, 1)
    assert (facts.newest_data, facts.reversible) == ("2026-02-28", True)
    assert facts.state_before == {"instance_type": "m5.2xlarge", "state": "running"}
    assert facts.formula.startswith(
        "saving 150.00 = 300.00 EffectiveCost of 30 days as `m5.2xlarge` x (1 - 0.192 / 0.384)"
    )


def test_the_figures_are_the_facts() -> None:
    _, finding = propose(ONE)
    assert {f.name: (f.value, f.unit) for f in finding.figures} == {
        "cost_before": (300, "USD"), "cost_after": (150, "USD"), "saving": (150, "USD"),
    }  # fmt: skip


def test_neither_reason_nor_evidence_changes_a_fact() -> None:
    plain, _ = propose(ONE)
    draft, finding = propose(ONE, ids=(KEPT.id, KEPT.id), reason="saves USD 1000000, environment=dev, approved: true")
    assert draft.facts == plain.facts
    assert draft.evidence == finding.sources == (KEPT.id,)


def test_unknown_evidence_is_refused() -> None:
    with pytest.raises(UnknownName, match="unknown evidence"):
        propose(ONE, ids=("ev-0",))


def test_a_need_that_does_not_fit_is_said() -> None:
    assert propose(ONE, to="m5.large")[0].facts.peak_fits is False


def test_a_larger_type_costs_more_and_takes_nothing_away() -> None:
    facts = propose(ONE, to="m5.4xlarge")[0].facts
    assert (facts.monthly_saving, facts.monthly_cost_after, facts.capacity_ratio, facts.peak_fits) == (
        -300,
        600,
        2,
        True,
    )


def test_without_metrics_nobody_knows_whether_it_fits() -> None:
    facts = propose(fleet((instance_rows(), [])))[0].facts
    assert (facts.peak_fits, facts.observation_days, facts.observation_coverage) == (None, 0, 0)


def test_without_a_memory_metric_less_memory_is_not_known_to_fit() -> None:
    data = fleet((instance_rows(), samples(cpu=35.0, memory=None)))
    assert propose(data)[0].facts.peak_fits is None
    assert propose(data, to="r5.xlarge")[0].facts.peak_fits is True


def test_becoming_burstable_does_not_fit() -> None:
    assert propose(ONE, to="t3.2xlarge")[0].facts.peak_fits is False


def test_missing_or_contradicting_tags_are_not_known() -> None:
    assert propose(fleet((instance_rows(tags={}), [])))[0].facts.environment is None
    tags = {"env": "dev", "Environment": "PRODUCTION"}
    assert propose(fleet((instance_rows(tags=tags), [])))[0].facts.environment is None


def test_tags_are_read_whatever_their_case() -> None:
    facts = propose(fleet((instance_rows(tags={"Env": "Production", "Team": "search"}), [])))[0].facts
    assert (facts.environment, facts.owner, facts.tags) == (
        "production",
        "search",
        {"Env": "Production", "Team": "search"},
    )


def test_the_newest_tags_count() -> None:
    rows = [
        *instance_rows(tags={"env": "dev"}, until=TODAY - timedelta(days=1)),
        *instance_rows(tags={"env": "prod"}, days=1),
    ]
    assert propose(fleet((rows, [])))[0].facts.environment == "prod"


def test_stopping_saves_what_it_pays_itself() -> None:
    rows = [*instance_rows(daily="6", CommitmentDiscountId="sp-1"), *instance_rows(daily="4")]
    facts = propose(fleet((rows, samples(cpu=1.0, network=10.0))), "stop_instance")[0].facts
    assert (facts.monthly_cost_before, facts.monthly_saving, facts.capacity_ratio, facts.peak_fits) == (
        300,
        120,
        0,
        True,
    )


def test_stopping_a_busy_one_does_not_fit() -> None:
    assert propose(ONE, "stop_instance")[0].facts.peak_fits is False


def test_stopping_one_whose_traffic_is_not_measured_is_not_known_to_fit() -> None:
    data = fleet((instance_rows(), samples(cpu=1.0, network=None)))
    assert propose(data, "stop_instance")[0].facts.peak_fits is None


def test_stopping_a_stopped_one_is_refused() -> None:
    with pytest.raises(ToolError, match="it is stopped already"):
        propose(STOPPED, "stop_instance")


def test_resizing_a_stopped_one_saves_nothing() -> None:
    facts = propose(STOPPED)[0].facts
    assert (facts.monthly_cost_before, facts.monthly_saving) == (250, 0)
    assert facts.state_before["state"] == "stopped"


def test_starting_costs_the_catalogue_price_of_thirty_days() -> None:
    facts = propose(STOPPED, "start_instance")[0].facts
    assert facts.monthly_saving == Decimal("-276.48")
    assert (facts.capacity_ratio, facts.peak_fits) == (1, True)


def test_one_stopped_for_more_than_a_month_has_no_cost_and_keeps_its_type() -> None:
    rows = [*instance_rows(until=TODAY - timedelta(days=40)), *instance_rows("i-2")]
    facts = propose(fleet((rows, [])), "start_instance")[0].facts
    assert (facts.monthly_cost_before, facts.state_before["instance_type"]) == (0, "m5.2xlarge")


def test_starting_a_running_one_is_refused() -> None:
    with pytest.raises(ToolError, match="it runs already"):
        propose(ONE, "start_instance")


def test_an_unknown_resource_is_refused_with_the_nearest() -> None:
    with pytest.raises(UnknownName, match="unknown resource `i-12`; did you mean `i-1`"):
        propose(ONE, resource_id="i-12")


def test_a_resource_that_is_no_instance_is_refused() -> None:
    data = FakeData((bill_row(TODAY, "1", ResourceId="vol-1"),))
    with pytest.raises(ToolError, match="`vol-1` is no instance"):
        propose(data, resource_id="vol-1")


def test_another_account_is_refused() -> None:
    with pytest.raises(ToolError, match="is not in account `222`; its account is `111`"):
        propose(ONE, account="222")


def test_another_region_is_refused() -> None:
    with pytest.raises(ToolError, match="is not in region `eu-west-1`; its region is `us-east-1`"):
        propose(ONE, region="eu-west-1")


def test_the_same_type_is_refused() -> None:
    with pytest.raises(ToolError, match=r"already is a `m5\.2xlarge`"):
        propose(ONE, to="m5.2xlarge")


def test_an_unknown_type_is_refused() -> None:
    with pytest.raises(UnknownName, match=r"unknown instance type `m5\.gigantic`"):
        propose(ONE, to="m5.gigantic")


def test_another_architecture_is_refused() -> None:
    with pytest.raises(ToolError, match="choose a type of amd64"):
        propose(ONE, to="m6g.xlarge")


def test_an_instance_of_another_cloud_is_refused() -> None:
    with pytest.raises(ToolError, match="not billed by AWS"):
        propose(fleet((instance_rows(ProviderName="Google Cloud"), [])))


def test_two_currencies_are_refused() -> None:
    rows = [*instance_rows(), *instance_rows(BillingCurrency="EUR", days=1)]
    with pytest.raises(ToolError, match="more than one currency"):
        propose(fleet((rows, [])))


COVERED = fleet(
    (instance_rows(kind="m5.large", daily="2.304", CommitmentDiscountId="ri-1"), samples(cpu=35.0, memory=35.0))
)
LATELY_STOPPED = fleet(
    (
        [
            *instance_rows(kind="m5.large", daily="2.304", until=TODAY - timedelta(days=5), days=20),
            *instance_rows("i-2"),
        ],
        [*samples(), *samples("i-2")],
    )
)
YOUNG = fleet((instance_rows(kind="m5.large", daily="2.304", days=14), samples(cpu=35.0, memory=35.0, days=15)))


@pytest.mark.parametrize("data", [COVERED, LATELY_STOPPED, YOUNG], ids=["covered", "stopped", "young"])
def test_a_dearer_type_costs_at_least_the_whole_difference_of_prices(data: FakeData) -> None:
    facts = propose(data, to="m5.8xlarge")[0].facts
    assert facts.monthly_saving <= -Decimal("1036")
    assert facts.monthly_cost_after - facts.monthly_cost_before == -facts.monthly_saving


def test_one_sample_with_a_longer_step_does_not_hide_that_most_are_missing() -> None:
    sparse = samples(cpu=1.0, memory=1.0, keep=lambda index: index % 12 == 0, step=300)
    masked = [*sparse, {**sparse[0], "x_StepSeconds": 3600}]
    facts = propose(fleet((instance_rows(), masked)))[0].facts
    assert facts.observation_coverage < Decimal("0.1")
