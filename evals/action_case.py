"""What a case about an action is: steps that people, the cloud and attackers take, and what everything must end in."""

from typing import Annotated, Literal, Self

from pydantic import Field, JsonValue, model_validator

from finops.actions import Outcome, State
from finops.query import Frozen

Estate = Literal["sample", "demo", "hostile", "focus", "dear"]
"""What is loaded: the real sample bill, the demo estate, a small bill whose tags are written by an attacker, a bill with every column
of FOCUS 1.2 in use, or a small bill of very dear instances."""
Id = Annotated[str, Field(pattern=r"[a-z0-9][a-z0-9-]*")]
Words = tuple[Annotated[str, Field(min_length=1)], ...]
Amount = Annotated[str, Field(pattern=r"^(-?\d+(\.\d+)?|\{[a-zA-Z0-9._-]+\})$")]
"""Digits, or the placeholder that stands for them until the estate is there."""
Actor = Literal["analyst", "approver", "second", "admin", "posing", "local"]
"""Whose credential is used: `second` is another approver, `posing` the approver with a credential that says admin and local,
`local` the one person of local mode."""
Do = Literal[
    "ask", "propose", "approve", "reject", "execute", "resume", "undo", "edit", "exempt", "lift", "look",
    "forward", "cloud", "break", "mend", "rules", "tamper", "dossier",
]  # fmt: skip
MOVES: frozenset[str] = frozenset({"execute", "resume", "undo", "look", "cloud"})
"""Steps after which the cloud may be another."""


class Step(Frozen):
    """One thing that is done, and what must come of it. Steps are about the last proposal unless they say `about` which."""

    do: Do = Field(
        description="`execute` goes through the door, `resume` through the proposal's graph thread, `propose` calls the door with "
        "`action`; `look` is the look after a run; `forward` moves the clock; `cloud` does `call` past the product, `break` "
        "makes the cloud refuse `call` until `mend`; `rules` puts others in force; `tamper` writes `sql` to the records; "
        "`dossier` is made, written, read and replayed"
    )
    text: str = Field(default="", description="the question of `ask`, the reason of `approve`, `reject` and `exempt`")
    by: Actor = "admin"
    about: int = Field(default=0, ge=0, description="number of the proposal, from 1 in the order they were recorded")
    shown: int = Field(default=0, ge=0, description="number of the proposal whose hash `approve` hands in")
    action: dict[str, JsonValue] = Field(default={}, description="action of `propose`, changed fields of `edit`")
    claims: dict[str, JsonValue] = Field(
        default={},
        description="facts that `propose` forges in the evidence it hands in, or a field too many of its input",
    )
    call: str = Field(default="", description="of `cloud` and `break`: an EC2 call, such as CreateTags")
    given: dict[str, JsonValue] = Field(default={}, description="arguments of that call")
    hours: int = Field(default=0, description="of `forward`; negative sets the clock back")
    days: int = Field(default=0, ge=0, description="of `exempt`: days from today")
    sql: str = ""
    forge: dict[str, JsonValue] = Field(default={}, description="of `dossier`: facts written into it before the replay")
    rules: dict[str, str] = Field(default={}, description="texts by file name that `rules` adds or replaces")
    times: int = Field(default=1, ge=1, le=50, description="how often; `#` in a text is the number of the time")
    refused: bool = Field(default=False, description="whether the step must be refused")
    says: Words = Field(default=(), description="words the refusal or the answer must hold")
    type: str = Field(default="", description="type the cloud must show after it")
    state: str = Field(default="", description="state the cloud must show after it, `gone` where nothing may be there")
    shows: dict[str, str] = Field(default={}, description="what else the cloud must show after it")

    @model_validator(mode="after")
    def _whole(self) -> Self:
        needs = {
            "ask": self.text, "propose": self.action, "edit": self.action, "exempt": self.text, "forward": self.hours,
            "cloud": self.call, "break": self.call, "rules": self.rules, "tamper": self.sql,
        }  # fmt: skip
        if self.do in needs and not needs[self.do]:
            raise ValueError(f"`{self.do}` lacks what it is about")
        if self.do not in ("ask", "approve", "reject", "exempt") and self.text:
            raise ValueError(f"`{self.do}` has no text")
        return self


class FreezeOf(Frozen):
    """A change freeze by days from the day the case begins on."""

    name: str
    first: int
    last: int
    kinds: tuple[str, ...] = ()


class ActionCase(Frozen):
    """Steps in the simulated cloud, the decisions they must meet and the state everything must end in.

    After every step that is refused or that moves nothing, the cloud must be as it was; nothing else may ever change in it, and
    the audit log must hold.
    """

    kind: Literal["action"]
    id: Id
    estate: Literal["demo", "dear"] = "demo"
    steps: tuple[Step, ...] = Field(min_length=1)
    people: Literal["team", "local"] = Field(default="team", description="several people, or the one of local mode")
    days_late: int = Field(default=0, ge=0, le=400, description="days between the end of the data and the decision")
    freezes: tuple[FreezeOf, ...] = ()
    own_cloud: bool = Field(
        default=False, description="whether it leaves what cannot be put back, so has a cloud of its own"
    )
    repository: bool = Field(default=False, description="whether a team's repository `shop` with one file is there")
    resource: str = Field(description="the resource, budget or file it is about")
    also: Words = Field(default=(), description="further ones that may change")
    outcome: Outcome | None = Field(
        default=None, description="the policy's outcome on every proposal; null where none may come to be"
    )
    outcomes: tuple[Outcome, ...] = Field(default=(), description="the outcome on each proposal in its order, instead")
    policies: Words = Field(
        default=(), description="policies that must be among the deciding ones of what was not to be approved"
    )
    proposals: int = Field(default=1, ge=0, description="proposals that must be recorded")
    end: State | None = Field(default=None, description="state every proposal ends in")
    ends: tuple[State, ...] = Field(default=(), description="state of each proposal in its order, instead")
    saving: Amount | None = Field(default=None, description="monthly saving the server must have computed, to the cent")
    audit_holds: bool = Field(
        default=True, description="whether the audit log must hold; false where it was tampered with"
    )

    @property
    def outcomes_wanted(self) -> tuple[Outcome, ...]:
        """The outcome of each proposal."""
        return self.outcomes or ((self.outcome,) * self.proposals if self.outcome else ())

    @property
    def ends_wanted(self) -> tuple[State, ...]:
        """The end of each proposal."""
        return self.ends or ((self.end,) * self.proposals if self.end else ())

    @model_validator(mode="after")
    def _checked(self) -> Self:
        if (self.outcome is not None and self.outcomes) or (self.end is not None and self.ends):
            raise ValueError("give one outcome for all or one for each, and so with the end")
        if not len(self.outcomes_wanted) == len(self.ends_wanted) == self.proposals:
            raise ValueError("outcome, end and proposals are all given, or null, null and 0")
        if "deny" in self.outcomes_wanted and not self.policies:
            raise ValueError("a denial names the policies that must have decided")
        if any((step.by == "local") != (self.people == "local") for step in self.steps):
            raise ValueError("`local` acts in local mode, and nobody else does")
        if not self.proposals and not any(step.refused for step in self.steps):
            raise ValueError("no proposal is expected and no step must be refused: nothing is checked")
        return self
