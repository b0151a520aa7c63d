"""What a question ends in, and what can be seen on the way there."""

from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field, JsonValue

from finops.actions import Proposal
from finops.evidence import Evidence
from finops.query import Frozen


class BoundFigure(Frozen):
    """A figure as it stands in the answer's text, in order of appearance, and the evidence it comes from."""

    text: str = Field(description="exactly as written in the answer")
    value: str
    unit: str
    evidence: str = Field(description="evidence id")
    name: str = Field(description="name of the figure within that evidence")


class ModelCost(Frozen):
    """What the model calls of one answer cost."""

    value: Decimal = Decimal(0)
    unit: str = "USD"
    priced: bool = Field(
        default=True, description="false where a price or the token count is unknown: value is a lower bound"
    )


class PendingFact(Frozen):
    """A fact that the person is asked to confirm; `replaces` is what it contradicts, in words, empty where it does not."""

    id: str
    words: str
    replaces: str = ""


class Answer(Frozen):
    """Prose whose every figure is bound to evidence. `note` says what a reader must know of how it came to be."""

    answer: str
    figures: tuple[BoundFigure, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    proposals: tuple[Proposal, ...] = ()
    planner: str = Field(description="rules, or the model's name")
    model_tokens: int = 0
    model_cost: ModelCost = ModelCost()
    elapsed_ms: int = 0
    conversation: str = ""
    fact: PendingFact | None = Field(default=None, description="what the person is asked to confirm")
    notes: tuple[str, ...] = Field(default=(), description="fallbacks, withheld figures, caveats of the data")


class Planned(Frozen):
    """A planner has read the question."""

    kind: Literal["planned"] = "planned"
    planner: str
    understood: str = Field(description="the question in the planner's own words")


class ToolStarted(Frozen):
    """A tool call goes out."""

    kind: Literal["tool_started"] = "tool_started"
    call: str
    tool: str
    input: dict[str, JsonValue]


class ToolFinished(Frozen):
    """A tool call came back with evidence, or with the reason why not."""

    kind: Literal["tool_finished"] = "tool_finished"
    call: str
    tool: str
    evidence: str = Field(default="", description="evidence id, empty on error")
    rows_read: int = 0
    elapsed_ms: int = 0
    error: str = ""


class TextDelta(Frozen):
    """The next piece of the answer. Only grounded text is ever sent."""

    kind: Literal["text"] = "text"
    text: str


class Proposed(Frozen):
    """A proposal was recorded and judged."""

    kind: Literal["proposed"] = "proposed"
    proposal: Proposal


class Answered(Frozen):
    """The last event of every question."""

    kind: Literal["answered"] = "answered"
    answer: Answer


Event = Annotated[
    Planned | ToolStarted | ToolFinished | TextDelta | Proposed | Answered, Field(discriminator="kind")
]  # fmt: skip
