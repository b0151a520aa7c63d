"""Execute and undo: checked anew, once, recorded before and after, and finished where a run died."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from threading import Thread

import pytest
from pydantic import JsonValue

from finops.actions import Approval, StopInstance
from finops.errors import (
    BadFile,
    BadInput,
    Denied,
    Forbidden,
    Refused,
    StateConflict,
    TollError,
    ToolError,
    Unauthenticated,
    Unavailable,
    UnknownName,
)
from finops.evidence import Evidence
from finops.people import Principal
from gateway.execution import run_key
from store.records import approvals, people, proposals
from store.records.guard import keep
from tests.unit.gateway.fakes import ANA, BEN, EVE, TARGET, Stage, facts


class NoDraft:
    """Data that has no draft to give."""

    def run(self, principal: Principal, name: str, arguments: Mapping[str, JsonValue]) -> Evidence:
        raise ToolError("`i-0a1b2c3d` has no charge on 2026-03-09, it is stopped already", fix="choose another")


def test_an_approved_proposal_runs_and_is_verified(stage: Stage) -> None:
    proposal_id = stage.approved()
    execution = stage.proposals.execute(BEN, proposal_id)
    assert execution.verified
    assert execution.calls == ("change i-0a1b2c3d",)
    assert stage.cloud.attributes["instance_type"] == "m5.xlarge"
    assert stage.proposals.get(proposal_id).state == "verified"
    assert stage.proposals.executions(proposal_id) == (execution,)
    assert execution.idempotency_key == run_key(stage.proposals.get(proposal_id), "apply")


@pytest.mark.parametrize("state", ["pending", "verified", "undone"])
def test_only_an_approved_proposal_runs(stage: Stage, state: str) -> None:
    proposal_id = stage.proposed() if state == "pending" else stage.executed()
    if state == "undone":
        stage.proposals.undo(BEN, proposal_id)
    made = list(stage.cloud.calls)
    with pytest.raises(StateConflict, match=f"is {state}, not approved"):
        stage.proposals.execute(BEN, proposal_id)
    assert stage.cloud.calls == made


def test_a_dry_run_leaves_the_approval_unspent(stage: Stage) -> None:
    proposal_id = stage.approved()
    stage.cloud.dry = True
    with pytest.raises(Refused, match="dry run; go live"):
        stage.proposals.execute(BEN, proposal_id)
    assert stage.proposals.get(proposal_id).state == "approved"
    stage.cloud.dry = False
    assert stage.proposals.execute(BEN, proposal_id).verified


def test_a_provider_that_does_not_answer_leaves_it_approved(stage: Stage) -> None:
    proposal_id = stage.approved()
    stage.cloud.down = True
    with pytest.raises(Unavailable, match="the cloud is down"):
        stage.proposals.execute(BEN, proposal_id)
    assert stage.proposals.get(proposal_id).state == "approved"


def test_a_run_the_provider_refuses_has_failed_and_can_be_undone(stage: Stage) -> None:
    proposal_id = stage.approved()
    stage.cloud.refuses = True
    execution = stage.proposals.execute(BEN, proposal_id)
    assert not execution.verified
    assert execution.error == "the cloud refused"
    assert stage.proposals.get(proposal_id).state == "failed"
    stage.cloud.refuses = False
    assert stage.proposals.undo(BEN, proposal_id).verified
    assert stage.proposals.get(proposal_id).state == "undone"


@pytest.mark.parametrize("objection", [BadInput("it does not fit"), BadFile("no file"), Refused("not here")])
def test_a_run_that_cannot_be_made_at_all_has_failed_and_holds_nothing_up(stage: Stage, objection: TollError) -> None:
    proposal_id = stage.approved()
    stage.cloud.objects = objection
    with pytest.raises(type(objection), match=objection.message):
        stage.proposals.execute(BEN, proposal_id)
    assert stage.proposals.get(proposal_id).state == "failed"
    (execution,) = stage.proposals.executions(proposal_id)
    assert (execution.calls, execution.verified, execution.error) == ((), False, objection.message)
    stage.cloud.objects = None
    again = stage.approved()
    assert stage.proposals.execute(BEN, again).verified


def test_a_run_that_cannot_go_on_after_its_calls_has_failed_and_is_taken_back(stage: Stage) -> None:
    proposal_id = stage.approved()
    stage.cloud.crash_before_report = True
    with pytest.raises(KeyboardInterrupt):
        stage.proposals.execute(BEN, proposal_id)
    stage.cloud.crash_before_report, stage.cloud.objects = False, Refused("not here")
    with pytest.raises(Refused, match="not here"):
        stage.proposals.execute(BEN, proposal_id)
    assert stage.proposals.get(proposal_id).state == "failed"
    run, taken_back = stage.proposals.executions(proposal_id)
    assert (len(run.calls), run.error, taken_back.error) == (1, "not here", "not here")
    stage.cloud.objects = None
    assert stage.proposals.undo(BEN, proposal_id).verified


def test_a_provider_that_is_down_at_the_first_call_leaves_it_executing(stage: Stage) -> None:
    proposal_id = stage.approved()
    stage.cloud.objects = Unavailable("the cloud went down")
    with pytest.raises(Unavailable, match="the cloud went down"):
        stage.proposals.execute(BEN, proposal_id)
    assert stage.proposals.get(proposal_id).state == "executing"
    stage.cloud.objects = None
    assert stage.proposals.execute(BEN, proposal_id).verified


def test_a_target_changed_since_goes_back_to_a_person_with_the_difference(stage: Stage) -> None:
    proposal_id = stage.approved()
    old = stage.proposals.get(proposal_id).hash
    stage.cloud.attributes["state"] = "stopped"
    with pytest.raises(
        StateConflict, match="the target's state was `running`, is `stopped`; look at it and approve it again"
    ):
        stage.proposals.execute(BEN, proposal_id)
    proposal = stage.proposals.get(proposal_id)
    assert proposal.state == "pending"
    assert proposal.hash != old
    assert stage.cloud.calls == []
    assert stage.proposals.history(proposal_id)[-1].payload["differences"] == [
        "the target's state was `running`, is `stopped`"
    ]


def test_what_went_back_is_approved_and_run_as_it_is_now(stage: Stage) -> None:
    proposal_id = stage.approved()
    stage.cloud.attributes["state"] = "stopped"
    with pytest.raises(StateConflict):
        stage.proposals.execute(BEN, proposal_id)
    stage.proposals.approve(EVE, proposal_id)
    assert stage.proposals.execute(BEN, proposal_id).verified
    assert [approval.approver for approval in stage.proposals.approvals(proposal_id)] == ["ben", "eve"]


def test_an_approval_is_not_good_for_what_was_computed_later(stage: Stage) -> None:
    proposal_id = stage.approved()
    stage.questions.facts = facts(monthly_cost_after=Decimal(150), monthly_saving=Decimal(50))
    with pytest.raises(StateConflict, match="monthly_saving was `100`, is `50`"):
        stage.proposals.execute(BEN, proposal_id)
    with pytest.raises(StateConflict, match="is pending"):
        stage.proposals.execute(BEN, proposal_id)
    assert stage.proposals.get(proposal_id).facts.monthly_saving == Decimal(50)


def test_newer_data_with_the_same_facts_is_no_difference(stage: Stage) -> None:
    proposal_id = stage.approved()
    stage.questions.snapshot = "s2"
    assert stage.proposals.execute(BEN, proposal_id).verified


def test_what_the_data_no_longer_has_a_draft_for_goes_back_to_review(stage: Stage) -> None:
    proposal_id = stage.approved()
    with pytest.raises(
        StateConflict, match=r"is not what was approved, `i-0a1b2c3d` has no charge on 2026-03-09"
    ) as said:
        replace(stage.proposals, questions=NoDraft).execute(BEN, proposal_id)
    assert said.value.fix == (
        f"reject it, or approve it again with `toll proposals approve {proposal_id}` once the data has it"
    )
    assert stage.proposals.get(proposal_id).state == "pending"
    step = stage.proposals.history(proposal_id)[-1]
    assert step.payload["differences"] == ["`i-0a1b2c3d` has no charge on 2026-03-09, it is stopped already"]
    assert stage.cloud.calls == []
    with stage.records.read() as session:
        assert approvals.unspent(session, proposal_id) == []
    other = StopInstance(target=TARGET)
    assert stage.proposals.record(ANA, stage.draft(other), "rules").state == "pending"
    stage.proposals.approve(BEN, proposal_id)
    assert stage.proposals.execute(BEN, proposal_id).verified


def test_what_became_protected_is_denied(stage: Stage) -> None:
    proposal_id = stage.approved()
    stage.cloud.tags["environment"] = "production"
    with pytest.raises(Denied, match=r"is denied now, .*tag environment was `dev`, is `production`") as refused:
        stage.proposals.execute(BEN, proposal_id)
    assert "protected_environment" in refused.value.policies
    assert stage.proposals.get(proposal_id).state == "denied"
    assert stage.cloud.calls == []


def test_a_target_that_is_gone_is_denied(stage: Stage) -> None:
    proposal_id = stage.approved()
    stage.cloud.exists = False
    with pytest.raises(Denied, match="the provider has no `i-0a1b2c3d`"):
        stage.proposals.execute(BEN, proposal_id)


def test_what_could_not_be_seen_when_proposed_is_approved_again_once_it_can(stage: Stage) -> None:
    stage.cloud.down = True
    proposal_id = stage.approved()
    stage.cloud.down = False
    with pytest.raises(StateConflict, match=r"the target's instance_type was `not seen`, is `m5.2xlarge`"):
        stage.proposals.execute(BEN, proposal_id)
    stage.proposals.approve(BEN, proposal_id)
    assert stage.proposals.execute(BEN, proposal_id).verified


def test_evidence_that_expired_since_the_approval_is_denied(stage: Stage) -> None:
    stage.questions.facts = facts(newest_data="2026-03-03")
    proposal_id = stage.approved()
    stage.clock.forward(hours=20)
    with pytest.raises(Denied, match="may be 7 days old at most") as refused:
        stage.proposals.execute(BEN, proposal_id)
    assert refused.value.policies == ("evidence_expired",)
    assert stage.proposals.get(proposal_id).state == "denied"
    assert stage.cloud.calls == []


def test_a_run_that_died_after_the_call_is_finished_without_a_second_call(stage: Stage) -> None:
    proposal_id = stage.approved()
    stage.cloud.crash_before_report = True
    with pytest.raises(KeyboardInterrupt):
        stage.proposals.execute(BEN, proposal_id)
    assert stage.proposals.get(proposal_id).state == "executing"
    stage.cloud.crash_before_report = False
    execution = stage.proposals.execute(EVE, proposal_id)
    assert execution.verified
    assert execution.before["attributes"] == {"instance_type": "m5.2xlarge", "state": "running"}
    assert len(stage.cloud.calls) == 1


def test_a_run_that_died_can_be_undone_after_it_was_finished(stage: Stage) -> None:
    proposal_id = stage.approved()
    stage.cloud.crash_before_report = True
    with pytest.raises(KeyboardInterrupt):
        stage.proposals.execute(BEN, proposal_id)
    stage.cloud.crash_before_report = False
    stage.proposals.execute(BEN, proposal_id)
    stage.proposals.undo(BEN, proposal_id)
    assert stage.cloud.attributes["instance_type"] == "m5.2xlarge"


def test_undo_brings_back_what_was_before(stage: Stage) -> None:
    proposal_id = stage.executed()
    execution = stage.proposals.undo(BEN, proposal_id)
    assert execution.verified
    assert stage.cloud.attributes["instance_type"] == "m5.2xlarge"
    assert stage.proposals.get(proposal_id).state == "undone"
    assert len(stage.proposals.executions(proposal_id)) == 2


def test_an_undo_that_died_is_finished_without_a_second_call(stage: Stage) -> None:
    proposal_id = stage.executed()
    stage.cloud.crash_before_report = True
    with pytest.raises(KeyboardInterrupt):
        stage.proposals.undo(BEN, proposal_id)
    stage.cloud.crash_before_report = False
    assert stage.proposals.undo(BEN, proposal_id).verified
    assert len(stage.cloud.calls) == 2


def test_an_undo_that_fails_is_said_and_can_be_tried_again(stage: Stage) -> None:
    proposal_id = stage.executed()
    stage.cloud.refuses = True
    assert not stage.proposals.undo(BEN, proposal_id).verified
    assert stage.proposals.get(proposal_id).state == "failed"
    stage.cloud.refuses = False
    assert stage.proposals.undo(BEN, proposal_id).verified


def test_undo_does_not_write_over_what_somebody_else_did_since(stage: Stage) -> None:
    proposal_id = stage.executed()
    stage.cloud.attributes["instance_type"] = "c5.large"
    with pytest.raises(StateConflict, match=r"was changed since, to instance_type `c5.large`"):
        stage.proposals.undo(BEN, proposal_id)
    assert stage.cloud.attributes["instance_type"] == "c5.large"


@pytest.mark.parametrize("undone", [False, True])
def test_what_did_not_run_or_is_undone_is_not_undone(stage: Stage, undone: bool) -> None:  # noqa: FBT001
    proposal_id = stage.executed() if undone else stage.approved()
    if undone:
        stage.proposals.undo(BEN, proposal_id)
    with pytest.raises(StateConflict, match="not verified or failed"):
        stage.proposals.undo(BEN, proposal_id)


def test_an_approver_who_lost_the_role_no_longer_lets_it_run(stage: Stage) -> None:
    proposal_id = stage.approved()
    with stage.records.write() as session:
        row = people.find(session, "ben")
        assert row is not None
        row.role = "analyst"
        keep(session, row, at=stage.clock(), actor="eve", kind="person.role_changed")
    with pytest.raises(Denied, match="`ben` has the role `analyst`") as refused:
        stage.proposals.execute(EVE, proposal_id)
    assert refused.value.policies == ("approver_role",)
    assert stage.cloud.calls == []


def test_threads_that_execute_at_once_run_it_once(stage: Stage) -> None:
    proposal_id = stage.approved()
    results: list[str] = []

    def execute() -> None:
        try:
            results.append("verified" if stage.proposals.execute(BEN, proposal_id).verified else "failed")
        except TollError as error:
            results.append(type(error).__name__)

    threads = [Thread(target=execute) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results) == ["StateConflict"] * 5 + ["verified"]
    assert len(stage.cloud.calls) == 1


def test_threads_that_approve_at_once_approve_once(stage: Stage) -> None:
    proposal_id = stage.proposed()
    results: list[str] = []

    def approve(who: int) -> None:
        try:
            results.append(stage.proposals.approve((BEN, EVE)[who % 2], proposal_id).state)
        except TollError as error:
            results.append(type(error).__name__)

    threads = [Thread(target=approve, args=(who,)) for who in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results) == ["StateConflict"] * 5 + ["approved"]
    assert len(stage.proposals.approvals(proposal_id)) == 1


def test_an_analyst_executes_nothing(stage: Stage) -> None:
    proposal_id = stage.approved()
    with pytest.raises(Refused, match="may not execute"):
        stage.proposals.execute(ANA, proposal_id)


def test_an_approval_is_used_up_by_the_run(stage: Stage) -> None:
    proposal_id = stage.executed()
    with stage.records.read() as session:
        assert approvals.unspent(session, proposal_id) == []


@pytest.mark.parametrize(("hash_", "hours"), [("0" * 64, 24), ("", -1)])
def test_an_approval_of_other_bytes_or_of_yesterday_lets_nothing_run(stage: Stage, hash_: str, hours: int) -> None:
    proposal_id, at = stage.proposed(), stage.clock()
    approval = Approval(
        proposal=proposal_id, hash=hash_ or stage.proposals.get(proposal_id).hash, approver="ben", at=at,
        expires=at + timedelta(hours=hours),
    )  # fmt: skip
    with stage.records.write() as session:
        approvals.add(session, approval, detail={})
        proposals.transition(session, proposal_id, "approved", actor="ben", at=at)
    with pytest.raises(StateConflict, match="has no approval that holds"):
        stage.proposals.execute(BEN, proposal_id)
    assert stage.cloud.calls == []


def test_a_row_set_to_approved_without_an_approval_does_not_run(stage: Stage) -> None:
    proposal_id = stage.proposed()
    with stage.records.write() as session:
        proposals.transition(session, proposal_id, "approved", actor="mallory", at=stage.clock())
    with pytest.raises(StateConflict, match="has no approval that holds"):
        stage.proposals.execute(BEN, proposal_id)
    assert stage.cloud.calls == []


@pytest.mark.parametrize("name", ["../../evil", "/evil", "a/b", "..", "p-" + "0" * 300])
def test_an_id_of_no_proposal_is_refused_and_leaves_no_file(stage: Stage, tmp_path: Path, name: str) -> None:
    before = sorted(tmp_path.parent.rglob("*"))
    for step in (stage.proposals.execute, stage.proposals.undo):
        with pytest.raises(UnknownName, match="unknown proposal"):
            step(BEN, name)
    assert sorted(tmp_path.parent.rglob("*")) == before


@pytest.mark.parametrize(
    ("who", "error"), [(ANA, Forbidden), (Principal(name="mallory", role="admin"), Unauthenticated)]
)
def test_who_may_not_execute_locks_nothing(
    stage: Stage, tmp_path: Path, who: Principal, error: type[TollError]
) -> None:
    proposal_id = stage.approved()
    before = sorted(tmp_path.rglob("locks/*"))
    with pytest.raises(error):
        stage.proposals.execute(who, proposal_id)
    assert sorted(tmp_path.rglob("locks/*")) == before


@pytest.mark.parametrize("name", ["\udcff", "a\0b"])
def test_an_id_that_is_no_text_is_refused(stage: Stage, name: str) -> None:
    with pytest.raises(BadInput, match=r"the proposal's id .* holds what is no text"):
        stage.proposals.execute(BEN, name)
