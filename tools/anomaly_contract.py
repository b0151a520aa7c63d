"""What `detect_anomalies` takes and returns."""

from datetime import date
from decimal import Decimal
from typing import Literal

from pydantic import Field

from finops.periods import Period
from finops.query import Dimension, Filter, Frozen, Metric


class DetectAnomalies(Frozen):
    """Days on which usage cost left its expected course, on leaves and totals."""

    period: Period | None = Field(default=None, description="days to report; none = last 30 days of data")
    filters: tuple[Filter, ...] = Field(default=(), max_length=20)
    group_by: tuple[Dimension, ...] = Field(
        default=("ServiceName", "SubAccountId"), min_length=1, max_length=3, description="from coarse to fine"
    )
    min_excess: Decimal = Field(
        default=Decimal(25), ge=0, max_digits=20, description="money gate per day, in each currency"
    )
    settle_days: int = Field(default=2, ge=0, le=31, description="newest days whose incidents are provisional")
    top: int = Field(default=20, ge=1, le=1000)


class Incident(Frozen):
    """One run of unusual days in one scope. Figures: FIGURE, FIGURE.actual, FIGURE.expected, FIGURE.percent."""

    figure: str = Field(
        description="base name of its figures, `Amazon EC2/111 2026-03-04`; the figure itself is the excess"
    )
    scope: dict[str, str | None] = Field(description="dimension to value; empty is the whole bill in this currency")
    first_day: date
    last_day: date
    days: int = Field(description="days flagged")
    actual: Decimal
    expected: Decimal
    excess: Decimal = Field(description="actual minus expected over the flagged days; negative for a drop")
    currency: str
    percent: Decimal | None = Field(description="excess in % of expected, None where nothing was expected")
    z: Decimal | None = Field(description="robust z of the worst day, None for new spend")
    status: Literal["provisional", "open", "new_level", "closed"] = Field(
        description="provisional: in the newest days, may still grow; open: within the last 7 days; new_level: cost has stayed there"
    )
    rule: Literal["spike", "cold start", "new spend", "novel amount"]


class LargeCharge(Frozen):
    """A charge other than usage at or above the gate, reported once. Its figure is the amount."""

    figure: str
    category: str
    scope: dict[str, str | None]
    day: date
    amount: Decimal
    currency: str


class AnomaliesResult(Frozen):
    """Incidents by excess, largest first; drops and large single charges apart. Figure `incidents` counts the first."""

    status: Literal["ok"] = "ok"
    metric: Metric
    period: Period
    incidents: tuple[Incident, ...]
    decreases: tuple[Incident, ...]
    charges: tuple[LargeCharge, ...]
    found: int = Field(description="incidents before `top`")
    series: int = Field(description="series scored, totals included")
    gates: dict[str, Decimal] = Field(description="money gate by currency: min_excess or 0.1 % of daily spend")
    caveats: tuple[str, ...] = ()
