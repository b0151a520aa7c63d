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
    return {}
