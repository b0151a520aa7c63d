"""Execute and undo. Each step is recorded before the next is taken, so that a run that dies is found and finished, never repeated.

approved -> (checked again: approval, target, facts, policies) -> executing, with the state before and the approval spent
-> calls -> verified or failed. A run that dies stays `executing`; executing it again looks first. Where nothing was called yet it is
judged anew; on the way, only the calls that are missing are made; where somebody has changed the target, the run has failed.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from pydantic import JsonValue
from sqlmodel import Session

from finops.actions import Execution, Proposal
from finops.canonical import digest
from finops.errors import Denied, StateConflict, ToolError
from finops.people import Principal, require
from finops.ports import ExecutionReport, Observation
from gateway.judging import Judge, Judged, differences
from gateway.people import acting, standing
from gateway.places import back_of, described, place_of
from gateway.refusals import must_be
from policies.request import ApprovalFacts
from store.records import Records, approvals, executions, proposals
from store.records.tables import ApprovalRow


def run_key(proposal: Proposal, kind: Literal["apply", "undo"]) -> str:
    """Return the idempotency key of a run: one for each proposal as approved, and one for its undo."""
    return digest({"proposal": proposal.id, "hash": proposal.hash, "kind": kind})[:32]


@dataclass(frozen=True, slots=True)
class Runner:
    """Runs proposals. At most one run of a proposal at a time, across threads and processes."""

    records: Records
    judge: Judge
    pending_life: timedelta

    def execute(self, principal: Principal, proposal_id: str) -> Execution:
        """Run an approved proposal. What does not hold any more is not run: `Denied`, or `StateConflict` and pending again.

        A run that died and does not hold any more, or whose target was changed since, is `Denied` or `StateConflict` and failed.
        Raises `Refused` in a dry run and `Unavailable` where the provider does not answer; the proposal then stays as it was.
        """
        # Who asks and for what is checked before anything is locked for them.
        self._open(principal, proposal_id, "execute")
        with self.records.exclusive(proposal_id) as held:
            _must_hold(proposal_id, held=held)
            actor, proposal = self._open(principal, proposal_id, "execute")
            if proposal.state == "executing":
                self._resume(actor, proposal)
            else:
                must_be(proposal, "approved")
                self._begin(actor, proposal)
            return self._finish(actor, proposal)

    def undo(self, principal: Principal, proposal_id: str) -> Execution:
        """Bring the target back to what it was before the run, and verify it.

        Raises `StateConflict` where there is nothing to undo or somebody has changed the target since, and `Denied` where its
        tags, as they are now, protect it from being brought back.
        """
        self._open(principal, proposal_id, "undo")
        with self.records.exclusive(proposal_id) as held:
            _must_hold(proposal_id, held=held)
            actor, proposal = self._open(principal, proposal_id, "undo")
            must_be(proposal, "verified", "failed")
            executor = self.judge.executor(proposal.action.target)
            before = self._before(proposal)
            executor.ready(proposal.action, before)
            present = executor.observe(proposal.action.target)
            self._must_be_ours(proposal, before, present)
            if objection := self.judge.objection(back_of(proposal.action, before), proposal.facts, present):
                raise objection
            key, at = run_key(proposal, "undo"), self.records.clock()
            with self.records.write() as session:
                executions.begin(
                    session, key=key, proposal_id=proposal_id, kind="undo", person=actor.name, before=present, at=at
                )
            report = executor.undo(proposal.action, before, idempotency_key=key)
            return self._undone(actor, proposal, key, report)

    def _open(
        self, principal: Principal, proposal_id: str, permission: Literal["execute", "undo"]
    ) -> tuple[Principal, Proposal]:
        with self.records.read() as session:
            actor = acting(session, principal)
            require(actor, permission)
            return actor, proposals.proposal_of(proposals.get(session, proposal_id))

    def _begin(self, actor: Principal, proposal: Proposal) -> None:
        """Check everything anew, then spend the approval and record what is about to run, in one transaction."""
        with self.records.read() as session:
            row = proposals.get(session, proposal.id)
            arguments, observed = proposals.arguments_of(row), proposals.observed_of(row)
        executor = self.judge.executor(proposal.action.target)
        # First without looking: in a dry run the provider is not even asked.
        known = observed or Observation(exists=True, attributes=proposal.facts.state_before)
        executor.ready(proposal.action, known)
        now = self.judge.judge(actor, arguments, must_see=True)
        if now.hash(evidence=proposal.evidence) != proposal.hash:
            self._drifted(actor, proposal, observed, now)
        before = now.observed or known
        executor.ready(proposal.action, before)
        with self.records.write() as session:
            approval = self._approval(proposal, approvals.unspent(session, proposal.id))
            denial = self._refusal(session, proposal, now, approval)
            if denial is None:
                self._commit(session, actor, proposal, approval, before)
                return
            self._void(session, proposal, actor)
            proposals.transition(
                session, proposal.id, "denied", actor="policy", at=self.records.clock(), detail=_reasons(denial.message)
            )
        raise denial

    def _resume(self, actor: Principal, proposal: Proposal) -> None:
        """Look where a run that died left the target, and refuse where it may not go on from there: then it has failed."""
        before, executor = self._before(proposal), self.judge.executor(proposal.action.target)
        executor.ready(proposal.action, before)
        present = executor.observe(proposal.action.target)
        try:
            self._must_hold_still(actor, proposal, before, present)
        except (Denied, StateConflict, ToolError) as refusal:
            report = ExecutionReport(calls=(), before=before, after=present, verified=False, error=refusal.message)
            self._end(actor, proposal, report)
            raise

    def _must_hold_still(self, actor: Principal, proposal: Proposal, before: Observation, present: Observation) -> None:
        place = place_of(proposal.action, before, present)
        if place == "elsewhere":
            raise _changed(proposal, present)
        if place == "before":
            self._judge_anew(actor, proposal)
        elif place == "between" and (objection := self.judge.objection(proposal.action, proposal.facts, present)):
            raise objection

    def _judge_anew(self, actor: Principal, proposal: Proposal) -> None:
        """Ask for a run that called nothing yet all that is asked before one begins; its approval is spent, and must be in time."""
        with self.records.read() as session:
            row = proposals.get(session, proposal.id)
            arguments, observed = proposals.arguments_of(row), proposals.observed_of(row)
            approval = self._approval(proposal, approvals.executed(session, proposal.id))
        now = self.judge.judge(actor, arguments, must_see=True)
        if now.hash(evidence=proposal.evidence) != proposal.hash:
            found = "; ".join(differences(proposal, observed, now))
            raise StateConflict(f"proposal `{proposal.id}` is not what was approved, {found}", fix="propose it again")
        with self.records.read() as session:
            denial = self._refusal(session, proposal, now, approval)
        if denial:
            raise denial

    def _approval(self, proposal: Proposal, given: Sequence[ApprovalRow]) -> ApprovalRow | None:
        """Return the approval among those `given` that this run rests on, None where the policies ask for none."""
        now = self.records.clock()
        for row in given:
            if row.hash == proposal.hash and approvals.approval_of(row).expires > now:
                return row
        if proposal.decision.outcome == "allow":
            return None
        again = "propose" if proposal.state == "executing" else "approve"
        raise StateConflict(f"proposal `{proposal.id}` has no approval that holds", fix=f"{again} it again")

    def _refusal(
        self, session: Session, proposal: Proposal, now: Judged, approval: ApprovalRow | None
    ) -> Denied | None:
        """Ask the policies once more, about the approver as they stand now."""
        facts: ApprovalFacts | None = None
        if approval:
            approver = standing(session, approval.approver)
            facts = ApprovalFacts(
                approver=approver.name, approver_role=approver.role, local=approver.local,
                approver_is_proposer=approver.name == proposal.on_behalf_of,
            )  # fmt: skip
        decision = self.judge.decide(now.action, now.facts, observed=now.observed, approval=facts)
        if decision.outcome == "allow":
            return None
        return Denied(f"proposal `{proposal.id}` is denied: {'; '.join(decision.reasons)}", policies=decision.policies)

    def _commit(
        self, session: Session, actor: Principal, proposal: Proposal, approval: ApprovalRow | None, before: Observation
    ) -> None:
        at, key = self.records.clock(), run_key(proposal, "apply")
        if approval:
            approvals.spend(session, approval, "executed", actor=actor.name, at=at)
        executions.begin(
            session, key=key, proposal_id=proposal.id, kind="apply", person=actor.name, before=before, at=at
        )
        detail: dict[str, JsonValue] = {"key": key}
        row = proposals.transition(session, proposal.id, "executing", actor=actor.name, at=at, detail=detail)
        if row.hash != proposal.hash:
            raise StateConflict(f"proposal `{proposal.id}` was judged anew meanwhile", fix="look at it again")

    def _finish(self, actor: Principal, proposal: Proposal) -> Execution:
        """Make the calls that are missing and record how it ended. A call that cannot be made at all leaves it executing."""
        before, executor = self._before(proposal), self.judge.executor(proposal.action.target)
        report = executor.apply(proposal.action, before, idempotency_key=run_key(proposal, "apply"))
        return self._end(actor, proposal, report)

    def _end(self, actor: Principal, proposal: Proposal, report: ExecutionReport) -> Execution:
        with self.records.write() as session:
            at = self.records.clock()
            row = executions.end(session, run_key(proposal, "apply"), report, actor=actor.name, at=at)
            state = "verified" if report.verified else "failed"
            proposals.transition(session, proposal.id, state, actor=actor.name, at=at, detail=_said(report))
            return executions.execution_of(row)

    def _undone(self, actor: Principal, proposal: Proposal, key: str, report: ExecutionReport) -> Execution:
        with self.records.write() as session:
            at = self.records.clock()
            row = executions.end(session, key, report, actor=actor.name, at=at)
            if report.verified:
                proposals.transition(session, proposal.id, "undone", actor=actor.name, at=at, detail=_said(report))
            elif proposal.state == "verified":
                proposals.transition(session, proposal.id, "failed", actor=actor.name, at=at, detail=_said(report))
            return executions.execution_of(row)

    def _before(self, proposal: Proposal) -> Observation:
        """Return the target as it was before the first call."""
        with self.records.read() as session:
            row = executions.find(session, run_key(proposal, "apply"))
            if row is None:
                raise StateConflict(f"proposal `{proposal.id}` has no run on record", fix="see `toll audit verify`")
            return Observation.model_validate(executions.execution_of(row).before)

    def _must_be_ours(self, proposal: Proposal, before: Observation, present: Observation) -> None:
        """Refuse to undo over what somebody else did since: the target is where neither the run nor its undo has put it.

        Half way is ours only after a run that failed, or an undo that was begun.
        """
        if not present.exists:
            name = proposal.action.target.resource_id
            raise StateConflict(f"`{name}` does not exist any more", fix="there is nothing to undo")
        place = place_of(proposal.action, before, present)
        with self.records.read() as session:
            begun = executions.find(session, run_key(proposal, "undo")) is not None
        if place == "elsewhere" or (place == "between" and proposal.state == "verified" and not begun):
            raise _changed(proposal, present)

    def _drifted(self, actor: Principal, proposal: Proposal, observed: Observation | None, now: Judged) -> None:
        """Put what was computed anew on record, void the approval, and say what is different."""
        found = differences(proposal, observed, now)
        detail: dict[str, JsonValue] = {"differences": list(found)}
        with self.records.write() as session:
            at = self.records.clock()
            self._void(session, proposal, actor)
            proposals.transition(session, proposal.id, "pending", actor=actor.name, at=at, detail=detail)
            anew = proposal.model_copy(update={
                "facts": now.facts, "evidence": now.evidence, "fingerprint": now.fingerprint, "decision": now.decision,
                "undo_plan": now.undo_plan, "hash": now.hash(), "expires": at + self.pending_life,
            })  # fmt: skip
            proposals.rejudge(session, anew, observed=now.observed, actor=actor.name, at=at, detail=detail)
            if now.decision.outcome != "needs_approval":
                state = "denied" if now.decision.outcome == "deny" else "approved"
                proposals.transition(session, proposal.id, state, actor="policy", at=at, detail=detail)
        said = "; ".join(found)
        if now.decision.outcome == "deny":
            raise Denied(f"proposal `{proposal.id}` is denied now, {said}: {'; '.join(now.decision.reasons)}",
                         policies=now.decision.policies)  # fmt: skip
        again = "execute" if now.decision.outcome == "allow" else "approve"
        raise StateConflict(f"proposal `{proposal.id}` is not what was approved, {said}",
                            fix=f"look at it and {again} it again with `toll proposals {again} {proposal.id}`")  # fmt: skip

    def _void(self, session: Session, proposal: Proposal, actor: Principal) -> None:
        for row in approvals.unspent(session, proposal.id):
            approvals.spend(session, row, "void", actor=actor.name, at=self.records.clock())


def _must_hold(proposal_id: str, *, held: bool) -> None:
    if not held:
        raise StateConflict(
            f"proposal `{proposal_id}` is being run by another process now", fix="look again in a minute"
        )


def _changed(proposal: Proposal, present: Observation) -> StateConflict:
    return StateConflict(
        f"`{proposal.action.target.resource_id}` was changed since, to {described(present)}",
        fix="propose the change you want instead",
    )


def _said(report: ExecutionReport) -> dict[str, JsonValue]:
    return {"calls": list(report.calls), "verified": report.verified, "error": report.error}


def _reasons(message: str) -> dict[str, JsonValue]:
    return {"reasons": [message]}
