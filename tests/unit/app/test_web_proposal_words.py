"""A proposal in words."""

from datetime import UTC, datetime, timedelta
from typing import get_args

import pytest

from app.web import proposal_words as words
from finops.actions import StartInstance, State, StopInstance, Target
from tests.unit.app.web_samples import proposal

NOW = datetime(2024, 10, 1, 12, tzinfo=UTC)
TARGET = Target(account="1", region="us-east-1", resource_id="i-1")


def test_headline_says_what_is_done_to_what() -> None:
    assert words.headline(proposal()) == "Resize i-0abc from m5.2xlarge to m5.xlarge"
    assert words.action_words(StopInstance(target=TARGET)) == "Stop i-1"
    assert words.action_words(StartInstance(target=TARGET)) == "Start i-1"


def test_a_missing_owner_is_said() -> None:
    assert words.target_words(proposal(owner=None)).endswith("no owner tag")


@pytest.mark.parametrize("state", get_args(State))
def test_every_state_has_words(state: State) -> None:
    assert words.state_words(state)[0]


@pytest.mark.parametrize(
    ("left", "text"),
    [(timedelta(minutes=-5), "expired"), (timedelta(minutes=30), "expires in 30 minutes"),
     (timedelta(hours=30), "expires in 30 hours"), (timedelta(days=7), "expires in 7 days")],
)  # fmt: skip
def test_expiry_is_said_in_the_unit_a_person_thinks_in(left: timedelta, text: str) -> None:
    assert words.expiry_words(NOW + left, NOW).startswith(text)


def test_only_a_pending_one_can_be_decided_and_only_a_run_one_undone() -> None:
    assert [state for state in get_args(State) if words.may_decide(state)] == ["pending"]
    undoable = [state for state in get_args(State) if words.may_undo(proposal(state=state))]
    assert undoable == ["verified", "failed"]
    assert not words.may_undo(proposal(state="verified", reversible=False))


def test_what_was_refused_would_have_saved_and_did_not() -> None:
    assert words.money_words(proposal(state="denied")) == ("Now", "Would be", "Would save", "")
    assert words.money_words(proposal(state="pending")) == ("Now", "After", "Saves", "gain")
    assert words.money_words(proposal(state="verified")) == ("Before", "After", "Saves", "gain")


def test_an_action_that_costs_more_says_so() -> None:
    assert words.money_words(proposal(state="pending", after="400"))[2:] == ("Costs more", "worse")


def test_attributes_are_read_out_of_an_observation() -> None:
    assert words.attributes({"exists": True, "attributes": {"state": "running"}}) == {"state": "running"}
    assert words.attributes({"state": "stopped"}) == {"state": "stopped"}
