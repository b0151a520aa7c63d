"""What `allocate_costs` returns."""

from datetime import date
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field, PlainSerializer

from finops.money import plain
from finops.periods import Period
from finops.query import Frozen
from tools.allocation_contract import CostMetric

# Zero is written `0.00`, not `0E-2`.
Amount = Annotated[Decimal, PlainSerializer(plain, when_used="json")]


class TargetRow(Frozen):
    """One value of the dimension (in one month) in one currency; direct + shared = total."""

    figure: str = Field(description="`Platform`, `Platform@2024-09-01`; with several currencies ` EUR` follows")
    target: str = Field(description="the value; `unallocated` is what no rule took and pools without a driver")
    kind: Literal["target", "other", "unallocated"] = "target"
    bucket: date | None = Field(default=None, description="first day of the month")
    unit: str
    direct: Amount
    shared: Amount = Field(description="parts of the pools; of `unallocated`, the pools nobody took")
    total: Amount
    share: Amount | None = Field(default=None, description="percent of the total, None where that is zero")
    gross: Amount | None = Field(default=None, description="direct without credits; None where there are none")
    credits: Amount | None = Field(default=None, description="credits inside direct, usually negative")
    missing: int = Field(default=0, description="rows of direct that lack the cost asked for, so that it is not whole")
    growing: bool = Field(default=False, description="whether days in it may still change")


class PoolRow(Frozen):
    """One pool in one currency: what was in it and what became of it."""

    figure: str = Field(description="`pool platform`")
    pool: str
    unit: str
    amount: Amount
    allocated: Amount
    left: Amount = Field(description="stays unallocated")
    driver: str = Field(description="what the parts were made by")
    reason: str = Field(default="", description="why something is left")


class AllocationTotal(Frozen):
    """The total in one currency. `reconciliation` was checked against the same query without allocation."""

    figure: str
    unit: str
    direct: Amount
    shared: Amount
    unallocated: Amount
    total: Amount
    rows: int
    gross: Amount | None = Field(default=None, description="total without credits; None where there are none")
    credits: Amount | None = Field(default=None, description="credits inside total, usually negative")
    missing: int = Field(default=0, description="rows that lack the cost asked for, so that total is not whole")
    growing: bool = Field(default=False, description="whether days in it may still change")
    reconciliation: str


class AllocationResult(Frozen):
    """Targets by total descending, `other` and `unallocated` last; the rows of a currency sum to its total to the last digit.

    Figures: for a row F: `F`, `F.direct`, `F.shared`, `F.share`; for a pool `pool P`, `pool P.allocated`, `pool P.left`; for a total
    `total`, `total.direct`, `total.shared`, `total.unallocated`; of rows and totals with credits also `F.gross`, `F.credits`; and `rows`.
    """

    status: Literal["ok"] = "ok"
    dimension: str
    metric: CostMetric
    period: Period
    rows: tuple[TargetRow, ...]
    pools: tuple[PoolRow, ...]
    totals: tuple[AllocationTotal, ...]
    rules: str = Field(description="file the rules were loaded from")
    caveats: tuple[str, ...] = ()
