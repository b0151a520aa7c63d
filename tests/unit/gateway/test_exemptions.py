"""Exemptions: an owner keeps a resource out of reach until a day, and it shows where it is refused for it."""

import json
from datetime import date

import pytest

from finops.actions import ReleaseAddress
from finops.errors import BadInput, Forbidden, StateConflict, Unauthenticated, UnknownName
from finops.people import Principal
from gateway.exemptions import Exemptions
from store.records import audit
from tests.unit.gateway.fakes import ANA, BEN, EVE, TARGET, Stage, facts
from tests.unit.tools.fake_data import FakeData, bill_row

UNTIL = date(2026, 3, 31)
NAME = TARGET.resource_id
ADDRESS = "eipalloc-0abc"
ADDRESS_ARN = f"arn:aws:ec2:eu-central-1:123456789012:elastic-ip/{ADDRESS}"


@pytest.fixture
def door(stage: Stage) -> Exemptions:
    rows = [
        bill_row(date(2026, 3, 1), "1", ResourceId=NAME, Tags=json.dumps({"Owner": " ANA ", "team": "ben"})),
        bill_row(date(2026, 3, 1), "1", ResourceId="i-other", Tags=json.dumps({"owner": "platform"})),
        bill_row(date(2026, 3, 1), "1", ResourceId="i-bare", Tags=None),
        bill_row(date(2026, 3, 1), "1", ResourceId=ADDRESS_ARN, Tags=json.dumps({"owner": "ana"})),
    ]
    return Exemptions(stage.records, FakeData(rows))


def test_the_owner_the_bill_names_may_exempt_and_it_is_refused_until_then(stage: Stage, door: Exemptions) -> None:
    made = door.add(ANA, NAME, UNTIL, "month end close")
    assert (made.id, made.person, made.until, made.lifted) == ("x-1", "ana", UNTIL, "")
    proposal = stage.proposals.record(ANA, stage.draft(), "rules")
    assert (proposal.state, proposal.decision.policies) == ("denied", ("exempted_by_owner",))
    assert f"is exempt until {UNTIL}: `month end close`" in proposal.decision.reasons[0]


def test_it_is_said_of_a_resource_named_as_by_actions_or_as_by_the_bill(stage: Stage, door: Exemptions) -> None:
    door.add(ANA, NAME, UNTIL, "month end close")
    door.add(ANA, ADDRESS, UNTIL, "a partner has it")
    said = stage.proposals.exempted([NAME, ADDRESS_ARN, "i-other"])
    assert said == (
        f"`{ADDRESS}` is exempt through 2026-03-31: a partner has it (ana)",
        f"`{NAME}` is exempt through 2026-03-31: month end close (ana)",
    )
    door.lift(ANA, "x-1")
    assert stage.proposals.exempted([NAME]) == ()


def test_it_holds_through_its_last_day_and_no_longer(stage: Stage, door: Exemptions) -> None:
    door.add(ANA, NAME, date(2026, 3, 10), "close")
    stage.clock.forward(hours=11)
    assert stage.proposals.record(ANA, stage.draft(), "rules").state == "denied"
    stage.clock.forward(hours=1)
    assert stage.proposals.record(ANA, stage.draft(), "rules").state == "pending"
    assert door.list(past=False) == ()
    assert [one.id for one in door.list(past=True)] == ["x-1"]


def test_what_was_approved_before_it_was_exempted_does_not_run(stage: Stage, door: Exemptions) -> None:
    proposal_id = stage.approved()
    door.add(ANA, NAME, UNTIL, "close")
    with pytest.raises(StateConflict, match="is exempt until 2026-03-31"):
        stage.proposals.execute(BEN, proposal_id)
    assert stage.cloud.calls == []


@pytest.mark.parametrize("name", ["i-other", "i-bare"])
def test_who_is_neither_owner_nor_approver_may_not_exempt(door: Exemptions, name: str) -> None:
    with pytest.raises(Forbidden, match="may not exempt"):
        door.add(ANA, name, UNTIL, "mine")
    assert door.add(BEN, name, UNTIL, "ours").person == "ben"


def test_a_claimed_role_or_name_exempts_nothing(door: Exemptions) -> None:
    with pytest.raises(Forbidden):
        door.add(Principal(name="ana", role="admin", local=True), "i-other", UNTIL, "mine")
    with pytest.raises(Unauthenticated):
        door.add(Principal(name="platform", role="admin"), "i-other", UNTIL, "mine")


@pytest.mark.parametrize("name", [ADDRESS, ADDRESS_ARN])
def test_an_address_is_exempt_by_its_id_and_by_its_name_on_the_bill(stage: Stage, door: Exemptions, name: str) -> None:
    assert door.add(ANA, name, UNTIL, "partners allow it by address").resource_id == ADDRESS
    stage.questions.facts = facts(state_before={})
    release = ReleaseAddress(target=TARGET.model_copy(update={"resource_id": ADDRESS}))
    proposal = stage.proposals.record(ANA, stage.draft(release), "rules")
    assert proposal.decision.policies == ("exempted_by_owner",)


def test_an_address_whose_id_ends_like_another_is_not_exempt_with_it(door: Exemptions) -> None:
    with pytest.raises(UnknownName):
        door.add(EVE, ADDRESS[:-1], UNTIL, "close")


def test_a_resource_that_no_bill_has_is_unknown(door: Exemptions) -> None:
    with pytest.raises(UnknownName, match=f"did you mean `{NAME}`"):
        door.add(EVE, NAME[:-1], UNTIL, "close")


@pytest.mark.parametrize("until", [date(2026, 3, 9), date(2027, 3, 12)])
def test_a_day_that_is_past_or_too_far_off_is_refused(door: Exemptions, until: date) -> None:
    with pytest.raises(BadInput, match="is not within a year"):
        door.add(ANA, NAME, until, "close")


@pytest.mark.parametrize("reason", ["", "  ", "x" * 2001])
def test_an_exemption_says_why(door: Exemptions, reason: str) -> None:
    with pytest.raises(BadInput, match="reason"):
        door.add(ANA, NAME, UNTIL, reason)


def test_who_made_it_may_lift_it_and_the_resource_can_be_changed_again(stage: Stage, door: Exemptions) -> None:
    made = door.add(ANA, NAME, UNTIL, "close")
    assert door.lift(ANA, made.id).lifted.endswith(" ana")
    assert stage.proposals.record(ANA, stage.draft(), "rules").state == "pending"
    with pytest.raises(StateConflict, match="was lifted already"):
        door.lift(ANA, made.id)


def test_only_an_approver_lifts_what_another_made(door: Exemptions) -> None:
    made = door.add(BEN, NAME, UNTIL, "close")
    with pytest.raises(Forbidden):
        door.lift(ANA, made.id)
    assert door.lift(EVE, made.id).lifted
    with pytest.raises(UnknownName, match="unknown exemption"):
        door.lift(EVE, "x-9")


def test_of_two_exemptions_the_longer_holds(stage: Stage, door: Exemptions) -> None:
    door.add(ANA, NAME, date(2026, 3, 10), "short")
    long = door.add(ANA, NAME, UNTIL, "long")
    door.lift(ANA, door.add(ANA, NAME, date(2026, 4, 30), "taken back").id)
    assert "`long`" in stage.proposals.record(ANA, stage.draft(), "rules").decision.reasons[0]
    assert [one.id for one in door.list(past=False)] == ["x-1", long.id]
    with stage.records.read() as session:
        assert audit.verify(session).ok
