"""Executions in the records. The target's state before is kept before anything is called, so that a restart can undo it."""

import json
from datetime import datetime
from typing import Literal, cast

from pydantic import JsonValue
from sqlmodel import Session, asc, col, select

from finops.actions import Execution
from finops.canonical import canonical
from finops.ports import ExecutionReport, Observation
from store.records.guard import intact, keep, stamp
from store.records.tables import ExecutionRow, ProposalRow

Kind = Literal["apply", "undo"]


def _plain(observation: Observation) -> dict[str, JsonValue]:
    return cast(dict[str, JsonValue], observation.model_dump(mode="json"))


def execution_of(row: ExecutionRow) -> Execution:
    """Return the execution a row holds; before and after are observations as JSON."""
    return Execution.model_validate(
        {"proposal": row.proposal, "idempotency_key": row.key, "at": row.at, "calls": json.loads(row.calls),
         "before": json.loads(row.before), "after": json.loads(row.after), "verified": bool(row.verified),
         "error": row.error}
    )  # fmt: skip


def begin(
    session: Session, *, key: str, proposal_id: str, kind: Kind, person: str, before: Observation, at: datetime
) -> ExecutionRow:
    """Record that a run begins, with the target's state before it. One that begins again keeps the first state."""
    row = find(session, key)
    if row is None:
        row = ExecutionRow(
            key=key, proposal=proposal_id, kind=kind, person=person, at=stamp(at), ended="", calls="[]",
            before=canonical(_plain(before)), after="{}", verified=0, error="",
        )  # fmt: skip
    else:
        row.ended, row.error = "", ""
    keep(session, row, at=at, actor=person, kind=f"execution.{kind}_begun", detail={"proposal": proposal_id})
    return row


def note_call(session: Session, key: str, call: str, *, actor: str, at: datetime) -> None:
    """Record a call right before it is made, so that a run that dies leaves what it may have done."""
    row = intact(session, session.get_one(ExecutionRow, key))
    row.calls = canonical([*json.loads(row.calls), call])
    keep(
        session,
        row,
        at=at,
        actor=actor,
        kind=f"execution.{row.kind}_call",
        detail={"proposal": row.proposal, "call": call},
    )


def end(session: Session, key: str, report: ExecutionReport, *, actor: str, at: datetime) -> ExecutionRow:
    """Record how a run ended; its calls were noted as they were made."""
    row = intact(session, session.get_one(ExecutionRow, key))
    row.after, row.verified = canonical(_plain(report.after)), int(report.verified)
    row.ended, row.error = stamp(at), report.error
    keep(session, row, at=at, actor=actor, kind=f"execution.{row.kind}_ended",
         detail={"proposal": row.proposal, "verified": report.verified, "error": report.error})  # fmt: skip
    return row


def wait(session: Session, key: str, why: str, *, actor: str, at: datetime) -> None:
    """Record why a run that has begun cannot go on now; it has not ended."""
    row = intact(session, session.get_one(ExecutionRow, key))
    row.error = why
    keep(session, row, at=at, actor=actor, kind=f"execution.{row.kind}_waits",
         detail={"proposal": row.proposal, "error": why})  # fmt: skip


def running_on(session: Session, resource: str, *, but: str) -> ProposalRow | None:
    """Return the first proposal other than `but` with a run or an undo on a resource that has not ended, None where none has."""
    query = select(ProposalRow).join(ExecutionRow, col(ExecutionRow.proposal) == col(ProposalRow.id))
    running = query.where(ProposalRow.resource == resource, ProposalRow.id != but, ExecutionRow.ended == "")
    return session.exec(running.order_by(asc(col(ProposalRow.id)))).first()


def undone_half_way(session: Session) -> list[str]:
    """Return the ids of the proposals whose undo has begun and not ended, in the order they began."""
    query = select(ExecutionRow.proposal).where(ExecutionRow.kind == "undo", ExecutionRow.ended == "")
    return list(session.exec(query.order_by(asc(col(ExecutionRow.at)), asc(col(ExecutionRow.proposal)))))


def find(session: Session, key: str) -> ExecutionRow | None:
    """Return the run with this idempotency key as the log vouches for it, or None; raises `CheckFailed`."""
    row = session.get(ExecutionRow, key)
    return intact(session, row) if row else None


def of(session: Session, proposal_id: str) -> list[ExecutionRow]:
    """Return the runs of a proposal, apply and undo, the oldest first."""
    query = select(ExecutionRow).where(ExecutionRow.proposal == proposal_id)
    return list(session.exec(query.order_by(asc(col(ExecutionRow.at)), asc(col(ExecutionRow.kind)))))
