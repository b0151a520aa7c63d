"""Stand-ins for what is outside the door: a clock that is set, a drafting tool with facts that are set, a cloud that counts."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, cast

from pydantic import JsonValue, ValidationError

from finops.actions import Action, ChangeCode, Draft, Facts
from finops.errors import ToolError, UnknownName
from finops.evidence import Evidence, seal
from finops.people import Principal, require
from finops.ports import DimensionInfo, ExecutionReport, Observation, Place, Run, TableInfo, UndoPlan
from finops.relational import Question, Rows
from tools.propose_contract import ProposeAction
from tools.proposing.code import check_value

START = datetime(2026, 3, 10, 12, tzinfo=UTC)


@dataclass
class FakeClock:
    """A clock that stands still until it is moved."""

    now: datetime = START

    def __call__(self) -> datetime:
        """Return the moment it is set to."""
        return self.now

    def forward(self, **span: int) -> None:
        """Move it."""
        self.now += timedelta(**span)


def facts(**changes: Any) -> Facts:
    """Return facts that the built-in policies leave to a person's approval."""
    return Facts(
        currency="USD", monthly_cost_before=Decimal(200), monthly_cost_after=Decimal(100), monthly_saving=Decimal(100),
        capacity_ratio=Decimal("0.5"), environment="dev", owner="ana", tags={"environment": "dev", "owner": "ana"},
        observation_days=30, observation_coverage=Decimal(1), peak_fits=True, newest_data="2026-03-09",
        state_before={"instance_type": "m5.2xlarge", "state": "running"}, reversible=True, formula="200 less 100",
        saving_confidence=Decimal(1), fleet_size=40, fleet_cost=Decimal(4000), risk="low",
    ).model_copy(update=changes)  # fmt: skip


@dataclass
class FakeQuestions:
    """Drafts what it is asked for, with the facts that are set; counts how often it was asked."""

    facts: Facts = field(default_factory=facts)
    snapshot: str = "s1"
    asked: int = 0
    result: dict[str, JsonValue] | None = None

    def run(self, principal: Principal, name: str, arguments: Mapping[str, JsonValue]) -> Evidence:
        """Draft it."""
        self.asked += 1
        typed = ProposeAction.model_validate(arguments)
        draft = Draft(action=typed.action, facts=self.facts, evidence=typed.evidence, reason=typed.reason)
        result = self.result or cast(dict[str, JsonValue], draft.model_dump(mode="json"))
        return seal(
            tool=name, arguments=cast(dict[str, JsonValue], typed.model_dump(mode="json")), snapshot=self.snapshot,
            as_of="2026-03-10", rows_read=30, result=result, figures=(), formula=self.facts.formula,
        )  # fmt: skip


class NoData:
    """A lake in which nothing is loaded; implements `finops.ports.DataHandle`."""

    snapshot = "empty"
    cost: TableInfo | None = None
    metrics: TableInfo | None = None
    dimensions: tuple[DimensionInfo, ...] = ()

    def ask(self, question: Question) -> Rows:
        """Refuse: every tool is to see beforehand that there is nothing."""
        raise AssertionError(f"a tool asked an empty lake: {question}")


@dataclass
class Estate:
    """Targets by id with their facts; refuses what the real tool refuses: other tools, inputs that do not fit, unknown targets.

    A change of code has the facts of what it stands for.
    """

    facts: dict[str, Facts] = field(default_factory=dict[str, Facts])

    def run(self, principal: Principal, name: str, arguments: Mapping[str, JsonValue]) -> Evidence:
        """Draft an action on a known target, as the door asks the real tool to."""
        if name != "propose_action":
            raise UnknownName("tool", name, ("propose_action",))
        require(principal, "propose")
        try:
            typed = ProposeAction.model_validate(arguments)
        except ValidationError as error:
            raise ToolError(f"input of `{name}` does not fit", fix="see `toll tool list propose_action`") from error
        action = typed.action
        aim = action
        if isinstance(action, ChangeCode) and action.stands_for:
            check_value(action, action.stands_for)
            aim = action.stands_for
        target = aim.target.resource_id
        if target not in self.facts:
            raise UnknownName("resource", target[:80], self.facts)
        draft = Draft(action=typed.action, facts=self.facts[target], evidence=(), reason=typed.reason)
        return seal(
            tool=name, arguments=cast(dict[str, JsonValue], typed.model_dump(mode="json")), snapshot="s1", as_of="2026-03-10",
            rows_read=30, result=cast(dict[str, JsonValue], draft.model_dump(mode="json")), figures=(), formula="",
        )  # fmt: skip


@dataclass
class CountingCloud:
    """An executor over a dictionary that tells `ran` of each change before it makes it. A target is what was done to it last."""

    ran: Callable[[str, Action], None]
    done: dict[str, str] = field(default_factory=dict[str, str])
    tags: dict[str, dict[str, str]] = field(default_factory=dict[str, dict[str, str]])

    def observe(self, action: Action) -> Observation:
        """Return what was done to the target last, and its tags."""
        name = action.target.resource_id
        return Observation(exists=True, attributes={"done": self.done.get(name, "")}, tags=self.tags.get(name, {}))

    def plan(self, action: Action, before: Observation) -> tuple[str, ...]:
        """Return the one call."""
        return (f"do {action.model_dump_json()}",)

    def ready(self, action: Action, before: Observation) -> None:
        """Always ready."""

    def apply(self, action: Action, before: Observation, run: Run) -> ExecutionReport:
        """Do it, once."""
        self.ran(run.proposal, action)
        return self._become(action, action.model_dump_json(), before, run)

    def undo(self, action: Action, before: Observation, run: Run) -> ExecutionReport:
        """Take it back."""
        return self._become(action, str(before.attributes["done"]), before, run)

    def undo_plan(self, action: Action, before: Observation) -> UndoPlan:
        """Return how it is undone."""
        return UndoPlan(words="back to what it was")

    def place(self, action: Action, before: Observation, present: Observation) -> Place:
        """Say where the target is."""
        if present.attributes["done"] == action.model_dump_json():
            return "after"
        return "before" if present.attributes == before.attributes else "elsewhere"

    def health(self, action: Action) -> str:
        """Find nothing wrong."""
        return ""

    def back(self, action: Action, before: Observation) -> Action:
        """Return the action itself: what it is judged as does not matter here."""
        return action

    def _become(self, action: Action, wanted: str, before: Observation, run: Run) -> ExecutionReport:
        calls = self.plan(action, before)
        for call in calls:
            run.journal(call)
        self.done[action.target.resource_id] = wanted
        return ExecutionReport(calls=calls, before=before, after=self.observe(action), verified=True)
