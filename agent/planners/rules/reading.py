"""What the grammar made of a question."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from finops.actions import VolumeType
from finops.periods import Grain, Period
from finops.query import Basis, Exclusion, Filter, Measure

Intent = Literal["cost", "why", "help", "anomalies", "savings", "act", "allocate"]
Compare = Literal["previous_period", "previous_year"] | Period
Movers = Literal["", "rise", "fall", "change"]


@dataclass(frozen=True, slots=True)
class Command:
    """An action somebody named: what, on which resource, and what it shall be. A budget's resource is its name."""

    kind: Literal[
        "resize_instance",
        "stop_instance",
        "start_instance",
        "change_volume",
        "delete_volume",
        "release_address",
        "set_budget",
    ]
    resource: str
    instance_type: str = ""
    volume_type: VolumeType | None = None
    size_gib: int | None = None
    account: str = ""
    amount: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True)
class Reading:
    """A question in the planner's own terms. None and empty mean that nothing was said of it."""

    intent: Intent = "cost"
    metric: Measure | None = None
    also: tuple[str, ...] = ()
    exclude: tuple[Exclusion, ...] = ()
    include: tuple[Exclusion, ...] = ()
    basis: Basis | None = None
    currency: str | None = None
    period: Period | None = None
    all_time: bool = False
    filters: tuple[Filter, ...] = ()
    group_by: tuple[str, ...] = ()
    grain: Grain | None = None
    compare: Compare | None = None
    top: int | None = None
    movers: Movers = ""
    """By which change groups are ranked, instead of by cost."""
    average: bool = False
    """Whether the total is to be divided by the days of the period."""
    trend: bool = False
    share: bool = False
    total: bool = False
    whole: bool = True
    continues: bool = False
    propose: bool = False
    another: bool = False
    resource: str = ""
    command: Command | None = None
    dimension: str = ""
    """The virtual dimension cost is allocated to."""


@dataclass(frozen=True, slots=True)
class Misread:
    """A question that was not understood: one sentence with the fix."""

    reason: str
