"""Propose, approve and reject: what is recorded is what the server computed, and nobody approves past the policies."""

from decimal import Decimal
from pathlib import Path

import pytest
from pydantic import JsonValue

from finops.actions import StopInstance
from finops.errors import (
    BadInput,
    CheckFailed,
    Denied,
    Forbidden,
    StateConflict,
    ToolError,
    Unauthenticated,
    UnknownName,
)
from finops.evidence import seal
from finops.people import Principal
from gateway.judging import Policy
from store.records import audit
from tests.unit.gateway.fakes import ANA, BEN, EVE, RESIZE, TARGET, Stage, facts, stage_at


def test_a_proposal_waits_for_a_person_and_says_why(stage: Stage) -> None:
    proposal = stage.proposals.record(ANA, stage.draft(), "rules")
    assert proposal.state == "pending"
    assert proposal.decision.outcome == "needs_approval"
    assert proposal.decision.policies == ("approved_by_a_person",)
    assert (proposal.proposer, proposal.on_behalf_of, proposal.reason) == ("rules", "ana", "it is idle")
    assert proposal.id.startswith("p-")
    assert len(proposal.id) == 10
    assert (proposal.expires - proposal.created).days == 7
    assert stage.proposals.get(proposal.id) == proposal
    assert stage.proposals.list() == (proposal,)


def test_the_figures_are_computed_anew_and_never_taken_from_the_caller(stage: Stage) -> None:
    evidence = stage.draft()
    forged: dict[str, JsonValue] = dict(evidence.result)
    forged["facts"] = facts(monthly_saving=Decimal(10**6)).model_dump(mode="json")
    lie = seal(
        tool="propose_action", arguments=evidence.input, snapshot="s9", as_of="2026-03-10", rows_read=1, result=forged,
        figures=(), formula="",
    )  # fmt: skip
    assert stage.proposals.record(ANA, lie, "rules").facts.monthly_saving == Decimal(100)


def test_the_calls_of_a_run_are_known_before_anybody_approves(stage: Stage) -> None:
    proposal_id = stage.proposed()
    assert stage.proposals.plan(proposal_id) == (f"change {TARGET.resource_id}",)
    assert stage.cloud.calls == []


@pytest.mark.parametrize("reason", ["", "  "])
def test_a_rejection_gives_its_reason(stage: Stage, reason: str) -> None:
    proposal_id = stage.proposed()
    with pytest.raises(BadInput, match="a rejection needs its reason"):
        stage.proposals.reject(BEN, proposal_id, reason)
    assert stage.proposals.get(proposal_id).state == "pending"


def test_evidence_of_another_tool_is_no_draft(stage: Stage) -> None:
    evidence = stage.draft().model_copy(update={"tool": "cost_query"})
    with pytest.raises(BadInput, match="evidence of `cost_query` is no draft"):
        stage.proposals.record(ANA, evidence, "rules")


def test_a_tool_without_a_draft_to_give_records_nothing(stage: Stage) -> None:
    evidence = stage.draft()
    stage.questions.result = {"status": "not_enough_data", "reason": "3 of 14 days"}
    with pytest.raises(ToolError, match="3 of 14 days"):
        stage.proposals.record(ANA, evidence, "rules")
    assert stage.proposals.list() == ()


def test_a_proposal_that_breaks_a_hard_limit_is_recorded_as_denied(stage: Stage) -> None:
    stage.questions.facts = facts(environment="production", tags={"environment": "production"})
    proposal = stage.proposals.record(ANA, stage.draft(), "rules")
    assert proposal.state == "denied"
    assert "protected_environment" in proposal.decision.policies


@pytest.mark.parametrize("step", ["approve", "execute", "undo"])
def test_nothing_gets_a_denied_proposal_through(stage: Stage, step: str) -> None:
    stage.questions.facts = facts(environment="production", tags={"environment": "production"})
    proposal = stage.proposals.record(ANA, stage.draft(), "rules")
    with pytest.raises(Denied, match="is denied") as refused:
        getattr(stage.proposals, step)(EVE, proposal.id)
    assert "protected_environment" in refused.value.policies
    assert stage.cloud.calls == []


def test_a_tag_the_resource_has_only_now_is_judged_as_well(stage: Stage) -> None:
    stage.cloud.tags["environment"] = "production"
    proposal = stage.proposals.record(ANA, stage.draft(), "rules")
    assert proposal.state == "denied"
    assert "protected_environment" in proposal.decision.policies
    assert proposal.facts.tags == {"environment": "dev", "owner": "ana", "live/environment": "production"}


def test_a_target_that_is_not_what_the_data_says_is_denied(stage: Stage) -> None:
    stage.cloud.attributes["instance_type"] = "m5.large"
    proposal = stage.proposals.record(ANA, stage.draft(), "rules")
    assert proposal.state == "denied"
    assert proposal.decision.policies == ("target_moved",)
    assert "is `m5.large` at the provider and `m5.2xlarge` in the data" in proposal.decision.reasons[0]


def test_a_target_that_is_gone_is_denied(stage: Stage) -> None:
    stage.cloud.exists = False
    assert stage.proposals.record(ANA, stage.draft(), "rules").decision.policies == ("target_moved",)


def test_a_provider_that_does_not_answer_leaves_the_fingerprint_empty(stage: Stage) -> None:
    stage.cloud.down = True
    proposal = stage.proposals.record(ANA, stage.draft(), "rules")
    assert (proposal.state, proposal.fingerprint) == ("pending", "")
    assert "the cloud is down" in proposal.undo_plan


def test_the_same_proposal_is_recorded_once(stage: Stage) -> None:
    first = stage.proposals.record(ANA, stage.draft(reason="one"), "rules")
    again = stage.proposals.record(BEN, stage.draft(reason="two"), "openai:gpt")
    assert again == first
    assert len(stage.proposals.list()) == 1


def test_another_action_on_the_same_target_is_another_proposal(stage: Stage) -> None:
    first = stage.proposed()
    second = stage.proposals.record(ANA, stage.draft(StopInstance(target=TARGET)), "rules")
    assert second.id != first


def test_a_rejected_proposal_can_be_made_again(stage: Stage) -> None:
    first = stage.proposed()
    stage.proposals.reject(BEN, first, "not now")
    assert stage.proposed() != first


def test_proposals_are_listed_by_state_and_the_newest_first(stage: Stage) -> None:
    first = stage.proposed()
    stage.clock.forward(minutes=1)
    second = stage.proposals.record(ANA, stage.draft(StopInstance(target=TARGET)), "rules").id
    stage.proposals.reject(BEN, first, "no")
    assert [one.id for one in stage.proposals.list()] == [second, first]
    assert [one.id for one in stage.proposals.list("pending")] == [second]


def test_an_id_that_is_taken_is_not_given_again(tmp_path: Path, policy: Policy) -> None:
    stage = stage_at(tmp_path, policy)
    ids = iter(["p-00000001", "p-00000001", "p-00000002"])
    proposals = type(stage.proposals)(
        stage.records, stage.proposals.questions, policy, stage.proposals.executor, new_id=lambda: next(ids)
    )
    first = proposals.record(ANA, stage.draft(), "rules")
    second = proposals.record(ANA, stage.draft(StopInstance(target=TARGET)), "rules")
    assert (first.id, second.id) == ("p-00000001", "p-00000002")


def test_an_unknown_id_is_said_with_the_nearest(stage: Stage) -> None:
    known = stage.proposed()
    with pytest.raises(UnknownName, match=f"did you mean `{known}`"):
        stage.proposals.get(known[:-1])


def test_another_person_approves(stage: Stage) -> None:
    proposal_id = stage.proposed()
    approved = stage.proposals.approve(BEN, proposal_id, "fine")
    assert approved.state == "approved"
    assert (approved.expires - stage.clock.now).total_seconds() == 24 * 3600
    approval = stage.proposals.approvals(proposal_id)[0]
    assert (approval.approver, approval.hash, approval.reason) == ("ben", approved.hash, "fine")


def test_nobody_approves_what_is_proposed_for_themselves(stage: Stage) -> None:
    proposal_id = stage.proposed(by=BEN)
    with pytest.raises(Denied, match="`ben` may not approve what is proposed for `ben`") as refused:
        stage.proposals.approve(BEN, proposal_id)
    assert refused.value.policies == ("separation_of_duties",)
    assert stage.proposals.get(proposal_id).state == "pending"


def test_the_one_person_of_local_mode_approves_their_own(tmp_path: Path, policy: Policy) -> None:
    root = Principal(name="root", role="admin", local=True)
    stage = stage_at(tmp_path, policy, root)
    proposal_id = stage.proposed(by=root)
    assert stage.proposals.approve(root, proposal_id).state == "approved"


def test_local_mode_is_not_believed_where_there_are_several_people(tmp_path: Path, policy: Policy) -> None:
    root = Principal(name="root", role="admin", local=True)
    stage = stage_at(tmp_path, policy, root, ANA)
    proposal_id = stage.proposed(by=root)
    with pytest.raises(Denied):
        stage.proposals.approve(root, proposal_id)


def test_an_analyst_approves_nothing_whatever_the_token_says(stage: Stage) -> None:
    proposal_id = stage.proposed(by=BEN)
    with pytest.raises(Forbidden, match="`ana` has the role `analyst` and may not approve"):
        stage.proposals.approve(Principal(name="ana", role="admin", local=True), proposal_id)


@pytest.mark.parametrize("step", ["approve", "execute", "undo", "reject"])
def test_who_is_not_in_the_records_does_nothing(stage: Stage, step: str) -> None:
    proposal_id = stage.approved()
    with pytest.raises(Unauthenticated):
        getattr(stage.proposals, step)(
            Principal(name="mallory", role="admin"), proposal_id, *(["x"] * (step == "reject"))
        )
    assert stage.proposals.get(proposal_id).state == "approved"


def test_only_what_was_shown_is_approved(stage: Stage) -> None:
    proposal_id = stage.proposed()
    with pytest.raises(StateConflict, match="is not the one that was shown"):
        stage.proposals.approve(BEN, proposal_id, expected_hash="0" * 64)
    assert stage.proposals.approve(BEN, proposal_id, expected_hash=stage.proposals.get(proposal_id).hash)


def test_an_approved_proposal_is_not_approved_again(stage: Stage) -> None:
    proposal_id = stage.approved()
    with pytest.raises(StateConflict, match="is approved, not pending; execute it with"):
        stage.proposals.approve(EVE, proposal_id)


def test_a_rejected_proposal_is_not_approved(stage: Stage) -> None:
    proposal_id = stage.proposed()
    assert stage.proposals.reject(BEN, proposal_id, "no need").state == "rejected"
    with pytest.raises(StateConflict, match="is rejected"):
        stage.proposals.approve(EVE, proposal_id)


def test_an_approved_proposal_can_still_be_rejected_and_is_then_not_executed(stage: Stage) -> None:
    proposal_id = stage.approved()
    stage.proposals.reject(EVE, proposal_id, "wait")
    with pytest.raises(StateConflict, match="is rejected"):
        stage.proposals.execute(BEN, proposal_id)
    assert stage.cloud.calls == []


def test_a_pending_proposal_expires_after_seven_days(stage: Stage) -> None:
    proposal_id = stage.proposed()
    stage.clock.forward(days=7)
    assert stage.proposals.get(proposal_id).state == "expired"
    with pytest.raises(StateConflict, match="is expired"):
        stage.proposals.approve(BEN, proposal_id)


def test_an_approval_expires_after_a_day(stage: Stage) -> None:
    proposal_id = stage.approved()
    stage.clock.forward(hours=24)
    with pytest.raises(StateConflict, match="is expired"):
        stage.proposals.execute(BEN, proposal_id)
    assert stage.cloud.calls == []


def test_expiring_is_done_once(stage: Stage) -> None:
    proposal_id = stage.proposed()
    stage.clock.forward(days=8)
    assert stage.proposals.expire() == (proposal_id,)
    assert stage.proposals.expire() == ()


def test_the_history_tells_each_step_and_who_took_it(stage: Stage) -> None:
    steps = stage.proposals.history(stage.executed())
    assert [(step.actor, step.kind) for step in steps] == [
        ("ana", "proposal.proposed"), ("policy", "proposal.pending"), ("ben", "proposal.approved"),
        ("ben", "proposal.executing"), ("ben", "proposal.verified"),
    ]  # fmt: skip


@pytest.mark.parametrize("reason", ["x" * 2001, "a\0b", "\ud800"])
def test_a_reason_that_cannot_be_kept_is_refused(stage: Stage, reason: str) -> None:
    proposal_id = stage.proposed()
    with pytest.raises(BadInput):
        stage.proposals.approve(BEN, proposal_id, reason)
    assert stage.proposals.get(proposal_id).state == "pending"


def test_everything_recorded_is_vouched_for(stage: Stage) -> None:
    stage.proposals.undo(BEN, stage.executed())
    with stage.records.read() as session:
        assert audit.verify(session).ok


@pytest.mark.parametrize(
    "change", ["state = 'approved'", "hash = 'x'", "expires = '9999'", "body = replace(body, 'dev', 'qa')"]
)
def test_a_row_changed_past_the_gateway_is_not_acted_on(stage: Stage, change: str) -> None:
    proposal_id = stage.proposed()
    with stage.records.engine.begin() as connection:
        connection.exec_driver_sql(f"UPDATE proposal SET {change}")
    for step in (stage.proposals.approve, stage.proposals.execute):
        with pytest.raises(CheckFailed, match="is not what the log says it is"):
            step(BEN, proposal_id)
    assert stage.cloud.calls == []


def test_an_approval_written_past_the_gateway_is_not_acted_on(stage: Stage) -> None:
    proposal_id = stage.approved()
    with stage.records.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE approval SET approver = 'eve'")
    with pytest.raises(CheckFailed):
        stage.proposals.execute(BEN, proposal_id)
    assert stage.cloud.calls == []


def test_what_is_proposed_is_bound_to_the_action(stage: Stage) -> None:
    first = stage.proposals.record(ANA, stage.draft(), "rules")
    other = RESIZE.model_copy(update={"instance_type": "m5.large"})
    assert stage.proposals.record(ANA, stage.draft(other), "rules").hash != first.hash
