"""A call as a value, what is seen of a target, and the judgement which calls are missing: what all kinds of resources have in common."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Literal, Protocol

from connectors.aws.grants import Grant
from finops.actions import Action, Target
from finops.ports import Observation, Place, UndoPlan

if TYPE_CHECKING:
    from connectors.aws.sessions import Access

Way = Literal["apply", "undo"]
# What a run makes is tagged with the key of the run, so that a restart and the undo find it.
MARK: Final = "tollkeeper:run"
# Stands for that key where a plan is shown before there is a run.
NO_RUN: Final = "(this run)"


@dataclass(frozen=True, slots=True)
class Step:
    """One call with its arguments as boto3 takes them, what it needs to be allowed, and how it is written for people.

    `once`: the call takes no idempotency token and makes something, so it is never repeated without looking first.
    """

    service: Literal["ec2", "budgets"]
    call: str
    arguments: Mapping[str, Any]
    grants: tuple[Grant, ...] = field(compare=False)
    once: bool = False

    def __str__(self) -> str:
        """Return it as it would be written with boto3."""
        return f"{self.service}.{self.call}({', '.join(f'{name}={value!r}' for name, value in self.arguments.items())})"


@dataclass(frozen=True, slots=True)
class Sight:
    """What is seen at one moment: the target, and what the run made."""

    target: Observation
    # What came in the target's place when it was restored under another id.
    restored: Observation | None = None
    # Id of the snapshot that the run made; empty where there is none.
    snapshot: str = ""
    # Why it is too early for the next call; empty where all is settled.
    moving: str = ""
    # Why it is too early to do without the target: a snapshot of it is still being copied, which takes the longer the larger it is.
    copying: str = ""
    # What went wrong at the provider after a call.
    fault: str = ""

    @property
    def present(self) -> Observation:
        """The target, or what stands in its place."""
        return self.restored or self.target


class Work(Protocol):
    """One action on one kind of resource. Only `look` calls anything; all else is judged from what was seen."""

    @property
    def target(self) -> Target:
        """What the action is about."""
        ...

    @property
    def reads(self) -> tuple[str, ...]:
        """The IAM actions that `look` needs."""
        ...

    def look(self, access: "Access", mark: str) -> Sight:
        """Return what is there now; with a mark also what the run of that key made."""
        ...

    def check(self, present: Observation) -> None:
        """Raise `Refused` where the action may not be applied to what is there."""
        ...

    def steps(self, way: Way, before: Observation, now: Sight, mark: str) -> tuple[Step, ...]:
        """Return the calls that are missing, in order. Raises `Refused` where there is no way back."""
        ...

    def missed(self, way: Way, before: Observation, now: Sight) -> str:
        """Say what is not as it should be once no call is missing; empty where the aim is reached."""
        ...

    def place(self, before: Observation, present: Observation) -> Place:
        """Say where the target is on the way of a run that began at `before`."""
        ...

    def back(self, before: Observation) -> Action:
        """Return the action that the undo amounts to."""
        ...

    def undo_plan(self, before: Observation) -> UndoPlan:
        """Say how the action would be undone."""
        ...


def in_words(steps: tuple[Step, ...]) -> str:
    """Return calls in a row as a person reads them."""
    return " then ".join(str(step) for step in steps)
