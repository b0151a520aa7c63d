"""What `cost_query` returns."""

from datetime import date
from decimal import Decimal
from typing import Literal

from pydantic import Field

from finops.periods import Period
from finops.query import Frozen, Measure
from finops.rates import Used


class AlsoValue(Frozen):
    """One further column: a number with its unit, or a date; without either, `note` says why."""

    value: Decimal | None = None
    unit: str = Field(
        default="", description="as of a cost or quantity, `%` for a ratio of like amounts, USD per CoreCount"
    )
    date: str | None = Field(default=None, description="ISO 8601, UTC, of first_charge and last_charge")
    note: str = Field(default="", description="why there is no value, or what it lacks")


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
    gross: Decimal | None = Field(default=None, description="value without credits; None where there are none")
    credits: Decimal | None = Field(default=None, description="credits inside value, usually negative")
    missing: int = Field(default=0, description="rows that lack the cost asked for, so that value is not whole")
    growing: bool = Field(default=False, description="whether days or months in it may still change")
    also: dict[str, AlsoValue] = Field(default={}, description="the further columns")


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
    compare_gross: Decimal | None = Field(default=None, description="compare without its credits")
    compare_credits: Decimal | None = Field(default=None, description="credits inside compare")
    corrections: Decimal | None = Field(
        default=None, description="ChargeClass Correction inside value, such as refunds"
    )
    tax: Decimal | None = Field(default=None, description="ChargeCategory Tax inside value")
    support: Decimal | None = Field(default=None, description="support inside value")
    marketplace: Decimal | None = Field(default=None, description="what others than the provider published")
    missing: int = Field(default=0, description="rows that lack the cost asked for, so that value is not whole")
    growing: bool = Field(default=False, description="whether days or months in it may still change")
    also: dict[str, AlsoValue] = Field(default={}, description="the further columns")


class CostResult(Frozen):
    """Rows in descending value (time ascending with a grain) and a total for each unit; units are never added.

    Figures: for a row or total named F: `F`, `F.share`, `F.compare`, `F.change`, `F.change_percent`, `F.gross`, `F.credits`; for a
    total also `F.corrections`, `F.tax`, `F.support`, `F.marketplace`, `F.compare_gross`, `F.compare_credits`, where there are such
    rows; `F.NAME` for a further column NAME that is a number; and `rows`.
    """

    status: Literal["ok"] = "ok"
    metric: Measure
    definition: str = Field(default="", description="what the amounts are, in words")
    period: Period
    compare_period: Period | None = None
    rows: tuple[CostRow, ...]
    totals: tuple[CostTotal, ...]
    rates: tuple[Used, ...] = Field(default=(), description="exchange rates used, each once")
    caveats: tuple[str, ...] = Field(default=(), description="what a reader of these figures must know of the data")
