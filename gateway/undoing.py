"""Undo: bring a target back to what it was before a run, asked for by a person or at once where a run failed half way."""

from dataclasses import dataclass

from finops.actions import Execution, Proposal
from finops.errors import TollError
from finops.people import Principal, require
from finops.ports import ExecutionReport, Observation
from gateway.drift import changed_since
from gateway.judging import Judge
from gateway.people import acting
from gateway.refusals import must_be, must_hold
from gateway.runs import before_of, journal_of, run_key, run_of, said
from store.records import Records, executions, proposals

# In whose name what failed half way is taken back: the approval of a run is one of its undo.
VERIFICATION = "verification"


@dataclass(frozen=True, slots=True)
class Undoer:
    """Takes runs back. At most one run of a proposal at a time, across threads and processes."""

    records: Records
    judge: Judge

    def undo(self, principal: Principal, proposal_id: str) -> Execution:
        """Bring the target back to what it was before the run, and verify it.

        Raises `StateConflict` where there is nothing to undo or somebody has changed the target since, and `Denied` where its
        tags, as they are now, protect it from being brought back.
        """
        self._open(principal, proposal_id)
        with self.records.exclusive(proposal_id) as held:
            must_hold(proposal_id, held=held)
            actor, proposal = self._open(principal, proposal_id)
            must_be(proposal, "verified", "failed")
            return self._run(proposal, actor.name, before_of(self.records, proposal))

    def bring_back(self, proposal: Proposal, before: Observation) -> Execution:
        """Undo a verified run whose target suffers, in the name of the verification. The caller holds the proposal's lock."""
        return self._run(proposal, VERIFICATION, before)

    def take_back(self, proposal: Proposal, before: Observation) -> None:
        """Undo what a run that failed left half way. Where that fails too, the proposal stays failed, and the record says why.

        The caller holds the proposal's lock.
        """
        failed = proposal.model_copy(update={"state": "failed"})
        try:
            self._run(failed, VERIFICATION, before)
        except TollError as refusal:
            self._not_taken_back(failed, before, refusal.message)

    def _open(self, principal: Principal, proposal_id: str) -> tuple[Principal, Proposal]:
        with self.records.read() as session:
            actor = acting(session, principal)
            require(actor, "undo")
            return actor, proposals.proposal_of(proposals.get(session, proposal_id))

    def _run(self, proposal: Proposal, actor: str, before: Observation) -> Execution:
        executor = self.judge.executor(proposal.action)
        executor.ready(proposal.action, before)
        present = executor.observe(proposal.action)
        self._must_be_ours(proposal, before, present)
        back = executor.back(proposal.action, before)
        if objection := self.judge.objection(back, proposal.facts, present):
            raise objection
        key = run_key(proposal, "undo")
        with self.records.write() as session:
            executions.begin(
                session,
                key=key,
                proposal_id=proposal.id,
                kind="undo",
                person=actor,
                before=present,
                at=self.records.clock(),
            )
        journal = journal_of(self.records, key, actor)
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

    def _not_taken_back(self, proposal: Proposal, before: Observation, why: str) -> None:
        key = run_key(proposal, "undo")
        with self.records.write() as session:
            at = self.records.clock()
            executions.begin(
                session, key=key, proposal_id=proposal.id, kind="undo", person=VERIFICATION, before=before, at=at
            )
            report = ExecutionReport(calls=(), before=before, after=before, verified=False, error=why)
            executions.end(session, key, report, actor=VERIFICATION, at=at)
