"""Ask the gateway to carry out an approved proposal."""

from langgraph.runtime import Runtime

from agent.deps import Asker, Deps, who
from agent.nodes.policy import loaded, standing
from agent.state import State, Update, plain
from finops.errors import Refused, Unavailable


def execute(deps: Deps, state: State, runtime: Runtime[Asker]) -> Update:
    """INVARIANT: only the gateway executes; it holds the approval's hash against the proposal, and runs it once."""
    proposals, own = loaded(deps), state.get("proposal", "")
    error = ""
    try:
        proposals.execute(who(deps, runtime.context), own)
    except (Refused, Unavailable) as refused:
        error = str(refused)
    return {"standing": plain(standing(proposals.get(own), error=error))}
