"""What `cost_query` returns."""

from datetime import date
from decimal import Decimal
from typing import Literal

from pydantic import Field

from finops.periods import Period
from finops.query import Frozen, Metric


class CostRow(Frozen):
    """One group (and bucket) in one unit. `figure` is the base name of its figures."""

    figure: str = Field(
        description="`AWS`, `AWS/Compute`, `2024-09-01`, `AWS@2024-09-01`; with several units ` EUR` follows"
    )
    group: dict[str, str | None] = Field(
        description="dimension to value, None where the data has none; empty without group_by"
    )
    other: bool = Field(default=False, description="whether this is the rest beyond `top`")
    bucket: date | None = Field(default=None, description="first day of the time bucket")
    value: Decimal
    unit: str = Field(description="BillingCurrency, or the FOCUS unit of a quantity")
    share: Decimal | None = Field(
        default=None, description="percent of the total in this unit, None where the total is zero"
    )
    compare: Decimal | None = None
    change: Decimal | None = None
    change_percent: Decimal | None = Field(default=None, description="None where the compared value is zero")


class CostTotal(Frozen):
    """The total in one unit; the rows of that unit sum to it to the last digit."""

    figure: str = Field(description="`total`, or `total EUR` with several units")
    unit: str
    value: Decimal
    rows: int
    compare: Decimal | None = None
    change: Decimal | None = None
    change_percent: Decimal | None = None
    gross: Decimal | None = Field(default=None, description="value without credits; None where there are none")
    credits: Decimal | None = Field(default=None, description="ChargeCategory Credit inside value, usually negative")
    corrections: Decimal | None = Field(
        default=None, description="ChargeClass Correction inside value, such as refunds"
    )


class CostResult(Frozen):
    """Rows in descending value (time ascending with a grain) and a total for each unit; units are never added.

    Figures: for a row or total named F: `F`, `F.share`, `F.compare`, `F.change`, `F.change_percent`; for a
    total also `F.gross`, `F.credits`, `F.corrections` where there are such rows; and `rows`.
    """

    status: Literal["ok"] = "ok"
    metric: Metric
    period: Period
    compare_period: Period | None = None
    rows: tuple[CostRow, ...]
    totals: tuple[CostTotal, ...]
    caveats: tuple[str, ...] = Field(default=(), description="what a reader of these figures must know of the data")
