"""Wait for a person."""

from langgraph.types import interrupt

from agent.state import State, Update, standing_of


def approve(state: State) -> Update:
    """Wait, and nothing else: this node runs again from its top when it is resumed, and what it is resumed with is not trusted."""
    interrupt({"proposal": state.get("proposal", ""), "hash": standing_of(state).hash})
    return {}
