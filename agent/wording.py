"""What the graph itself says about proposals: from the records, never from a planner, and without a number."""

from finops.actions import Proposal, in_words

_STATES = {
    "proposed": "is recorded",
    "denied": "is refused by policy",
    "pending": "waits for approval",
    "approved": "is approved and not yet executed",
    "rejected": "was rejected",
    "expired": "has expired",
    "executing": "is being executed",
    "verified": "was executed and verified",
    "failed": "was executed and failed",
    "undone": "was undone",
}
_NOT_RUN = ("proposed", "denied", "pending", "approved", "rejected", "expired")


def proposal_words(proposal: Proposal) -> str:
    """Return one line on a proposal: what, and where it stands; the verdict's reasons come with the proposal."""
    line = f"Proposal `{proposal.id}` ({in_words(proposal.action)}) {_STATES[proposal.state]}"
    return f"{line}; nothing has run." if proposal.state in _NOT_RUN else f"{line}."
