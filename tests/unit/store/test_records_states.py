"""The state machine: the table of states and nothing else, and no path to a call without an approval that holds."""

import tempfile
from collections import Counter
from contextlib import suppress
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import cast, get_args

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, rule

from finops.actions import TRANSITIONS, Proposal, State
from finops.errors import StateConflict, TollError, UnknownName
from finops.people import Principal
from gateway.judging import Policy
from store.records import audit, proposals
from tests.unit.gateway.fakes import ANA, BEN, EVE, RESIZE, TARGET, Stage, engine, facts, stage_at

STATES: tuple[State, ...] = get_args(State)
PATHS: dict[State, tuple[State, ...]] = {
    "proposed": (), "denied": ("denied",), "pending": ("pending",), "approved": ("approved",),
    "rejected": ("pending", "rejected"), "expired": ("pending", "expired"), "executing": ("approved", "executing"),
    "verified": ("approved", "executing", "verified"), "failed": ("approved", "executing", "failed"),
    "undone": ("approved", "executing", "verified", "undone"),
}  # fmt: skip


@pytest.fixture(scope="module")
def policy(tmp_path_factory: pytest.TempPathFactory) -> Policy:
    return engine(tmp_path_factory.mktemp("home"))


def inserted(stage: Stage, state: State) -> str:
    """Bring a proposal of its own into `state` by the transitions alone."""
    known = stage.proposals.get(stage.proposed())
    proposal = known.model_copy(update={"id": f"p-{state}", "hash": state})
    at = stage.clock()
    with stage.records.write() as session:
        proposals.insert(session, proposal, arguments={}, observed=None, actor="test", at=at)
        for step in PATHS[state]:
            proposals.transition(session, proposal.id, step, actor="test", at=at)
    return proposal.id


@pytest.mark.parametrize("found", STATES)
def test_only_what_the_table_allows_is_taken(tmp_path: Path, policy: Policy, found: State) -> None:
    stage = stage_at(tmp_path, policy)
    proposal_id = inserted(stage, found)
    for to in STATES:
        if to in TRANSITIONS[found]:
            continue
        with pytest.raises(StateConflict, match=f"is {found} and cannot become {to}"), stage.records.write() as session:
            proposals.transition(session, proposal_id, to, actor="test", at=stage.clock())
    assert stage.proposals.get(proposal_id).state == found


@pytest.mark.parametrize("found", [state for state in STATES if TRANSITIONS[state]])
def test_what_the_table_allows_is_taken_and_logged(tmp_path: Path, policy: Policy, found: State) -> None:
    for to in sorted(TRANSITIONS[found]):
        (tmp_path / to).mkdir()
        stage = stage_at(tmp_path / to, policy)
        proposal_id = inserted(stage, found)
        with stage.records.write() as session:
            proposals.transition(session, proposal_id, to, actor="ben", at=stage.clock(), detail={"why": "x"})
        last = stage.proposals.history(proposal_id)[-1]
        assert (last.actor, last.kind) == ("ben", f"proposal.{to}")
        assert (last.payload["from"], last.payload["to"], last.payload["why"]) == (found, to, "x")
        with stage.records.read() as session:
            assert audit.verify(session).ok


def test_a_transition_that_is_not_kept_is_not_logged(tmp_path: Path, policy: Policy) -> None:
    stage = stage_at(tmp_path, policy)
    proposal_id = inserted(stage, "pending")
    with stage.records.read() as session:
        before = audit.head(session)

    def approve_and_fail() -> None:
        with stage.records.write() as session:
            proposals.transition(session, proposal_id, "approved", actor="test", at=stage.clock())
            raise UnknownName("x", "y", ())

    with pytest.raises(UnknownName):
        approve_and_fail()
    with stage.records.read() as session:
        assert audit.head(session) == before
    assert stage.proposals.get(proposal_id).state == "pending"


def _seldom() -> st.SearchStrategy[bool]:
    return st.sampled_from([False, False, False, True])


class Acting(RuleBasedStateMachine):
    """Do anything in any order; `holding` is what the test itself knows of approvals that hold."""

    found = Bundle("found")
    policy: Policy
    # What all examples together came to: a machine that reaches no run would prove nothing.
    reached: Counter[str]

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.stage = stage_at(Path(self.folder.name), self.policy)
        self.holding: dict[str, tuple[str, datetime]] = {}
        self.begun: set[str] = set()

    def teardown(self) -> None:
        self.folder.cleanup()

    @rule(target=found, by=st.sampled_from([ANA, BEN, EVE]), number=st.integers(1, 6))
    def propose(self, by: Principal, number: int) -> str:
        return self.proposed(by, number)

    def proposed(self, by: Principal, number: int) -> str:
        # Several resources: one whose action was rejected or undone is left alone for days.
        target = TARGET.model_copy(update={"resource_id": f"i-{number}"})
        try:
            return self.stage.proposals.record(
                by, self.stage.draft(RESIZE.model_copy(update={"target": target})), "rules"
            ).id
        except TollError:
            return "p-none"

    @rule(target=found, number=st.integers(1, 6))
    def propose_and_approve(self, number: int) -> str:
        return self.propose_and_approve_one(number)

    def propose_and_approve_one(self, number: int) -> str:
        proposal_id = self.proposed(ANA, number)
        self.approved(proposal_id, BEN)
        return proposal_id

    @rule(proposal_id=found, by=st.sampled_from([ANA, BEN, EVE]))
    def approve(self, proposal_id: str, by: Principal) -> None:
        self.approved(proposal_id, by)

    def approved(self, proposal_id: str, by: Principal) -> None:
        try:
            proposal = self.stage.proposals.approve(by, proposal_id)
        except TollError:
            return
        assert by.role != "analyst"
        assert by.name != proposal.on_behalf_of
        self.holding[proposal_id] = (proposal.hash, self.stage.clock() + timedelta(hours=24))

    @rule(proposal_id=consumes(found))
    def reject(self, proposal_id: str) -> None:
        try:
            self.stage.proposals.reject(EVE, proposal_id, "no")
        except TollError:
            return
        self.holding.pop(proposal_id, None)

    @rule(target=found, number=st.integers(1, 6))
    def propose_approve_and_execute(self, number: int) -> str:
        proposal_id = self.propose_and_approve_one(number)
        self.executed(proposal_id, BEN)
        return proposal_id

    @rule(proposal_id=found, by=st.sampled_from([ANA, BEN, EVE]))
    def execute(self, proposal_id: str, by: Principal) -> None:
        self.executed(proposal_id, by)

    def executed(self, proposal_id: str, by: Principal) -> None:
        calls = len(self.stage.cloud.calls)
        expected = self._as_it_would_run(proposal_id)
        with suppress(TollError, KeyboardInterrupt):
            self.stage.proposals.execute(by, proposal_id)
        made = len(self.stage.cloud.calls) - calls
        if made:
            self.reached["run"] += 1
            assert by.role != "analyst"
            if proposal_id not in self.begun:
                hash_, until = self.holding.pop(proposal_id)
                assert expected is not None
                assert expected.hash == hash_
                assert self.stage.clock() < until
                assert self.stage.questions.facts == expected.facts.model_copy(
                    update={"tags": self.stage.questions.facts.tags}
                )
                self.begun.add(proposal_id)
        assert made <= 1

    def _as_it_would_run(self, proposal_id: str) -> Proposal | None:
        try:
            return self.stage.proposals.get(proposal_id)
        except TollError:
            return None

    @rule(proposal_id=found, by=st.sampled_from([ANA, BEN]))
    def undo(self, proposal_id: str, by: Principal) -> None:
        try:
            self.stage.proposals.undo(by, proposal_id)
        except (TollError, KeyboardInterrupt):
            return
        self.reached["undo"] += 1
        assert by.role != "analyst"

    # A week cools down what was undone, thirty days let a rejection be forgotten.
    @rule(hours=st.sampled_from([1, 1, 23, 24, 167, 24 * 8, 24 * 31]))
    def wait(self, hours: int) -> None:
        self.stage.clock.forward(hours=hours)
        if hours > 48:
            self.load_newer_data(100)
            self.the_cloud_is_as_the_data_says()

    @rule(saving=st.sampled_from([50, 100]))
    def load_data(self, saving: int) -> None:
        self.load_newer_data(saving)

    @rule()
    def the_cloud_is_as_the_data_says(self) -> None:
        self.stage.cloud.attributes = {"instance_type": "m5.2xlarge", "state": "running"}

    def load_newer_data(self, saving: int) -> None:
        newest = self.stage.clock().date() - timedelta(days=1)
        self.stage.questions.facts = facts(
            monthly_saving=Decimal(saving), monthly_cost_after=Decimal(200 - saving), newest_data=newest.isoformat()
        )

    @rule(state=st.sampled_from(["running", "stopped"]))
    def somebody_else_acts(self, state: str) -> None:
        self.stage.cloud.attributes["state"] = state

    @rule(down=_seldom(), dry=_seldom(), refuses=_seldom(), crashes=_seldom())
    def trouble(self, *, down: bool, dry: bool, refuses: bool, crashes: bool) -> None:
        cloud = self.stage.cloud
        cloud.down, cloud.dry, cloud.refuses, cloud.crash_before_report = down, dry, refuses, crashes

    @invariant()
    def the_log_is_whole(self) -> None:
        with self.stage.records.read() as session:
            assert audit.verify(session).ok


def test_no_path_leads_to_a_call_without_an_approval_that_holds(policy: Policy) -> None:
    reached: Counter[str] = Counter()
    machine = cast(type[Acting], type("Machine", (Acting,), {"policy": policy, "reached": reached}))
    machine.TestCase.settings = settings(max_examples=30, stateful_step_count=30, deadline=None)
    machine.TestCase("runTest").debug()
    assert reached["run"], reached
