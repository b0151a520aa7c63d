"""Targets that changed under a run that died, or before an undo: looked at first, and left alone where they are not ours any more."""

from decimal import Decimal

import pytest
from pydantic import JsonValue

from finops.actions import StartInstance, StopInstance
from finops.errors import Denied, StateConflict, TollError, ToolError
from tests.unit.gateway.fakes import BEN, EVE, TARGET, Stage, facts

STOP, START = StopInstance(target=TARGET), StartInstance(target=TARGET)


def test_a_run_that_died_before_the_call_is_judged_anew_and_run_once(stage: Stage) -> None:
    proposal_id = stage.broken_off()
    assert stage.proposals.get(proposal_id).state == "executing"
    asked = stage.questions.asked
    assert stage.proposals.execute(EVE, proposal_id).verified
    assert stage.questions.asked == asked + 1
    assert len(stage.cloud.calls) == 1


def test_a_run_that_died_before_the_call_has_failed_once_its_approval_is_too_old(stage: Stage) -> None:
    proposal_id = stage.broken_off()
    stage.clock.forward(hours=24)
    with pytest.raises(StateConflict, match="has no approval that holds; propose it again"):
        stage.proposals.execute(EVE, proposal_id)
    assert stage.proposals.get(proposal_id).state == "failed"
    assert stage.proposals.executions(proposal_id)[0].error == f"proposal `{proposal_id}` has no approval that holds"
    assert stage.cloud.calls == []


def test_a_run_that_died_before_the_call_has_failed_where_its_facts_drifted(stage: Stage) -> None:
    proposal_id = stage.broken_off()
    stage.questions.facts = facts(monthly_cost_after=Decimal(150), monthly_saving=Decimal(50))
    with pytest.raises(StateConflict, match=r"is not what was approved, .*monthly_saving was `100`, is `50`"):
        stage.proposals.execute(EVE, proposal_id)
    assert stage.proposals.get(proposal_id).state == "failed"
    assert stage.cloud.calls == []


def test_a_run_that_died_before_the_call_has_failed_where_its_target_became_protected(stage: Stage) -> None:
    proposal_id = stage.broken_off()
    stage.cloud.tags = {"environment": "production", "owner": "ana"}
    with pytest.raises(StateConflict, match="tag environment was `dev`, is `production`"):
        stage.proposals.execute(EVE, proposal_id)
    assert stage.proposals.get(proposal_id).state == "failed"
    assert stage.cloud.calls == []


def test_a_run_that_died_before_the_call_has_failed_where_a_policy_forbids_it_now(stage: Stage) -> None:
    stage.questions.facts = facts(newest_data="2026-03-03")
    proposal_id = stage.broken_off()
    stage.clock.forward(hours=20)
    with pytest.raises(Denied, match="may be 7 days old at most") as refused:
        stage.proposals.execute(EVE, proposal_id)
    assert refused.value.policies == ("evidence_expired",)
    assert stage.proposals.get(proposal_id).state == "failed"
    assert stage.cloud.calls == []


def test_a_run_that_died_before_the_call_has_failed_where_there_is_no_draft_any_more(stage: Stage) -> None:
    proposal_id = stage.broken_off()
    stage.questions.result = {"reason": "the instance is not in the data"}
    with pytest.raises(ToolError, match="not in the data"):
        stage.proposals.execute(EVE, proposal_id)
    assert stage.proposals.get(proposal_id).state == "failed"


@pytest.mark.parametrize(
    ("form", "said"),
    [({"instance_type": "m5.24xlarge", "state": "running"}, "to instance_type `m5.24xlarge`;"),
     ({"instance_type": "m5.24xlarge", "state": "stopped"}, "to instance_type `m5.24xlarge`, state `stopped`;"),
     ({"instance_type": "m5.2xlarge", "state": "terminated"}, "to state `terminated`;"),
     ({"instance_type": "m5.2xlarge", "state": "running", "account": "999999999999"}, "was changed since")],
)  # fmt: skip
def test_a_run_that_died_has_failed_where_somebody_changed_its_target_since(
    stage: Stage, form: dict[str, JsonValue], said: str
) -> None:
    proposal_id = stage.broken_off()
    stage.cloud.attributes = form
    with pytest.raises(StateConflict, match=said):
        stage.proposals.execute(EVE, proposal_id)
    assert stage.proposals.get(proposal_id).state == "failed"
    assert stage.cloud.calls == []
    with pytest.raises(StateConflict, match="is failed, not approved"):
        stage.proposals.execute(EVE, proposal_id)


def test_a_run_that_died_has_failed_where_its_target_is_gone(stage: Stage) -> None:
    proposal_id = stage.broken_off()
    stage.cloud.exists = False
    with pytest.raises(StateConflict, match="was changed since, it is gone"):
        stage.proposals.execute(EVE, proposal_id)
    assert stage.proposals.get(proposal_id).state == "failed"


@pytest.mark.parametrize("instance_type", ["m5.2xlarge", "m5.xlarge"])
def test_a_run_that_died_half_way_is_finished_however_late(stage: Stage, instance_type: str) -> None:
    proposal_id = stage.broken_off()
    stage.cloud.attributes = {"instance_type": instance_type, "state": "stopped"}
    stage.clock.forward(days=60)
    assert stage.proposals.execute(EVE, proposal_id).verified
    assert stage.cloud.attributes == {"instance_type": "m5.xlarge", "state": "running"}


def test_a_run_that_died_half_way_has_failed_where_its_target_became_protected(stage: Stage) -> None:
    proposal_id = stage.broken_off()
    stage.cloud.attributes["state"] = "stopped"
    stage.cloud.tags["environment"] = "production"
    with pytest.raises(Denied, match="which is protected"):
        stage.proposals.execute(EVE, proposal_id)
    assert stage.proposals.get(proposal_id).state == "failed"
    assert stage.cloud.calls == []


def test_a_run_that_died_after_its_last_call_is_verified_whatever_is_forbidden_now(stage: Stage) -> None:
    proposal_id = stage.broken_off()
    stage.cloud.attributes["instance_type"] = "m5.xlarge"
    stage.cloud.tags["environment"] = "production"
    assert stage.proposals.execute(EVE, proposal_id).verified
    assert stage.cloud.calls == []


@pytest.mark.parametrize("fault", ["down", "dry"])
def test_a_run_that_died_stays_as_it_is_while_nobody_can_look(stage: Stage, fault: str) -> None:
    proposal_id = stage.broken_off()
    setattr(stage.cloud, fault, True)
    with pytest.raises(TollError):
        stage.proposals.execute(EVE, proposal_id)
    assert stage.proposals.get(proposal_id).state == "executing"


def test_undo_does_not_start_what_somebody_has_stopped_since(stage: Stage) -> None:
    proposal_id = stage.executed()
    stage.cloud.attributes["state"] = "stopped"
    with pytest.raises(StateConflict, match=r"was changed since, to instance_type `m5.xlarge`, state `stopped`"):
        stage.proposals.undo(BEN, proposal_id)
    assert stage.cloud.attributes["state"] == "stopped"
    assert stage.proposals.get(proposal_id).state == "verified"


def test_undo_of_a_failed_run_does_not_write_over_another_type(stage: Stage) -> None:
    proposal_id = stage.approved()
    stage.cloud.refuses = True
    stage.proposals.execute(BEN, proposal_id)
    stage.cloud.refuses = False
    stage.cloud.attributes = {"instance_type": "m5.24xlarge", "state": "running"}
    with pytest.raises(StateConflict, match=r"was changed since, to instance_type `m5.24xlarge`"):
        stage.proposals.undo(BEN, proposal_id)
    assert stage.cloud.attributes["instance_type"] == "m5.24xlarge"


@pytest.mark.parametrize("instance_type", ["m5.2xlarge", "m5.xlarge"])
def test_undo_brings_back_what_a_failed_run_left_half_way(stage: Stage, instance_type: str) -> None:
    proposal_id = stage.approved()
    stage.cloud.refuses = True
    stage.proposals.execute(BEN, proposal_id)
    stage.cloud.refuses = False
    stage.cloud.attributes = {"instance_type": instance_type, "state": "stopped"}
    assert stage.proposals.undo(BEN, proposal_id).verified
    assert stage.cloud.attributes == {"instance_type": "m5.2xlarge", "state": "running"}


def test_an_undo_that_called_nothing_makes_nothing_ours(stage: Stage) -> None:
    proposal_id = stage.executed()
    stage.cloud.crash_before_call = True
    with pytest.raises(KeyboardInterrupt):
        stage.proposals.undo(BEN, proposal_id)
    stage.cloud.crash_before_call, stage.cloud.attributes["state"] = False, "stopped"
    with pytest.raises(StateConflict, match=r"was changed since, to instance_type `m5.xlarge`, state `stopped`"):
        stage.proposals.undo(BEN, proposal_id)
    assert stage.cloud.attributes["state"] == "stopped"


def test_an_undo_that_died_half_way_is_finished(stage: Stage) -> None:
    proposal_id = stage.executed()
    stage.cloud.fails_as = {"instance_type": "m5.xlarge", "state": "stopped"}
    stage.cloud.crash_before_report = True
    with pytest.raises(KeyboardInterrupt):
        stage.proposals.undo(BEN, proposal_id)
    stage.cloud.crash_before_report = False
    assert stage.proposals.undo(BEN, proposal_id).verified


@pytest.mark.parametrize("environment", ["production", "prod-eu"])
def test_undo_does_not_touch_what_has_become_protected(stage: Stage, environment: str) -> None:
    proposal_id = stage.executed()
    stage.cloud.tags["environment"] = environment
    with pytest.raises(Denied, match=f"`i-0a1b2c3d` is denied now: the environment is .*{environment}"):
        stage.proposals.undo(BEN, proposal_id)
    assert len(stage.cloud.calls) == 1
    assert stage.proposals.get(proposal_id).state == "verified"


def test_undo_starts_again_what_was_stopped_even_where_it_is_protected_now(stage: Stage) -> None:
    proposal_id = stage.executed(STOP)
    stage.cloud.tags["environment"] = "production"
    assert stage.proposals.undo(BEN, proposal_id).verified
    assert stage.cloud.attributes["state"] == "running"


def test_undo_does_not_stop_what_is_protected_though_it_was_when_it_was_started(stage: Stage) -> None:
    stage.cloud.attributes["state"], stage.cloud.tags["environment"] = "stopped", "production"
    proposal_id = stage.executed(START)
    with pytest.raises(Denied, match="which is protected"):
        stage.proposals.undo(BEN, proposal_id)
    assert stage.cloud.attributes["state"] == "running"


def test_undo_is_not_held_up_by_data_that_grew_old(stage: Stage) -> None:
    proposal_id = stage.executed()
    stage.clock.forward(days=400)
    stage.cloud.tags["cost-centre"] = "7"
    assert stage.proposals.undo(BEN, proposal_id).verified
