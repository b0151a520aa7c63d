"""Execute. Each step is recorded before the next is taken, so that a run that dies is found and finished, never repeated.

approved -> (checked again: approvals, target, facts, limits, policies) -> executing, with the state before and the approvals spent
-> calls, each noted right before it is made -> verified, or failed and taken back. A run that dies stays `executing`; executing it
again looks first. Where nothing was called yet it is judged anew; on the way, only the calls that are missing are made; where
somebody has changed the target, the run has failed.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from sqlmodel import Session

from finops.actions import Execution, Proposal
from finops.errors import Denied, StateConflict, TollError, ToolError, Unavailable
from finops.people import Principal, require
from finops.ports import ExecutionReport, Observation
from gateway.deciding import Decided, Decider, in_time
from gateway.drift import back_to_pending, changed_since, judged_anew
from gateway.judging import Judge, Judged, differences
from gateway.people import acting
from gateway.refusals import must_be, must_hold
from gateway.runs import before_of, journal_of, run_key, run_of, said
from gateway.undoing import Undoer
from store.records import Records, approvals, executions, proposals
from store.records.tables import ApprovalRow


@dataclass(frozen=True, slots=True)
class Runner:
    """Runs proposals. At most one run of a proposal at a time, across threads and processes."""

    records: Records
    decider: Decider
    pending_life: timedelta

    @property
    def judge(self) -> Judge:
        """Computes and looks anew."""
        return self.decider.judge

    def execute(self, principal: Principal, proposal_id: str) -> Execution:
        """Run an approved proposal. What does not hold any more is not run: `Denied`, or `StateConflict` and pending again.

        A run that died and does not hold any more, or whose target was changed since, is `Denied` or `StateConflict` and failed.
        Raises `Refused` in a dry run and `Unavailable` where the provider does not answer; the proposal then stays as it was. What
        the executor refuses when it begins is raised, and has failed.
        """
        # Who asks and for what is checked before anything is locked for them.
        self._open(principal, proposal_id)
        with self.records.exclusive(proposal_id) as held:
            must_hold(proposal_id, held=held)
            actor, proposal = self._open(principal, proposal_id)
            if proposal.state == "executing":
                self._resume(actor, proposal)
            else:
                must_be(proposal, "approved")
                self._begin(actor, proposal)
            return self._finish(actor, proposal)

    def _open(self, principal: Principal, proposal_id: str) -> tuple[Principal, Proposal]:
        with self.records.read() as session:
            actor = acting(session, principal)
            require(actor, "execute")
            return actor, proposals.proposal_of(proposals.get(session, proposal_id))

    def _begin(self, actor: Principal, proposal: Proposal) -> None:
        """Check everything anew, then spend the approvals and record what is about to run, in one transaction."""
        with self.records.read() as session:
            row = proposals.get(session, proposal.id)
            arguments, observed = proposals.arguments_of(row), proposals.observed_of(row)
        executor = self.judge.executor(proposal.action)
        # First without looking: in a dry run the provider is not even asked.
        known = observed or Observation(exists=True, attributes=proposal.facts.state_before)
        executor.ready(proposal.action, known)
        now = self.judge.judge(actor, arguments, must_see=True)
        if now.hash(evidence=proposal.evidence) != proposal.hash:
            raise self._drifted(actor, proposal, observed, now)
        before = now.observed or known
        executor.ready(proposal.action, before)
        with self.records.write() as session:
            refusal = self._commit(session, actor, proposal, now, before)
        if refusal:
            raise refusal

    def _commit(
        self, session: Session, actor: Principal, proposal: Proposal, now: Judged, before: Observation
    ) -> TollError | None:
        """Decide with what the records say at this moment; begin the run, or put the proposal where it belongs and say why."""
        row = proposals.get(session, proposal.id)
        if row.hash != proposal.hash:
            raise StateConflict(f"proposal `{proposal.id}` was judged anew meanwhile", fix="look at it again")
        must_be(proposals.proposal_of(row), "approved")
        at = self.records.clock()
        given = self.decider.holding(session, proposal, at)
        decided = self.decider.run(session, proposal, facts=now.facts, observed=now.observed, given=given, at=at)
        if decided.decision.outcome == "allow":
            self._spend(session, proposal, actor, given=given, decided=decided, before=before)
            return None
        for approval in approvals.unspent(session, proposal.id):
            approvals.spend(session, approval, "void", actor=actor.name, at=at)
        if decided.decision.outcome == "needs_approval" or self.decider.passes(decided, now.observed):
            until = at + self.pending_life
            return back_to_pending(session, proposal, decided, actor=actor.name, at=at, expires=until)
        proposals.transition(session, proposal.id, "denied", actor="policy", at=at, detail=decided.detail)
        return _denied(proposal, decided)

    def _spend(
        self, session: Session, proposal: Proposal, actor: Principal, *, given: Sequence[ApprovalRow], decided: Decided,
        before: Observation,
    ) -> None:  # fmt: skip
        at, key = decided.request.at, run_key(proposal, "apply")
        for approval in given:
            approvals.spend(session, approval, "executed", actor=actor.name, at=at)
        executions.begin(
            session, key=key, proposal_id=proposal.id, kind="apply", person=actor.name, before=before, at=at
        )
        detail = {"key": key, **decided.detail}
        proposals.transition(session, proposal.id, "executing", actor=actor.name, at=at, detail=detail)

    def _resume(self, actor: Principal, proposal: Proposal) -> None:
        """Look where a run that died left the target, and refuse where it may not go on from there: then it has failed."""
        before, executor = before_of(self.records, proposal), self.judge.executor(proposal.action)
        executor.ready(proposal.action, before)
        present = executor.observe(proposal.action)
        try:
            place = executor.place(proposal.action, before, present)
            if place == "elsewhere":
                raise changed_since(proposal, before, present)
            if place == "before":
                self._judge_anew(actor, proposal)
            elif place == "between" and (objection := self.judge.objection(proposal.action, proposal.facts, present)):
                raise objection
        except (Denied, StateConflict, ToolError) as refusal:
            report = ExecutionReport(calls=(), before=before, after=present, verified=False, error=refusal.message)
            self._end(actor, proposal, report)
            raise

    def _judge_anew(self, actor: Principal, proposal: Proposal) -> None:
        """Ask for a run that called nothing yet all that is asked before one begins; its approvals are spent, and must be in time."""
        with self.records.read() as session:
            row = proposals.get(session, proposal.id)
            arguments, observed = proposals.arguments_of(row), proposals.observed_of(row)
        now = self.judge.judge(actor, arguments, must_see=True)
        if now.hash(evidence=proposal.evidence) != proposal.hash:
            found = "; ".join(differences(proposal, observed, now))
            raise StateConflict(f"proposal `{proposal.id}` is not what was approved, {found}", fix="propose it again")
        with self.records.write() as session:
            at = self.records.clock()
            given = [row for row in approvals.executed(session, proposal.id) if in_time(row, proposal.hash, at)]
            decided = self.decider.run(session, proposal, facts=now.facts, observed=now.observed, given=given, at=at)
        if decided.decision.outcome == "needs_approval":
            raise StateConflict(f"proposal `{proposal.id}` has no approval that holds", fix="propose it again")
        if decided.decision.outcome == "deny":
            raise _denied(proposal, decided)

    def _finish(self, actor: Principal, proposal: Proposal) -> Execution:
        """Make the calls that are missing and record how it ended; a run that failed half way is taken back at once.

        A provider that does not answer the first call leaves it executing; what is refused before has failed, and is raised.
        """
        before, executor = before_of(self.records, proposal), self.judge.executor(proposal.action)
        journal = journal_of(self.records, run_key(proposal, "apply"), actor.name)
        try:
            report = executor.apply(proposal.action, before, run_of(proposal, "apply", journal))
        except Unavailable:
            raise
        except TollError as refusal:
            # It would be refused each time: left executing, it could be neither rejected nor undone.
            after = executor.observe(proposal.action)
            report = ExecutionReport(calls=(), before=before, after=after, verified=False, error=refusal.message)
            self._ended(actor, proposal, before, report)
            raise
        return self._ended(actor, proposal, before, report)

    def _ended(self, actor: Principal, proposal: Proposal, before: Observation, report: ExecutionReport) -> Execution:
        done = self._end(actor, proposal, report)
        if not report.verified and done.calls:
            Undoer(self.records, self.judge).take_back(proposal, before)
        return done

    def _end(self, actor: Principal, proposal: Proposal, report: ExecutionReport) -> Execution:
        with self.records.write() as session:
            at = self.records.clock()
            row = executions.end(session, run_key(proposal, "apply"), report, actor=actor.name, at=at)
            state: Literal["verified", "failed"] = "verified" if report.verified else "failed"
            proposals.transition(session, proposal.id, state, actor=actor.name, at=at, detail=said(report))
            return executions.execution_of(row)

    def _drifted(self, actor: Principal, proposal: Proposal, observed: Observation | None, now: Judged) -> TollError:
        """Put what was computed anew on record, void the approvals, and say what is different."""
        found = differences(proposal, observed, now)
        with self.records.write() as session:
            at = self.records.clock()
            for row in approvals.unspent(session, proposal.id):
                approvals.spend(session, row, "void", actor=actor.name, at=at)
            decided = judged_anew(
                session, self.decider, proposal, now, found, actor=actor.name, at=at, expires=at + self.pending_life
            )
        words = "; ".join(found)
        if decided.decision.outcome == "deny":
            return Denied(f"proposal `{proposal.id}` is denied now, {words}: {'; '.join(decided.decision.reasons)}",
                          policies=decided.decision.policies)  # fmt: skip
        again = "execute" if decided.decision.outcome == "allow" else "approve"
        return StateConflict(f"proposal `{proposal.id}` is not what was approved, {words}",
                             fix=f"look at it and {again} it again with `toll proposals {again} {proposal.id}`")  # fmt: skip


def _denied(proposal: Proposal, decided: Decided) -> Denied:
    reasons = "; ".join(decided.decision.reasons)
    return Denied(f"proposal `{proposal.id}` is denied: {reasons}", policies=decided.decision.policies)
