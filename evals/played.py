"""What happened when a case was played: everything a grader looks at, and nothing it has to ask the product for."""

from typing import Literal

from pydantic import Field

from agent.answer import Answer, ModelCost
from finops.actions import Proposal
from finops.query import Frozen


class Seen(Frozen):
    """One resource as the cloud itself shows it: an instance, a volume, an address, a budget, or a file of a repository.

    `state` of a budget is its amount a month, of a file how many branches beside the base one hold it.
    """

    type: str
    state: str
    more: dict[str, str] = Field(default={}, description="what else is there, such as tags, attachments and contents")


class StepPlayed(Frozen):
    """What one step came to. `error` is the refusal's sentence; `before` and `after` are the case's resource in the cloud."""

    do: str
    error: str = ""
    text: str = Field(default="", description="answer of an `ask`")
    before: Seen | None = None
    after: Seen | None = None


class TablePlayed(Frozen):
    """What one query came to on one engine."""

    engine: str
    rows: tuple[tuple[str | None, ...], ...] = Field(description="the columns of the case, as text")
    result_hash: str


class Played(Frozen):
    """One case after it was played. Either `answer` or `error` is there for whoever asked last."""

    answer: Answer | None = None
    error: str = Field(default="", description="the one sentence of a refusal")
    exit_code: Literal[0, 1, 2] = 0
    steps: tuple[StepPlayed, ...] = ()
    tables: tuple[TablePlayed, ...] = ()
    proposals: tuple[Proposal, ...] = Field(default=(), description="all that the records hold at the end")
    runs: int = Field(default=0, description="executions and undos the records hold")
    moved: tuple[str, ...] = Field(default=(), description="resources that differ from how the case found them")
    audit_holds: bool = True
    refused_start: str = Field(default="", description="why the door did not open at all")
    asked_model: int = Field(default=0, description="requests the scripted model received")
    unserved: int = Field(default=0, description="steps of its script that were never asked for")
    planner: str = Field(default="rules", description="who was to answer; `rules` or `openai`")
    tokens: int = Field(default=0, description="what a model took for all the answers")
    cost: ModelCost = ModelCost()
