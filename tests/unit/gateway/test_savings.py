"""Executed proposals measured from a bill: real records and evidence, rows in memory."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

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
    ) -> None:
        known = facts(currency=currency, monthly_saving=Decimal(180), monthly_cost_after=Decimal(20))
        decision = Decision(outcome="needs_approval", policies=(), reasons=(), policy_version="1")
        proposal = Proposal(
            id=id_, state="proposed", action=action or resize(), facts=known, evidence=(), reason="", decision=decision,
            proposer="rules", on_behalf_of="ana", fingerprint="", undo_plan="", created=at, expires=at, hash=id_,
        )  # fmt: skip
        seen = Observation(exists=True)
        with self.records.write() as session:
            proposals.insert(session, proposal, arguments={}, observed=None, actor="ana", at=at)
            for step in WAY[state]:
                proposals.transition(session, id_, step, actor="ana", at=at)
            if state != "pending":
                executions.begin(session, key=id_, proposal_id=id_, kind="apply", person="ana", before=seen, at=at)
                report = ExecutionReport(calls=(), before=seen, after=seen, verified=True)
                executions.end(session, id_, report, actor="ana", at=at)

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
    scene.ran("p-2", at=RAN + timedelta(days=4))
    second, first = scene.savings().proposals
    assert first.realised is not None
    assert second.realised is not None
    assert (first.realised.days, second.realised.days) == (3, 6)


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
