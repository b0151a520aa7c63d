"""Refuse a step a proposal's state does not allow, saying which step it does allow."""

from finops.actions import Action, Proposal, State, effective
from finops.errors import Denied, StateConflict
from store.records.locks import Confirm

_FIX: dict[State, str] = {
    "pending": "approve it first with `toll proposals approve {id}`",
    "approved": "execute it with `toll proposals execute {id}`",
    "executing": "finish it with `toll proposals execute {id}`",
    "verified": "undo it with `toll proposals undo {id}` where it shall not stay",
    "failed": "undo it with `toll proposals undo {id}`, and propose it again",
}


def must_be(proposal: Proposal, *states: State) -> None:
    """Raise `Denied` or `StateConflict` unless the proposal is in one of `states`."""
    if proposal.state in states:
        return
    if proposal.state == "denied":
        raise Denied(f"proposal `{proposal.id}` is denied: {'; '.join(proposal.decision.reasons)}",
                     policies=proposal.decision.policies)  # fmt: skip
    raise StateConflict(f"proposal `{proposal.id}` is {proposal.state}, not {' or '.join(states)}",
                        fix=_FIX.get(proposal.state, "propose it again").format(id=proposal.id))  # fmt: skip


def must_hold(action: Action, confirm: Confirm | None) -> Confirm:
    """Return what confirms the lock on the resource of `action`; raises `StateConflict` where another process holds it."""
    if confirm is None:
        name = effective(action).target.resource_id
        raise StateConflict(f"`{name}` is being changed by another process now", fix="look again in a minute")
    return confirm


def still_running(other: Proposal) -> StateConflict:
    """Return the refusal to undo beside a run, or an undo, of another proposal on the same resource."""
    step, said = ("execute", "runs on") if other.state == "executing" else ("undo", "is being undone on")
    name = effective(other.action).target.resource_id
    return StateConflict(f"proposal `{other.id}` {said} `{name}` and has not ended",
                         fix=f"finish it first with `toll proposals {step} {other.id}`")  # fmt: skip
