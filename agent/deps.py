"""What the nodes need from outside, handed in once."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from agent.planners.contract import Planner
from finops.actions import Execution, Proposal
from finops.errors import Unauthenticated
from finops.evidence import Evidence
from finops.people import Principal
from finops.spend import Account
from finops.standing_facts import Fact, StandingFact
from gateway.questions import Questions


class FactKeeper(Protocol):
    """The door to standing facts. It checks who acts; only what the person said and confirmed is ever kept."""

    def state(self, principal: Principal, fact: Fact, said: str) -> StandingFact:
        """Record what the person said, to be confirmed; what holds already is given back as it is."""
        ...

    def confirm(self, principal: Principal, fact_id: str) -> tuple[StandingFact, StandingFact | None]:
        """Let it hold; returns the one it replaces too."""
        ...

    def drop(self, principal: Principal, fact_id: str) -> StandingFact:
        """Drop what was not confirmed."""
        ...


class Proposals(Protocol):
    """The acting half of the door. It checks person, policy, state and approval itself; the graph is not trusted with any."""

    def record(self, principal: Principal, draft_evidence: Evidence, proposer: str) -> Proposal:
        """Record the draft that the evidence holds, judged by policy; the same draft gives the same waiting proposal."""
        ...

    def get(self, proposal_id: str) -> Proposal:
        """Return a proposal as the records have it."""
        ...

    def exempted(self, resource_ids: Collection[str]) -> tuple[str, ...]:
        """Say in a sentence each which of these resources is exempt from changes, until when and why."""
        ...

    def execute(self, principal: Principal, proposal_id: str) -> Execution:
        """Carry out an approved proposal once; raises `Refused` where the records hold no approval of these bytes."""
        ...


@dataclass(frozen=True, slots=True)
class Deps:
    """`proposals` is called when first needed, so that a plain question never loads the records. `timer` counts seconds."""

    questions: Questions
    planners: tuple[Planner, ...]
    timer: Callable[[], float]
    proposals: Callable[[], Proposals] | None = None
    max_steps: int = 8
    max_calls_per_step: int = 8
    max_tokens: int = 100_000
    today: Callable[[], date] | None = None
    """The clock's day, to say where `last month` is counted from data that ends long before; answers never depend on it."""
    questions_as_of: Callable[[date], Questions] | None = None
    """The door to the data as it was known at the end of a day; raises `BadInput` before the first load."""
    facts: Callable[[Principal], tuple[StandingFact, ...]] | None = None
    """The standing facts that hold for a person, one about each thing; None where none are kept."""
    fact_keeper: Callable[[], FactKeeper] | None = None
    """Called when a person states a fact or confirms one, so that a plain question never loads the records."""
    principal: Principal | None = None
    """Who asks where a run does not say: LangGraph Studio on one's own machine. The service always says."""


@dataclass(frozen=True, slots=True)
class Asker:
    """Who this run is for: comes from a checked credential with each call, and is never kept in a checkpoint."""

    principal: Principal
    conversation: str = ""
    """The conversation it belongs to, empty where the question stands alone."""

    @property
    def in_conversation(self) -> bool:
        """Whether what is said now can be gone on from."""
        return bool(self.conversation)


def account_of(deps: Deps, asker: Asker | None, question: str) -> Account | None:
    """Return who the model calls of a question are booked on, None where nobody is logged in: then no model is asked."""
    try:
        person = who(deps, asker).name
    except Unauthenticated:
        return None
    return Account(person, question, asker.conversation if asker else "")


def who(deps: Deps, asker: Asker | None) -> Principal:
    """Return the person behind a run, or refuse."""
    principal = asker.principal if asker else deps.principal
    # A run's context can come from outside (LangGraph Studio): only what our own code checked is of this type.
    if not isinstance(principal, Principal):
        raise Unauthenticated("nobody is logged in for this run", fix="log in with `toll login`")
    return principal
