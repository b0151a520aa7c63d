"""What the grammar made of a question."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from finops.actions import VolumeType
from finops.periods import Grain, Period
from finops.query import Basis, Exclusion, Filter, Measure

Intent = Literal["cost", "why", "help", "anomalies", "savings", "act", "allocate", "notes"]
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
class Shown:
    """Which rows of a result are told, and in which order: by change instead of by cost, within amounts, the smallest first.

    `buckets` ranks days, months and the like by cost instead of telling them in their order.
    """

    movers: Movers = ""
    least: Decimal | None = None
    most: Decimal | None = None
    smallest: bool = False
    buckets: bool = False
    named: bool = False
    """Whether what has no value is left out of the rank: `(none)` is no team, however large."""
    by_percent: bool = False
    """Whether changes are ranked by percent instead of by amount."""
    ranked: bool = False
    """Whether a rank was asked for at all, so that there must be something to rank."""

    @property
    def picks(self) -> bool:
        """Whether rows are picked from all there are, so that the tool must not leave any out."""
        return bool(self.movers) or self.named or self.smallest or self.buckets or self.limited

    @property
    def limited(self) -> bool:
        """Whether rows must be within amounts."""
        return self.least is not None or self.most is not None


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
    implied: bool = False
    """Whether only a word of change asks to compare, and no period is named to compare with."""
    top: int | None = None
    shown: Shown = Shown()
    average: bool = False
    """Whether the total is to be divided by the days of the period, or the mean of its other buckets is asked for."""
    trend: bool = False
    share: bool = False
    total: bool = False
    whole: bool = True
    continues: bool = False
    corrects: bool = False
    """Whether it takes back what was said before: `no, I meant Azure`."""
    points: bool = False
    """Whether it speaks of `those` or `it`, so that something must have been spoken of."""
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
