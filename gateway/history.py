"""What was loaded when, for whoever may ask."""

from finops.people import Principal, require
from gateway.home import Home
from store.lake.states.history import LakeState, history

__all__ = ["LakeState", "load_history"]


def load_history(home: Home, principal: Principal) -> list[LakeState]:
    """Return every state of the cost data, from the first load on; each can be asked by its snapshot or its moment."""
    require(principal, "ask")
    return history(home.lake)
