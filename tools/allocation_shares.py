"""Split the shared pools of a virtual dimension: ask the store for each driver, and share by it, exactly."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from finops.allocation import DIRECT, SHARED, Allocation, Pool, VirtualDimension, kind_key, virtual_key
from finops.money import exact, plain, trimmed
from finops.periods import Grain, Period
from finops.ports import DataHandle
from finops.relational import Aggregate, Condition, Key, Question
from finops.sharing import split
from tools.cost_parts import PARTS
from tools.cost_units import unit_words
from tools.scope import CHARGE_START, as_day, days_of

_CREDITS = PARTS["credits"].sum_name
# Most decimals the lake keeps.
_MOST_PLACES = 18


@dataclass(frozen=True, slots=True)
class Piece:
    """Cost of one value (or pool) in one bucket and currency."""

    value: str
    kind: str
    bucket: date
    unit: str
    amount: Decimal
    credits: Decimal | None = None
    missing: int = 0

    @property
    def pool(self) -> str | None:
        """Name of the pool it is in, None for anything else."""
        return self.kind.removeprefix(SHARED) if self.kind.startswith(SHARED) else None


@dataclass(frozen=True, slots=True)
class Split:
    """A pool's amount of one bucket and currency: the parts, or why it could not be split."""

    pool: str
    bucket: date
    unit: str
    amount: Decimal
    parts: Mapping[str, Decimal] = field(default_factory=dict[str, Decimal])
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Pieces:
    """Asks for pieces of one virtual dimension."""

    data: DataHandle
    allocation: Allocation
    name: str
    period: Period
    queries: list[str]

    @property
    def dimension(self) -> VirtualDimension:
        """The rules and pools."""
        return self.allocation.dimension(self.name)

    @property
    def grain(self) -> Grain:
        """The bucket in which pools are split: days where a pool asks for them."""
        return "day" if any(pool.period == "day" for pool in self.dimension.pools.values()) else "month"

    def ask(self, metric: str, where: Sequence[Condition], also: Sequence[Aggregate] = ()) -> list[Piece]:
        """Return the sums of `metric` by value, kind, bucket and unit over the rows that `where` keeps.

        `also` are the aggregates of `cost_query` that tell credits and missing costs apart.
        """
        value, kind = virtual_key(self.allocation, self.name), kind_key(self.allocation, self.name)
        bucket, unit = Key(CHARGE_START.column, grain=self.grain), Key(unit_words(metric))
        period = days_of(CHARGE_START, self.period.start, self.period.end)
        asked = tuple(also) or (Aggregate("value", "sum", metric),)
        answer = self.data.ask(Question("cost", asked, (value, kind, bucket, unit), (*where, *period)))
        self.queries.append(answer.query)
        return [
            Piece(
                value=str(record[value.name]),
                kind=str(record[kind.name]),
                bucket=as_day(record[bucket.name]),
                unit=str(record[unit.name] or ""),
                amount=exact(amount) if isinstance(amount := record["value"], int | Decimal) else Decimal(0),
                credits=part if isinstance(part := record.get(_CREDITS), Decimal) else None,
                missing=int(str(record["rows"])) - int(str(record["have"])) if "have" in record else 0,
            )
            for record in answer.records()
        ]


def split_pools(pieces: Sequence[Piece], asker: Pieces, metric: str, *, whole: Sequence[Piece] | None) -> list[Split]:
    """Return what becomes of each pool's amount in each bucket and currency.

    `whole` are the pieces of `metric` without the filters of the question, None where it has none: who a pool belongs to does not depend
    on which part of it is looked at.
    """
    every = whole if whole is not None else pieces
    drivers: dict[str, list[Piece]] = {}
    done: list[Split] = []
    for name, bucket, unit, amount in _pooled(pieces, asker.dimension):
        pool = asker.dimension.pools[name]
        if name not in drivers:
            drivers[name] = _driver(pool, asker, metric, every)
        weights, reason = _weights(pool, drivers[name], bucket, unit)
        parts = {} if reason else split(amount, weights, places=_places(amount))
        done.append(Split(name, bucket, unit, amount, {k: v for k, v in parts.items() if v}, reason))
    return done


def _pooled(pieces: Iterable[Piece], dimension: VirtualDimension) -> list[tuple[str, date, str, Decimal]]:
    """Add up pools over the period each is split by: months where only another pool asked for days."""
    sums: dict[tuple[str, date, str], Decimal] = {}
    for piece in pieces:
        if piece.pool is not None:
            place = (piece.pool, _bucket(dimension.pools[piece.pool], piece.bucket), piece.unit)
            sums[place] = sums.get(place, Decimal(0)) + piece.amount
    return [(*place, sums[place]) for place in sorted(sums)]


def _bucket(pool: Pool, day: date) -> date:
    return day if pool.period == "day" else day.replace(day=1)


def _driver(pool: Pool, asker: Pieces, metric: str, every: Sequence[Piece]) -> list[Piece]:
    if pool.by == "fixed":
        return []
    wanted = pool.metric or ("ConsumedQuantity" if pool.by == "usage" else metric)
    known = wanted == metric and not pool.where
    found = every if known else asker.ask(wanted, pool.driver_conditions())
    return [piece for piece in found if piece.kind == DIRECT]


def _weights(pool: Pool, driver: Sequence[Piece], bucket: date, unit: str) -> tuple[dict[str, Decimal], str]:
    """Return each target's weight, or the reason why there is none."""
    if pool.by == "fixed":
        return dict(pool.percent), ""
    here = [
        one for one in driver if _bucket(pool, one.bucket) == bucket and (not pool.targets or one.value in pool.targets)
    ]
    when = f"{bucket}" if pool.period == "day" else f"{bucket:%B %Y}"
    if pool.by == "even":
        names = pool.targets or tuple({one.value for one in here})
        return dict.fromkeys(names, Decimal(1)), "" if names else f"no target has cost in {when}"
    if pool.by == "direct":
        here = [one for one in here if one.unit == unit]
    elif len(units := sorted({one.unit for one in here if one.amount})) > 1:
        return {}, f"its driver is in several units in {when} ({', '.join(units[:3])})"
    sums: dict[str, Decimal] = {}
    for one in here:
        sums[one.value] = sums.get(one.value, Decimal(0)) + one.amount
    # A target with more credits than cost drives nothing: a negative part would pay it out of a shared bill.
    weights = {name: amount for name, amount in sums.items() if amount > 0}
    what = f"direct cost in {unit}" if pool.by == "direct" else "usage that drives it"
    return weights, "" if weights else f"no target has {what} in {when}"


def _places(amount: Decimal) -> int:
    """Return the decimals of an amount: what the smallest unit of its parts is, hundredths at least."""
    fraction = plain(trimmed(amount)).partition(".")[2]
    return min(len(fraction), _MOST_PLACES)
