"""What the graph itself says about proposals: from the records, never from a planner, and without a number."""

from finops.actions import Proposal, ResizeInstance, StartInstance, StopInstance

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


def action_words(proposal: Proposal) -> str:
    """Return what a proposal would do: ``resize `i-0abc` to `m5.large` ``."""
    target = f"`{proposal.action.target.resource_id}`"
    match proposal.action:
        case ResizeInstance(instance_type=wanted):
            return f"resize {target} to `{wanted}`"
        case StopInstance():
            return f"stop {target}"
        case StartInstance():
            return f"start {target}"


def proposal_words(proposal: Proposal) -> str:
    """Return one line on a proposal: what, and where it stands; the verdict's reasons come with the proposal."""
    line = f"Proposal `{proposal.id}` ({action_words(proposal)}) {_STATES[proposal.state]}"
    return f"{line}; nothing has run." if proposal.state in _NOT_RUN else f"{line}."
