"""Read back what became of an execution."""

from langgraph.runtime import Runtime

from agent.deps import Asker, Deps
from agent.nodes.policy import loaded, standing
from agent.state import State, Update, plain


def verify(deps: Deps, state: State, runtime: Runtime[Asker]) -> Update:
    """Take the outcome from the records, where the gateway wrote what the provider said after the change."""
    del runtime
    return {"standing": plain(standing(loaded(deps).get(state.get("proposal", ""))))}
