"""What the graph carries from node to node: plain JSON and ids. Evidence and proposals are read where they are kept."""

from typing import TypedDict, cast

from pydantic import JsonValue

from agent.answer import BoundFigure, ModelCost, PendingFact
from agent.planners.contract import ToolCall
from finops.query import Frozen

# At least so many exchanges of a conversation are kept; the oldest go several at a time.
KEPT_EXCHANGES, DROPPED_EXCHANGES = 20, 4


class Called(Frozen):
    """A call that was made: the alias and id of its evidence, or the error as text."""

    call: ToolCall
    alias: str = ""
    evidence: str = ""
    error: str = ""
    key: str = ""
    """Digest of the tool and its canonical input: the same call twice has one."""
    repeat: bool = False
    """Whether it was answered from an earlier call of this question."""


class Share(Frozen):
    """What one planner of a question cost."""

    planner: str
    tokens: int = 0
    cost: ModelCost = ModelCost()


class Work(Frozen):
    """The question under way. `rung` is the planner in use, `complaints` why its last text was not accepted."""

    question: str = ""
    id: str = ""
    """What its model calls are booked under; unique."""
    asked: str = ""
    """The question without the words about what was known when; empty where there are none."""
    known_on: str = ""
    """ISO day of the earlier state of the data that it is about; empty for the present one."""
    snapshot: str = ""
    """That earlier state's id."""
    rung: int = 0
    steps: int = 0
    refused: int = 0
    """Rounds of the planner in use in which a call was refused."""
    repeats: int = 0
    """Rounds of the planner in use, the last ones in a row, that only repeated earlier calls."""
    understood: str = ""
    pending: tuple[ToolCall, ...] = ()
    called: tuple[Called, ...] = ()
    complaints: tuple[str, ...] = ()
    repaired: bool = False
    text: str = ""
    figures: tuple[BoundFigure, ...] = ()
    proposals: tuple[str, ...] = ()
    planner: str = ""
    tokens: int = 0
    cost: ModelCost = ModelCost()
    shares: tuple[Share, ...] = ()
    """The same by planner, in the order they were asked first."""
    notes: tuple[str, ...] = ()
    facts: tuple[str, ...] = ()
    """Sentences on the standing facts that the answer rests on."""
    fact: PendingFact | None = None
    done: bool = False


class Standing(Frozen):
    """Where a proposal's own thread is: the state the records gave last, the hash waited for, and what went wrong."""

    state: str = ""
    hash: str = ""
    error: str = ""
    text: str = ""


class InputState(TypedDict, total=False):
    """A question, or in a proposal's own thread its id."""

    question: str
    proposal: str
    work: dict[str, JsonValue]


class State(InputState, total=False):
    """All that is kept between nodes, and in a conversation between questions (`exchanges`)."""

    exchanges: list[dict[str, JsonValue]]
    standing: dict[str, JsonValue]


class Update(TypedDict, total=False):
    """What a node may change."""

    work: dict[str, JsonValue]
    exchanges: list[dict[str, JsonValue]]
    standing: dict[str, JsonValue]


def plain(model: Frozen) -> dict[str, JsonValue]:
    """Return a contract as the JSON that state holds."""
    return cast(dict[str, JsonValue], model.model_dump(mode="json"))


def work_of(state: State) -> Work:
    """Return the question under way; a fresh start where the last one is done or another was asked."""
    work = Work.model_validate(state.get("work") or {})
    question = state.get("question", "")
    return Work(question=question) if work.done or work.question != question else work


def standing_of(state: State) -> Standing:
    """Return where the proposal's thread is."""
    return Standing.model_validate(state.get("standing") or {})
