"""What the rooms need of the outside, as protocols; the gateway hands in the adapters."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Literal, Protocol

from pydantic import JsonValue

from finops.actions import Action
from finops.evidence import Evidence
from finops.query import Frozen
from finops.relational import Question, Rows

Clock = Callable[[], datetime]
"""Returns the present moment in UTC."""


class DimensionInfo(Frozen):
    """What one dimension holds in the data: how many values, and the first of them by rows."""

    name: str
    distinct: int
    values: tuple[str, ...]


class IncompleteDay(Frozen):
    """A day whose cost was still growing when it was loaded. `expected` is the share usually there at that age, where known."""

    source: str
    day: date
    expected: Decimal | None
    reason: str


class OpenMonth(Frozen):
    """A billing month that its provider had not closed when it was loaded."""

    source: str
    month: str
    reason: str


class TableInfo(Frozen):
    """What one table of a snapshot holds. Days are charge days; `last_day` is included."""

    rows: int
    first_day: date
    last_day: date
    currencies: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    # The months each source has a bill of, such as 2026-01, in order: what another month cost is not known.
    months: dict[str, tuple[str, ...]] = {}
    # Most decimals any source wrote, by metric: a sum needs no more digits than this to be exact.
    scales: dict[str, int] = {}
    # Notes on the data that a reader of its figures must know, such as an amortised cost rounded to integers.
    caveats: dict[str, tuple[str, ...]] = {}
    # How many rows lack a cost, by metric and source; nothing for a metric that every row has.
    missing: dict[str, dict[str, int]] = {}
    # Days and months whose figures may still change, by the moment of the load, in order.
    incomplete: tuple[IncompleteDay, ...] = ()
    open_months: tuple[OpenMonth, ...] = ()


class DataHandle(Protocol):
    """One state of the lake. The same question to the same snapshot gives the same rows."""

    @property
    def snapshot(self) -> str:
        """Id of this state; `empty` where nothing is loaded."""
        ...

    @property
    def cost(self) -> TableInfo | None:
        """What the cost table holds, None where it is empty."""
        ...

    @property
    def metrics(self) -> TableInfo | None:
        """What the metrics table holds, None where it is empty."""
        ...

    @property
    def dimensions(self) -> tuple[DimensionInfo, ...]:
        """Every dimension that has a value, tags included (`tag:KEY`)."""
        ...

    def ask(self, question: Question) -> Rows:
        """Answer one question; exact, in a fixed order."""
        ...


class EvidenceStore(Protocol):
    """Keeps evidence for good."""

    def put(self, evidence: Evidence) -> None:
        """Store it; storing it again changes nothing."""
        ...

    def get(self, evidence_id: str) -> Evidence:
        """Return it whole and unchanged, or raise `UnknownName` or `CheckFailed`."""
        ...


class Observation(Frozen):
    """What a provider says of a target now: enough to compare, verify and undo."""

    exists: bool
    attributes: dict[str, JsonValue] = {}
    tags: dict[str, str] = {}


class ExecutionReport(Frozen):
    """What an executor did: the calls it made in order, the target before and after, whether the aim is reached."""

    calls: tuple[str, ...]
    before: Observation
    after: Observation
    verified: bool
    error: str = ""


Place = Literal["before", "between", "after", "elsewhere"]
"""Where a target stands on the way of a run: untouched, half way, at its aim, or where no step of the run would have put it."""


@dataclass(frozen=True, slots=True)
class Run:
    """One run of a proposal or of its undo, as an executor needs to know it.

    `key` is the run's idempotency key, `apply_key` that of the run it undoes (its own, where it undoes nothing): what a run makes
    is marked with its key, so that a restart and the undo find it. `journal` is called with each call right before it is made.
    """

    proposal: str
    key: str
    apply_key: str
    journal: Callable[[str], None]


class UndoPlan(Frozen):
    """How an action would be undone, in words; `possible` and `certain` say whether it can be, and whether that may fail."""

    words: str
    possible: bool = True
    certain: bool = True


class Executor(Protocol):
    """Carries out actions at one provider. Observes before it acts, so that a restart runs nothing twice."""

    def observe(self, action: Action) -> Observation:
        """Return the present state of the action's target; raises `Unavailable` where the provider does not answer."""
        ...

    def plan(self, action: Action, before: Observation) -> tuple[str, ...]:
        """Return the exact calls `apply` would make, without making them."""
        ...

    def ready(self, action: Action, before: Observation) -> None:
        """Raise `Refused`, saying the calls it would make, where this executor may not make them (a dry run)."""
        ...

    def apply(self, action: Action, before: Observation, run: Run) -> ExecutionReport:
        """Bring the target to the state the action asks for, and verify it."""
        ...

    def undo(self, action: Action, before: Observation, run: Run) -> ExecutionReport:
        """Bring the target back to `before`, and verify it, from wherever the run `run.apply_key` left it."""
        ...

    def undo_plan(self, action: Action, before: Observation) -> UndoPlan:
        """Say how `apply` would be undone, or why it cannot be."""
        ...

    def place(self, action: Action, before: Observation, present: Observation) -> Place:
        """Say where a target is that was `before` when a run of `action` began. Tags are not compared: the policies judge them."""
        ...

    def health(self, action: Action) -> str:
        """Say what the provider finds wrong with the target after a run; empty where nothing is, or nothing can be told."""
        ...

    def back(self, action: Action, before: Observation) -> Action:
        """Return the action that undoing `action` amounts to, for the policies to judge."""
        ...
