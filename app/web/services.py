"""What the web app needs of the rooms below, as protocols; the entry point hands in the real ones."""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from agent.answer import Event
from finops.actions import Approval, Execution, Proposal, State
from finops.evidence import Evidence
from finops.people import Principal
from finops.standing_facts import StandingFact
from gateway.clock import utc_now
from gateway.conversations import Conversation, Exchange


class Assistant(Protocol):
    """Answers questions; events come as they happen, `Answered` last."""

    def stream(self, principal: Principal, question: str, conversation: str | None = None) -> Iterator[Event]:
        """Answer one question of a conversation; the id is the caller's. Raises `TollError` where it cannot."""
        ...


class Proposals(Protocol):
    """The one door to proposals, as `gateway.proposals` has it. Every step raises `Refused` where it is not allowed."""

    def list(self, state: State | None = None) -> Sequence[Proposal]:
        """Return proposals of one state or all, newest first."""
        ...

    def get(self, proposal_id: str) -> Proposal:
        """Return one, or raise `UnknownName`."""
        ...

    def plan(self, proposal_id: str) -> Sequence[str]:
        """Return the calls a run would make, or raise `TollError` where they are not known."""
        ...

    def exempted(self, resource_ids: Collection[str]) -> Sequence[str]:
        """Say in a sentence each which of these resources is exempt from changes."""
        ...

    def approvals(self, proposal_id: str) -> Sequence[Approval]:
        """Return every approval given to it, oldest first."""
        ...

    def executions(self, proposal_id: str) -> Sequence[Execution]:
        """Return what ran for it, its undo included, oldest first."""
        ...

    def approve(
        self, principal: Principal, proposal_id: str, reason: str = "", expected_hash: str | None = None
    ) -> Proposal:
        """Approve it; `expected_hash` is the one the person was shown."""
        ...

    def reject(self, principal: Principal, proposal_id: str, reason: str) -> Proposal:
        """Reject it for good."""
        ...

    def execute(self, principal: Principal, proposal_id: str) -> Execution:
        """Carry out an approved proposal and verify it."""
        ...

    def undo(self, principal: Principal, proposal_id: str) -> Execution:
        """Bring a verified one's target back to what it was."""
        ...


class Conversations(Protocol):
    """A person's own conversations, as `gateway.conversations` has them."""

    def list(self, principal: Principal) -> Sequence[Conversation]:
        """Return the person's conversations, newest first."""
        ...

    def exchanges(self, principal: Principal, conversation: str) -> Sequence[Exchange]:
        """Return what was asked and answered in it, oldest first. Raises `UnknownName` where it is not theirs."""
        ...

    def keep(self, principal: Principal, conversation: str, exchange: Exchange) -> None:
        """Keep one more exchange; the first one begins the conversation."""
        ...

    def get(self, principal: Principal, conversation: str) -> Conversation:
        """Return one of the person's own, or raise `UnknownName`."""
        ...

    def delete(self, principal: Principal, conversation: str) -> int:
        """Delete one of the person's own for good, with what the graph keeps of it; return how many exchanges it had."""
        ...

    def forget(self, principal: Principal, conversation: str) -> None:
        """Take out what the graph keeps of a conversation that was deleted."""
        ...


class Facts(Protocol):
    """A person's standing facts, as `gateway.standing_facts` has them."""

    def list(self, principal: Principal) -> Sequence[StandingFact]:
        """Return those that wait to be confirmed and those that hold."""
        ...

    def confirm(self, principal: Principal, fact_id: str) -> tuple[StandingFact, StandingFact | None]:
        """Let one hold; returns the one it replaces too."""
        ...

    def drop(self, principal: Principal, fact_id: str) -> StandingFact:
        """Drop one that was not confirmed."""
        ...


@dataclass(frozen=True, slots=True)
class DataSummary:
    """What is loaded, in the words the page shows. `rows` 0 means nothing is."""

    rows: int
    period: str = ""
    sources: tuple[str, ...] = ()
    currencies: tuple[str, ...] = ()
    snapshot: str = ""


@dataclass(frozen=True, slots=True)
class AuditEvent:
    """One line of the audit log."""

    sequence: int
    at: datetime
    actor: str
    event: str
    subject: str


@dataclass(frozen=True, slots=True)
class AuditView:
    """Whether the whole log's chain holds, in a sentence, and its last events, newest first."""

    intact: bool
    verdict: str
    events: tuple[AuditEvent, ...]


@dataclass(frozen=True, slots=True)
class Services:
    """All the web app is given. `local_session` returns a session token of local mode's one person, where that is on."""

    assistant: Assistant
    proposals: Proposals
    conversations: Conversations
    facts: Facts
    evidence: Callable[[Principal, str], Evidence]
    replay: Callable[[Principal, str], bool]
    login: Callable[[str, str], str]
    authenticate: Callable[[str], Principal]
    data: Callable[[], DataSummary]
    suggestions: Callable[[], Sequence[str]] = tuple
    audit: Callable[[Principal], AuditView] | None = None
    local_session: Callable[[], str] | None = None
    now: Callable[[], datetime] = utc_now
