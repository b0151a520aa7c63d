"""Executed proposals measured from a bill: real records and evidence, rows in memory."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Literal

import pytest
from sqlmodel import Session

from finops.actions import Action, Decision, Proposal, ResizeInstance, SetBudget, State, Target
from finops.ports import ExecutionReport, Observation
from gateway.questions import Questions
from gateway.savings import Savings, measure
from store.evidence import FileEvidence
from store.records import Records, executions, proposals
from tests.unit.gateway.fakes import ANA, facts
from tests.unit.tools.fake_data import FakeData, Row, bill_row

RAN = datetime(2026, 3, 2, 9, tzinfo=UTC)
WAY: dict[State, tuple[State, ...]] = {
    "verified": ("pending", "approved", "executing", "verified"),
    "undone": ("pending", "approved", "executing", "verified", "undone"),
    "failed": ("pending", "approved", "executing", "failed"),
    "executing": ("pending", "approved", "executing"),
    "pending": ("pending",),
}


def resize(resource_id: str = "i-1") -> ResizeInstance:
    return ResizeInstance(
        target=Target(account="1", region="us-east-1", resource_id=resource_id), instance_type="m5.large"
    )


def rows(resource_id: str = "i-1", *, after: str = "4", currency: str = "USD") -> list[Row]:
    """Ten a day for four weeks before the run, `after` from the day after it on, for ten days."""
    ran = RAN.date()
    days = [ran + timedelta(days=n) for n in range(-28, 11)]
    return [
        bill_row(day, "10" if day <= ran else after, ResourceId=resource_id, BillingCurrency=currency) for day in days
    ]


class Scene:
    def __init__(self, folder: Path, bill: list[Row]) -> None:
        self.records = Records.open(f"sqlite:///{folder / 'records.db'}", clock=lambda: RAN)
        self.evidence = FileEvidence(folder / "evidence")
        self.questions = Questions(FakeData(bill), self.evidence)

    def ran(
        self,
        id_: str = "p-1",
        *,
        action: Action | None = None,
        state: State = "verified",
        at: datetime = RAN,
        currency: str = "USD",
        calls: tuple[str, ...] = (),
        undone: datetime | None = None,
    ) -> None:
        known = facts(currency=currency, monthly_saving=Decimal(180), monthly_cost_after=Decimal(20))
        decision = Decision(outcome="needs_approval", policies=(), reasons=(), policy_version="1")
        proposal = Proposal(
            id=id_, state="proposed", action=action or resize(), facts=known, evidence=(), reason="", decision=decision,
            proposer="rules", on_behalf_of="ana", fingerprint="", undo_plan="", created=at, expires=at, hash=id_,
        )  # fmt: skip
        with self.records.write() as session:
            proposals.insert(session, proposal, arguments={}, observed=None, actor="ana", at=at)
            for step in WAY[state]:
                proposals.transition(session, id_, step, actor="ana", at=at)
            if state != "pending":
                self._run(session, id_, "apply", at=at, verified=state != "failed", calls=calls)
            if undone:
                self._run(session, id_, "undo", at=undone, verified=state == "undone", calls=calls)

    def _run(
        self, session: Session, id_: str, kind: Literal["apply", "undo"], *, at: datetime, verified: bool, calls: tuple[str, ...]
    ) -> None:  # fmt: skip
        seen, key = Observation(exists=True), f"{id_}/{kind}"
        executions.begin(session, key=key, proposal_id=id_, kind=kind, person="ana", before=seen, at=at)
        for call in calls:
            executions.note_call(session, key, call, actor="ana", at=at)
        report = ExecutionReport(calls=calls, before=seen, after=seen, verified=verified)
        executions.end(session, key, report, actor="ana", at=at)

    def savings(self) -> Savings:
        return measure(self.records, self.questions, ANA)


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    return Scene(tmp_path, [*rows(), *rows("i-2", after="7")])


def test_a_verified_proposal_has_what_it_saved_beside_what_it_promised(scene: Scene) -> None:
    scene.ran()
    (one,) = scene.savings().proposals
    assert one.realised is not None
    assert (one.executed_on, one.realised.days) == (date(2026, 3, 2), 10)
    assert (one.realised.promised, one.realised.saved, one.realised.ratio) == (60, 60, 1)


def test_each_measurement_is_kept_as_evidence(scene: Scene) -> None:
    scene.ran()
    (one,) = scene.savings().proposals
    kept = scene.evidence.get(one.evidence)
    saved = kept.figure("saved")
    assert saved is not None
    assert (kept.tool, saved.value) == ("measure_saving", 60)


def test_totals_add_up_within_a_currency_and_never_across(tmp_path: Path) -> None:
    scene = Scene(tmp_path, [*rows(), *rows("i-2", after="7"), *rows("i-3", currency="EUR")])
    for number in (1, 2):
        scene.ran(f"p-{number}", action=resize(f"i-{number}"))
    scene.ran("p-3", action=resize("i-3"), currency="EUR")
    totals = {one.currency: (one.proposals, one.promised, one.saved, one.ratio) for one in scene.savings().totals}
    assert totals == {"EUR": (1, 60, 60, 1), "USD": (2, 120, 90, Decimal("0.75"))}


@pytest.mark.parametrize("state", ["undone", "pending"])
def test_what_was_undone_or_never_ran_saves_nothing(scene: Scene, state: State) -> None:
    scene.ran(state=state)
    assert scene.savings().proposals == ()


def test_a_budget_promises_nothing_and_is_not_measured(scene: Scene) -> None:
    target = Target(account="1", region="us-east-1", resource_id="monthly")
    scene.ran(action=SetBudget(target=target, amount=Decimal(5)))
    assert scene.savings().proposals == ()


def test_an_action_counts_until_the_next_one_on_the_same_resource(scene: Scene) -> None:
    scene.ran()
    scene.ran("p-2", at=RAN + timedelta(days=8))
    second, first = scene.savings().proposals
    assert first.realised is not None
    assert second.realised is not None
    assert (first.realised.days, second.realised.days) == (7, 2)


def steps(*costs: tuple[int, str]) -> list[Row]:
    """Rows from four weeks before the run to forty days after it; each cost from the day after so many days after the run on."""
    ran = RAN.date()
    found: list[Row] = []
    for n in range(-28, 40):
        cost = next((cost for after, cost in reversed(costs) if n > after), "10")
        found.append(bill_row(ran + timedelta(days=n), cost, ResourceId="i-1", BillingCurrency="USD"))
    return found


def saved(scene: Scene) -> dict[str, Decimal | str]:
    """What each proposal saved, or why it is not known."""
    return {one.proposal: one.realised.saved if one.realised else one.lacking for one in scene.savings().proposals}


def test_a_later_action_does_not_count_what_an_earlier_one_saved(tmp_path: Path) -> None:
    scene = Scene(tmp_path, steps((0, "4"), (8, "3")))
    scene.ran()
    scene.ran("p-2", at=RAN + timedelta(days=8))
    assert saved(scene) == {"p-1": 6 * 7, "p-2": 1 * 31}
    assert [one.saved for one in scene.savings().totals] == [73]


def test_a_day_is_not_compared_with_days_before_an_earlier_action_was_undone(tmp_path: Path) -> None:
    scene = Scene(tmp_path, steps((0, "4"), (3, "10"), (11, "3")))
    scene.ran(state="undone", undone=RAN + timedelta(days=3))
    scene.ran("p-2", at=RAN + timedelta(days=11))
    assert saved(scene) == {"p-2": 7 * 28}


def test_fewer_than_seven_days_since_the_action_before_say_so(tmp_path: Path) -> None:
    scene = Scene(tmp_path, steps((0, "4"), (7, "3")))
    scene.ran()
    scene.ran("p-2", at=RAN + timedelta(days=7))
    assert saved(scene)["p-2"] == (
        "too few whole days between the action before it and this one are known and final: 6 days, 7 needed"
    )


def test_two_actions_on_one_day_are_not_told_apart(tmp_path: Path) -> None:
    scene = Scene(tmp_path, steps((0, "4")))
    scene.ran()
    scene.ran("p-2", at=RAN + timedelta(hours=3))
    found = saved(scene)
    assert str(found["p-1"]).startswith("no whole day after the action")
    assert str(found["p-2"]).startswith("too few whole days between the action before it")


def test_a_run_that_failed_without_a_call_ends_no_saving(tmp_path: Path) -> None:
    scene = Scene(tmp_path, steps((0, "4")))
    scene.ran()
    scene.ran("p-2", at=RAN + timedelta(days=8), state="failed")
    assert saved(scene) == {"p-1": 6 * 39}


@pytest.mark.parametrize("state", ["failed", "executing"])
def test_a_run_that_called_something_ends_the_saving_before_it(tmp_path: Path, state: State) -> None:
    scene = Scene(tmp_path, steps((0, "4")))
    scene.ran()
    scene.ran("p-2", at=RAN + timedelta(days=8), state=state, calls=("StopInstances",))
    assert saved(scene) == {"p-1": 6 * 7}


def test_too_few_days_are_said_with_evidence(scene: Scene) -> None:
    scene.ran(at=RAN + timedelta(days=10))
    (one,) = scene.savings().proposals
    assert (one.realised, one.lacking) == (
        None,
        "no whole day after the action is known and final: 0 days, 1 needed",
    )
    assert scene.evidence.get(one.evidence).result["status"] == "not_enough_data"


def test_a_resource_no_longer_in_the_bill_says_so(scene: Scene) -> None:
    scene.ran(action=resize("i-9"))
    (one,) = scene.savings().proposals
    assert one.lacking.startswith("unknown resource `i-9`")
