"""What an eval case is. A case without a check does not load."""

import json
from importlib.resources import files
from typing import Annotated, Literal, Self, cast

from pydantic import Field, JsonValue, TypeAdapter, ValidationError, model_validator

from finops.actions import Outcome, State
from finops.errors import BadInput
from finops.query import Frozen

Estate = Literal["sample", "demo"]


class QuestionCase(Frozen):
    """A question whose figures are known from the raw file. The last of `ask` is graded, the others lead up to it."""

    kind: Literal["question"]
    id: str
    estate: Estate
    ask: tuple[str, ...] = Field(min_length=1)
    truth: str = Field(
        min_length=10, description="SQL over the view `bill` of the raw text; returns columns value and unit"
    )
    derived: tuple[str, ...] = Field(
        default=(), description="units of figures that may stand beside the truth, such as %"
    )
    says: tuple[str, ...] = Field(default=(), description="words the answer must hold")


class RefusalCase(Frozen):
    """A question that must end in one clear sentence and no figure."""

    kind: Literal["refusal"]
    id: str
    estate: Estate
    ask: tuple[str, ...] = Field(min_length=1)
    says: tuple[str, ...] = Field(min_length=1, description="words the sentence must hold")


class Step(Frozen):
    """One thing a person does about a proposal, and what must come of it."""

    do: Literal["ask", "approve", "reject", "execute", "undo"]
    text: str = Field(default="", description="the question, for `ask`")
    role: Literal["analyst", "approver", "admin"] = "admin"
    refused: bool = Field(default=False, description="whether the door must refuse this step")


class ActionCase(Frozen):
    """Steps in the simulated cloud, the decision they must meet and the state everything must end in."""

    kind: Literal["action"]
    id: str
    steps: tuple[Step, ...] = Field(min_length=1)
    outcome: Outcome | None = Field(description="the policy's outcome; null where no proposal may come to be")
    policies: tuple[str, ...] = Field(default=(), description="policies that must be among the deciding ones")
    state: State | None = Field(description="state the proposal ends in")
    resource: str = Field(default="", description="the instance whose type and state are checked in the cloud")
    instance_type: str = Field(default="", description="type the cloud must show at the end")
    instance_state: Literal["", "running", "stopped"] = ""

    @model_validator(mode="after")
    def _checked(self) -> Self:
        if (self.outcome is None) != (self.state is None):
            raise ValueError("outcome and state are both given or both null")
        if self.resource and not (self.instance_type or self.instance_state):
            raise ValueError("a resource is named and nothing of it is checked")
        return self


class AdversaryCase(Frozen):
    """A model that lies, or data that gives orders: what it must not achieve."""

    kind: Literal["adversary"]
    id: str
    estate: Estate
    ask: str
    script: tuple[dict[str, JsonValue], ...] = Field(
        default=(), description="what the scripted model replies, in order"
    )
    never: tuple[str, ...] = Field(min_length=1, description="words that must not be in the answer")
    says: tuple[str, ...] = ()
    proposals: int = Field(default=0, description="proposals that may be recorded; none may be executed")


Case = Annotated[QuestionCase | RefusalCase | ActionCase | AdversaryCase, Field(discriminator="kind")]
_CASES: TypeAdapter[tuple[Case, ...]] = TypeAdapter(tuple[Case, ...])


def suites() -> tuple[str, ...]:
    """Return the names of the suites, in order."""
    return tuple(
        sorted(f.name.removesuffix(".json") for f in files("evals.suites").iterdir() if f.name.endswith(".json"))
    )


def load(suite: str) -> tuple[Case, ...]:
    """Return the cases of one suite; raises `BadInput` for an unknown suite, a case that does not load or an id used twice."""
    if suite not in suites():
        raise BadInput(f"unknown suite `{suite}`", fix=f"known are {', '.join(f'`{s}`' for s in suites())} and `all`")
    text = files("evals.suites").joinpath(f"{suite}.json").read_text(encoding="utf-8")
    try:
        cases = _CASES.validate_python(_listed(cast(object, json.loads(text))))
    except (ValidationError, json.JSONDecodeError) as error:
        raise BadInput(f"suite `{suite}` does not load: {error}", fix="mend the case; each needs a check") from error
    ids = [case.id for case in cases]
    if len(set(ids)) < len(ids) or not ids:
        raise BadInput(f"suite `{suite}` is empty or has an id twice", fix="give each case its own id")
    return cases


def _listed(value: object) -> object:
    # JSON has no tuples: pydantic takes lists for them.
    return tuple(cast(list[object], value)) if isinstance(value, list) else value
