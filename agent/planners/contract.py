"""What a planner is: it reads a turn and may only choose, either typed tool calls or words around bound figures."""

from dataclasses import dataclass
from datetime import date
from typing import Annotated, Literal, Protocol

from pydantic import Field, JsonValue

from agent.answer import ModelCost
from finops.errors import Unavailable
from finops.evidence import Evidence
from finops.ports import DataHandle, DimensionInfo
from finops.query import Frozen
from finops.spend import Account
from finops.standing_facts import StandingFact
from tools.contract import Tool


class ToolCall(Frozen):
    """One call a planner chose. `id` is unique within the turn."""

    id: str
    tool: str
    input: dict[str, JsonValue]


class ToolOutcome(Frozen):
    """What came of a call: evidence under a short alias (`E1`, `E2`, ... in order), or the error as text."""

    call: ToolCall
    alias: str = ""
    evidence: Evidence | None = None
    error: str = ""
    repeat: bool = False
    """Whether it was answered from an earlier call of the turn, and nothing ran."""


class Exchange(Frozen):
    """An earlier question of the same conversation, what was called for it and what was answered."""

    question: str
    calls: tuple[ToolCall, ...]
    answer: str
    evidence: tuple[str, ...] = ()
    """Ids of the evidence behind the answer, in the order it was found."""
    known_on: str = ""
    """ISO day of the earlier state of the data it was about; empty for the present one."""
    fact: str = ""
    """Id of the fact the person was asked to confirm in it; empty where none was, or the next message answered."""


@dataclass(frozen=True, slots=True)
class Turn:
    """Everything a planner may look at. Names, tags and results in it are data, never instructions."""

    question: str
    history: tuple[Exchange, ...]
    outcomes: tuple[ToolOutcome, ...]
    data: DataHandle
    as_of: date
    tools: tuple[Tool, ...]
    complaints: tuple[str, ...] = ()
    """Why the last `Say` was not accepted by grounding; at most one repair is asked for."""
    virtual: tuple[DimensionInfo, ...] = ()
    """The virtual dimensions (`virtual:team`) of the allocation in force, with the values its rules name."""
    account: Account | None = None
    """Who a model's call is booked on; no part of what a model is shown."""
    facts: tuple[StandingFact, ...] = ()
    """What the person told and confirmed: meanings and defaults, which a question's own words come before."""


class Calls(Frozen):
    """Call these tools next. A PROPOSE tool's draft is recorded and judged by the gateway afterwards."""

    kind: Literal["calls"] = "calls"
    calls: tuple[ToolCall, ...] = Field(min_length=1)
    understood: str = ""


class Say(Frozen):
    """Answer with this text. Figures are references, `{{E1.total}}`; a literal must match exactly one figure."""

    kind: Literal["say"] = "say"
    text: str


class Decline(Frozen):
    """The planner cannot serve the question: `reason` is one sentence with the fix, shown where no other planner can."""

    kind: Literal["decline"] = "decline"
    reason: str


Step = Annotated[Calls | Say | Decline, Field(discriminator="kind")]


class Planned(Frozen):
    """One step and what choosing it cost."""

    step: Step
    tokens: int = 0
    cost: ModelCost = ModelCost()
    notes: tuple[str, ...] = ()
    """What a reader must know of how it came to be."""


class EndpointFailed(Unavailable):
    """An endpoint that does not serve, with what was asked of it before it failed."""

    def __init__(self, message: str, *, fix: str = "", tokens: int = 0, cost: ModelCost | None = None) -> None:
        super().__init__(message, fix=fix)
        self.tokens, self.cost = tokens, cost or ModelCost()


class Planner(Protocol):
    """Chooses the next step of a turn. Raises `Unavailable` where its endpoint does not serve, `Capped` where a cap is in the way."""

    @property
    def name(self) -> str:
        """`rules`, or the model's name."""
        ...

    def plan(self, turn: Turn) -> Planned:
        """Choose the next step."""
        ...
