"""Actions and what becomes of them: a closed set of kinds, a proposal bound to a hash, one table of states."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field, JsonValue

from finops.canonical import digest
from finops.query import Frozen


class Target(Frozen):
    """The one resource an action touches."""

    provider: Literal["aws"] = "aws"
    account: str = Field(max_length=64, description="SubAccountId of the resource")
    region: str = Field(max_length=32, description="RegionId, such as us-east-1")
    resource_id: str = Field(max_length=256, description="ResourceId, such as i-0abc")


class ResizeInstance(Frozen):
    """Change an instance's type; stops and starts it where it runs."""

    kind: Literal["resize_instance"] = "resize_instance"
    target: Target
    instance_type: Annotated[str, Field(max_length=40, description="the type to change to, such as m5.large")]


class StopInstance(Frozen):
    """Stop a running instance; its volumes stay and go on costing."""

    kind: Literal["stop_instance"] = "stop_instance"
    target: Target


class StartInstance(Frozen):
    """Start a stopped instance."""

    kind: Literal["start_instance"] = "start_instance"
    target: Target


Action = Annotated[ResizeInstance | StopInstance | StartInstance, Field(discriminator="kind")]


class Facts(Frozen):
    """What the server computed about an action: the only thing policy judges. None means not known, which refuses."""

    currency: str
    monthly_cost_before: Decimal = Field(description="cost of the resource in the last 30 days of data, EffectiveCost")
    monthly_cost_after: Decimal = Field(description="the same 30 days after the action")
    monthly_saving: Decimal = Field(description="before minus after; negative where the action costs more")
    capacity_ratio: Decimal | None = Field(
        description="smaller of vCPU and memory after over before; 0 when stopped, 1 when unchanged"
    )
    environment: str | None = Field(description="tag environment or env, lower case")
    owner: str | None = Field(description="tag owner or team")
    tags: dict[str, str]
    observation_days: int = Field(description="days of utilisation metrics behind it")
    observation_coverage: Decimal = Field(description="share of the expected samples present, 0 to 1")
    peak_fits: bool | None = Field(description="whether the observed need fits the capacity after the action")
    newest_data: str = Field(description="last day of data it rests on, ISO 8601")
    state_before: dict[str, JsonValue] = Field(description="instance_type and state the data shows")
    reversible: bool
    formula: str = Field(description="how the saving was computed, in words and numbers")


class Draft(Frozen):
    """What `propose_action` returns: an action with the server's facts and the evidence they rest on."""

    action: Action
    facts: Facts
    evidence: tuple[str, ...] = ()
    reason: str = Field(default="", max_length=2000, description="why, in words; never judged")


Outcome = Literal["allow", "deny", "needs_approval"]


class Decision(Frozen):
    """A verdict with the policies that decided and a reason a person can read for each."""

    outcome: Outcome
    policies: tuple[str, ...]
    reasons: tuple[str, ...]
    policy_version: str


State = Literal[
    "proposed", "denied", "pending", "approved", "rejected", "expired", "executing", "verified", "failed", "undone"
]  # fmt: skip
TRANSITIONS: dict[State, frozenset[State]] = {
    "proposed": frozenset({"denied", "pending", "approved"}),
    "denied": frozenset(),
    "pending": frozenset({"approved", "rejected", "expired", "denied"}),
    # Back to pending when what was approved is no longer what would run.
    "approved": frozenset({"executing", "expired", "denied", "pending", "rejected"}),
    "rejected": frozenset(),
    "expired": frozenset(),
    "executing": frozenset({"verified", "failed"}),
    "verified": frozenset({"undone", "failed"}),
    "failed": frozenset({"undone"}),
    "undone": frozenset(),
}


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
    hash: str


def binding(*, action: Action, facts: Facts, evidence: tuple[str, ...], fingerprint: str, policy_version: str) -> str:
    """Return the hash an approval is bound to: action, computed effect, evidence, target state and policy version."""
    return digest(
        {
            "action": action,
            "facts": facts,
            "evidence": list(evidence),
            "fingerprint": fingerprint,
            "policy": policy_version,
        }
    )


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
