"""One run of a proposal or of its undo, as the records and the executor know it."""

from collections.abc import Callable
from typing import Literal

from pydantic import JsonValue

from finops.actions import Proposal
from finops.canonical import digest
from finops.errors import StateConflict
from finops.ports import ExecutionReport, Observation, Run
from store.records import Records, executions
from store.records.locks import Confirm

Kind = Literal["apply", "undo"]


def run_key(proposal: Proposal, kind: Kind) -> str:
    """Return the idempotency key of a run: one for each proposal as approved, and one for its undo."""
    return digest({"proposal": proposal.id, "hash": proposal.hash, "kind": kind})[:32]


def run_of(proposal: Proposal, kind: Kind, journal: Callable[[str], None]) -> Run:
    """Return a run as its executor takes it."""
    return Run(proposal.id, run_key(proposal, kind), run_key(proposal, "apply"), journal)


def journal_of(records: Records, key: str, actor: str, confirm: Confirm) -> Callable[[str], None]:
    """Return what writes down a call of the run `key` before it is made, where the lock on its resource is confirmed to be held."""

    def note(call: str) -> None:
        confirm()
        with records.write() as session:
            executions.note_call(session, key, call, actor=actor, at=records.clock())

    return note


def before_of(records: Records, proposal: Proposal) -> Observation:
    """Return the target as it was before the first call of a proposal's run. Raises `StateConflict` where there was none."""
    with records.read() as session:
        row = executions.find(session, run_key(proposal, "apply"))
        if row is None:
            raise StateConflict(f"proposal `{proposal.id}` has no run on record", fix="see `toll audit verify`")
        return Observation.model_validate(executions.execution_of(row).before)


def said(report: ExecutionReport) -> dict[str, JsonValue]:
    """Return how a run ended, as an event says it."""
    return {"calls": list(report.calls), "verified": report.verified, "error": report.error}
