"""Undo: bring a target back to what it was before a run, asked for by a person or at once where a run failed half way."""

from dataclasses import dataclass

from finops.actions import Execution, Proposal, resource_of
from finops.errors import CheckFailed, Denied, StateConflict, TollError
from finops.people import Principal, require
from finops.ports import ExecutionReport, Observation
from gateway.drift import changed_since
from gateway.judging import Judge
from gateway.people import acting
from gateway.refusals import must_be, must_hold, still_running
from gateway.runs import before_of, journal_of, run_key, run_of, said
from store.records import Records, executions, proposals
from store.records.locks import Confirm

# In whose name what failed half way is taken back: the approval of a run is one of its undo.
VERIFICATION = "verification"


@dataclass(frozen=True, slots=True)
class Undoer:
    """Takes runs back. At most one run or undo on a resource at a time, across threads and processes."""

    records: Records
    judge: Judge

    def undo(self, principal: Principal, proposal_id: str) -> Execution:
        """Bring the target back to what it was before the run, and verify it.

        Raises `StateConflict` where there is nothing to undo, somebody has changed the target since or another run on it has not
        ended, and `Denied` where its tags, as they are now, protect it from being brought back.
        """
        _, asked = self._open(principal, proposal_id)
        with self.records.exclusive(resource_of(asked.action)) as held:
            confirm = must_hold(asked.action, held)
            actor, proposal = self._open(principal, proposal_id)
            must_be(proposal, "verified", "failed")
            return self._run(proposal, actor.name, before_of(self.records, proposal), confirm)

    def bring_back(self, proposal: Proposal, before: Observation, confirm: Confirm) -> Execution:
        """Undo a verified run whose target suffers, in the name of the verification. The caller holds the resource's lock."""
        return self._run(proposal, VERIFICATION, before, confirm)

    def take_back(self, proposal_id: str, before: Observation, confirm: Confirm) -> str:
        """Go on with an undo that has begun: of what a run that failed left half way, or of one that a process died in.

        Returns why the target is not back, empty where it is. An undo that may not be gone on with ends with the reason on record;
        one that cannot be now waits for the next look, and holds its resource until then. The caller holds the resource's lock.
        """
        with self.records.read() as session:
            proposal = proposals.proposal_of(proposals.get(session, proposal_id))
        try:
            return self._run(proposal, VERIFICATION, before, confirm).error
        except CheckFailed:
            raise
        except TollError as refusal:
            if not isinstance(refusal, Denied | StateConflict):
                self._waits(proposal, refusal.message)
            else:
                self._given_up(proposal, VERIFICATION, before, refusal.message)
            return refusal.message

    def _open(self, principal: Principal, proposal_id: str) -> tuple[Principal, Proposal]:
        with self.records.read() as session:
            actor = acting(session, principal)
            require(actor, "undo")
            return actor, proposals.proposal_of(proposals.get(session, proposal_id))

    def _run(self, proposal: Proposal, actor: str, before: Observation, confirm: Confirm) -> Execution:
        executor = self.judge.executor(proposal.action)
        executor.ready(proposal.action, before)
        present = executor.observe(proposal.action)
        self._must_be_ours(proposal, before, present)
        back = executor.back(proposal.action, before)
        if objection := self.judge.objection(back, proposal.facts, present):
            raise objection
        key = run_key(proposal, "undo")
        with self.records.write() as session:
            if other := executions.running_on(session, resource_of(proposal.action), but=proposal.id):
                raise still_running(proposals.proposal_of(other))
            executions.begin(
                session,
                key=key,
                proposal_id=proposal.id,
                kind="undo",
                person=actor,
                before=present,
                at=self.records.clock(),
            )
        journal = journal_of(self.records, key, actor, confirm)
        report = executor.undo(proposal.action, before, run_of(proposal, "undo", journal))
        return self._undone(proposal, actor, report)

    def _undone(self, proposal: Proposal, actor: str, report: ExecutionReport) -> Execution:
        with self.records.write() as session:
            at = self.records.clock()
            row = executions.end(session, run_key(proposal, "undo"), report, actor=actor, at=at)
            if report.verified:
                proposals.transition(session, proposal.id, "undone", actor=actor, at=at, detail=said(report))
            elif proposal.state == "verified":
                proposals.transition(session, proposal.id, "failed", actor=actor, at=at, detail=said(report))
            return executions.execution_of(row)

    def _must_be_ours(self, proposal: Proposal, before: Observation, present: Observation) -> None:
        """Refuse to undo over what somebody else did since: the target is where neither the run nor its undo has put it.

        Half way is ours only after a run that failed, or an undo that was begun.
        """
        place = self.judge.executor(proposal.action).place(proposal.action, before, present)
        with self.records.read() as session:
            begun = executions.find(session, run_key(proposal, "undo")) is not None
        if place == "elsewhere" or (place == "between" and proposal.state == "verified" and not begun):
            raise changed_since(proposal, before, present)

    def _given_up(self, proposal: Proposal, actor: str, before: Observation, why: str) -> None:
        with self.records.write() as session:
            report = ExecutionReport(calls=(), before=before, after=before, verified=False, error=why)
            executions.end(session, run_key(proposal, "undo"), report, actor=actor, at=self.records.clock())

    def _waits(self, proposal: Proposal, why: str) -> None:
        key = run_key(proposal, "undo")
        with self.records.write() as session:
            executions.wait(session, key, why, actor=VERIFICATION, at=self.records.clock())
