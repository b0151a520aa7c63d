"""Give the web app the real rooms below it."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta

from agent.answer import Event
from agent.compose import open_assistant
from agent.threads import delete_conversation, forget_conversation
from app.web.services import AuditEvent, AuditView, DataSummary, Services
from finops.actions import Approval, Execution, Proposal, State
from finops.errors import Refused, Unauthenticated
from finops.evidence import Evidence
from finops.people import Principal, require
from finops.periods import Period
from gateway.acting import open_audit, open_proposals
from gateway.clock import clock_of
from gateway.compose import open_questions
from gateway.conversations import Conversations
from gateway.home import Home
from gateway.people import ensure_local_person, login, open_records, renew_local
from gateway.policies import load_engine, load_freezes
from gateway.session import authenticate
from gateway.standing_facts import StandingFacts

_LAST_EVENTS = 50


@dataclass(frozen=True, slots=True)
class LiveAssistant:
    """Opens the lake anew for each question, so that a bill loaded meanwhile is seen."""

    home: Home

    def stream(self, principal: Principal, question: str, conversation: str | None = None) -> Iterator[Event]:
        """Answer one question of a conversation."""
        with open_assistant(self.home, keep=True) as assistant:
            yield from assistant.stream(principal, question, conversation)


@dataclass(frozen=True, slots=True)
class LiveConversations(Conversations):
    """Conversations in the records, and what the graph keeps of them."""

    home: Home

    def delete(self, principal: Principal, conversation: str) -> int:
        """Delete one of the person's own from checkpoints and records."""
        return delete_conversation(self.home, Conversations(self.records), principal, conversation)

    def forget(self, principal: Principal, conversation: str) -> None:
        """Take out what the checkpoints hold of it."""
        forget_conversation(self.home, principal, conversation)


@dataclass(frozen=True, slots=True)
class LiveProposals:
    """The door to proposals; executing goes through the proposal's own graph thread, which ends with it."""

    home: Home

    def list(self, state: State | None = None) -> Sequence[Proposal]:
        """Return proposals, newest first."""
        return open_proposals(self.home).list(state)

    def get(self, proposal_id: str) -> Proposal:
        """Return one proposal."""
        return open_proposals(self.home).get(proposal_id)

    def approvals(self, proposal_id: str) -> Sequence[Approval]:
        """Return its approvals."""
        return open_proposals(self.home).approvals(proposal_id)

    def executions(self, proposal_id: str) -> Sequence[Execution]:
        """Return what ran for it."""
        return open_proposals(self.home).executions(proposal_id)

    def exempted(self, resource_ids: Collection[str]) -> Sequence[str]:
        """Say which of these resources is exempt."""
        return open_proposals(self.home).exempted(resource_ids)

    def plan(self, proposal_id: str) -> Sequence[str]:
        """Return the calls a run would make."""
        return open_proposals(self.home).plan(proposal_id)

    def approve(
        self, principal: Principal, proposal_id: str, reason: str = "", expected_hash: str | None = None
    ) -> Proposal:
        """Approve it."""
        return open_proposals(self.home).approve(principal, proposal_id, reason, expected_hash)

    def reject(self, principal: Principal, proposal_id: str, reason: str) -> Proposal:
        """Reject it."""
        return open_proposals(self.home).reject(principal, proposal_id, reason)

    def execute(self, principal: Principal, proposal_id: str) -> Execution:
        """Resume the proposal's thread, which asks the gateway to execute; the records say what came of it."""
        require(principal, "execute")
        with open_assistant(self.home, keep=True) as assistant:
            answer = assistant.resume_proposal(principal, proposal_id)
        runs = self.executions(proposal_id)
        if not runs or answer.proposals[0].state not in ("verified", "failed"):
            raise Refused(answer.answer)
        return runs[-1]

    def undo(self, principal: Principal, proposal_id: str) -> Execution:
        """Bring the target back."""
        return open_proposals(self.home).undo(principal, proposal_id)


def services_of(home: Home) -> Services:
    """Return everything the web app needs, over the state in `home`. Raises `BadInput` for rules or freezes that cannot be used."""
    load_engine(home)
    load_freezes(home)

    def evidence(principal: Principal, evidence_id: str) -> Evidence:
        require(principal, "ask")
        return open_questions(home).evidence.get(evidence_id)

    def replay(principal: Principal, evidence_id: str) -> bool:
        stored = evidence(principal, evidence_id)
        return open_questions(home, snapshot=stored.snapshot).replay(principal, stored)

    return Services(
        assistant=LiveAssistant(home),
        proposals=LiveProposals(home),
        conversations=LiveConversations(lambda: open_records(home), home),
        facts=StandingFacts(lambda: open_records(home)),
        evidence=evidence,
        replay=replay,
        login=lambda name, secret: login(home, name, secret),
        authenticate=lambda token: authenticate(home, token),
        data=lambda: _summary(home),
        audit=lambda principal: _audit(home, principal),
        suggestions=lambda: _suggestions(home),
        now=clock_of(home),
        local_session=(lambda: _local_session(home)) if _is_local(home) else None,
    )


def _is_local(home: Home) -> bool:
    """Tell whether the home has one person only, who is made at first start; with several, each signs in."""
    try:
        ensure_local_person(home)
    except Unauthenticated:
        return False
    return True


def _suggestions(home: Home) -> Sequence[str]:
    """Return first questions that this data can answer."""
    data = open_questions(home).data
    if data.cost is None:
        return ()
    month = (data.cost.last_day + timedelta(days=1)).replace(day=1) - timedelta(days=1)
    asked = (f"What did each provider cost in {month:%B %Y}?", "Show cost by service per month")
    if data.metrics is None:
        return (*asked, "Were there any cost anomalies?", "What did we spend per day?")
    environments = next((info.values for info in data.dimensions if info.name == "tag:environment"), ())
    where = " in staging" if "staging" in environments else ""
    return (*asked, "Which instances are too large?", f"Propose the best saving{where}")


def _local_session(home: Home) -> str:
    if renew_local(home) is None:
        raise Refused("this Tollkeeper has several people", fix="log in with name and secret")
    return home.session.read_text(encoding="utf-8")


def _summary(home: Home) -> DataSummary:
    data = open_questions(home).data
    if data.cost is None:
        return DataSummary(rows=0)
    first, last = data.cost.first_day, data.cost.last_day
    period = Period.parse(f"{first}..{last}").label()
    return DataSummary(data.cost.rows, period, data.cost.sources, data.cost.currencies, data.snapshot)


def _audit(home: Home, principal: Principal) -> AuditView:
    log = open_audit(home)
    found = log.verify(principal)
    verdict = f"The log is whole: {found.events:,} events, each bound to the one before; head `{found.head.hash[:16]}`."
    if found.faults:
        verdict = f"event {found.faults[0].seq}: {found.faults[0].detail}"
    events = tuple(
        AuditEvent(event.seq, event.at, event.actor, event.kind, event.subject)
        for event in log.last(principal, _LAST_EVENTS)
    )
    return AuditView(intact=found.ok, verdict=verdict, events=events)
