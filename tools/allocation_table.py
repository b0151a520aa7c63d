"""From pieces and splits to the rows of an allocation: added up, ranked, cut to the top, named, and reconciled."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, Inexact

from finops.allocation import DIRECT, UNALLOCATED
from finops.errors import CheckFailed
from finops.money import plain, trimmed
from tools.allocation_result import AllocationTotal, PoolRow, TargetRow
from tools.allocation_shares import Piece, Split
from tools.cost_result import CostResult, CostTotal
from tools.cost_table import share
from tools.figure_names import FigureNames, readable

TARGET_PARTS = ("direct", "shared", "share", "gross", "credits")
POOL_PARTS = ("allocated", "left")
TOTAL_PARTS = ("direct", "shared", "unallocated", "gross", "credits")
# Rows nobody reads any more are added up as `other`.
MOST_ROWS = 5000
Control = Mapping[tuple[str, date | None], Decimal]
"""What the same query gives without allocation: the amount by currency and month."""


@dataclass(slots=True)
class Share:
    """What falls to one value in one currency and bucket."""

    direct: Decimal = Decimal(0)
    shared: Decimal = Decimal(0)
    credits: Decimal | None = None
    missing: int = 0

    @property
    def total(self) -> Decimal:
        """Both."""
        return self.direct + self.shared

    def add(self, other: "Share") -> None:
        """Take the other's amounts in."""
        self.direct += other.direct
        self.shared += other.shared
        self.told(other.credits, other.missing)

    def told(self, credited: Decimal | None, missing: int) -> None:
        """Take in what a net direct cost hides."""
        if credited is not None:
            self.credits = (self.credits or Decimal(0)) + credited
        self.missing += missing


@dataclass(frozen=True, slots=True)
class Place:
    """Where an amount belongs; `kind` is that of a row."""

    unit: str
    bucket: date | None
    kind: str
    target: str


def shares_of(pieces: Iterable[Piece], splits: Iterable[Split], *, monthly: bool) -> dict[Place, Share]:
    """Return what falls to each value; what no rule took, and pools that could not be split, to `unallocated`."""
    shares: dict[Place, Share] = {}

    def at(unit: str, day: date, kind: str, target: str) -> Share:
        return shares.setdefault(Place(unit, day.replace(day=1) if monthly else None, kind, target), Share())

    for piece in pieces:
        at(piece.unit, piece.bucket, "unallocated", UNALLOCATED)
        if piece.pool is None:
            target = ("target", piece.value) if piece.kind == DIRECT else ("unallocated", UNALLOCATED)
            one = at(piece.unit, piece.bucket, *target)
            one.direct += piece.amount
            one.told(piece.credits, piece.missing)
    for one in splits:
        if one.reason:
            at(one.unit, one.bucket, "unallocated", UNALLOCATED).shared += one.amount
        for target, part in one.parts.items():
            at(one.unit, one.bucket, "target", target).shared += part
    return shares


def reconcile(shares: Mapping[Place, Share], control: Control) -> None:
    """Raise `CheckFailed` unless the shares of each currency and month add up to what the query gives without allocation."""
    sums = dict.fromkeys(control, Decimal(0))
    for place, one in shares.items():
        key = (place.unit, place.bucket)
        sums[key] = sums.get(key, Decimal(0)) + one.total
    for key, amount in sums.items():
        expected = control.get(key, Decimal(0))
        if amount != expected:
            raise CheckFailed(
                f"allocated {key[0]} {plain(amount)} is not the total {plain(expected)} of the same rows",
                fix="report this with the rules file; no figure is shown",
            )


def cut(shares: Mapping[Place, Share], top: int) -> dict[Place, Share]:
    """Keep the largest targets of each currency over all months, ties by name; add up the rest as `other`."""
    sums: dict[tuple[str, str], Decimal] = {}
    for place, one in shares.items():
        if place.kind == "target":
            sums[place.unit, place.target] = sums.get((place.unit, place.target), Decimal(0)) + one.total
    months = max(1, len({place.bucket for place in shares}))
    most = min(top, max(1, MOST_ROWS // months))
    kept: set[tuple[str, str]] = set()
    for unit in sorted({unit for unit, _ in sums}):
        ranked = sorted((name for one, name in sums if one == unit), key=lambda name: (-sums[unit, name], name))
        kept |= {(unit, name) for name in ranked[:most]}
    result: dict[Place, Share] = {}
    for place, one in shares.items():
        rest = place.kind == "target" and (place.unit, place.target) not in kept
        result.setdefault(Place(place.unit, place.bucket, "other", "other") if rest else place, Share()).add(one)
    return result


@dataclass(frozen=True, slots=True)
class Writer:
    """Writes rows with their figures' names and as many decimals as the sources have."""

    names: FigureNames
    scale: int | None
    many: bool
    growing: Callable[[date | None], bool]

    def rows(self, shares: Mapping[Place, Share]) -> tuple[TargetRow, ...]:
        """Return the rows: by currency, then month, then total descending, `other` and `unallocated` last."""
        totals: dict[tuple[str, date | None], Decimal] = {}
        for place, one in shares.items():
            totals[place.unit, place.bucket] = totals.get((place.unit, place.bucket), Decimal(0)) + one.total
        ordered = sorted(shares, key=lambda place: _order(place, shares[place]))
        # What is no target is named first, so that a target of the same name does not take its name.
        by_name = sorted(ordered, key=lambda place: place.kind == "target")
        named = {place: self._name(place) for place in by_name}
        return tuple(
            TargetRow(
                figure=named[place],
                target=place.target,
                kind="target" if place.kind == "target" else "other" if place.kind == "other" else "unallocated",
                bucket=place.bucket,
                unit=place.unit,
                direct=self.digits(shares[place].direct),
                shared=self.digits(shares[place].shared),
                total=self.digits(shares[place].total),
                share=share(shares[place].total, totals[place.unit, place.bucket]),
                gross=self._gross(shares[place]),
                credits=None if (part := shares[place].credits) is None else self.digits(part),
                missing=shares[place].missing,
                growing=self.growing(place.bucket),
            )
            for place in ordered
        )

    def _gross(self, one: Share) -> Decimal | None:
        return None if one.credits is None else self.digits(one.direct - one.credits)

    def _name(self, place: Place) -> str:
        base = readable(place.target) + (f"@{place.bucket}" if place.bucket else "")
        return self.names.take(base + (f" {place.unit}" if self.many else ""), TARGET_PARTS)

    def pools(self, splits: Sequence[Split], words: Mapping[str, str]) -> tuple[PoolRow, ...]:
        """Return a row for each pool and currency."""
        grouped: dict[tuple[str, str], list[Split]] = {}
        for one in splits:
            grouped.setdefault((one.unit, one.pool), []).append(one)
        return tuple(self._pool(pool, unit, grouped[unit, pool], words[pool]) for unit, pool in sorted(grouped))

    def _pool(self, pool: str, unit: str, splits: Sequence[Split], words: str) -> PoolRow:
        amount = sum((one.amount for one in splits), Decimal(0))
        left = sum((one.amount for one in splits if one.reason), Decimal(0))
        reasons = sorted({one.reason for one in splits if one.reason})
        more = f" (and {len(reasons) - 3} more)" if len(reasons) > 3 else ""
        return PoolRow(
            figure=self.names.take(f"pool {pool}" + (f" {unit}" if self.many else ""), POOL_PARTS),
            pool=pool,
            unit=unit,
            amount=self.digits(amount),
            allocated=self.digits(amount - left),
            left=self.digits(left),
            driver=words,
            reason="; ".join(reasons[:3]) + more,
        )

    def totals(self, shares: Mapping[Place, Share], control: CostResult) -> tuple[AllocationTotal, ...]:
        """Return a total for each currency, the three parts of which were reconciled, beside what the control says of it."""
        return tuple(self._total(one, shares, control.metric) for one in control.totals)

    def _total(self, known: CostTotal, shares: Mapping[Place, Share], metric: str) -> AllocationTotal:
        unit = known.unit
        to_targets, left = Share(), Share()
        for place, one in shares.items():
            if place.unit == unit:
                (left if place.kind == "unallocated" else to_targets).add(one)
        total = self.digits(to_targets.total + left.total)
        direct, shared, rest = map(self.digits, (to_targets.direct, to_targets.shared, left.total))
        return AllocationTotal(
            figure=self.names.take(f"total {unit}" if self.many else "total", TOTAL_PARTS),
            unit=unit,
            direct=direct,
            shared=shared,
            unallocated=rest,
            total=total,
            rows=known.rows,
            gross=known.gross,
            credits=known.credits,
            missing=known.missing,
            growing=known.growing,
            reconciliation=f"direct {plain(direct)} + shared parts {plain(shared)} + unallocated {plain(rest)} = "
            f"{plain(total)} {unit}, the {metric} of the same rows without allocation",
        )

    def digits(self, value: Decimal) -> Decimal:
        """Write `value` with as many decimals as the sources have, where that loses nothing."""
        if self.scale is None:
            return trimmed(value)
        try:
            return value.quantize(Decimal(1).scaleb(-self.scale))
        except Inexact:
            return trimmed(value)


def _order(place: Place, one: Share) -> tuple[str, date, int, Decimal, str]:
    last = {"target": 0, "other": 1, "unallocated": 2}[place.kind]
    return place.unit, place.bucket or date.min, last, -one.total, place.target
