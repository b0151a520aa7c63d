"""What `propose_action` takes; it returns `finops.actions.Draft`."""

from pydantic import Field

from finops.actions import Action
from finops.query import Frozen


class ProposeAction(Frozen):
    """One action to put before policy and a person. The server computes its cost, saving and fit from the data."""

    action: Action
    evidence: tuple[str, ...] = Field(default=(), max_length=50, description="ids of the evidence it rests on")
    reason: str = Field(default="", max_length=2000, description="why, in words; never judged")
