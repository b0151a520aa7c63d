"""`allocate_costs`: cost by a virtual dimension with shared pools split, reconciled with the bill every time."""

from collections.abc import Iterable, Sequence
from decimal import Decimal, localcontext

from finops.allocation import UNALLOCATED, VIRTUAL, Allocation
from finops.errors import ToolError
from finops.evidence import Figure
from finops.money import EXACT, exact, plain
from finops.periods import Period
from finops.relational import Aggregate, Key, Question
from tools.allocation_contract import AllocateCosts
from tools.allocation_result import AllocationResult, AllocationTotal, PoolRow, TargetRow
from tools.allocation_shares import Pieces, Split, split_pools
from tools.allocation_table import (
    POOL_PARTS,
    TARGET_PARTS,
    TOTAL_PARTS,
    Control,
    Place,
    Share,
    Writer,
    cut,
    reconcile,
    shares_of,
)
from tools.contract import Finding, ToolContext
from tools.figure_names import FigureNames
from tools.scope import (
    CHARGE_START,
    all_days,
    as_day,
    check_covered,
    check_names,
    check_present,
    conditions,
    cost_table,
    coverage_caveats,
    days_of,
    in_words,
    subject,
)


def allocate_costs(asked: AllocateCosts, context: ToolContext) -> Finding:
    """Allocate the rows that are kept. Raises `UnknownName` for a dimension without rules, `CheckFailed` where parts and total differ."""
    with localcontext(EXACT):
        return _Asked(asked, context).finding()


class _Asked:
    """One allocation on its way to a finding."""

    def __init__(self, asked: AllocateCosts, context: ToolContext) -> None:
        self.asked, self.data = asked, context.data
        self.table = cost_table(self.data)
        self.rules, self.file = _rules(context)
        self.name = asked.dimension.removeprefix(VIRTUAL)
        self.dimension = self.rules.dimension(self.name)
        self.period = asked.period or all_days(self.table)
        check_covered(self.period, self.table)
        self.notes = check_names(asked.filters, (), self.data)
        self.where = conditions(asked.filters, books=context.books)
        self.queries: list[str] = []

    def finding(self) -> Finding:
        """Ask, split, reconcile, name the figures."""
        asker = Pieces(self.data, self.rules, self.name, self.period, self.queries)
        pieces = asker.ask(self.asked.metric, self.where)
        whole = asker.ask(self.asked.metric, ()) if self.where and self.dimension.pools else None
        splits = split_pools(pieces, asker, self.asked.metric, whole=whole)
        control = self._control()
        shares = shares_of(pieces, splits, monthly=self.asked.grain is not None) or self._nothing()
        reconcile(shares, control)
        units = {place.unit for place in shares}
        writer = Writer(FigureNames(("rows",)), self.table.scales.get(self.asked.metric), many=len(units) > 1)
        totals = writer.totals(shares, control, self.asked.metric)
        pools = writer.pools(splits, {n: p.in_words(self.asked.metric) for n, p in self.dimension.pools.items()})
        result = AllocationResult(
            dimension=self.name,
            metric=self.asked.metric,
            period=self.period,
            rows=writer.rows(cut(shares, self.asked.top)),
            pools=pools,
            totals=totals,
            rules=self.file,
            caveats=tuple(self._caveats(pools, splits, len(units))),
        )
        read = sum(total.rows for total in totals)
        return Finding(
            result=result, figures=tuple(_figures(self.asked, result)), rows_read=read,
            formula=self._formula(result), query="\n".join(filter(None, self.queries)),
        )  # fmt: skip

    def _nothing(self) -> dict[Place, Share]:
        """No row matches: zero in each currency of the bill, unless a name in the filters does not exist at all."""
        check_present(self.asked.filters, self.data)
        self.notes += ("no row of the bill matches",)
        return {Place(unit, None, "unallocated", UNALLOCATED): Share() for unit in self.table.currencies}

    def _control(self) -> Control:
        """Ask the same query without allocation: what the parts must add up to."""
        unit, month = Key("BillingCurrency"), Key(CHARGE_START.column, grain="month")
        keys = (unit, month) if self.asked.grain else (unit,)
        days = days_of(CHARGE_START, self.period.start, self.period.end)
        asked = (Aggregate("value", "sum", self.asked.metric), Aggregate("rows", "count"))
        answer = self.data.ask(Question("cost", asked, keys, (*self.where, *days)))
        self.queries.append(answer.query)
        return {
            (str(r[unit.name] or ""), as_day(r[month.name]) if self.asked.grain else None): (
                exact(value) if isinstance(value := r["value"], int | Decimal) else Decimal(0),
                int(str(r["rows"])),
            )
            for r in answer.records()
        }

    def _caveats(self, pools: Sequence[PoolRow], splits: Sequence[Split], units: int) -> Iterable[str]:
        yield from self.notes
        yield from self.table.caveats.get(self.asked.metric, ())
        yield from coverage_caveats(self.period, self.table)
        for pool in pools:
            if pool.reason:
                yield f"{pool.unit} {plain(pool.left)} of the pool `{pool.pool}` stays unallocated: {pool.reason}"
        if self.asked.filters and splits:
            yield "drivers are taken over all rows of the period, not only those the filters keep"
        if units > 1:
            yield f"there are {units} currencies, which are never added"
        monthly = any(self.dimension.pools[one.pool].period == "month" for one in splits)
        if monthly and self.asked.period and not self.period.whole_months:
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
        whole = Figure(name=row.figure, value=row.total, unit=row.unit, subject=where, period=_days(row, period))
        yield from _with_parts(whole, row, TARGET_PARTS, result.metric)


def _days(row: TargetRow, period: Period) -> Period:
    if row.bucket is None:
        return period
    whole = Period.bucket(row.bucket, "month")
    return Period(start=max(whole.start, period.start), end=min(whole.end, period.end))


def _with_parts(
    whole: Figure, one: TargetRow | PoolRow | AllocationTotal, parts: Iterable[str], metric: str
) -> Iterable[Figure]:
    """Give the figure of an amount, then those of its parts, which are about the same."""
    yield whole.model_copy(update={"definition": metric})
    for part in parts:
        number: object = getattr(one, part)
        if isinstance(number, Decimal):
            changed = {
                "name": f"{whole.name}.{part}",
                "value": number,
                "unit": "%" if part == "share" else whole.unit,
                "definition": f"{metric} {part}",
            }
            yield whole.model_copy(update=changed)
