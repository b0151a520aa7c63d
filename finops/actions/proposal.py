"""A proposal bound to a hash, and what becomes of it: decision, approval, execution."""

from datetime import datetime
from typing import Literal

from pydantic import Field, JsonValue

from finops.actions.facts import Facts
from finops.actions.kinds import Action
from finops.actions.states import State
from finops.canonical import digest
from finops.query import Frozen

Outcome = Literal["allow", "deny", "needs_approval"]


class Decision(Frozen):
    """A verdict with the policies that decided and a reason a person can read for each."""

    outcome: Outcome
    policies: tuple[str, ...]
    reasons: tuple[str, ...]
    policy_version: str


class Proposal(Frozen):
    """A recorded proposal. `hash` binds an approval to exactly these bytes."""

    id: str
    state: State
    action: Action
    facts: Facts
    evidence: tuple[str, ...]
    reason: str
    decision: Decision
    proposer: str = Field(description="the planner that proposed, such as rules, openai:MODEL or person")
    on_behalf_of: str = Field(description="name of the person who asked")
    fingerprint: str = Field(
        description="hash of the target's observed state when proposed; empty where it could not be observed"
    )
    undo_plan: str = Field(description="how it is undone, or why it cannot be")
    created: datetime
    expires: datetime
    calendar: str = Field(default="", description="digest of the change freezes it was judged under; empty without any")
    replaces: str = Field(default="", description="id of the proposal this one took the place of when it was edited")
    hash: str


def binding(
    *,
    action: Action,
    facts: Facts,
    evidence: tuple[str, ...],
    fingerprint: str,
    policy_version: str,
    calendar: str = "",
) -> str:
    """Return the hash an approval is bound to: action, computed effect, evidence, target state, policy version, change freezes."""
    bound = {
        "action": action,
        "facts": facts,
        "evidence": list(evidence),
        "fingerprint": fingerprint,
        "policy": policy_version,
    }
    return digest(bound | {"calendar": calendar} if calendar else bound)


class Approval(Frozen):
    """A person's yes to one proposal's hash; works once and expires."""

    proposal: str
    hash: str
    approver: str
    at: datetime
    expires: datetime
    reason: str = ""


class Execution(Frozen):
    """What ran: enough to verify it and to undo it."""

    proposal: str
    idempotency_key: str
    at: datetime
    calls: tuple[str, ...] = Field(description="the calls made, in order, as the provider names them")
    before: dict[str, JsonValue]
    after: dict[str, JsonValue]
    verified: bool
    error: str = ""
