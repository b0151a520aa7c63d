"""From cells to rows and totals: ranked, cut to the top, compared, and summing to the totals to the last digit."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from finops.money import divide
from tools.cost_questions import Cell

# More than this is no longer read by anybody; the rest is summed as `other`, so nothing is lost from the totals.
MOST_GROUPS = 1000
MOST_LINES = 5000

Group = tuple[str | None, ...]
Ranked = tuple[str, Group]


@dataclass(slots=True)
class Line:
    """One line of the table: a group (None for the rest) in one unit and bucket."""

    group: Group | None
    bucket: date | None
    unit: str
    value: Decimal = Decimal(0)
    compare: Decimal = Decimal(0)
    rows: int = 0


@dataclass(slots=True)
class Sum:
    """The total of one unit."""

    unit: str
    value: Decimal = Decimal(0)
    compare: Decimal = Decimal(0)
    rows: int = 0
    parts: dict[str, Decimal] = field(default_factory=dict[str, Decimal])


def change_percent(change: Decimal, base: Decimal) -> Decimal | None:
    """Return the change in % of the base's size, two decimals; None where the base is zero."""
    return divide(change * 100, abs(base), places=2) if base else None


def share(value: Decimal, total: Decimal) -> Decimal | None:
    """Return `value` in % of `total`, two decimals; None where the total is zero."""
    return divide(value * 100, total, places=2) if total else None


def sums(now: Sequence[Cell], before: Sequence[Cell]) -> dict[str, Sum]:
    """Return the total of each unit that occurs in either period, units in order."""
    totals = {unit: Sum(unit) for unit in sorted({cell.unit for cell in (*now, *before)})}
    for cell in now:
        totals[cell.unit].value += cell.value
        totals[cell.unit].rows += cell.rows
    for cell in before:
        totals[cell.unit].compare += cell.value
    return totals


def limit(asked: int | None, now: Sequence[Cell]) -> int:
    """Return how many groups of each unit are listed."""
    buckets = max(1, len({cell.bucket for cell in now}))
    return min(asked or MOST_GROUPS, max(1, MOST_LINES // buckets))


def lines(now: Sequence[Cell], before: Sequence[Cell], keep: int) -> list[Line]:
    """Return the lines: by unit, then time, then value descending, the rest last; a group of only one period has zero in the other."""
    kept = _largest(now, before, keep)
    table: dict[tuple[str, date | None, Group | None], Line] = {}

    def line(cell: Cell) -> Line:
        group = cell.group if (cell.unit, cell.group) in kept else None
        place = (cell.unit, cell.bucket, group)
        return table.setdefault(place, Line(group, cell.bucket, cell.unit))

    for cell in now:
        one = line(cell)
        one.value += cell.value
        one.rows += cell.rows
    for cell in before:
        line(cell).compare += cell.value
    return sorted(table.values(), key=_order)


def _largest(now: Iterable[Cell], before: Iterable[Cell], keep: int) -> set[Ranked]:
    """Rank by value, ties by name; the second period decides between those that cost nothing in the first."""
    values: dict[Ranked, tuple[Decimal, Decimal]] = {}
    for cell in now:
        value, compare = values.get((cell.unit, cell.group), (Decimal(0), Decimal(0)))
        values[cell.unit, cell.group] = (value + cell.value, compare)
    for cell in before:
        value, compare = values.get((cell.unit, cell.group), (Decimal(0), Decimal(0)))
        values[cell.unit, cell.group] = (value, compare + cell.value)
    kept: set[Ranked] = set()
    counts: dict[str, int] = {}
    for ranked in sorted(values, key=lambda r: (-values[r][0], -values[r][1], spelled(r[1]))):
        if counts.setdefault(ranked[0], 0) < keep:
            counts[ranked[0]] += 1
            kept.add(ranked)
    return kept


def spelled(group: Group) -> tuple[tuple[bool, str], ...]:
    """Return what groups are put in order by: their values, absent ones last."""
    return tuple((value is None, value or "") for value in group)


def _order(line: Line) -> tuple[str, date, bool, Decimal, Decimal, tuple[tuple[bool, str], ...]]:
    rest = line.group is None
    return line.unit, line.bucket or date.min, rest, -line.value, -line.compare, spelled(line.group or ())
