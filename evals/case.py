"""What an eval case is. A case without a check does not load."""

from datetime import date
from decimal import Decimal
from typing import Annotated, Literal, Self

from pydantic import Field, JsonValue, model_validator

from evals.action_case import ActionCase, Actor, Amount, Estate, Id, Step, Words
from evals.scripted_endpoint.steps import Scripted
from evals.use_cases import Mend, sql_of
from finops.actions import Outcome
from finops.notes import NoteKind
from finops.query import Frozen

Sql = Annotated[str, Field(min_length=10)]


class Recorded(Frozen):
    """A note of what happened, as a person records it."""

    day: date
    kind: NoteKind
    text: str
    scope: dict[str, str] = Field(default_factory=dict)


class QuestionCase(Frozen):
    """A question whose figures are known from the raw files. The last of `ask` is graded, the others lead up to it."""

    kind: Literal["question"]
    id: Id
    estate: Estate
    ask: Words = Field(min_length=1)
    truth: Sql = Field(
        description="SQL over the view `bill` (and the demo's `instance`, `anomaly_day`) of the raw files: columns value, unit, "
        "label (words on the figure's line, or null), must (whether it has to be stated) and within (percent it may be off); the "
        "last three may be left out"
    )
    within: Decimal = Field(default=Decimal(0), ge=0, le=25, description="percent a figure may be off, for estimates")
    allows: Literal["truth", "raw"] = Field(
        default="truth",
        description="what may be stated: the truth alone, with what it is in percent, or also what the raw rows say of the same query",
    )
    says: Words = Field(default=(), description="words the answer must hold")
    never: Words = Field(default=(), description="words it must not hold")
    notes: tuple[Recorded, ...] = Field(default=(), description="notes that an analyst records before")


class RefusalCase(Frozen):
    """A question that must end in one clear sentence and no figure."""

    kind: Literal["refusal"]
    id: Id
    estate: Estate
    ask: Words = Field(min_length=1)
    says: Words = Field(min_length=1, description="words the sentence must hold")


class Paraphrase(Frozen):
    """A question in the words of somebody who knows neither grammar nor code. Asking back is no fault; a wrong answer is.

    The last of `ask` is judged. A `figure` is right where every figure that must be stated is, and asked back about where no answer
    was given; `clarify` and `decline` are right where no answer was given, or none with a figure. What fails in any other way fails
    the case.
    """

    kind: Literal["paraphrase"]
    id: Id
    estate: Estate
    ask: Words = Field(min_length=1)
    expect: Literal["figure", "clarify", "decline"]
    truth: str = Field(default="", description="SQL as in a question")
    within: Decimal = Field(default=Decimal(0), ge=0, le=25, description="percent a figure may be off, for estimates")

    @model_validator(mode="after")
    def _checked(self) -> Self:
        if (self.expect == "figure") != bool(self.truth):
            raise ValueError("a truth is given where a figure is expected, and nowhere else")
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
    """A query whose rows must be those of plain SQL on the raw rows: of one of FOCUS's official use cases, or of the case's own."""

    kind: Literal["use_case"]
    id: Id
    estate: Estate
    use_case: str = Field(default="", description="its name in the library of use cases; empty with an SQL of its own")
    sql: str = Field(default="", description="over `focus_data_table`, whose columns have FOCUS's types")
    parameters: tuple[str, ...] = Field(description="values of the SQL's question marks, in order")
    mends: tuple[Mend, ...] = Field(default=(), description="changes that the SQL needs")
    query: dict[str, JsonValue] = Field(description="input of `cost_query`")
    columns: Words = Field(
        min_length=1,
        description="where each column of the SQL is in a row of the answer: a dimension, `bucket`, `value`, `unit`, `compare`, "
        "`change`, `gross`, `credits`, "
        "`also:NAME`, or `ratio:NAME` for what is divided and so compared to six digits",
    )

    @model_validator(mode="after")
    def _one_reference(self) -> Self:
        if bool(self.use_case) == bool(self.sql):
            raise ValueError("give a use case or an SQL, and not both")
        return self

    @property
    def reference(self) -> str:
        """The SQL whose rows are the true ones."""
        return self.sql or sql_of(self.use_case, self.mends)


__all__ = [
    "ActionCase", "Actor", "AdversaryCase", "Amount", "Case", "Estate", "Id", "Paraphrase", "QuestionCase", "Recorded", "RefusalCase",
    "Step", "UseCase", "Words", "estate_of", "needs_cloud",
]  # fmt: skip
Case = Annotated[
    QuestionCase | RefusalCase | ActionCase | AdversaryCase | UseCase | Paraphrase, Field(discriminator="kind")
]


def estate_of(case: Case) -> Estate:
    """Return what must be loaded for a case."""
    return case.estate


def needs_cloud(case: Case) -> bool:
    """Tell whether a case may act, so that the demo cloud has to be there and to be watched."""
    return isinstance(case, ActionCase) or (isinstance(case, AdversaryCase) and case.estate == "demo")
