"""Fakes for the acting half of the door: a clock that is set, a drafting tool with facts that are set, a cloud in a dictionary."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

import pytest
from pydantic import JsonValue

from connectors.aws.instances import InstanceWork
from evals.acting_fakes import START, FakeClock, FakeQuestions, facts
from finops.actions import Action, ResizeInstance, StartInstance, StopInstance, Target
from finops.errors import Refused, TollError, Unavailable
from finops.evidence import Evidence
from finops.people import Principal
from finops.ports import ExecutionReport, Executor, Observation, Place, Run, UndoPlan
from gateway.home import Home
from gateway.judging import Policy
from gateway.policies import load_engine
from gateway.proposals import Proposals
from store.records import Records, people
from tools.propose_contract import ProposeAction

__all__ = ["START", "FakeClock", "FakeQuestions", "facts"]
TARGET = Target(account="123456789012", region="eu-central-1", resource_id="i-0a1b2c3d")
RESIZE = ResizeInstance(target=TARGET, instance_type="m5.xlarge")
ANA = Principal(name="ana", role="analyst")
BEN = Principal(name="ben", role="approver")
EVE = Principal(name="eve", role="admin")


@dataclass
class FakeCloud:
    """An executor over a dictionary, with the same promises as the real one; `fail_after` breaks a run off by an exception."""

    attributes: dict[str, JsonValue] = field(
        default_factory=lambda: cast(dict[str, JsonValue], {"instance_type": "m5.2xlarge", "state": "running"})
    )
    tags: dict[str, str] = field(default_factory=lambda: {"environment": "dev", "owner": "ana"})
    exists: bool = True
    calls: list[str] = field(default_factory=list[str])
    down: bool = False
    dry: bool = False
    refuses: bool = False
    crash_before_call: bool = False
    crash_before_report: bool = False
    # Raised in place of the first call.
    objects: TollError | None = None
    ails: str = ""
    # What the next call leaves behind, which fails half way.
    fails_as: dict[str, JsonValue] | None = None

    def observe(self, action: Action) -> Observation:
        if self.down:
            raise Unavailable("the cloud is down", fix="try again")
        return Observation(exists=self.exists, attributes=dict(self.attributes), tags=dict(self.tags))

    def plan(self, action: Action, before: Observation) -> tuple[str, ...]:
        return (f"change {action.target.resource_id}",)

    def ready(self, action: Action, before: Observation) -> None:
        if self.dry:
            raise Refused("dry run", fix="go live")

    def apply(self, action: Action, before: Observation, run: Run) -> ExecutionReport:
        wanted = dict(before.attributes)
        if isinstance(action, ResizeInstance):
            wanted["instance_type"] = action.instance_type
        else:
            wanted["state"] = "stopped" if isinstance(action, StopInstance) else "running"
        return self._bring(action, wanted, before, run)

    def undo(self, action: Action, before: Observation, run: Run) -> ExecutionReport:
        return self._bring(action, dict(before.attributes), before, run)

    def undo_plan(self, action: Action, before: Observation) -> UndoPlan:
        return UndoPlan(words=f"back to {before.attributes}")

    def place(self, action: Action, before: Observation, present: Observation) -> Place:
        return _work(action).place(before, present)

    def health(self, action: Action) -> str:
        return self.ails

    def back(self, action: Action, before: Observation) -> Action:
        return _work(action).back(before)

    def _bring(self, action: Action, wanted: dict[str, JsonValue], before: Observation, run: Run) -> ExecutionReport:
        if self.crash_before_call:
            raise KeyboardInterrupt
        if self.objects:
            raise self.objects
        now = self.observe(action)
        calls: tuple[str, ...] = ()
        if now.attributes != wanted and not self.refuses:
            calls = self.plan(action, before)
            for call in calls:
                run.journal(call)
            self.calls += calls
            self.attributes, self.fails_as = self.fails_as or wanted, None
        if self.crash_before_report:
            raise KeyboardInterrupt
        after = self.observe(action)
        done = after.attributes == wanted
        error = "" if done else "the cloud refused"
        return ExecutionReport(calls=calls, before=before, after=after, verified=done, error=error)


def _work(action: Action) -> InstanceWork:
    assert isinstance(action, ResizeInstance | StopInstance | StartInstance)
    return InstanceWork(action)


@dataclass
class Stage:
    """A gateway over real records and the real policies, with everything outside it faked."""

    proposals: Proposals
    records: Records
    questions: FakeQuestions
    cloud: FakeCloud
    clock: FakeClock

    def draft(self, action: Action = RESIZE, *, reason: str = "it is idle") -> Evidence:
        arguments = ProposeAction(action=action, reason=reason).model_dump(mode="json")
        return self.questions.run(ANA, "propose_action", arguments)

    def proposed(self, by: Principal = ANA, action: Action = RESIZE) -> str:
        return self.proposals.record(by, self.draft(action), "rules").id

    def approved(self, action: Action = RESIZE) -> str:
        proposal_id = self.proposed(action=action)
        self.proposals.approve(BEN, proposal_id)
        return proposal_id

    def broken_off(self, action: Action = RESIZE) -> str:
        """A run that died before its first call."""
        proposal_id = self.approved(action)
        self.cloud.crash_before_call = True
        with pytest.raises(KeyboardInterrupt):
            self.proposals.execute(BEN, proposal_id)
        self.cloud.crash_before_call = False
        return proposal_id

    def executed(self, action: Action = RESIZE) -> str:
        proposal_id = self.approved(action)
        self.proposals.execute(BEN, proposal_id)
        return proposal_id


def engine(tmp_path: Path) -> Policy:
    return load_engine(Home(tmp_path, {}))


def records_at(path: Path, clock: FakeClock, *everybody: Principal, url: str = "") -> Records:
    records = Records.open(url or f"sqlite:///{path / 'records.db'}", clock=clock)
    with records.write() as session:
        for person in everybody:
            origin = "os" if person.local else "added"
            people.add(
                session,
                name=person.name,
                role=person.role,
                origin=origin,
                secret="",
                actor="test",
                at=clock(),
            )
    return records


def stage_at(
    path: Path, policy: Policy, *everybody: Principal, executor: Executor | None = None, url: str = ""
) -> Stage:
    clock, questions, cloud = FakeClock(), FakeQuestions(), FakeCloud()
    records = records_at(path, clock, *(everybody or (ANA, BEN, EVE)), url=url)
    proposals = Proposals(records, lambda: questions, policy, lambda _: executor or cloud)
    return Stage(proposals, records, questions, cloud, clock)
