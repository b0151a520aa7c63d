"""`CostQuery`: the one typed question about cost, whoever asks it."""

from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from finops.errors import UnknownName
from finops.focus import BY_NAME
from finops.periods import Grain, Period
from finops.relational import Key

Metric = Literal["BilledCost", "EffectiveCost", "ListCost", "ContractedCost", "ConsumedQuantity", "PricingQuantity"]
COST_METRICS: frozenset[str] = frozenset({"BilledCost", "EffectiveCost", "ListCost", "ContractedCost"})

DIMENSIONS: frozenset[str] = frozenset(name for name, column in BY_NAME.items() if column.type == "String") | {
    "x_Source"
}


class Frozen(BaseModel):
    """Base of every contract: cannot be changed, refuses fields it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid")


def dimension_key(name: str) -> Key:
    """Return what `name` groups by: a FOCUS dimension such as `ServiceName`, `tag:KEY`, or `sku:KEY` (SkuPriceDetails)."""
    for prefix, column in (("tag:", "Tags"), ("sku:", "SkuPriceDetails")):
        if name.startswith(prefix) and len(name) > len(prefix):
            return Key(column, json_key=name.removeprefix(prefix))
    if name not in DIMENSIONS:
        raise UnknownName("dimension", name, DIMENSIONS)
    return Key(name)


Dimension = Annotated[str, Field(max_length=200, description="FOCUS dimension such as ServiceName, or tag:KEY")]


class Filter(Frozen):
    """Rows whose dimension is (or is not, contains, lacks, has) one of the values."""

    dimension: Dimension
    op: Literal["is", "is_not", "contains", "missing", "present"] = "is"
    values: tuple[Annotated[str, Field(max_length=1000)], ...] = Field(default=(), max_length=200)

    @model_validator(mode="after")
    def _complete(self) -> Self:
        dimension_key(self.dimension)
        if bool(self.values) == (self.op in ("missing", "present")):
            raise ValueError(
                f"filter on `{self.dimension}` with op `{self.op}` needs " + ("no values" if self.values else "values")
            )
        return self


class CostQuery(Frozen):
    """Sum one metric over a period, filtered, grouped, by grain, compared, cut to the top."""

    metric: Metric = Field(
        default="BilledCost", description="cost definition, in BillingCurrency; quantities need a unit filter or group"
    )
    period: Period | None = Field(
        default=None, description="start and end (end excluded) or text like 2024-09; none = all data"
    )
    filters: tuple[Filter, ...] = Field(default=(), max_length=20)
    group_by: tuple[Dimension, ...] = Field(default=(), max_length=3)
    grain: Grain | None = Field(default=None, description="time bucket of the charge period")
    compare: Literal["previous_period", "previous_year"] | Period | None = Field(
        default=None, description="second period to set beside"
    )
    top: Annotated[int, Field(ge=1, le=1000)] | None = Field(
        default=None, description="keep the N largest groups, the rest as `other`"
    )

    @model_validator(mode="after")
    def _sound(self) -> Self:
        for name in self.group_by:
            dimension_key(name)
        if len(set(self.group_by)) < len(self.group_by):
            raise ValueError("group_by names a dimension twice; name it once")
        if self.top and not self.group_by:
            raise ValueError("top needs group_by; say what to rank")
        if self.compare and self.period is None:
            raise ValueError("compare needs a period; say which one to compare")
        if self.compare and self.grain:
            raise ValueError("compare and grain exclude each other; ask one of them")
        return self
