"""Show what policy decided. The decision was made in the gateway; here it is read from the records, and nothing is granted."""

from langgraph.runtime import Runtime

from agent.answer import Proposed
from agent.deps import Asker, Deps, Proposals
from agent.state import Standing, State, Update, plain, work_of
from finops.actions import Proposal
from finops.errors import Unavailable


def loaded(deps: Deps) -> Proposals:
    """Return the gateway's proposals, or refuse where this assistant only reads."""
    if deps.proposals is None:
        raise Unavailable("proposals are not available here", fix="use `toll proposals`")
    return deps.proposals()


def standing(proposal: Proposal, *, error: str = "") -> Standing:
    """Return what the records say of a proposal, for routing."""
    return Standing(state=proposal.state, hash=proposal.hash, error=error)


def reasons(proposal: Proposal) -> tuple[str, ...]:
    """Return each reason of the verdict as a note, with the policies that decided."""
    decided = ", ".join(f"`{policy}`" for policy in proposal.decision.policies)
    by = f" (policy {decided})" if decided else ""
    return tuple(f"`{proposal.id}`: {reason}{by}" for reason in proposal.decision.reasons)


def policy(deps: Deps, state: State, runtime: Runtime[Asker]) -> Update:
    """Read the verdict: of the one proposal in its own thread, else of every one recorded for this question."""
    if own := state.get("proposal"):
        return {"standing": plain(standing(loaded(deps).get(own)))}
    work = work_of(state)
    if not work.proposals:
        return {}
    recorded = [loaded(deps).get(proposal) for proposal in work.proposals]
    for proposal in recorded:
        runtime.stream_writer(Proposed(proposal=proposal))
    notes = (*work.notes, *(note for proposal in recorded for note in reasons(proposal)))
    return {"work": plain(work.model_copy(update={"notes": notes}))}
