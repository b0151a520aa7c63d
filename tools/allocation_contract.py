"""What `allocate_costs` takes."""

from typing import Annotated, Literal

from pydantic import Field, WithJsonSchema

from finops.periods import Period
from finops.query import Filter, Frozen

CostMetric = Literal["BilledCost", "EffectiveCost", "ListCost", "ContractedCost"]


# A model has the full schema of these two from `cost_query`: what it is sent says so instead of repeating it.
_PERIOD = WithJsonSchema({"type": "string"})
_FILTERS = WithJsonSchema({"type": "array", "items": {"type": "object"}})


class AllocateCosts(Frozen):
    """Cost by the values of one virtual dimension, shared pools split over them."""

    dimension: str = Field(max_length=50, description="such as team; list_dimensions has them as virtual:team")
    metric: CostMetric = "BilledCost"
    period: Annotated[Period | None, _PERIOD] = Field(
        default=None, description="as in cost_query, such as 2024-09; none = all data"
    )
    filters: Annotated[tuple[Filter, ...], _FILTERS] = Field(default=(), max_length=20, description="as in cost_query")
    grain: Annotated[Literal["month"] | None, WithJsonSchema({"enum": ["month"]})] = None
    top: Annotated[int, Field(ge=1, le=1000)] = 1000
