"""Refuse a step a proposal's state does not allow, saying which step it does allow."""

from finops.actions import Proposal, State
from finops.errors import Denied, StateConflict

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


def must_hold(proposal_id: str, *, held: bool) -> None:
    """Raise `StateConflict` where another process runs the proposal."""
    if not held:
        raise StateConflict(
            f"proposal `{proposal_id}` is being run by another process now", fix="look again in a minute"
        )
