"""Approvals in the records: bound to one hash, used up once."""

from collections.abc import Mapping
from datetime import datetime
from typing import Literal

from pydantic import JsonValue
from sqlmodel import Session, asc, col, select

from finops.actions import Approval
from store.records.guard import intact, keep, stamp
from store.records.tables import ApprovalRow


def approval_of(row: ApprovalRow) -> Approval:
    """Return the approval a row holds."""
    return Approval.model_validate(
        {"proposal": row.proposal, "hash": row.hash, "approver": row.approver, "at": row.at, "expires": row.expires,
         "reason": row.reason}
    )  # fmt: skip


def row_of(approval: Approval, *, id_: str, spent: str) -> ApprovalRow:
    """Return the row of an approval."""
    return ApprovalRow(
        id=id_, proposal=approval.proposal, hash=approval.hash, approver=approval.approver, at=stamp(approval.at),
        expires=stamp(approval.expires), reason=approval.reason, spent=spent,
    )  # fmt: skip


def add(session: Session, approval: Approval, *, detail: Mapping[str, JsonValue]) -> ApprovalRow:
    """Record a person's yes, with the decision it was given under."""
    earlier = session.exec(select(ApprovalRow.id).where(ApprovalRow.proposal == approval.proposal)).all()
    row = row_of(approval, id_=f"{approval.proposal}/{len(earlier) + 1}", spent="")
    keep(
        session,
        row,
        at=approval.at,
        actor=approval.approver,
        kind="approval.given",
        detail={"hash": row.hash, **detail},
    )
    return row


def unspent(session: Session, proposal_id: str) -> list[ApprovalRow]:
    """Return the approvals of a proposal that were not used up, as the log vouches for them; raises `CheckFailed`."""
    query = select(ApprovalRow).where(ApprovalRow.proposal == proposal_id, ApprovalRow.spent == "")
    return [intact(session, row) for row in session.exec(query.order_by(asc(col(ApprovalRow.id))))]


def executed(session: Session, proposal_id: str) -> list[ApprovalRow]:
    """Return the approvals a run of a proposal used up, as the log vouches for them; raises `CheckFailed`."""
    query = select(ApprovalRow).where(ApprovalRow.proposal == proposal_id, ApprovalRow.spent == "executed")
    return [intact(session, row) for row in session.exec(query.order_by(asc(col(ApprovalRow.id))))]


def spend(session: Session, row: ApprovalRow, how: Literal["executed", "void"], *, actor: str, at: datetime) -> None:
    """Use an approval up: nothing runs on it any more."""
    row.spent = how
    keep(session, row, at=at, actor=actor, kind=f"approval.{how}", detail={"hash": row.hash})


def of(session: Session, proposal_id: str) -> list[Approval]:
    """Return every approval ever given to a proposal, the oldest first."""
    query = select(ApprovalRow).where(ApprovalRow.proposal == proposal_id)
    rows = session.exec(query.order_by(asc(col(ApprovalRow.at)), asc(col(ApprovalRow.id))))
    return [approval_of(row) for row in rows]
