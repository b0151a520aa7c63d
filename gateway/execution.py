"""Execute. Each step is recorded before the next is taken, so that a run that dies is found and finished, never repeated.

approved -> (checked again: approvals, target, facts, limits, policies) -> executing, with the state before and the approvals spent
-> calls, each noted right before it is made -> verified, or failed and taken back. A run that dies stays `executing`; executing it
again looks first. Where nothing was called yet it is judged anew; on the way, only the calls that are missing are made; where
somebody has changed the target, the run has failed.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from sqlmodel import Session

from finops.actions import Execution, Proposal, resource_of
from finops.errors import CheckFailed, Denied, StateConflict, TollError, ToolError, Unavailable
from finops.people import Principal, require
from finops.ports import ExecutionReport, Observation
from gateway.deciding import Decided, Decider, in_time
from gateway.drift import back_to_pending, changed_since, judged_anew
from gateway.judging import Judge, Judged, differences
from gateway.people import acting
from gateway.refusals import must_be, must_hold
from gateway.runs import before_of, journal_of, run_key, run_of, said
from gateway.undoing import VERIFICATION, Undoer
from store.records import Records, approvals, executions, proposals
from store.records.locks import Confirm
from store.records.tables import ApprovalRow


@dataclass(frozen=True, slots=True)
class Runner:
    """Runs proposals. At most one run or undo on a resource at a time, across threads and processes."""

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
        _, asked = self._open(principal, proposal_id)
        with self.records.exclusive(resource_of(asked.action)) as held:
            confirm = must_hold(asked.action, held)
            actor, proposal = self._open(principal, proposal_id)
            if proposal.state == "executing":
                self._resume(actor, proposal)
            else:
                must_be(proposal, "approved")
                self._begin(actor, proposal)
            return self._finish(actor, proposal, confirm)

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
        try:
            now = self.judge.judge(actor, arguments, must_see=True)
        except ToolError as error:
            raise self._not_computed(actor, proposal, error) from error
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
        self._void(session, proposal, actor, at)
        if self.decider.waits(decided, now.observed):
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
            self._end(actor, proposal, report, half_way=False)
            raise

    def _judge_anew(self, actor: Principal, proposal: Proposal) -> None:
        """Ask for a run that called nothing yet all that is asked before one begins; its approvals are spent, and must be in time.

        What is decided is written down whatever it is.
        """
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
            proposals.resume(session, proposal.id, actor=actor.name, at=at, detail=decided.detail)
        if decided.decision.outcome == "needs_approval":
            raise StateConflict(f"proposal `{proposal.id}` has no approval that holds", fix="propose it again")
        if decided.decision.outcome == "deny":
            raise _denied(proposal, decided)

    def _finish(self, actor: Principal, proposal: Proposal, confirm: Confirm) -> Execution:
        """Make the calls that are missing and record how it ended; a run that failed half way is taken back at once.

        A provider that does not answer leaves it executing, and so does a lock that was lost: another process may go on by now. What
        the executor refuses when it begins has failed, and is raised.
        """
        before, executor = before_of(self.records, proposal), self.judge.executor(proposal.action)
        journal = journal_of(self.records, run_key(proposal, "apply"), actor.name, confirm)
        try:
            report = executor.apply(proposal.action, before, run_of(proposal, "apply", journal))
        except (Unavailable, CheckFailed):
            raise
        except TollError as refusal:
            # It would be refused each time: left executing, it could be neither rejected nor undone.
            after = executor.observe(proposal.action)
            report = ExecutionReport(calls=(), before=before, after=after, verified=False, error=refusal.message)
            self._ended(actor, proposal, before, report, confirm)
            raise
        return self._ended(actor, proposal, before, report, confirm)

    def _ended(
        self, actor: Principal, proposal: Proposal, before: Observation, report: ExecutionReport, confirm: Confirm
    ) -> Execution:
        """Record how a run ended, and take back what one that failed left half way."""
        done = self._end(actor, proposal, report, half_way=True)
        if not done.verified and done.calls:
            Undoer(self.records, self.judge).take_back(proposal.id, before, confirm)
        return done

    def _end(self, actor: Principal, proposal: Proposal, report: ExecutionReport, *, half_way: bool) -> Execution:
        """Record how a run ended; where it failed after calls that may have left its target `half_way`, its undo begins with it."""
        with self.records.write() as session:
            at = self.records.clock()
            row = executions.end(session, run_key(proposal, "apply"), report, actor=actor.name, at=at)
            state: Literal["verified", "failed"] = "verified" if report.verified else "failed"
            proposals.transition(session, proposal.id, state, actor=actor.name, at=at, detail=said(report))
            done = executions.execution_of(row)
            if half_way and not done.verified and done.calls:
                # In one transaction: a process that dies now leaves an undo that holds the resource and is gone on with.
                undo = run_key(proposal, "undo")
                executions.begin(session, key=undo, proposal_id=proposal.id, kind="undo", person=VERIFICATION,
                                 before=report.after, at=at)  # fmt: skip
            return done

    def _not_computed(self, actor: Principal, proposal: Proposal, error: ToolError) -> StateConflict:
        """Send a proposal whose effect the data has no answer for any more back to review, without its approvals, and say why."""
        with self.records.write() as session:
            at = self.records.clock()
            self._void(session, proposal, actor, at)
            proposals.transition(session, proposal.id, "pending", actor=actor.name, at=at,
                                 detail={"differences": [error.message]}, expires=at + self.pending_life)  # fmt: skip
        return StateConflict(
            f"proposal `{proposal.id}` is not what was approved, {error.message}",
            fix=f"reject it, or approve it again with `toll proposals approve {proposal.id}` once the data has it",
        )

    def _void(self, session: Session, proposal: Proposal, actor: Principal, at: datetime) -> None:
        for approval in approvals.unspent(session, proposal.id):
            approvals.spend(session, approval, "void", actor=actor.name, at=at)

    def _drifted(self, actor: Principal, proposal: Proposal, observed: Observation | None, now: Judged) -> TollError:
        """Put what was computed anew on record, void the approvals, and say what is different."""
        found = differences(proposal, observed, now)
        with self.records.write() as session:
            at = self.records.clock()
            self._void(session, proposal, actor, at)
            decided = judged_anew(
                session, self.decider, proposal, now, found, actor=actor.name, at=at, expires=at + self.pending_life
            )
        words = "; ".join(found)
        if decided.decision.outcome == "deny" and self.decider.waits(decided, now.observed):
            words = "; ".join((words, *decided.decision.reasons))
        elif decided.decision.outcome == "deny":
            return Denied(f"proposal `{proposal.id}` is denied now, {words}: {'; '.join(decided.decision.reasons)}",
                          policies=decided.decision.policies)  # fmt: skip
        again = "execute" if decided.decision.outcome == "allow" else "approve"
        return StateConflict(f"proposal `{proposal.id}` is not what was approved, {words}",
                             fix=f"look at it and {again} it again with `toll proposals {again} {proposal.id}`")  # fmt: skip


def _denied(proposal: Proposal, decided: Decided) -> Denied:
    reasons = "; ".join(decided.decision.reasons)
    return Denied(f"proposal `{proposal.id}` is denied: {reasons}", policies=decided.decision.policies)
