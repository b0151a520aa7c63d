"""What the records say around an action at one moment: what limits count, what was rejected, undone, exempted, and what runs now.

Asked within the transaction that records the decision, which one writer at a time has: what is counted cannot change before it ends.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from sqlmodel import Session, asc, col, desc, func, select

from finops.actions import COUNTED, IN_FLIGHT, Action, Facts, resource_of
from finops.canonical import digest
from store.records.guard import intact, stamp
from store.records.proposals import micro_amount, owner_key
from store.records.tables import AuditEvent, ExecutionRow, ExemptionRow, ProposalRow

_DAY, _HOUR, _MONTH = timedelta(hours=24), timedelta(hours=1), timedelta(days=30)
_WENT_WRONG = ("failed", "undone")


@dataclass(frozen=True, slots=True)
class Around:
    """Counts for one action, itself taken in. Amounts are in the action's currency."""

    rejected_on: date | None
    rejected_by: str
    undone_on: date | None
    in_flight: str
    amount_today: Decimal
    actions_last_hour: int
    owner_resources_today: int
    failures: int
    exemption: ExemptionRow | None


def around(session: Session, action: Action, facts: Facts, *, at: datetime, proposal_id: str, runs: bool) -> Around:
    """Count for `action`, which is proposal `proposal_id` (empty where it is none yet); `runs` says that it is about to run."""
    others = col(ProposalRow.id) != proposal_id
    today = (others, col(ProposalRow.state).in_(COUNTED), col(ProposalRow.reserved) > stamp(at - _DAY))
    amount = session.exec(
        select(func.coalesce(func.sum(ProposalRow.amount), 0)).where(*today, ProposalRow.currency == facts.currency)
    ).one()
    resource, owner = resource_of(action), owner_key(facts)
    mine = set(session.exec(select(ProposalRow.resource).where(*today, ProposalRow.owner == owner).distinct()))
    ran = session.exec(
        select(func.count())
        .select_from(ExecutionRow)
        .where(ExecutionRow.kind == "apply", ExecutionRow.at > stamp(at - _HOUR))
    ).one()
    flying = session.exec(
        select(ProposalRow.id).where(others, ProposalRow.resource == resource, col(ProposalRow.state).in_(IN_FLIGHT))
        .order_by(asc(col(ProposalRow.id)))
    ).first()  # fmt: skip
    wrong = session.exec(
        select(func.count()).select_from(ProposalRow).where(
            others, ProposalRow.kind == action.kind, col(ProposalRow.state).in_(_WENT_WRONG), ProposalRow.moved > stamp(at - _MONTH)
        )
    ).one()  # fmt: skip
    rejected_on, rejected_by = _rejected(session, action, proposal_id)
    return Around(
        rejected_on=rejected_on, rejected_by=rejected_by, undone_on=_undone(session, resource, proposal_id),
        in_flight=flying or "", amount_today=Decimal(int(amount) + micro_amount(facts)).scaleb(-6),
        actions_last_hour=int(ran) + runs, owner_resources_today=len(mine | {resource}), failures=int(wrong),
        exemption=exemption_of(session, action.target.resource_id, at.date()),
    )  # fmt: skip


def exemption_of(session: Session, resource_id: str, day: date) -> ExemptionRow | None:
    """Return the exemption of a resource that holds longest, of those in force on `day`."""
    row = session.exec(
        select(ExemptionRow).where(
            ExemptionRow.resource_id == resource_id, ExemptionRow.until >= day.isoformat(), ExemptionRow.lifted == ""
        ).order_by(desc(col(ExemptionRow.until)), asc(col(ExemptionRow.id)))
    ).first()  # fmt: skip
    return row and intact(session, row)


def _rejected(session: Session, action: Action, proposal_id: str) -> tuple[date | None, str]:
    """Return when and by whom this very action was rejected last. One that was edited was not: another took its place."""
    taken = select(ProposalRow.replaces).where(ProposalRow.replaces != "")
    row = session.exec(
        select(ProposalRow).where(
            ProposalRow.action_hash == digest(action), ProposalRow.state == "rejected", ProposalRow.id != proposal_id,
            col(ProposalRow.id).not_in(taken),
        ).order_by(desc(col(ProposalRow.moved)))
    ).first()  # fmt: skip
    if row is None:
        return None, ""
    said = session.exec(
        select(AuditEvent.actor).where(
            AuditEvent.subject == f"proposal/{row.id}", AuditEvent.kind == "proposal.rejected"
        )
    ).first()
    return datetime.fromisoformat(row.moved).date(), said or ""


def _undone(session: Session, resource: str, proposal_id: str) -> date | None:
    moved = session.exec(
        select(func.max(ProposalRow.moved)).where(
            ProposalRow.resource == resource, ProposalRow.state == "undone", ProposalRow.id != proposal_id
        )
    ).one()  # fmt: skip
    return datetime.fromisoformat(moved).date() if moved else None
