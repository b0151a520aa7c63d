"""The acting half of the door: propose, approve, reject, execute, undo. The records are the only truth; see execution.py."""

import json
import secrets
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, cast

from pydantic import JsonValue
from sqlmodel import Session

from finops.actions import Action, Approval, Execution, Proposal, State
from finops.errors import BadInput, CheckFailed, Denied, Refused, StateConflict
from finops.evidence import Evidence
from finops.people import Permission, Principal, require
from finops.ports import Executor
from finops.query import Frozen
from gateway.circumstances import approval_by, approvals_given
from gateway.deciding import Decided, Decider
from gateway.decisions import recorded_decisions
from gateway.execution import Runner
from gateway.judging import TOOL, Asks, Judge, Judged, Policy
from gateway.people import acting
from gateway.refusals import must_be
from gateway.undoing import Undoer
from policies.backtest import RecordedDecision
from policies.freezes import Freeze
from store.records import Records, approvals, audit, executions, exemptions, proposals
from store.records.guard import intact, storable
from store.records.tables import ApprovalRow
from tools.resource_names import id_of

PENDING_LIFE: Final = timedelta(days=7)
APPROVAL_LIFE: Final = timedelta(hours=24)
STATE_OF: Final[dict[str, State]] = {"allow": "approved", "deny": "denied", "needs_approval": "pending"}


class Step(Frozen):
    """One event in the life of a proposal, as the audit log has it."""

    seq: int
    at: datetime
    actor: str
    kind: str
    payload: dict[str, JsonValue]


def new_id() -> str:
    """Return a new id of a proposal."""
    return f"p-{secrets.token_hex(4)}"


@dataclass(frozen=True, slots=True)
class Proposals:
    """Everything that changes the world goes through here.

    `questions` gives the reading half over the present snapshot, so that what is judged is never older than the data;
    `executor` gives who carries out actions on a target, or raises `Unavailable`. The records' clock dates everything.
    """

    records: Records
    questions: Callable[[], Asks]
    policy: Policy
    executor: Callable[[Action], Executor]
    freezes: tuple[Freeze, ...] = ()
    new_id: Callable[[], str] = new_id

    @property
    def judge(self) -> Judge:
        """Computes anew what is to be judged."""
        return Judge(self.questions, self.policy, self.executor, self.records.clock, self.freezes)

    @property
    def decider(self) -> Decider:
        """Decides within a transaction."""
        return Decider(self.judge)

    def record(self, principal: Principal, draft_evidence: Evidence, proposer: str) -> Proposal:
        """Compute a draft anew, judge it, and record it as denied, pending or approved.

        Nothing is taken from `draft_evidence` but the input of the call. The same proposal, still waiting, is returned as it is.
        """
        if draft_evidence.tool != TOOL:
            raise BadInput(f"evidence of `{draft_evidence.tool}` is no draft", fix=f"hand in evidence of `{TOOL}`")
        reason = storable("the reason", str(draft_evidence.input.get("reason", "")))
        # Words are no part of what is judged: the same action for another reason is the same proposal.
        arguments = {**draft_evidence.input, "reason": ""}
        return self._record(
            principal, arguments, reason=reason, proposer=storable("the proposer", proposer), replaces=""
        )

    def edit(
        self, principal: Principal, proposal_id: str, changes: Mapping[str, JsonValue], reason: str = ""
    ) -> Proposal:
        """Propose the same action with some of its fields changed, in the place of a proposal that waits.

        The old one is rejected with what approvals it had, so that only those who may reject it can, and whoever it is for; the new
        one is judged and approved by itself, whatever the old one was.
        """
        self.expire()
        with self.records.read() as session:
            actor = self._actor(session, principal, "propose")
            row = proposals.get(session, proposal_id)
            replaced = proposals.proposal_of(row)
            must_be(replaced, "pending", "approved")
            if actor.name != replaced.on_behalf_of:
                self._actor(session, principal, "reject")
            arguments = proposals.arguments_of(row)
        action = cast(dict[str, JsonValue], arguments["action"])
        unknown = sorted(changes.keys() - action.keys() | ({"kind", "target"} & changes.keys()))
        if unknown:
            able = sorted(action.keys() - {"kind", "target"})
            raise BadInput(
                f"`{unknown[0]}` cannot be changed in this action", fix=f"change {' or '.join(able) or 'nothing'}"
            )
        changed = {**arguments, "action": {**action, **changes}}
        if changed == arguments:
            raise BadInput("the change changes nothing", fix="give another value")
        return self._record(
            principal, changed, reason=storable("the reason", reason), proposer="person", replaces=proposal_id
        )

    def _record(
        self, principal: Principal, arguments: Mapping[str, JsonValue], *, reason: str, proposer: str, replaces: str
    ) -> Proposal:
        self.expire()
        actor = self._now(principal, "propose")
        judged = self.judge.judge(actor, arguments)
        with self.records.write() as session:
            self._actor(session, principal, "propose")
            same = proposals.open_with_hash(session, judged.hash())
            if same and not replaces:
                return proposals.proposal_of(intact(session, same))
            at, fresh = self.records.clock(), self._fresh_id(session)
            if replaces:
                self._replace(session, replaces, fresh, actor, at)
            decided = self.decider.propose(session, judged.action, judged.facts, judged.observed, at)
            proposal = _proposal(fresh, judged, decided, actor, at, reason=reason, proposer=proposer, replaces=replaces)
            proposals.insert(session, proposal, arguments=arguments, observed=judged.observed, actor=actor.name, at=at)
            state = STATE_OF[decided.decision.outcome]
            row = proposals.transition(session, proposal.id, state, actor="policy", at=at, detail=decided.detail)
            return proposals.proposal_of(row)

    def _replace(self, session: Session, old: str, new: str, actor: Principal, at: datetime) -> None:
        must_be(proposals.proposal_of(proposals.get(session, old)), "pending", "approved")
        for approval in approvals.unspent(session, old):
            approvals.spend(session, approval, "void", actor=actor.name, at=at)
        proposals.transition(session, old, "rejected", actor=actor.name, at=at, detail={"replaced_by": new})

    def list(self, state: State | None = None) -> tuple[Proposal, ...]:
        """Return proposals, the newest first; what has expired by now says so."""
        self.expire()
        with self.records.read() as session:
            return tuple(map(proposals.proposal_of, proposals.listed(session, [state] if state else [])))

    def get(self, proposal_id: str) -> Proposal:
        """Return one proposal. Raises `UnknownName`, and `CheckFailed` where its row was tampered with."""
        self.expire()
        with self.records.read() as session:
            return proposals.proposal_of(proposals.get(session, proposal_id))

    def history(self, proposal_id: str) -> tuple[Step, ...]:
        """Return what became of a proposal, step by step, from the audit log."""
        with self.records.read() as session:
            proposals.get(session, proposal_id)
            found = audit.events(session, subject=f"proposal/{proposal_id}")
            return tuple(
                Step(seq=event.seq, at=datetime.fromisoformat(event.at), actor=event.actor, kind=event.kind,
                     payload=json.loads(event.payload))
                for event in found
            )  # fmt: skip

    def decisions(self, proposal_id: str) -> tuple[RecordedDecision | None, ...]:
        """Return every decision on a proposal from the audit log, in order; None for one recorded without what it was taken on."""
        with self.records.read() as session:
            proposals.get(session, proposal_id)
            return recorded_decisions(proposal_id, audit.events_of(session, proposal_id))

    def last_decision(self, proposal_id: str) -> RecordedDecision:
        """Return the latest decision on a proposal. Raises `CheckFailed` where it was recorded without what it was taken on."""
        last = self.decisions(proposal_id)[-1]
        if last is None:
            raise CheckFailed(f"proposal `{proposal_id}` was recorded without its request", fix="propose it again")
        return last

    def plan(self, proposal_id: str) -> tuple[str, ...]:
        """Return the calls a run would make, from the target as it was when the proposal was last judged; nothing is called.

        Raises `Unavailable` where its executor is not to be had, and `Refused` where the target was not to be seen.
        """
        with self.records.read() as session:
            row = proposals.get(session, proposal_id)
            proposal, observed = proposals.proposal_of(row), proposals.observed_of(row)
        if observed is None:
            raise Refused("the target could not be seen, so its calls are not known", fix="propose it again")
        return tuple(self.executor(proposal.action).plan(proposal.action, observed))

    def exempted(self, resource_ids: Collection[str]) -> tuple[str, ...]:
        """Say of each of these resources, named as by actions or as by bills, whether it is exempt, until when, why and by whom."""
        wanted = {id_of(name) for name in resource_ids}
        with self.records.read() as session:
            held = exemptions.in_force(session, self.records.clock().date())
            return tuple(
                f"`{one.resource_id}` is exempt through {one.until}: {one.reason} ({one.person})"
                for one in held
                if one.resource_id in wanted
            )

    def approvals(self, proposal_id: str) -> tuple[Approval, ...]:
        """Return every approval ever given to a proposal, the oldest first."""
        with self.records.read() as session:
            return tuple(approvals.of(session, proposal_id))

    def executions(self, proposal_id: str) -> tuple[Execution, ...]:
        """Return the runs of a proposal, its undo among them, the oldest first."""
        with self.records.read() as session:
            return tuple(map(executions.execution_of, executions.of(session, proposal_id)))

    def approve(
        self, principal: Principal, proposal_id: str, reason: str = "", expected_hash: str | None = None
    ) -> Proposal:
        """Approve a pending proposal, as the policies allow this person to. `expected_hash` is what they were shown.

        It becomes approved where the policies ask for no more people, and stays pending where they do.
        """
        reason = storable("the reason", reason)
        self.expire()
        with self.records.write() as session:
            actor = self._actor(session, principal, "approve")
            row = proposals.get(session, proposal_id)
            proposal = proposals.proposal_of(row)
            must_be(proposal, "pending")
            if expected_hash is not None and expected_hash != proposal.hash:
                raise StateConflict(f"proposal `{proposal_id}` is not the one that was shown", fix="look at it again")
            at = self.records.clock()
            held = self.decider.holding(session, proposal, at)
            if any(one.approver == actor.name for one in held):
                raise StateConflict(f"`{actor.name}` approved `{proposal_id}` already", fix="ask another person to")
            given = (
                *approvals_given(session, held, on_behalf_of=proposal.on_behalf_of),
                approval_by(session, actor.name, on_behalf_of=proposal.on_behalf_of),
            )
            decided = self.decider.approve(session, proposal, proposals.observed_of(row), given, at)
            if decided.decision.outcome == "deny":
                raise Denied(f"`{actor.name}` cannot approve `{proposal_id}`: {'; '.join(decided.decision.reasons)}",
                             policies=decided.decision.policies)  # fmt: skip
            return self._approved(session, proposal, actor, decided, reason=reason)

    def _approved(
        self, session: Session, proposal: Proposal, actor: Principal, decided: Decided, *, reason: str
    ) -> Proposal:
        at = decided.request.at
        until = at + APPROVAL_LIFE
        approval = Approval(
            proposal=proposal.id, hash=proposal.hash, approver=actor.name, at=at, expires=until, reason=reason
        )
        approvals.add(session, approval, detail=decided.detail)
        if decided.decision.outcome == "needs_approval":
            return proposals.proposal_of(proposals.get(session, proposal.id))
        row = proposals.transition(
            session, proposal.id, "approved", actor=actor.name, at=at, detail={"reason": reason}, expires=until
        )
        return proposals.proposal_of(row)

    def reject(self, principal: Principal, proposal_id: str, reason: str) -> Proposal:
        """Reject a proposal that is pending, or approved and not executed; what approvals it had are void. The reason is kept."""
        reason = storable("the reason", reason)
        if not reason.strip():
            raise BadInput("a rejection needs its reason", fix="say in a few words why")
        self.expire()
        with self.records.write() as session:
            actor = self._actor(session, principal, "reject")
            must_be(proposals.proposal_of(proposals.get(session, proposal_id)), "pending", "approved")
            at = self.records.clock()
            for approval in approvals.unspent(session, proposal_id):
                approvals.spend(session, approval, "void", actor=actor.name, at=at)
            detail: dict[str, JsonValue] = {"reason": reason}
            row = proposals.transition(session, proposal_id, "rejected", actor=actor.name, at=at, detail=detail)
            return proposals.proposal_of(row)

    def execute(self, principal: Principal, proposal_id: str) -> Execution:
        """Run an approved proposal once, or go on with a run that was broken off; see `Runner.execute`."""
        self.expire()
        return Runner(self.records, self.decider, PENDING_LIFE).execute(principal, proposal_id)

    def undo(self, principal: Principal, proposal_id: str) -> Execution:
        """Bring the target back to what it was before the run; see `Undoer.undo`."""
        return Undoer(self.records, self.judge).undo(principal, proposal_id)

    def expire(self) -> tuple[str, ...]:
        """Expire what waited too long and return its ids. Cheap where there is none; see `stuck` for what is left out."""
        now = self.records.clock()
        with self.records.read() as session:
            if not _expirable(session, now):
                return ()
        with self.records.write() as session:
            late = _expirable(session, now)
            for proposal_id, unspent in late.items():
                for approval in unspent:
                    approvals.spend(session, approval, "void", actor="clock", at=now)
                proposals.transition(session, proposal_id, "expired", actor="clock", at=now)
        return tuple(late)

    def stuck(self) -> tuple[str, ...]:
        """Return the ids of proposals that waited too long and stay as they are, since the log does not vouch for their rows."""
        now = self.records.clock()
        with self.records.read() as session:
            sound = _expirable(session, now)
            return tuple(one for one in proposals.overdue(session, now) if one not in sound)

    def _now(self, principal: Principal, permission: Permission) -> Principal:
        with self.records.read() as session:
            return self._actor(session, principal, permission)

    def _actor(self, session: Session, principal: Principal, permission: Permission) -> Principal:
        actor = acting(session, principal)
        require(actor, permission)
        return actor

    def _fresh_id(self, session: Session) -> str:
        fresh = self.new_id()
        while proposals.exists(session, fresh):
            fresh = self.new_id()
        return fresh


def _expirable(session: Session, now: datetime) -> dict[str, list[ApprovalRow]]:
    """Return what waited too long, each with its unspent approvals: all that the log vouches for.

    One that was tampered with must not hold up every other.
    """
    found: dict[str, list[ApprovalRow]] = {}
    for proposal_id in proposals.overdue(session, now):
        try:
            proposals.get(session, proposal_id)
            found[proposal_id] = approvals.unspent(session, proposal_id)
        except CheckFailed:
            continue
    return found


def _proposal(
    fresh: str,
    judged: Judged,
    decided: Decided,
    actor: Principal,
    at: datetime,
    *,
    reason: str,
    proposer: str,
    replaces: str,
) -> Proposal:
    return Proposal(
        id=fresh, state="proposed", action=judged.action, facts=judged.facts, evidence=judged.evidence,
        reason=reason, decision=decided.decision, proposer=proposer, on_behalf_of=actor.name,
        fingerprint=judged.fingerprint, undo_plan=judged.undo_plan.words, created=at, expires=at + PENDING_LIFE,
        calendar=judged.calendar, replaces=replaces, hash=judged.hash(),
    )  # fmt: skip
