"""What is no longer as it was approved: back to review with the difference, or an end."""

from collections.abc import Sequence
from datetime import datetime

from pydantic import JsonValue
from sqlmodel import Session

from finops.actions import Proposal
from finops.errors import StateConflict, TollError
from finops.ports import Observation
from gateway.deciding import Decided, Decider
from gateway.judging import Judged
from store.records import proposals


def back_to_pending(
    session: Session, proposal: Proposal, decided: Decided, *, actor: str, at: datetime, expires: datetime
) -> TollError:
    """Send an approved proposal back to review: its approvals no longer do, or a limit, a freeze or another run is in the way."""
    detail: dict[str, JsonValue] = {**decided.detail, "differences": list(decided.decision.reasons)}
    proposals.transition(session, proposal.id, "pending", actor=actor, at=at, detail=detail, expires=expires)
    reasons = "; ".join(decided.decision.reasons)
    if decided.decision.outcome == "needs_approval":
        said, fix = "has no approval that holds", "approve it again"
    else:
        said, fix = "cannot run now and waits for approval again", "approve it again when that is over"
    return StateConflict(
        f"proposal `{proposal.id}` {said}: {reasons}", fix=f"{fix} with `toll proposals approve {proposal.id}`"
    )


def judged_anew(
    session: Session, decider: Decider, proposal: Proposal, now: Judged, found: Sequence[str], *, actor: str, at: datetime,
    expires: datetime,
) -> Decided:  # fmt: skip
    """Put what was computed anew in the place of what was approved, and decide on it as on a new proposal.

    It waits for approval where only circumstances refuse, which pass.
    """
    detail: dict[str, JsonValue] = {"differences": list(found)}
    proposals.transition(session, proposal.id, "pending", actor=actor, at=at, detail=detail)
    decided = decider.approve(
        session, proposal.model_copy(update={"action": now.action, "facts": now.facts}), now.observed, (), at
    )
    anew = proposal.model_copy(update={
        "facts": now.facts, "evidence": now.evidence, "fingerprint": now.fingerprint, "decision": decided.decision,
        "undo_plan": now.undo_plan.words, "calendar": now.calendar, "hash": now.hash(), "expires": expires,
    })  # fmt: skip
    proposals.rejudge(session, anew, observed=now.observed, actor=actor, at=at, detail={**detail, **decided.detail})
    if not decider.waits(decided, now.observed):
        state = "denied" if decided.decision.outcome == "deny" else "approved"
        proposals.transition(session, proposal.id, state, actor="policy", at=at, detail=decided.detail)
    return decided


def changed_since(proposal: Proposal, before: Observation, present: Observation) -> StateConflict:
    """Return the refusal to go on over what somebody else did to the target."""
    name = proposal.action.target.resource_id
    if not present.exists:
        return StateConflict(f"`{name}` was changed since, it is gone", fix="propose the change you want instead")
    keys = sorted(before.attributes.keys() | present.attributes.keys())
    moved = [key for key in keys if before.attributes.get(key) != present.attributes.get(key)] or keys
    now = ", ".join(f"{key} `{present.attributes.get(key, 'none')}`" for key in moved)
    return StateConflict(f"`{name}` was changed since, to {now}", fix="propose the change you want instead")
