"""One run a resource at a time, an undo among them; what a dead process left half way is held, and brought back by the next look."""

from collections.abc import Callable

import pytest

from finops.actions import Action, ChangeCode, CodeTarget, StopInstance
from finops.errors import StateConflict
from finops.ports import ExecutionReport, Observation, Run
from gateway.aftercare import Aftercare, Looked
from tests.unit.gateway.fakes import ANA, BEN, RESIZE, TARGET, FakeCloud, Stage, facts
from tests.unit.tools.fake_data import FakeData

STOP = StopInstance(target=TARGET)
CODE = ChangeCode(
    target=CodeTarget(account="infra", region="main", resource_id="web.tfvars"), key="t", value="m5.xlarge", stands_for=RESIZE
)  # fmt: skip


def look(stage: Stage) -> tuple[Looked, ...]:
    return Aftercare(stage.records, stage.proposals.judge, FakeData).look(BEN)


def resized(stage: Stage) -> str:
    """A verified resize, with the data of the day after."""
    proposal_id = stage.executed()
    stage.questions.facts = facts(state_before={"instance_type": "m5.xlarge", "state": "running"})
    return proposal_id


def during_the_next_run(stage: Stage, do: Callable[[], object]) -> list[str]:
    """Do something in the middle of the next run; return what it was refused with."""
    said: list[str] = []
    apply = stage.cloud.apply

    def nested(action: Action, before: Observation, run: Run) -> ExecutionReport:
        with pytest.raises(StateConflict) as refused:
            do()
        said.append(refused.value.message)
        return apply(action, before, run)

    stage.cloud.apply = nested
    return said


def test_an_undo_waits_for_a_run_that_died_on_the_resource(stage: Stage) -> None:
    first = resized(stage)
    second = stage.broken_off(STOP)
    with pytest.raises(StateConflict, match=f"proposal `{second}` runs on `{TARGET.resource_id}` .*execute {second}"):
        stage.proposals.undo(BEN, first)
    assert stage.cloud.attributes == {"instance_type": "m5.xlarge", "state": "running"}
    assert stage.proposals.execute(BEN, second).verified


def test_an_undo_does_not_run_beside_a_run_on_the_resource(stage: Stage) -> None:
    first = resized(stage)
    second = stage.approved(STOP)
    said = during_the_next_run(stage, lambda: stage.proposals.undo(BEN, first))
    assert stage.proposals.execute(BEN, second).verified
    assert said == [f"`{TARGET.resource_id}` is being changed by another process now"]
    assert stage.cloud.attributes == {"instance_type": "m5.xlarge", "state": "stopped"}


def test_a_look_does_not_bring_back_beside_a_run_on_the_resource(stage: Stage) -> None:
    resized(stage)
    second, stage.cloud.ails = stage.approved(STOP), "its status check fails"
    found: list[Looked] = []
    apply = stage.cloud.apply

    def nested(action: Action, before: Observation, run: Run) -> ExecutionReport:
        found.extend(look(stage))
        return apply(action, before, run)

    stage.cloud.apply = nested
    stage.proposals.execute(BEN, second)
    assert [one.found for one in found] == ["not_seen"]
    assert len(stage.cloud.calls) == 2


@pytest.mark.parametrize("action", [RESIZE.model_copy(update={"instance_type": "m5.large"}), CODE])
def test_nothing_runs_on_a_resource_whose_undo_died_half_way(stage: Stage, action: Action) -> None:
    first = resized(stage)
    second = stage.approved(STOP)
    stage.cloud.crash_before_call = True
    with pytest.raises(KeyboardInterrupt):
        stage.proposals.undo(BEN, first)
    stage.cloud.crash_before_call = False
    with pytest.raises(
        StateConflict, match=f"`{first}` on `{TARGET.resource_id}` is approved, runs or is being undone"
    ):
        stage.proposals.execute(BEN, second)
    assert stage.proposals.record(ANA, stage.draft(action), "rules").decision.policies == ("one_action_in_flight",)
    assert stage.proposals.undo(BEN, first).verified
    stage.questions.facts = facts()
    assert stage.proposals.record(ANA, stage.draft(action), "rules").decision.policies == ("cooling_down_after_undo",)


def dies_before_taking_back(stage: Stage) -> str:
    """A run that failed half way, in a process that died right after it had said so."""
    proposal_id = stage.approved()
    stage.cloud.fails_as = {"instance_type": "m5.2xlarge", "state": "stopped"}
    ready, asked = stage.cloud.ready, iter(range(9))

    def mortal(action: Action, before: Observation) -> None:
        # Asked twice before the run begins, and then when it is to be taken back.
        if next(asked) == 2:
            raise KeyboardInterrupt
        ready(action, before)

    stage.cloud.ready = mortal
    with pytest.raises(KeyboardInterrupt):
        stage.proposals.execute(BEN, proposal_id)
    stage.cloud.ready = ready
    assert stage.proposals.get(proposal_id).state == "failed"
    assert stage.cloud.attributes["state"] == "stopped"
    return proposal_id


def test_what_failed_half_way_in_a_process_that_died_holds_its_resource(stage: Stage) -> None:
    proposal_id = dies_before_taking_back(stage)
    decided = stage.proposals.record(ANA, stage.draft(STOP), "rules").decision
    assert decided.policies == ("one_action_in_flight",)
    assert f"`{proposal_id}`" in decided.reasons[0]


@pytest.mark.parametrize("by", ["look", "undo"])
def test_what_failed_half_way_in_a_process_that_died_is_taken_back_by_the_next(stage: Stage, by: str) -> None:
    proposal_id = dies_before_taking_back(stage)
    if by == "look":
        assert look(stage) == (Looked(proposal=proposal_id, found="taken_back", detail="its undo had been broken off"),)
    else:
        assert stage.proposals.undo(BEN, proposal_id).verified
    assert stage.cloud.attributes == {"instance_type": "m5.2xlarge", "state": "running"}
    assert stage.proposals.get(proposal_id).state == "undone"
    apply, undo = stage.proposals.executions(proposal_id)
    assert (apply.verified, undo.verified) == (False, True)
    assert look(stage) == ()


def test_a_broken_off_undo_that_cannot_be_gone_on_with_says_why_and_lets_the_resource_go(stage: Stage) -> None:
    proposal_id = dies_before_taking_back(stage)
    stage.cloud.attributes["instance_type"] = "c5.large"
    (found,) = look(stage)
    assert (found.proposal, found.found) == (proposal_id, "not_taken_back")
    assert "was changed since" in found.detail
    assert stage.proposals.get(proposal_id).state == "failed"
    assert stage.cloud.attributes["instance_type"] == "c5.large"
    assert look(stage) == ()


def test_a_broken_off_undo_waits_for_a_provider_that_does_not_answer(stage: Stage) -> None:
    dies_before_taking_back(stage)
    stage.cloud.down = True
    (found,) = look(stage)
    assert (found.found, found.detail) == ("not_taken_back", "its undo had been broken off; the cloud is down")
    stage.cloud.down = False
    assert [one.found for one in look(stage)] == ["taken_back"]


def test_an_undo_of_a_person_that_died_is_finished_by_the_next_look(stage: Stage) -> None:
    proposal_id, stage.cloud.crash_before_report = stage.executed(), True
    with pytest.raises(KeyboardInterrupt):
        stage.proposals.undo(BEN, proposal_id)
    stage.cloud.crash_before_report = False
    assert [one.found for one in look(stage)] == ["taken_back"]
    assert stage.proposals.get(proposal_id).state == "undone"
    assert len(stage.cloud.calls) == 2


def test_runs_on_other_resources_do_not_wait(stage: Stage) -> None:
    other = STOP.model_copy(update={"target": TARGET.model_copy(update={"resource_id": "i-other"})})
    proposal_id, second = stage.approved(), stage.approved(other)
    ran: list[bool] = []
    bring: Callable[..., ExecutionReport] = FakeCloud.apply

    def nested(action: Action, before: Observation, run: Run) -> ExecutionReport:
        if action != other:
            ran.append(stage.proposals.execute(BEN, second).verified)
            stage.cloud.attributes["state"] = "running"
        return bring(stage.cloud, action, before, run)

    stage.cloud.apply = nested
    assert stage.proposals.execute(BEN, proposal_id).verified
    assert ran == [True]
