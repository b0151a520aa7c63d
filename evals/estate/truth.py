"""The truth file: what was planted in an estate, with exact amounts. Graders read it; no tool and no model ever does."""

from datetime import date
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field, PlainSerializer

from evals.estate.fees import DecoyKind
from evals.estate.fleet import Case
from evals.estate.plants import Kind
from evals.estate.world import State
from finops.money import plain
from finops.query import Frozen

Amount = Annotated[Decimal, PlainSerializer(plain, return_type=str, when_used="json")]
WasteKind = Literal[
    "oversized_instance", "idle_instance", "unattached_volume", "old_snapshot", "previous_generation_volume",
    "unused_commitment", "overpowered_model", "uncached_prompt", "untagged",
]  # fmt: skip


class ProviderTotals(Frozen):
    """Rows and exact sums of one provider, in USD."""

    rows: int
    billed_cost: Amount
    effective_cost: Amount
    list_cost: Amount
    contracted_cost: Amount


class Totals(Frozen):
    """The whole estate up to `end`. `billed_by_month` has keys like `2026-10`, then the provider's name."""

    rows: int
    by_provider: dict[str, ProviderTotals]
    billed_by_month: dict[str, dict[str, Amount]]


class InstanceTruth(Frozen):
    """One instance as it was at the anchor, and what a sound tool and policy must make of it.

    `expected` is what to recommend; `decision` what the default policy says to it (None where nothing is to be recommended).
    """

    resource_id: str
    name: str
    instance_type: str
    state: State
    environment: str
    team: str | None
    owner: str | None
    case: Case
    expected: Literal["resize", "stop", "none"]
    target_type: str | None = Field(
        description="cheapest type that carries the need with 20 % headroom; None unless resize"
    )
    capacity_ratio: Amount | None = Field(description="smaller of vCPU and memory, target over present")
    decision: Literal["needs_approval", "deny"] | None
    highest_vcpu: Amount = Field(description="most vCPU its workload ever needs, before headroom")
    highest_memory_gib: Amount
    monthly_cost: Amount = Field(description="EffectiveCost of its hours in the 30 days before the anchor")
    monthly_cost_after: Amount = Field(description="the same hours at the target's price; 0 where to be stopped")


class Waste(Frozen):
    """One planted waste. `monthly_cost` is EffectiveCost in the 30 days before the anchor over all of `scope`'s rows."""

    id: str
    kind: WasteKind
    scope: dict[str, str] = Field(description="FOCUS column (or tag:KEY) to value; the rows it is about")
    since: date
    monthly_cost: Amount
    note: str


class AnomalyDay(Frozen):
    """One line of the bill on one day: what was charged, and what would have been without the event (EffectiveCost)."""

    day: date
    scope: dict[str, str]
    actual: Amount
    expected: Amount


class AnomalyTruth(Frozen):
    """One planted anomaly that has begun before `end`. `excess` sums actual minus expected over `days`."""

    id: str
    kind: Kind
    note: str
    first_day: date
    last_day: date = Field(description="last day of data on which it lasts")
    excess: Amount
    days: tuple[AnomalyDay, ...]


class Decoy(Frozen):
    """Something that looks unusual and must not alert as unusual usage."""

    id: str
    kind: DecoyKind | Literal["commitment_purchase", "month_end_batch", "weekend_dip", "growth"]
    scope: dict[str, str]
    days: tuple[date, ...] = Field(description="days it falls on; empty where it is always there")
    amount: Amount | None = Field(description="EffectiveCost of each of these days, None where it varies")


class ChangeTruth(Frozen):
    """What was done to an instance since the anchor. Daily costs are ListCost of 24 hours, before and from `day` on."""

    resource_id: str
    day: date
    type_before: str
    type_after: str
    state_before: State
    state_after: State
    daily_before: Amount
    daily_after: Amount


class Truth(Frozen):
    """All that is known of an estate. Wastes and instances are as of `anchor`; totals, anomalies and changes as of `end`."""

    version: Literal[1] = 1
    seed: int
    currency: Literal["USD"] = "USD"
    first_day: date
    anchor: date
    end: date
    totals: Totals
    instances: tuple[InstanceTruth, ...]
    wastes: tuple[Waste, ...]
    anomalies: tuple[AnomalyTruth, ...]
    decoys: tuple[Decoy, ...]
    changes: tuple[ChangeTruth, ...]
