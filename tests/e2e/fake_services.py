"""Hand-written fakes of all that the web app needs, for the browser tests; run as a program they serve the app.

They hold a whole small world in memory: one answer for each kind of question, two proposals, two people.
"""

import sys
import threading
import time
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import cast

from pydantic import JsonValue

from agent.answer import (
    Answer,
    Answered,
    BoundFigure,
    Event,
    ModelCost,
    PendingFact,
    Planned,
    Proposed,
    TextDelta,
    ToolFinished,
    ToolStarted,
)  # fmt: skip
from app.web.amounts import shown
from app.web.server import serve
from app.web.services import AuditEvent, AuditView, DataSummary, Services
from finops.actions import (
    Approval,
    Decision,
    Draft,
    Execution,
    Facts,
    Proposal,
    ResizeInstance,
    State,
    StopInstance,
    Target,
    binding,
)  # fmt: skip
from finops.errors import StateConflict, Unauthenticated, Unavailable, UnknownName
from finops.evidence import Evidence
from finops.people import Principal, require
from finops.ports import Observation
from finops.standing_facts import FiscalYear, StandingFact
from gateway.conversations import Conversation, Exchange
from tests.e2e import fake_evidence as samples

ATTACK = '<img src=x onerror="window.hacked=1"><script>window.hacked=1</script>'
STATED = {"f-1": StandingFact(id="f-1", fact=FiscalYear(start_month=4), person="local",
                              said="our fiscal year starts in April", stated=datetime(2024, 10, 1, tzinfo=UTC))}  # fmt: skip
SECRETS = {"ada": "correct horse", "ben": "battery staple"}
PEOPLE = {"ada": Principal(name="ada", role="approver"), "ben": Principal(name="ben", role="analyst"),
          "local": Principal(name="local", role="admin", local=True)}  # fmt: skip


def facts(*, before: str, after: str, environment: str, capacity: str) -> Facts:
    """Return what a server would have computed about an instance."""
    return Facts(
        currency="USD", monthly_cost_before=Decimal(before), monthly_cost_after=Decimal(after),
        monthly_saving=Decimal(before) - Decimal(after), capacity_ratio=Decimal(capacity), environment=environment,
        owner="data-platform", tags={"environment": environment, "owner": "data-platform"}, observation_days=30,
        observation_coverage=Decimal("0.998"), peak_fits=True, newest_data="2024-09-30",
        state_before={"instance_type": "m5.2xlarge", "state": "running"}, reversible=True,
        formula=f"720 hours x USD 0.384 = {before}; 720 hours x USD 0.192 = {after}; the difference is the saving",
    )  # fmt: skip


def proposal(
    number: str, action: ResizeInstance | StopInstance, computed: Facts, decision: Decision, state: State
) -> Proposal:
    """Return a recorded proposal."""
    evidence = samples.drafted(Draft(action=action, facts=computed))
    now = datetime.now(UTC)
    return Proposal(
        id=f"p-{number}", state=state, action=action, facts=computed, evidence=(evidence.id,),
        reason="CPU stays under 11 % for 30 days and memory under 22 %.", decision=decision, proposer="rules",
        on_behalf_of="ada", fingerprint="f" * 64, created=now, expires=now + timedelta(hours=23, minutes=59),
        undo_plan="Stop the instance, set its type back to m5.2xlarge, start it: about two minutes without service.",
        hash=binding(action=action, facts=computed, evidence=(evidence.id,), fingerprint="f" * 64, policy_version="1"),
    )  # fmt: skip


def first_proposals() -> dict[str, Proposal]:
    """Return one proposal that waits for approval and one that policy refused."""
    where = Target(account="111122223333", region="us-east-1", resource_id="i-0a4f2c19be77d0312")
    other = Target(account="111122223333", region="eu-west-1", resource_id="i-0prod9912aa44fe01")
    asks = Decision(outcome="needs_approval", policies=("approval_needed",), policy_version="1" * 64,
                    reasons=("a change of a running instance needs a person's approval",))  # fmt: skip
    denied = Decision(outcome="deny", policies=("protected_environment", "largest_step_down"), policy_version="1" * 64,
                      reasons=("the environment `production` is protected; no planner may change it",
                               "capacity would fall to 0 of what it is; at most one half is allowed"))  # fmt: skip
    return {
        item.id: item
        for item in (
            proposal("7c1e", ResizeInstance(target=where, instance_type="m5.xlarge"),
                     facts(before="276.48", after="138.24", environment="staging", capacity="0.5"), asks, "pending"),
            proposal("9b20", StopInstance(target=other),
                     facts(before="552.96", after="0", environment="production", capacity="0"), denied, "denied"),
        )
    }  # fmt: skip


@dataclass
class FakeProposals:
    """The state machine in small: what the pages need of it."""

    known: dict[str, Proposal] = field(default_factory=first_proposals)
    ran: dict[str, list[Execution]] = field(default_factory=dict[str, list[Execution]])
    yes: dict[str, list[Approval]] = field(default_factory=dict[str, list[Approval]])

    def list(self, state: State | None = None) -> Sequence[Proposal]:
        return [item for item in self.known.values() if state in (None, item.state)]

    def get(self, proposal_id: str) -> Proposal:
        if proposal_id not in self.known:
            raise UnknownName("proposal", proposal_id, self.known)
        return self.known[proposal_id]

    def _to(self, proposal_id: str, before: State, after: State) -> Proposal:
        item = self.known[proposal_id]
        if item.state != before:
            raise StateConflict(f"proposal `{proposal_id}` is {item.state}", fix=f"only a {before} one can be {after}")
        self.known[proposal_id] = item.model_copy(update={"state": after})
        return self.known[proposal_id]

    def exempted(self, resource_ids: Collection[str]) -> tuple[str, ...]:
        return tuple(
            f"`{one}` is exempt through 2026-12-31: the year is closed (ann)" for one in resource_ids if "prod" in one
        )

    def plan(self, proposal_id: str) -> tuple[str, ...]:
        self.get(proposal_id)
        return ("ec2:StopInstances i-0a4f2c19be77d0312", "ec2:ModifyInstanceAttribute InstanceType=m5.xlarge")

    def approve(
        self, principal: Principal, proposal_id: str, reason: str = "", expected_hash: str | None = None
    ) -> Proposal:
        require(principal, "approve")
        item = self.get(proposal_id)
        if expected_hash != item.hash:
            raise StateConflict(f"proposal `{proposal_id}` is not the one that was shown", fix="look at it again")
        approved = self._to(proposal_id, "pending", "approved")
        self.yes[proposal_id] = [Approval(proposal=proposal_id, hash=item.hash, approver=principal.name,
                                          at=datetime.now(UTC), expires=item.expires, reason=reason)]  # fmt: skip
        return approved

    def reject(self, principal: Principal, proposal_id: str, reason: str) -> Proposal:
        require(principal, "reject")
        return self._to(proposal_id, "pending", "rejected")

    def execute(self, principal: Principal, proposal_id: str) -> Execution:
        require(principal, "execute")
        self._to(proposal_id, "approved", "executing")
        time.sleep(0.3)
        self._to(proposal_id, "executing", "verified")
        return self._run(proposal_id, "m5.2xlarge", "m5.xlarge")

    def undo(self, principal: Principal, proposal_id: str) -> Execution:
        require(principal, "undo")
        self._to(proposal_id, "verified", "undone")
        return self._run(proposal_id, "m5.xlarge", "m5.2xlarge")

    def _run(self, proposal_id: str, old: str, new: str) -> Execution:
        execution = Execution(
            proposal=proposal_id, idempotency_key=f"{proposal_id}:{new}", at=datetime.now(UTC),
            calls=("ec2:StopInstances i-0a4f2c19be77d0312", f"ec2:ModifyInstanceAttribute InstanceType={new}",
                   "ec2:StartInstances i-0a4f2c19be77d0312"),
            before=observed(old), after=observed(new), verified=True,
        )  # fmt: skip
        self.ran.setdefault(proposal_id, []).append(execution)
        return execution

    def executions(self, proposal_id: str) -> Sequence[Execution]:
        return self.ran.get(proposal_id, [])

    def approvals(self, proposal_id: str) -> Sequence[Approval]:
        return self.yes.get(proposal_id, [])


def observed(instance_type: str) -> dict[str, JsonValue]:
    """Return an observation as the records keep it."""
    seen = Observation(exists=True, attributes={"instance_type": instance_type, "state": "running"})
    return cast("dict[str, JsonValue]", seen.model_dump(mode="json"))


@dataclass
class FakeAssistant:
    """Answers by keyword, in pieces and with pauses, as a real one does."""

    proposals: FakeProposals
    evidence: dict[str, Evidence] = field(default_factory=dict[str, Evidence])

    def stream(self, principal: Principal, question: str, conversation: str | None = None) -> Iterator[Event]:
        require(principal, "ask")
        lower = question.lower()
        yield Planned(planner="rules", understood=f"{question.rstrip('?')}, on the bill that is loaded")
        time.sleep(0.1)
        if "endpoint" in lower:
            raise Unavailable(
                "the model endpoint `http://127.0.0.1:9/v1` does not answer", fix="start it or unset OPENAI_BASE_URL"
            )
        if "bug" in lower:
            raise ZeroDivisionError("secret detail that no page may show")
        if "starts in april" in lower:
            text = "Shall I keep this for later answers: fiscal year starts in April?"
            yield TextDelta(text=text)
            yield Answered(
                answer=Answer(
                    answer=text, planner="rules", fact=PendingFact(id="f-1", words="fiscal year starts in April")
                )
            )
            return
        proposed = tuple(self.proposals.known.values()) if "saving" in lower else ()
        found = self._find(lower)
        yield ToolStarted(call="c1", tool=found.tool, input=found.input)
        time.sleep(3.0 if "slow" in lower else 0.15)
        yield ToolFinished(call="c1", tool=found.tool, evidence=found.id, rows_read=found.rows_read, elapsed_ms=148)
        if "retry" in lower:
            yield ToolStarted(call="c2", tool="calculate", input={"expression": "E1.total / E1.rows"})
            yield ToolFinished(
                call="c2", tool="calculate", error="units `USD` and `rows` do not divide; name a count of days"
            )
        text, figures = self._say(lower, found)
        for start in range(0, len(text), 18):
            time.sleep(0.03)
            yield TextDelta(text=text[start : start + 18])
        for item in proposed:
            yield Proposed(proposal=item)
        yield Answered(answer=Answer(
            answer=text, figures=figures, evidence=(found,), proposals=proposed,
            planner="gpt-small" if "model" in lower else "rules", model_tokens=1834 if "model" in lower else 0,
            model_cost=ModelCost(value=Decimal("0.0021") if "model" in lower else Decimal(0)), elapsed_ms=612,
            conversation=conversation or "", notes=self._notes(lower),
        ))  # fmt: skip

    def _find(self, lower: str) -> Evidence:
        if "tag" in lower:
            found = samples.providers((f"AWS {ATTACK}", "Microsoft", "Oracle"))
        elif "per month" in lower or "each month" in lower:
            found = samples.services_by_month()
        elif "day" in lower:
            found = samples.days()
        elif "every service" in lower:
            found = samples.many_services()
        else:
            found = samples.providers()
        self.evidence[found.id] = found
        for item in self.proposals.known.values():
            behind = samples.drafted(Draft(action=item.action, facts=item.facts))
            self.evidence[behind.id] = behind
        return found

    @staticmethod
    def _notes(lower: str) -> tuple[str, ...]:
        if "tag" in lower:
            return (f"The tag says: {ATTACK}",)
        return ("Oracle's amortised cost is rounded to integers in this bill.",) if "provider" in lower else ()

    @staticmethod
    def _say(lower: str, found: Evidence) -> tuple[str, tuple[BoundFigure, ...]]:
        tops = [figure for figure in found.figures if "@" not in figure.name][:3]
        bound = tuple(
            BoundFigure(text=shown(f.value, f.unit), value=str(f.value), unit=f.unit, evidence=found.id, name=f.name)
            for f in tops
        )
        lines = "\n".join(f"- **{figure.name}**: {one.text}" for figure, one in zip(tops, bound, strict=True))
        if "saving" in lower:
            return f"One change is ready for approval, and one is refused by policy.\n\n{lines}", bound
        return (
            f"Here is what was billed, from the largest down.\n\n{lines}\n\nThe parts sum to the total to the last digit.",
            bound,
        )


@dataclass
class FakeConversations:
    """Conversations in memory."""

    kept: dict[tuple[str, str], list[Exchange]] = field(default_factory=dict[tuple[str, str], list[Exchange]])
    lock: threading.Lock = field(default_factory=threading.Lock)

    def list(self, principal: Principal) -> Sequence[Conversation]:
        mine = [(key[1], exchanges) for key, exchanges in self.kept.items() if key[0] == principal.name]
        return [
            Conversation(id=name, title=kept[0].question, created=datetime.now(UTC)) for name, kept in reversed(mine)
        ]

    def exchanges(self, principal: Principal, conversation: str) -> Sequence[Exchange]:
        if (principal.name, conversation) not in self.kept:
            raise UnknownName("conversation", conversation, [])
        return self.kept[principal.name, conversation]

    def keep(self, principal: Principal, conversation: str, exchange: Exchange) -> None:
        with self.lock:
            self.kept.setdefault((principal.name, conversation), []).append(exchange)

    def get(self, principal: Principal, conversation: str) -> Conversation:
        self.exchanges(principal, conversation)
        return next(one for one in self.list(principal) if one.id == conversation)

    def delete(self, principal: Principal, conversation: str) -> int:
        return len(self.kept.pop((principal.name, conversation)))

    def forget(self, principal: Principal, conversation: str) -> None:
        del principal, conversation


@dataclass
class FakeFacts:
    """One fact that can be stated, and what became of it."""

    known: dict[str, StandingFact] = field(default_factory=dict[str, StandingFact])

    def list(self, principal: Principal) -> Sequence[StandingFact]:
        return [one for one in STATED.values() if one.id not in self.known] + list(self.known.values())

    def confirm(self, principal: Principal, fact_id: str) -> tuple[StandingFact, StandingFact | None]:
        self.known[fact_id] = STATED[fact_id].model_copy(update={"state": "confirmed", "confirmed": datetime.now(UTC)})
        return self.known[fact_id], None

    def drop(self, principal: Principal, fact_id: str) -> StandingFact:
        return STATED[fact_id]


def fakes(*, local: bool) -> Services:
    """Return the whole small world."""
    proposals = FakeProposals()
    assistant = FakeAssistant(proposals)

    def login(name: str, secret: str) -> str:
        if SECRETS.get(name) != secret:
            raise Unauthenticated("name or secret is wrong", fix="ask an admin for a new secret")
        return f"token-of-{name}"

    def authenticate(token: str) -> Principal:
        name = token.removeprefix("token-of-")
        if name not in PEOPLE or name == token:
            raise Unauthenticated("the session does not hold", fix="log in with `toll login NAME`")
        return PEOPLE[name]

    def evidence(principal: Principal, evidence_id: str) -> Evidence:
        require(principal, "ask")
        if evidence_id not in assistant.evidence:
            raise UnknownName("evidence", evidence_id, assistant.evidence)
        return assistant.evidence[evidence_id]

    def audit(principal: Principal) -> AuditView:
        require(principal, "read_audit")
        events = tuple(AuditEvent(n, datetime(2024, 10, 1, 9, n, tzinfo=UTC), "ada", "proposal.pending", "proposal/p-7c1e")
                       for n in range(12, 0, -1))  # fmt: skip
        return AuditView(
            intact=True, verdict="The log is whole: 12 events, each bound to the one before.", events=events
        )

    return Services(
        assistant=assistant, proposals=proposals, conversations=FakeConversations(), facts=FakeFacts(), evidence=evidence,
        replay=lambda principal, evidence_id: evidence(principal, evidence_id).tool != "propose_action",
        login=login, authenticate=authenticate, audit=audit,
        data=lambda: DataSummary(rows=200120, period="Sep 2023 to Sep 2024", sources=("AWS", "Azure", "OCI"),
                                 currencies=("USD", "EUR"), snapshot="s-4f2a91c07be3"),
        local_session=(lambda: "token-of-local") if local else None,
    )  # fmt: skip


if __name__ == "__main__":
    serve(fakes(local=sys.argv[2] == "local"), port=int(sys.argv[1]), announce=lambda url: print(url, flush=True))  # noqa: T201
