"""What `rightsize_instances` takes and returns."""

from datetime import date
from decimal import Decimal
from typing import Literal

from pydantic import Field

from finops.query import Filter, Frozen
from tools.contract import NotEnoughData

Risk = Literal["very low", "low", "medium", "high"]


class RightsizeInstances(Frozen):
    """Which instances are too large or idle, judged by 14 to 32 days of CPU and memory."""

    filters: tuple[Filter, ...] = Field(default=(), max_length=20)
    min_monthly_saving: Decimal = Field(
        default=Decimal(1), ge=0, max_digits=20, description="per instance, in its currency"
    )
    top: int = Field(default=20, ge=1, le=1000, description="largest savings to return")


class Recommendation(Frozen):
    """One instance and the cheapest type that carries its need. Costs are for 30 days; figures: FIGURE.before, .after, .saving."""

    figure: str = Field(description="base name of its figures: the resource id")
    kind: Literal["resize_instance", "stop_instance"]
    resource_id: str
    resource_name: str | None
    account: str
    region: str
    environment: str | None
    owner: str | None
    current_type: str
    target_type: str | None = Field(description="None where it is to be stopped")
    vcpu_before: Decimal
    vcpu_after: Decimal
    memory_gib_before: Decimal
    memory_gib_after: Decimal
    cpu_percentile: Decimal = Field(description="P99.5 of CPU in % of the current vCPU")
    need_vcpu: Decimal
    need_memory_gib: Decimal | None = Field(description="None where memory was not measured: same or more memory kept")
    samples: int
    days: int
    coverage: Decimal = Field(description="share of the expected samples present, 0 to 1")
    risk: Risk = Field(description="by the share of samples over the target's capacity: .1 %, 1 %, 5 %")
    over_capacity: Decimal = Field(description="share of samples over the target's capacity, 0 to 1")
    currency: str
    monthly_cost_before: Decimal
    monthly_cost_after: Decimal
    monthly_saving: Decimal
    committed_cost: Decimal = Field(description="part of the cost covered by a commitment, on which nothing is saved")
    candidates: int = Field(description="types that carry the need and cost less")
    formula: str


class Skipped(Frozen):
    """An instance without a recommendation, and why."""

    resource_id: str
    current_type: str | None
    reason: NotEnoughData | str


class SavingTotal(Frozen):
    """Saving of the recommendations returned, in one currency. Figure: `saving`, or `saving EUR` with several."""

    figure: str
    currency: str
    monthly_cost_before: Decimal
    monthly_saving: Decimal
    recommendations: int


class RightsizeResult(Frozen):
    """Recommendations by saving, largest first. Figures: each one's, the totals', `instances`, `skipped`."""

    status: Literal["ok"] = "ok"
    first_day: date = Field(description="first day of cost and metrics looked at")
    last_day: date
    instances: int = Field(description="instances that had cost in these days and passed the filters")
    recommendations: tuple[Recommendation, ...]
    totals: tuple[SavingTotal, ...]
    well_sized: int = Field(description="instances judged for which nothing cheaper carries the need")
    below_minimum: int = Field(description="savings too small for min_monthly_saving, or beyond `top`")
    skipped: tuple[Skipped, ...] = Field(description="by resource id, the first 200")
    skipped_count: int
    caveats: tuple[str, ...] = ()
