"""What `list_dimensions` takes and returns."""

from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from finops.query import Dimension, Frozen


class ListDimensions(Frozen):
    """What can be asked about: every dimension, or the values of one."""

    dimension: Dimension | None = None
    search: str = Field(default="", max_length=200, description="keep names (or values) that contain this, case-blind")
    limit: int = Field(default=20, ge=1, le=1000)


class DimensionRow(Frozen):
    """One dimension: how many values it has and the first of them."""

    name: str
    distinct: int
    values: tuple[str, ...]


class ValueRow(Frozen):
    """One value of the dimension asked for and the bill rows that carry it; None is rows without a value."""

    value: str | None
    rows: int


class MetricRow(Frozen):
    """One metric and what a reader of it must know."""

    name: str
    caveats: tuple[str, ...] = ()


class DimensionsResult(Frozen):
    """What the data holds. Figures: `rows`, `days`, and `NAME.distinct` for each dimension listed."""

    status: Literal["ok"] = "ok"
    rows: int
    first_day: date
    last_day: date
    currencies: tuple[str, ...]
    sources: tuple[str, ...]
    metrics: tuple[MetricRow, ...]
    dimensions: tuple[DimensionRow, ...] = Field(default=(), description="by name; empty where one was asked for")
    virtual: tuple[str, ...] = Field(
        default=(), description="virtual dimensions of the allocation rules that are loaded"
    )
    dimension: str | None = None
    values: tuple[ValueRow, ...] = Field(default=(), description="values of `dimension`, most rows first")
    matches: Annotated[int, Field(description="how many dimensions or values match, before `limit`")] = 0
