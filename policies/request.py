"""What the engine is asked: an action, the facts the server computed about it, the day, and who has approved it."""

from datetime import date
from typing import Self

from pydantic import Field

from finops.actions import Action, Facts, Proposal
from finops.people import Role
from finops.query import Frozen


class ApprovalFacts(Frozen):
    """Who approves, as the records say it; nothing here comes from an argument of the caller."""

    approver: str = Field(min_length=1, max_length=200)
    approver_role: Role
    approver_is_proposer: bool = Field(description="whether it was proposed on behalf of the approver")
    local: bool = Field(description="whether the approver is the one person of local mode")


class PolicyRequest(Frozen):
    """One question to the engine. `approval` is None while it is only proposed."""

    action: Action
    facts: Facts
    now: date = Field(description="the day of the decision, UTC")
    approval: ApprovalFacts | None = None

    @classmethod
    def of(cls, proposal: Proposal, *, now: date, approval: ApprovalFacts | None = None) -> Self:
        """Ask about a recorded proposal."""
        return cls(action=proposal.action, facts=proposal.facts, now=now, approval=approval)
