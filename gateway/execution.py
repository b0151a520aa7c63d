"""Execute and undo. Each step is recorded before the next is taken, so that a run that dies is found and finished, never repeated.

approved -> (checked again: approval, target, facts, policies) -> executing, with the state before and the approval spent
-> calls -> verified or failed. A run that dies stays `executing`; executing it again observes and makes only what is missing.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from pydantic import JsonValue
from sqlmodel import Session

from finops.actions import Execution, Proposal
from finops.canonical import digest
from finops.errors import Denied, StateConflict
from finops.people import Principal, require
from finops.ports import ExecutionReport, Observation
from gateway.judging import Judge, Judged, differences
from gateway.people import acting, standing
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

        Raises `Refused` in a dry run and `Unavailable` where the provider does not answer; the proposal then stays as it was.
        """
        with self.records.exclusive(proposal_id) as held:
            _must_hold(proposal_id, held=held)
            actor, proposal = self._open(principal, proposal_id, "execute")
            if proposal.state != "executing":
                must_be(proposal, "approved")
                self._begin(actor, proposal)
            return self._finish(actor, proposal)

    def undo(self, principal: Principal, proposal_id: str) -> Execution:
        """Bring the target back to what it was before the run, and verify it.

        Raises `StateConflict` where there is nothing to undo or somebody has changed the target since.
        """
        with self.records.exclusive(proposal_id) as held:
            _must_hold(proposal_id, held=held)
            actor, proposal = self._open(principal, proposal_id, "undo")
            must_be(proposal, "verified", "failed")
            ran = self._ran(proposal)
            executor = self.judge.executor(proposal.action.target)
            before = Observation.model_validate(ran.before)
            executor.ready(proposal.action, before)
            present = executor.observe(proposal.action.target)
            _must_be_ours(proposal, ran, present)
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
            approval = self._approval(session, proposal)
            denial = self._refusal(session, proposal, now, approval)
            if denial is None:
                self._commit(session, actor, proposal, approval, before)
                return
            self._void(session, proposal, actor)
            proposals.transition(
                session, proposal.id, "denied", actor="policy", at=self.records.clock(), detail=_reasons(denial.message)
            )
        raise denial

    def _approval(self, session: Session, proposal: Proposal) -> ApprovalRow | None:
        """Return the approval this run rests on, None where the policies ask for none."""
        now = self.records.clock()
        for row in approvals.unspent(session, proposal.id):
            if row.hash == proposal.hash and approvals.approval_of(row).expires > now:
                return row
        if proposal.decision.outcome == "allow":
            return None
        raise StateConflict(f"proposal `{proposal.id}` has no approval that holds", fix="approve it again")

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
        key = run_key(proposal, "apply")
        before = Observation.model_validate(self._ran(proposal).before)
        executor = self.judge.executor(proposal.action.target)
        report = executor.apply(proposal.action, before, idempotency_key=key)
        with self.records.write() as session:
            at = self.records.clock()
            row = executions.end(session, key, report, actor=actor.name, at=at)
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

    def _ran(self, proposal: Proposal) -> Execution:
        with self.records.read() as session:
            row = executions.find(session, run_key(proposal, "apply"))
            if row is None:
                raise StateConflict(f"proposal `{proposal.id}` has no run on record", fix="see `toll audit verify`")
            return executions.execution_of(row)

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


def _must_be_ours(proposal: Proposal, ran: Execution, present: Observation) -> None:
    """Refuse to undo over what somebody else did since: the type is neither the one from before nor the one set."""
    after, before = Observation.model_validate(ran.after), Observation.model_validate(ran.before)
    known = [one.attributes.get("instance_type") for one in (before, after)]
    if not present.exists:
        raise StateConflict(
            f"`{proposal.action.target.resource_id}` does not exist any more", fix="there is nothing to undo"
        )
    if proposal.state == "verified" and present.attributes.get("instance_type") not in known:
        raise StateConflict(
            f"`{proposal.action.target.resource_id}` was changed since, to `{present.attributes.get('instance_type')}`",
            fix="propose the change you want instead",
        )


def _said(report: ExecutionReport) -> dict[str, JsonValue]:
    return {"calls": list(report.calls), "verified": report.verified, "error": report.error}


def _reasons(message: str) -> dict[str, JsonValue]:
    return {"reasons": [message]}
