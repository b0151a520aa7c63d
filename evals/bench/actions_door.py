"""A gateway to measure: real records, rules and limits; the drafting tool and the cloud answer at once."""

from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from time import perf_counter
from typing import cast

from pydantic import JsonValue
from sqlmodel import Session

import policies
from finops.actions import Action, Draft, Facts, ResizeInstance, Target
from finops.evidence import Evidence, seal
from finops.people import Principal, Role
from finops.ports import ExecutionReport, Executor, Observation, Run, UndoPlan
from gateway.judging import TOOL
from gateway.proposals import Proposals
from policies.engine import Engine
from store.records import Records, people

START = datetime(2026, 1, 1, 12, tzinfo=UTC)
ANN = Principal(name="ann", role="analyst")
APPROVERS = tuple(Principal(name=name, role=cast(Role, "approver")) for name in ("pat", "bob"))
_FOLDER = Path(policies.__file__).parent
RULES = {file.stem: file.read_text(encoding="utf-8") for file in sorted((_FOLDER / "rules").glob("*.cedar"))}
SCHEMA = (_FOLDER / "schema.cedarschema").read_text(encoding="utf-8")


@dataclass
class SetClock:
    """A clock that is moved by hand."""

    now: datetime = START

    def __call__(self) -> datetime:
        """Return the moment it was set to."""
        return self.now


@dataclass(frozen=True, slots=True)
class TimedRecords(Records):
    """Records that say how long each writing transaction took, its commit with it, in seconds."""

    taken: list[float] = field(default_factory=list[float])

    @contextmanager
    def write(self) -> Generator[Session]:
        """Give a session as `Records.write` does."""
        started = perf_counter()
        with Records.write(self) as session:
            yield session
        self.taken.append(perf_counter() - started)


@dataclass(frozen=True, slots=True)
class Drafts:
    """The drafting tool: the facts of each resource as `facts` gives them."""

    facts: Callable[[Action], Facts]

    def run(self, principal: Principal, name: str, arguments: Mapping[str, JsonValue]) -> Evidence:
        """Return sealed evidence of a draft."""
        action = ResizeInstance.model_validate(arguments["action"])
        draft = Draft(action=action, facts=self.facts(action))
        return seal(
            tool=name, arguments=dict(arguments), snapshot="s1", as_of="2026-01-01", rows_read=30,
            result=cast(dict[str, JsonValue], draft.model_dump(mode="json")), figures=(), formula=draft.facts.formula,
        )  # fmt: skip


class QuickCloud:
    """A cloud that does at once what it is told."""

    def observe(self, action: Action) -> Observation:
        """Return an instance as the data has it."""
        return Observation(exists=True, attributes={"instance_type": "m5.xlarge", "state": "running"})

    def undo_plan(self, action: Action, before: Observation) -> UndoPlan:
        """Say how it would be undone."""
        return UndoPlan(words="back to m5.xlarge")

    def ready(self, action: Action, before: Observation) -> None:
        """Always ready."""

    def apply(self, action: Action, before: Observation, run: Run) -> ExecutionReport:
        """Note the call and say that it worked."""
        run.journal("resize")
        return ExecutionReport(calls=("resize",), before=before, after=before, verified=True)


def facts(*, owner: str, saving: int, fleet_size: int, newest: datetime) -> Facts:
    """Return facts that only a person has to approve."""
    tags = {"environment": "dev", "owner": owner}
    return Facts(
        currency="USD", monthly_cost_before=Decimal(saving * 2), monthly_cost_after=Decimal(saving), monthly_saving=Decimal(saving),
        saving_confidence=Decimal(1), capacity_ratio=Decimal("0.5"), environment="dev", owner=owner, tags=tags, fleet_size=fleet_size,
        fleet_cost=Decimal(saving * 2 * fleet_size), risk="low", observation_days=30, observation_coverage=Decimal(1), peak_fits=True,
        newest_data=(newest.date() - timedelta(days=1)).isoformat(),
        state_before={"instance_type": "m5.xlarge", "state": "running"}, reversible=True, formula="half of it",
    )  # fmt: skip


def resize(resource_id: str, instance_type: str = "m5.large") -> ResizeInstance:
    """Return the action on a resource."""
    target = Target(account="111122223333", region="us-east-1", resource_id=resource_id)
    return ResizeInstance(target=target, instance_type=instance_type)


def door(records: Records, facts_of: Callable[[Action], Facts]) -> Proposals:
    """Return the gateway over these records, with the built-in rules."""
    cloud = cast(Executor, QuickCloud())
    return Proposals(records, lambda: Drafts(facts_of), Engine(RULES, SCHEMA), lambda _: cloud)


def propose(to: Proposals, action: ResizeInstance) -> str:
    """Propose an action and return the proposal's id."""
    arguments: dict[str, JsonValue] = {"action": cast(JsonValue, action.model_dump(mode="json")), "reason": ""}
    return to.record(ANN, to.questions().run(ANN, TOOL, arguments), "rules").id


def add_people(records: Records) -> None:
    """Add who proposes and who approves."""
    with records.write() as session:
        for one in (ANN, *APPROVERS):
            people.add(
                session, name=one.name, role=one.role, origin="added", secret="", actor="bench", at=records.clock()
            )
