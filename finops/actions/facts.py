"""What the server computes about an action: the only thing policy judges."""

from decimal import Decimal
from typing import Literal

from pydantic import Field, JsonValue

from finops.actions.kinds import Action
from finops.query import Frozen

Risk = Literal["low", "medium", "high"]


class Facts(Frozen):
    """What the server computed about an action. None means not known, which refuses."""

    currency: str
    monthly_cost_before: Decimal = Field(description="cost of the resource in the last 30 days of data, EffectiveCost")
    monthly_cost_after: Decimal = Field(description="the same 30 days after the action")
    monthly_saving: Decimal = Field(description="before minus after; negative where the action costs more")
    saving_confidence: Decimal = Field(
        default=Decimal(0), description="share, 0 to 1, of the days it rests on whose cost and use are known and final"
    )
    capacity_ratio: Decimal | None = Field(
        description="smaller of vCPU and memory after over before; 0 when stopped, 1 when unchanged"
    )
    environment: str | None = Field(description="tag environment or env, lower case")
    owner: str | None = Field(description="tag owner or team")
    tags: dict[str, str]
    fleet_size: int = Field(
        default=0, description="resources of the same service and owner in the same days, itself included"
    )
    fleet_cost: Decimal = Field(default=Decimal(0), description="their EffectiveCost of the same days")
    risk: Risk = Field(
        default="high", description="what may go wrong: class by kind and by how close the load comes to what is left"
    )
    observation_days: int = Field(description="days of utilisation metrics behind it")
    observation_coverage: Decimal = Field(description="share of the expected samples present, 0 to 1")
    peak_fits: bool | None = Field(description="whether the observed need fits the capacity after the action")
    newest_data: str = Field(description="last day of data it rests on, ISO 8601")
    state_before: dict[str, JsonValue] = Field(
        description="what the data shows of the target, such as instance_type and state"
    )
    reversible: bool
    undo_certain: bool = Field(
        default=True, description="false where an undo may fail for reasons beyond the owner's hands"
    )
    formula: str = Field(description="how the saving was computed, in words and numbers")


class Draft(Frozen):
    """What `propose_action` returns: an action with the server's facts and the evidence they rest on."""

    action: Action
    facts: Facts
    evidence: tuple[str, ...] = ()
    reason: str = Field(default="", max_length=2000, description="why, in words; never judged")
