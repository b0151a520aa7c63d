"""What the engine is told beside the facts: the records' counts, the calendar, who approved. One writer at a time asks."""

from collections.abc import Sequence
from datetime import date, datetime

from sqlmodel import Session

from finops.actions import Action, Facts, effective
from gateway.people import standing
from policies.freezes import Freeze, freeze_at
from policies.request import ApprovalFacts, Circumstances
from store.records.circumstances import around
from store.records.tables import ApprovalRow


def circumstances_of(
    session: Session,
    action: Action,
    facts: Facts,
    *,
    at: datetime,
    freezes: tuple[Freeze, ...],
    proposal_id: str = "",
    runs: bool = False,
) -> Circumstances:
    """Return them at one moment; `runs` says that the action is about to run, so that it counts among the runs of the hour."""
    found = around(session, action, facts, at=at, proposal_id=proposal_id, runs=runs)
    exemption = found.exemption
    return Circumstances(
        # What goes through a repository is frozen as a change of code and as what it stands for.
        freeze=freeze_at(freezes, action.kind, at) or freeze_at(freezes, effective(action).kind, at),
        exempt_until=date.fromisoformat(exemption.until) if exemption else None,
        exempt_reason=exemption.reason if exemption else "", exempt_by=exemption.person if exemption else "",
        rejected_on=found.rejected_on, rejected_by=found.rejected_by, undone_on=found.undone_on, in_flight=found.in_flight,
        amount_today=found.amount_today, actions_last_hour=found.actions_last_hour,
        owner_resources_today=found.owner_resources_today, failures=found.failures,
    )  # fmt: skip


def approvals_given(session: Session, rows: Sequence[ApprovalRow], *, on_behalf_of: str) -> tuple[ApprovalFacts, ...]:
    """Return approvals as the policies take them, of people as the records have them now, in the order they were given.

    Raises `Unauthenticated` for one of somebody who is no longer there.
    """
    return tuple(approval_by(session, row.approver, on_behalf_of=on_behalf_of) for row in rows)


def approval_by(session: Session, name: str, *, on_behalf_of: str) -> ApprovalFacts:
    """Return the approval of one person as the records have them now."""
    person = standing(session, name)
    return ApprovalFacts(
        approver=person.name,
        approver_role=person.role,
        local=person.local,
        approver_is_proposer=person.name == on_behalf_of,
    )
