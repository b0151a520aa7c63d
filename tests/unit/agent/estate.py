"""A small estate for the agent's tests: a lake in memory whose tools answer from fixed rows, without a file or a database."""

import json
from collections.abc import Callable, Collection, Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import cast

from langgraph.checkpoint.base import BaseCheckpointSaver
from pydantic import JsonValue

from agent.answer import ModelCost
from agent.deps import Deps
from agent.planners.contract import Calls, Planned, Planner, Step, ToolCall, Turn
from agent.planners.rules import RulesPlanner
from agent.service import Assistant
from evals.hostile_model import KeptEvidence
from finops.actions import Decision, Draft, Execution, Facts, Outcome, Proposal, ResizeInstance, State, Target
from finops.errors import StateConflict, UnknownName
from finops.evidence import Evidence, Figure, seal
from finops.people import Principal
from finops.periods import Period
from gateway.questions import Questions
from tests.unit.tools.fake_data import FakeData, Row, bill_row

NOON = datetime(2024, 10, 1, 12, tzinfo=UTC)
SEPTEMBER = Period.month(2024, 9)
AUGUST = Period.month(2024, 8)
TODAY = date(2024, 10, 1)


def figure(
    name: str,
    value: str,
    unit: str = "USD",
    subject: str = "all",
    *,
    period: Period | None = SEPTEMBER,
    definition: str = "BilledCost",
) -> Figure:
    """Return one figure; the amount as text, so that it is exact."""
    return Figure(name=name, value=Decimal(value), unit=unit, subject=subject, period=period, definition=definition)


def evidence(
    *figures: Figure, tool: str = "cost_query", result: Mapping[str, JsonValue] | None = None, rows: int = 1000
) -> Evidence:
    """Return sealed evidence of these figures."""
    return seal(
        tool=tool,
        arguments={"period": {"start": "2024-09-01", "end": "2024-10-01"}},
        snapshot="s1",
        as_of=TODAY.isoformat(),
        rows_read=rows,
        result=dict(result or {}),
        figures=figures,
        formula="sum",
    )


def providers() -> Evidence:
    """Return what each provider of the real sample cost in September 2024."""
    return evidence(
        figure("total", "20.52022672899"),
        figure("AWS", "18.00663861840", subject="ProviderName=AWS"),
        figure("AWS.share", "87.7507", "%", "ProviderName=AWS"),
        figure("Microsoft", "1.97651418586", subject="ProviderName=Microsoft"),
        figure("Oracle", "0.53707392473", subject="ProviderName=Oracle"),
        figure("rows", "1000", "rows", period=None, definition=""),
    )


def tagged(**tags: str) -> str:
    return json.dumps(tags)


def bill() -> FakeData:
    """Two months of three providers; AWS doubles in September on EC2."""
    rows: list[Row] = []
    for day in (date(2024, 8, 10), date(2024, 9, 10)):
        ec2 = "10.50" if day.month == 8 else "21.00"
        team = tagged(team="payments", environment="production")
        rows += [
            bill_row(day, ec2, Tags=team, ResourceId="i-0abc1234", ResourceType="instance",
                     SkuPriceDetails=tagged(InstanceType="m5.xlarge", CoreCount="4", MemorySize="16 GiB")),
            bill_row(day, "3.25", ServiceName="Amazon SQS", ServiceCategory="Integration", RegionId="us-west-2",
                     Tags=tagged(team="search", environment="test")),
            bill_row(day, "2.125", ProviderName="Microsoft", ServiceName="Virtual Machines", RegionId="eastus"),
            bill_row(day, "0.375", ProviderName="Oracle", ServiceName="Object Storage", ServiceCategory="Storage",
                     RegionId="uk-london-1"),
        ]  # fmt: skip
    rows.append(bill_row(date(2024, 9, 30), "0.10", ProviderName="Oracle", ServiceName="Object Storage",
                         ServiceCategory="Storage", RegionId="uk-london-1"))  # fmt: skip
    return FakeData(rows, scales={"BilledCost": 3}, days=(date(2024, 8, 1), date(2024, 9, 30)))


def questions(data: FakeData | None = None) -> Questions:
    return Questions(data or bill(), KeptEvidence())


Scripted = Step | Exception | Callable[[Turn], Step]


class ScriptedPlanner:
    """Says what it was told to, in order, and the last of it for ever; keeps every turn it was shown."""

    def __init__(self, *script: Scripted, name: str = "scripted") -> None:
        self.script, self.name = script, name
        self.turns: list[Turn] = []

    def plan(self, turn: Turn) -> Planned:
        self.turns.append(turn)
        step = self.script[min(len(self.turns), len(self.script)) - 1]
        if isinstance(step, Exception):
            raise step
        if callable(step):
            step = step(turn)
        return Planned(step=step, tokens=10, cost=ModelCost(value=Decimal("0.001")))


def calls(*asked: tuple[str, dict[str, JsonValue]]) -> Calls:
    return Calls(calls=tuple(ToolCall(id=f"c{n}", tool=tool, input=given) for n, (tool, given) in enumerate(asked)))


def ask_providers() -> Calls:
    return calls(("cost_query", {"period": "2024-09", "group_by": ["ProviderName"]}))


PERSON = Principal(name="ada", role="admin", local=True)


class FakeProposals:
    """Records and executes like the gateway: only with an approval of its own book, and once."""

    def __init__(self, outcome: Outcome = "needs_approval") -> None:
        self.outcome: Outcome = outcome
        self.book: dict[str, Proposal] = {}
        self.executed: list[str] = []
        self.left_alone: set[str] = set()

    def record(self, principal: Principal, draft_evidence: Evidence, proposer: str) -> Proposal:
        draft = Draft.model_validate(draft_evidence.result)
        same = next((p for p in self.book.values() if p.action == draft.action and p.state == "pending"), None)
        if same:
            return same
        state: State = "pending" if self.outcome == "needs_approval" else "denied"
        proposal = Proposal(
            id=f"p-{len(self.book) + 1}", state=state, action=draft.action, facts=draft.facts, evidence=(draft_evidence.id,),
            reason=draft.reason, proposer=proposer, on_behalf_of=principal.name, fingerprint="f", undo_plan="resize back",
            decision=Decision(outcome=self.outcome, policies=("resize-needs-approval",), reasons=("a person decides",),
                              policy_version="1"),
            created=NOON, expires=NOON + timedelta(days=7), hash=f"hash-{len(self.book) + 1}",
        )  # fmt: skip
        self.book[proposal.id] = proposal
        return proposal

    def get(self, proposal_id: str) -> Proposal:
        if proposal_id not in self.book:
            raise UnknownName("proposal", proposal_id, self.book)
        return self.book[proposal_id]

    def move(self, proposal_id: str, state: State) -> None:
        self.book[proposal_id] = self.get(proposal_id).model_copy(update={"state": state})

    def exempted(self, resource_ids: Collection[str]) -> tuple[str, ...]:
        return tuple(f"`{name}` is exempt" for name in sorted(resource_ids) if name in self.left_alone)

    def execute(self, principal: Principal, proposal_id: str) -> Execution:
        proposal = self.get(proposal_id)
        if proposal.state not in ("approved", "executing"):
            raise StateConflict(f"proposal `{proposal_id}` is {proposal.state}", fix="approve it first")
        self.executed.append(proposal_id)
        self.move(proposal_id, "verified")
        return Execution(proposal=proposal_id, idempotency_key="k", at=NOON, calls=("ModifyInstanceAttribute",),
                         before={}, after={}, verified=True)  # fmt: skip


def draft(instance_type: str = "m5.large") -> Evidence:
    """Return the evidence of one drafted resize."""
    target = Target(account="111", region="us-east-1", resource_id="i-0abc1234")
    facts = Facts(
        currency="USD", monthly_cost_before=Decimal(70), monthly_cost_after=Decimal(35), monthly_saving=Decimal(35),
        capacity_ratio=Decimal("0.5"), environment="test", owner="ada", tags={}, observation_days=30,
        observation_coverage=Decimal(1), peak_fits=True, newest_data="2024-09-30", state_before={}, reversible=True,
        formula="prices",
    )  # fmt: skip
    result = Draft(action=ResizeInstance(target=target, instance_type=instance_type), facts=facts)
    return evidence(
        figure("saving", "35.00", subject="ResourceId=i-0abc1234", definition="EffectiveCost saving"),
        tool="propose_action", result=cast(dict[str, JsonValue], result.model_dump(mode="json")),
    )  # fmt: skip


def drafted(proposals: FakeProposals) -> str:
    """Record one proposal and return its id."""
    return proposals.record(PERSON, draft(), "rules").id


def assistant(
    *planners: Planner,
    proposals: FakeProposals | None = None,
    saver: BaseCheckpointSaver[str] | None = None,
    max_steps: int = 8,
    data: FakeData | None = None,
) -> Assistant:
    """Return an assistant over the little bill."""
    deps = Deps(
        questions(data), planners or (RulesPlanner(),), lambda: 0.0, (lambda: proposals) if proposals else None,
        max_steps=max_steps,
    )  # fmt: skip
    return Assistant(deps, saver)
