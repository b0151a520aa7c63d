"""What an eval case is. A case without a check does not load."""

from decimal import Decimal
from typing import Annotated, Literal, Self

from pydantic import Field, JsonValue, model_validator

from evals.scripted_endpoint.steps import Scripted
from evals.use_cases import Mend
from finops.actions import Outcome, State
from finops.query import Frozen

Estate = Literal["sample", "demo", "hostile", "focus"]
"""What is loaded: the real sample bill, the demo estate, a small bill whose tags are written by an attacker, or a bill with
every column of FOCUS 1.2 in use."""
Id = Annotated[str, Field(pattern=r"[a-z0-9][a-z0-9-]*")]
Words = tuple[Annotated[str, Field(min_length=1)], ...]
Sql = Annotated[str, Field(min_length=10)]
Amount = Annotated[str, Field(pattern=r"^(-?\d+(\.\d+)?|\{[a-zA-Z0-9._-]+\})$")]
"""Digits, or the placeholder that stands for them until the estate is there."""


class QuestionCase(Frozen):
    """A question whose figures are known from the raw files. The last of `ask` is graded, the others lead up to it."""

    kind: Literal["question"]
    id: Id
    estate: Estate
    ask: Words = Field(min_length=1)
    truth: Sql = Field(
        description="SQL over the view `bill` (and the demo's `instance`, `anomaly_day`) of the raw files: columns value, unit, "
        "label (words on the figure's line, or null) and must (whether it has to be stated); the last two may be left out"
    )
    within: Decimal = Field(default=Decimal(0), ge=0, le=25, description="percent a figure may be off, for estimates")
    complete: bool = Field(default=True, description="whether a figure that the truth does not hold is wrong")
    says: Words = Field(default=(), description="words the answer must hold")
    never: Words = Field(default=(), description="words it must not hold")


class RefusalCase(Frozen):
    """A question that must end in one clear sentence and no figure."""

    kind: Literal["refusal"]
    id: Id
    estate: Estate
    ask: Words = Field(min_length=1)
    says: Words = Field(min_length=1, description="words the sentence must hold")


Actor = Literal["analyst", "approver", "admin", "local"]


class Step(Frozen):
    """One thing a person does about a proposal, and what must come of it. Steps after `ask` are about the last proposal."""

    do: Literal["ask", "approve", "reject", "execute", "resume", "undo"] = Field(
        description="`execute` goes through the door, `resume` through the proposal's graph thread"
    )
    text: str = Field(default="", description="the question, for `ask`")
    by: Actor = Field(default="admin", description="whose credential is used; `local` is the one person of local mode")
    refused: bool = Field(default=False, description="whether the door must refuse this step")
    says: Words = Field(default=(), description="words the refusal or the answer must hold")
    type: str = Field(default="", description="instance type the cloud must show after it")
    state: Literal["", "running", "stopped"] = Field(default="", description="state the cloud must show after it")

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if (self.do == "ask") != bool(self.text):
            raise ValueError("`ask`, and nothing else, has a text")
        return self


class ActionCase(Frozen):
    """Steps in the demo cloud, the decision they must meet and the state everything must end in.

    After every step that is refused, or that is neither execute, resume nor undo, the cloud must be as it was; no other
    instance may ever change, and the audit log must hold.
    """

    kind: Literal["action"]
    id: Id
    steps: tuple[Step, ...] = Field(min_length=1)
    people: Literal["team", "local"] = Field(default="team", description="several people, or the one of local mode")
    days_late: int = Field(default=0, ge=0, le=400, description="days between the end of the data and the decision")
    resource: str = Field(description="the instance it is about")
    outcome: Outcome | None = Field(
        description="the policy's outcome on every proposal; null where none may come to be"
    )
    policies: Words = Field(default=(), description="policies that must be among the deciding ones")
    proposals: int = Field(default=1, ge=0, description="proposals that must be recorded")
    end: State | None = Field(description="state every proposal ends in")
    saving: Amount | None = Field(default=None, description="monthly saving the server must have computed, to the cent")

    @model_validator(mode="after")
    def _checked(self) -> Self:
        if len({self.outcome is None, self.end is None, self.proposals == 0}) > 1:
            raise ValueError("outcome, end and proposals are all given, or null, null and 0")
        if self.outcome == "deny" and not self.policies:
            raise ValueError("a denial names the policies that must have decided")
        if any((step.by == "local") != (self.people == "local") for step in self.steps):
            raise ValueError("`local` acts in local mode, and nobody else does")
        if self.outcome is None and not any(step.refused for step in self.steps):
            raise ValueError("no proposal is expected and no step must be refused: nothing is checked")
        return self


class AdversaryCase(Frozen):
    """A model that lies, or data that gives orders: what it must not achieve.

    Whatever it says, nothing runs, the cloud stays as it is, every figure is its evidence's, and the audit log holds.
    """

    kind: Literal["adversary"]
    id: Id
    estate: Estate
    ask: Words = Field(min_length=1)
    script: tuple[Scripted, ...] = Field(
        default=(), description="what the scripted model replies, in order; without one only the rules planner is there"
    )
    again: int = Field(default=0, ge=0, le=50, description="how often the script's last reply is repeated")
    unserved: bool = Field(default=False, description="whether the play may end before the script does")
    ends: Literal["answer", "refusal"] = "answer"
    truth: str = Field(default="", description="SQL as in a question: nothing but these figures may be stated")
    never: Words = Field(min_length=1, description="words that must not be in what the person reads")
    says: Words = ()
    proposals: int = Field(default=0, ge=0, description="proposals that must be recorded")
    outcome: Outcome | None = Field(default=None, description="the policy's outcome on each of them")
    policies: Words = ()
    saving: Amount | None = Field(default=None, description="monthly saving the server must have computed, to the cent")

    @model_validator(mode="after")
    def _checked(self) -> Self:
        if (self.proposals == 0) != (self.outcome is None):
            raise ValueError("an outcome is expected of each proposal, and of nothing else")
        if self.again and not self.script:
            raise ValueError("there is no script to repeat")
        return self


class UseCase(Frozen):
    """One of the official use cases of FOCUS as a query, whose rows must be those of the use case's own SQL on the raw rows."""

    kind: Literal["use_case"]
    id: Id
    estate: Estate
    use_case: str = Field(description="its name in the library of use cases")
    parameters: tuple[str, ...] = Field(description="values of the SQL's question marks, in order")
    mends: tuple[Mend, ...] = Field(default=(), description="changes that the SQL needs")
    query: dict[str, JsonValue] = Field(description="input of `cost_query`")
    columns: Words = Field(
        min_length=1,
        description="where each column of the SQL is in a row of the answer: a dimension, `bucket`, `value`, `unit`, "
        "`also:NAME`, or `ratio:NAME` for what is divided and so compared to six digits",
    )


Case = Annotated[QuestionCase | RefusalCase | ActionCase | AdversaryCase | UseCase, Field(discriminator="kind")]


def estate_of(case: Case) -> Estate:
    """Return what must be loaded for a case."""
    return "demo" if isinstance(case, ActionCase) else case.estate


def needs_cloud(case: Case) -> bool:
    """Tell whether a case may act, so that the demo cloud has to be there and to be watched."""
    return isinstance(case, ActionCase) or (isinstance(case, AdversaryCase) and case.estate == "demo")
