"""`allocate_costs`: cost by a virtual dimension with shared pools split, reconciled with the bill every time."""

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal, localcontext
from typing import cast

from finops.allocation import UNALLOCATED, VIRTUAL, Allocation
from finops.errors import ToolError
from finops.evidence import Figure
from finops.money import EXACT, plain
from finops.periods import Period
from finops.query import CostQuery
from tools.allocation_contract import AllocateCosts
from tools.allocation_result import AllocationResult, AllocationTotal, PoolRow, TargetRow
from tools.allocation_shares import Pieces, Split, split_pools
from tools.allocation_table import (
    POOL_PARTS,
    TARGET_PARTS,
    TOTAL_PARTS,
    Place,
    Share,
    Writer,
    cut,
    reconcile,
    shares_of,
)
from tools.contract import Finding, ToolContext
from tools.cost_completeness import GROWING, growing
from tools.cost_query import cost_query
from tools.cost_questions import Plan
from tools.cost_result import CostResult
from tools.figure_names import FigureNames
from tools.scope import conditions, cost_table, in_words, subject


def allocate_costs(asked: AllocateCosts, context: ToolContext) -> Finding:
    """Allocate the rows that are kept. Raises `UnknownName` for a dimension without rules, `CheckFailed` where parts and total differ."""
    with localcontext(EXACT):
        return _Asked(asked, context).finding()


class _Asked:
    """One allocation on its way to a finding."""

    def __init__(self, asked: AllocateCosts, context: ToolContext) -> None:
        self.asked, self.context, self.data = asked, context, context.data
        self.table = cost_table(self.data)
        self.rules, self.file = _rules(context)
        self.name = asked.dimension.removeprefix(VIRTUAL)
        self.dimension = self.rules.dimension(self.name)
        # What is asked, without allocation: it says what the parts must add up to, and all there is to know of the sums.
        self.query = CostQuery(metric=asked.metric, period=asked.period, filters=asked.filters, grain=asked.grain)
        self.where = conditions(asked.filters, books=context.books)
        self.queries: list[str] = []

    def finding(self) -> Finding:
        """Ask, split, reconcile, name the figures."""
        control = self._control()
        asker = Pieces(self.data, self.rules, self.name, control.period, self.queries)
        shares, splits = self._shared(asker, control)
        growing_in = growing(self.query, self.table)
        writer = Writer(
            FigureNames(("rows",)),
            self.table.scales.get(self.asked.metric),
            many=len(control.totals) > 1,
            growing=lambda bucket: growing_in(_within(bucket, control.period)),
        )
        totals = writer.totals(shares, control)
        pools = writer.pools(splits, {n: p.in_words(self.asked.metric) for n, p in self.dimension.pools.items()})
        result = AllocationResult(
            dimension=self.name,
            metric=self.asked.metric,
            period=control.period,
            rows=writer.rows(cut(shares, self.asked.top)),
            pools=pools,
            totals=totals,
            rules=self.file,
            caveats=tuple(self._caveats(control, pools, splits)),
        )
        read = sum(total.rows for total in totals)
        return Finding(
            result=result, figures=tuple(_figures(self.asked, result)), rows_read=read,
            formula=self._formula(result), query="\n".join(filter(None, self.queries)),
        )  # fmt: skip

    def _control(self) -> CostResult:
        """Ask the same query without allocation. Raises what `cost_query` raises, such as for days the data lacks."""
        found = cost_query(self.query, self.context)
        self.queries.append(found.query)
        return cast(CostResult, found.result)

    def _shared(self, asker: Pieces, control: CostResult) -> tuple[dict[Place, Share], list[Split]]:
        """Return what falls to each value, reconciled, and what became of the pools."""
        metric, units = self.asked.metric, {total.unit for total in control.totals}
        told = Plan(self.query, self.data, self.context.books).asked.aggregates
        # A currency none of whose rows has the cost has no total either.
        pieces = [one for one in asker.ask(metric, self.where, told) if one.unit in units]
        whole = asker.ask(metric, ()) if self.where and self.dimension.pools else None
        splits = split_pools(pieces, asker, metric, whole=whole)
        shares = shares_of(pieces, splits, monthly=self.asked.grain is not None)
        if not shares:
            shares = {Place(unit, None, "unallocated", UNALLOCATED): Share() for unit in units}
        sums = {(row.unit, row.bucket): row.value for row in control.rows} if self.asked.grain else None
        reconcile(shares, {(one.unit, None): one.value for one in control.totals} if sums is None else sums)
        return shares, splits

    def _caveats(self, control: CostResult, pools: Sequence[PoolRow], splits: Sequence[Split]) -> Iterable[str]:
        yield from control.caveats
        for pool in pools:
            if pool.reason:
                yield f"{pool.unit} {plain(pool.left)} of the pool `{pool.pool}` stays unallocated: {pool.reason}"
        if self.asked.filters and splits:
            yield "drivers are taken over all rows of the period, not only those the filters keep"
        monthly = any(self.dimension.pools[one.pool].period == "month" for one in splits)
        if monthly and self.asked.period and not control.period.whole_months:
            yield "a month of which only some days are asked for is split by the driver of these days"

    def _formula(self, result: AllocationResult) -> str:
        rules = len(self.dimension.rules)
        parts = [
            f"sum of {result.metric} by the first of {rules} rules of `{self.name}` that holds, over rows whose charge period "
            f"starts from {result.period.start} up to, not including, {result.period.end}"
        ]
        if self.asked.filters:
            parts.append(f"where {in_words(self.asked.filters)}")
        parts += [f"pool {name} split {pool.in_words(result.metric)}" for name, pool in self.dimension.pools.items()]
        if self.dimension.pools:
            parts.append(
                "each part rounded down to the pool's last decimal, the rest to the largest remainders, ties by name"
            )
        parts.append(
            "total = direct + shared; share = 100 x total / total of its currency, rounded half-even to 2 decimals"
        )
        return "; ".join(parts)


def _rules(context: ToolContext) -> tuple[Allocation, str]:
    book = context.books.allocation_book
    if book is None:
        raise ToolError("no allocation rules are loaded", fix="load some with `toll allocation load FILE`")
    return book.content, book.file


def _figures(asked: AllocateCosts, result: AllocationResult) -> Iterable[Figure]:
    about, period = subject(asked.filters, {}), result.period
    read = sum(total.rows for total in result.totals)
    yield Figure(name="rows", value=Decimal(read), unit="rows", subject=about, period=period)
    for total in result.totals:
        whole = Figure(name=total.figure, value=total.total, unit=total.unit, subject=about, period=period)
        yield from _with_parts(whole, total, TOTAL_PARTS, result.metric)
    for pool in result.pools:
        whole = Figure(name=pool.figure, value=pool.amount, unit=pool.unit, subject=f"pool {pool.pool}", period=period)
        yield from _with_parts(whole, pool, POOL_PARTS, result.metric)
    for row in result.rows:
        where = subject(asked.filters, {f"{VIRTUAL}{result.dimension}": row.target})
        whole = Figure(
            name=row.figure, value=row.total, unit=row.unit, subject=where, period=_within(row.bucket, period)
        )
        yield from _with_parts(whole, row, TARGET_PARTS, result.metric)


def _within(bucket: date | None, period: Period) -> Period:
    if bucket is None:
        return period
    whole = Period.bucket(bucket, "month")
    return Period(start=max(whole.start, period.start), end=min(whole.end, period.end))


def _with_parts(
    whole: Figure, one: TargetRow | PoolRow | AllocationTotal, parts: Iterable[str], metric: str
) -> Iterable[Figure]:
    """Give the figure of an amount, then those of its parts, which are about the same."""
    grows = GROWING if not isinstance(one, PoolRow) and one.growing else ""
    yield whole.model_copy(update={"definition": metric + grows})
    for part in parts:
        number: object = getattr(one, part)
        if isinstance(number, Decimal):
            changed = {
                "name": f"{whole.name}.{part}",
                "value": number,
                "unit": "%" if part == "share" else whole.unit,
                "definition": f"{metric}{grows} {part}",
            }
            yield whole.model_copy(update=changed)
