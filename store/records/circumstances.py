"""What the records say around an action at one moment: what limits count, what was rejected, undone, exempted, and what runs now.

Asked within the transaction that records the decision, which one writer at a time has: what is counted cannot change before it ends.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from sqlalchemy import bindparam, text
from sqlmodel import Session, select

from finops.actions import COUNTED, IN_FLIGHT, Action, Facts, effective, likeness, resource_of
from store.records.guard import intact, stamp
from store.records.proposals import micro_amount, owner_key
from store.records.tables import AuditEvent, ExemptionRow, ProposalRow

_DAY, _HOUR, _MONTH = timedelta(hours=24), timedelta(hours=1), timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Around:
    """Counts for one action, itself taken in. Amounts are in the action's currency."""

    rejected_on: datetime | None
    rejected_by: str
    undone_on: datetime | None
    in_flight: str
    amount_today: Decimal
    actions_last_hour: int
    owner_resources_today: int
    failures: int
    exemption: ExemptionRow | None


# One statement for all: each by itself would cost more than what it counts.
_COUNT = text(
    """
    SELECT
      (SELECT COALESCE(SUM(amount), 0) FROM proposal
        WHERE id <> :me AND state IN :counted AND reserved > :day AND currency = :currency) AS amount,
      (SELECT COUNT(DISTINCT resource) FROM proposal
        WHERE id <> :me AND state IN :counted AND reserved > :day AND owner = :owner AND resource <> :resource) AS others,
      (SELECT COUNT(*) FROM execution WHERE kind = 'apply' AND at > :hour AND proposal <> :me) AS ran,
      (SELECT MIN(id) FROM proposal AS other
        WHERE id <> :me AND resource = :resource
          -- A run that did not end holds its resource whatever the state: an undo that died left it half way.
          AND (state IN :flying
               OR EXISTS (SELECT 1 FROM execution AS run WHERE run.proposal = other.id AND run.ended = ''))) AS in_flight,
      (SELECT COUNT(*) FROM proposal
        WHERE id <> :me AND kind = :kind AND state IN :wrong AND moved > :month) AS failures,
      (SELECT MAX(moved) FROM proposal WHERE id <> :me AND resource = :resource AND state = 'undone') AS undone,
      (SELECT id FROM proposal
        WHERE id <> :me AND action_hash = :action AND state = 'rejected'
          -- One that was edited was not rejected: another took its place.
          AND id NOT IN (SELECT replaces FROM proposal WHERE replaces <> '')
        ORDER BY moved DESC LIMIT 1) AS rejected,
      (SELECT id FROM exemption
        WHERE resource_id = :name AND until >= :today AND lifted = '' ORDER BY until DESC, id LIMIT 1) AS exemption
    """
).bindparams(
    bindparam("counted", COUNTED, expanding=True),
    bindparam("flying", IN_FLIGHT, expanding=True),
    bindparam("wrong", ("failed", "undone"), expanding=True),
)


def around(session: Session, action: Action, facts: Facts, *, at: datetime, proposal_id: str, runs: bool) -> Around:
    """Count for `action`, which is proposal `proposal_id` (empty where it is none yet); `runs` says that it is about to run."""
    aim = effective(action)
    asked = {
        "me": proposal_id, "day": stamp(at - _DAY),
        "hour": stamp(at - _HOUR), "month": stamp(at - _MONTH), "currency": facts.currency, "owner": owner_key(facts),
        "resource": resource_of(action), "kind": aim.kind, "action": likeness(action, facts), "name": aim.target.resource_id,
        "today": at.date().isoformat(),
    }  # fmt: skip
    found = session.connection().execute(_COUNT, asked).mappings().one()
    rejected_on, rejected_by = _rejected(session, found["rejected"]) if found["rejected"] else (None, "")
    exemption = session.get_one(ExemptionRow, found["exemption"]) if found["exemption"] else None
    return Around(
        rejected_on=rejected_on, rejected_by=rejected_by,
        undone_on=datetime.fromisoformat(found["undone"]) if found["undone"] else None,
        in_flight=found["in_flight"] or "", amount_today=Decimal(int(found["amount"]) + micro_amount(facts)).scaleb(-6),
        actions_last_hour=int(found["ran"]) + runs, owner_resources_today=int(found["others"]) + 1,
        failures=int(found["failures"]), exemption=exemption and intact(session, exemption),
    )  # fmt: skip


def _rejected(session: Session, proposal_id: str) -> tuple[datetime, str]:
    """Return when and by whom a proposal was rejected."""
    said = session.exec(
        select(AuditEvent.actor).where(
            AuditEvent.subject == f"proposal/{proposal_id}", AuditEvent.kind == "proposal.rejected"
        )
    ).first()
    return datetime.fromisoformat(session.get_one(ProposalRow, proposal_id).moved), said or ""
