"""What takes more than one yes, what waits for a limit, and what is taken back: decided anew at each step."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from finops.actions import SetBudget, StopInstance
from finops.errors import BadInput, Denied, Forbidden, StateConflict
from finops.people import Principal
from gateway.judging import Policy
from policies.freezes import Freeze
from store.records import approvals
from tests.unit.gateway.fakes import ANA, BEN, EVE, TARGET, Stage, facts, stage_at


def other(number: int) -> StopInstance:
    return StopInstance(target=TARGET.model_copy(update={"resource_id": f"i-{number:04}"}))


@pytest.fixture
def large(stage: Stage) -> Stage:
    """A change of USD 600 a month, which takes two people."""
    stage.questions.facts = facts(
        monthly_cost_before=Decimal(1200), monthly_cost_after=Decimal(600), monthly_saving=Decimal(600)
    )
    return stage


def test_a_large_change_waits_after_the_first_and_is_approved_by_the_second(large: Stage) -> None:
    proposal_id = large.proposed()
    assert large.proposals.approve(BEN, proposal_id).state == "pending"
    with pytest.raises(StateConflict, match="is pending, not approved"):
        large.proposals.execute(BEN, proposal_id)
    assert large.proposals.approve(EVE, proposal_id).state == "approved"
    assert large.proposals.execute(BEN, proposal_id).verified
    assert [one.approver for one in large.proposals.approvals(proposal_id)] == ["ben", "eve"]


def test_the_same_person_twice_is_one(large: Stage) -> None:
    proposal_id = large.proposed()
    large.proposals.approve(BEN, proposal_id)
    with pytest.raises(StateConflict, match=r"`ben` approved `.*` already; ask another person to"):
        large.proposals.approve(BEN, proposal_id)
    assert large.proposals.get(proposal_id).state == "pending"


def test_a_first_approval_that_expired_does_not_count(large: Stage) -> None:
    proposal_id = large.proposed()
    large.proposals.approve(BEN, proposal_id)
    large.clock.forward(hours=24)
    assert large.proposals.approve(EVE, proposal_id).state == "pending"
    assert large.proposals.approve(BEN, proposal_id).state == "approved"


def test_a_first_approval_that_expires_before_the_run_sends_it_back(large: Stage) -> None:
    proposal_id = large.proposed()
    large.proposals.approve(BEN, proposal_id)
    large.clock.forward(hours=23)
    large.proposals.approve(EVE, proposal_id)
    large.clock.forward(hours=2)
    with pytest.raises(StateConflict, match="has no approval that holds"):
        large.proposals.execute(BEN, proposal_id)
    assert large.proposals.get(proposal_id).state == "pending"
    assert large.cloud.calls == []


def test_the_proposer_is_no_second_person(large: Stage) -> None:
    proposal_id = large.proposed(by=EVE)
    large.proposals.approve(BEN, proposal_id)
    with pytest.raises(Denied, match="may not approve what is proposed for `eve`"):
        large.proposals.approve(EVE, proposal_id)


def test_a_very_large_change_takes_an_admin_among_them(stage: Stage) -> None:
    stage.questions.facts = facts(
        monthly_cost_before=Decimal(12000), monthly_cost_after=Decimal(6000), monthly_saving=Decimal(6000)
    )
    proposal_id = stage.proposed()
    assert stage.proposals.approve(BEN, proposal_id).state == "pending"
    assert stage.proposals.approve(EVE, proposal_id).state == "approved"


def run_others(stage: Stage, count: int) -> None:
    """Run `count` others, each of an owner of its own."""
    for number in range(count):
        stage.questions.facts = facts(owner=f"o{number}", tags={"environment": "dev", "owner": f"o{number}"})
        stage.cloud.tags = {"environment": "dev", "owner": f"o{number}"}
        proposal_id = stage.proposed(action=other(number))
        stage.proposals.approve(BEN, proposal_id)
        stage.proposals.execute(BEN, proposal_id)
        stage.cloud.attributes["state"] = "running"
    stage.questions.facts, stage.cloud.tags = facts(), {"environment": "dev", "owner": "ana"}


def test_a_run_beyond_the_hours_limit_goes_back_with_the_reason_and_runs_later(stage: Stage) -> None:
    proposal_id = stage.approved()
    run_others(stage, 20)
    with pytest.raises(StateConflict, match=r"cannot run now and waits for approval again: it would be run 21") as said:
        stage.proposals.execute(BEN, proposal_id)
    assert "approve it again when that is over" in said.value.fix
    assert stage.proposals.get(proposal_id).state == "pending"
    assert "run 21 of the last 60 minutes" in str(stage.proposals.history(proposal_id)[-1].payload["differences"])
    with pytest.raises(StateConflict):
        stage.proposals.execute(BEN, proposal_id)
    stage.clock.forward(hours=1)
    stage.proposals.approve(BEN, proposal_id)
    assert stage.proposals.execute(BEN, proposal_id).verified


def test_a_run_that_goes_on_counts_once_in_the_hours_limit(stage: Stage) -> None:
    proposal_id = stage.approved()
    run_others(stage, 19)
    stage.cloud.crash_before_call = True
    with pytest.raises(KeyboardInterrupt):
        stage.proposals.execute(BEN, proposal_id)
    stage.cloud.crash_before_call = False
    assert stage.proposals.execute(BEN, proposal_id).verified


def test_budgets_are_nobodys_fleet(stage: Stage) -> None:
    stage.cloud.attributes, stage.cloud.tags = {"amount": "none"}, {}
    stage.questions.facts = facts(
        monthly_cost_after=Decimal(200), monthly_saving=Decimal(0), owner=None, environment=None, tags={}, fleet_size=0,
        fleet_cost=Decimal(0), state_before={},
    )  # fmt: skip
    for number in range(5):
        target = TARGET.model_copy(update={"resource_id": f"budget-{number}"})
        proposal = stage.proposals.record(ANA, stage.draft(SetBudget(target=target, amount=Decimal(100))), "rules")
        assert (proposal.state, proposal.decision.policies) == ("pending", ("approved_by_a_person",))


def test_the_amount_of_a_day_holds_what_is_proposed_and_what_was_run(stage: Stage) -> None:
    stage.questions.facts = facts(
        monthly_cost_before=Decimal(8000), monthly_cost_after=Decimal(4000), monthly_saving=Decimal(4000)
    )
    first = stage.proposed()
    assert stage.proposals.get(stage.proposed(action=other(1))).state == "pending"
    third = stage.proposals.record(ANA, stage.draft(other(2)), "rules")
    assert (third.state, third.decision.policies) == ("denied", ("amount_a_day",))
    assert "USD 12,000.00 a month would change in 24 hours" in third.decision.reasons[0]
    stage.proposals.reject(EVE, first, "no")
    assert stage.proposals.record(ANA, stage.draft(other(3)), "rules").state == "pending"


def test_a_quarter_of_an_owners_fleet_a_day(stage: Stage) -> None:
    stage.questions.facts = facts(fleet_size=16)
    states = [stage.proposals.record(ANA, stage.draft(other(number)), "rules").state for number in range(5)]
    assert states == ["pending"] * 4 + ["denied"]
    stage.clock.forward(hours=24)
    assert stage.proposals.record(ANA, stage.draft(other(5)), "rules").state == "pending"


def test_a_freeze_that_begins_after_the_approval_sends_it_back(stage: Stage) -> None:
    proposal_id = stage.approved()
    frozen = replace(stage.proposals, freezes=(Freeze(name="close", start=date(2026, 3, 10), end=date(2026, 3, 10)),))
    with pytest.raises(StateConflict, match="in the change freeze `close`"):
        frozen.execute(BEN, proposal_id)
    assert frozen.get(proposal_id).state == "pending"
    assert stage.cloud.calls == []


def test_a_door_without_the_freezes_does_not_run_what_was_approved_under_them(stage: Stage) -> None:
    later = Freeze(name="close", start=date(2026, 3, 12), end=date(2026, 3, 12))
    frozen = replace(stage.proposals, freezes=(later,))
    proposal_id = frozen.record(ANA, stage.draft(), "rules").id
    frozen.approve(BEN, proposal_id)
    with pytest.raises(StateConflict, match="the change freezes were changed"):
        stage.proposals.execute(BEN, proposal_id)
    assert stage.proposals.get(proposal_id).state == "pending"
    assert stage.cloud.calls == []


def test_an_approval_under_the_freezes_does_for_the_door_that_has_them(stage: Stage) -> None:
    later = Freeze(name="close", start=date(2026, 3, 12), end=date(2026, 3, 12))
    frozen = replace(stage.proposals, freezes=(later,))
    proposal_id = frozen.record(ANA, stage.draft(), "rules").id
    frozen.approve(BEN, proposal_id)
    assert frozen.execute(BEN, proposal_id).verified


def test_what_was_undone_cools_down_for_seven_days(stage: Stage) -> None:
    stage.proposals.undo(BEN, stage.executed())
    assert stage.proposals.record(ANA, stage.draft(), "rules").decision.policies == ("cooling_down_after_undo",)
    stage.clock.forward(days=7)
    stage.questions.facts = facts(newest_data="2026-03-16")
    assert stage.proposals.record(ANA, stage.draft(), "rules").state == "pending"


def test_seven_days_after_an_undo_are_days_of_24_hours(stage: Stage) -> None:
    stage.clock.forward(hours=11, minutes=50)
    stage.questions.facts = facts(newest_data="2026-03-16")
    stage.clock.forward(days=6)
    stage.proposals.undo(BEN, stage.executed())
    stage.questions.facts = facts(newest_data="2026-03-22")
    stage.clock.forward(days=6, hours=23, minutes=59)
    assert stage.proposals.record(ANA, stage.draft(), "rules").decision.policies == ("cooling_down_after_undo",)
    stage.clock.forward(minutes=1)
    assert stage.proposals.record(ANA, stage.draft(), "rules").state == "pending"


def test_thirty_days_after_a_rejection_are_days_of_24_hours(stage: Stage) -> None:
    stage.clock.forward(hours=11, minutes=50)
    stage.proposals.reject(EVE, stage.proposed(), "no")
    stage.questions.facts = facts(newest_data="2026-04-08")
    stage.clock.forward(days=29, hours=23, minutes=59)
    assert stage.proposals.record(ANA, stage.draft(), "rules").decision.policies == ("rejected_before",)
    stage.clock.forward(minutes=1)
    assert stage.proposals.record(ANA, stage.draft(), "rules").state == "pending"


def test_a_kind_that_failed_three_times_waits_for_a_person_to_find_out_why(stage: Stage) -> None:
    stage.cloud.refuses = True
    for number in range(3):
        proposal_id = stage.proposed(action=other(number))
        stage.proposals.approve(BEN, proposal_id)
        assert not stage.proposals.execute(BEN, proposal_id).verified
    assert stage.proposals.record(ANA, stage.draft(other(4)), "rules").decision.policies == ("failed_too_often",)
    assert stage.proposals.record(ANA, stage.draft(), "rules").state == "pending"


def test_a_run_that_fails_half_way_is_taken_back_at_once(stage: Stage) -> None:
    proposal_id = stage.approved()
    stage.cloud.fails_as = {"instance_type": "m5.2xlarge", "state": "stopped"}
    assert not stage.proposals.execute(BEN, proposal_id).verified
    assert stage.cloud.attributes == {"instance_type": "m5.2xlarge", "state": "running"}
    assert stage.proposals.get(proposal_id).state == "undone"
    apply, undo = stage.proposals.executions(proposal_id)
    assert (apply.verified, undo.verified) == (False, True)
    assert stage.proposals.history(proposal_id)[-1].actor == "verification"


def test_a_run_that_fails_where_no_step_of_it_leads_is_left_to_a_person(stage: Stage) -> None:
    proposal_id = stage.approved()
    stage.cloud.fails_as = {"instance_type": "c5.large", "state": "stopped"}
    assert not stage.proposals.execute(BEN, proposal_id).verified
    assert stage.proposals.get(proposal_id).state == "failed"
    assert "was changed since" in stage.proposals.executions(proposal_id)[-1].error
    assert stage.cloud.attributes["instance_type"] == "c5.large"


def test_an_edit_that_changes_nothing_or_a_field_there_is_not_is_refused(stage: Stage) -> None:
    proposal_id = stage.proposed()
    with pytest.raises(BadInput, match="the change changes nothing"):
        stage.proposals.edit(ANA, proposal_id, {"instance_type": "m5.xlarge"})
    with pytest.raises(BadInput, match="`size` cannot be changed in this action; change instance_type"):
        stage.proposals.edit(ANA, proposal_id, {"size": 1})
    assert stage.proposals.get(proposal_id).state == "pending"


def test_an_edit_takes_the_place_of_the_old_one_and_its_approvals(stage: Stage) -> None:
    old = stage.approved()
    new = stage.proposals.edit(EVE, old, {"instance_type": "m5.large"}, "smaller still")
    assert (new.replaces, new.on_behalf_of, new.proposer, new.reason) == (old, "eve", "person", "smaller still")
    assert stage.proposals.history(old)[-1].payload["replaced_by"] == new.id
    assert stage.proposals.get(old).state == "rejected"
    with stage.records.read() as session:
        assert approvals.unspent(session, old) == []


def test_who_may_not_reject_edits_what_is_for_them_alone(tmp_path: Path, policy: Policy) -> None:
    dan = Principal(name="dan", role="analyst")
    stage = stage_at(tmp_path, policy, ANA, BEN, EVE, dan)
    mine = stage.approved()
    with pytest.raises(Forbidden):
        stage.proposals.edit(dan, mine, {"instance_type": "m5.large"})
    assert stage.proposals.get(mine).state == "approved"
    assert stage.proposals.edit(ANA, mine, {"instance_type": "m5.large"}).state == "pending"


def test_what_was_edited_away_may_be_proposed_again(stage: Stage) -> None:
    new = stage.proposals.edit(ANA, stage.proposed(), {"instance_type": "m5.large"})
    back = stage.proposals.edit(ANA, new.id, {"instance_type": "m5.xlarge"})
    assert back.state == "pending"


@pytest.mark.parametrize("state", ["verified", "denied"])
def test_only_what_waits_is_edited(stage: Stage, state: str) -> None:
    if state == "denied":
        stage.questions.facts = facts(environment="production", tags={})
    proposal_id = stage.executed() if state == "verified" else stage.proposed()
    with pytest.raises((StateConflict, Denied), match=f"is {state}"):
        stage.proposals.edit(ANA, proposal_id, {"instance_type": "m5.large"})
