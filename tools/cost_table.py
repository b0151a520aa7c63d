"""From cells to rows and totals: ranked, cut to the top, compared, and summing to the totals to the last digit."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_EVEN, Context, Decimal

from finops.money import divide
from tools.cost_terms import Merge, added, merged

# More than this is no longer read by anybody; the rest is summed as `other`, so nothing is lost from the totals.
MOST_GROUPS = 1000
MOST_LINES = 2000
# So many lines are listed where somebody says with `top` that they want them.
MOST_ASKED_LINES = 20_000

Group = tuple[str | None, ...]
Ranked = tuple[str, Group]


@dataclass(slots=True)
class Cell:
    """One row of an answer: group values in the order of `group_by` (None for the rest), time bucket, unit, numbers.

    `value` is the sum of the metric, the first of the numbers; `day` is the charges' where amounts are converted day by day.
    """

    group: Group | None
    bucket: date | None
    unit: str
    value: Decimal | None
    numbers: Sequence[object]
    day: date | None = None


def decimal_of(number: object) -> Decimal | None:
    """Return a store's number as a Decimal."""
    return number if isinstance(number, Decimal) or number is None else Decimal(int(str(number)))


@dataclass(slots=True)
class Line:
    """One line of the table: a group (None for the rest) in one unit and bucket."""

    group: Group | None
    bucket: date | None
    unit: str
    value: Decimal = Decimal(0)
    compare: Decimal = Decimal(0)
    numbers: Sequence[object] | None = None


@dataclass(slots=True)
class Sum:
    """The total of one unit. `apart` are the sums of the parts that were asked by themselves."""

    unit: str
    value: Decimal = Decimal(0)
    compare: Decimal = Decimal(0)
    numbers: Sequence[object] | None = None
    rows: int = 0
    apart: Sequence[object] = ()


_ROUND = Context(prec=76, rounding=ROUND_HALF_EVEN)
_ZERO, _HUNDREDTH, _HUNDRED = Decimal(0), Decimal("0.01"), Decimal(100)


def change_percent(change: Decimal, base: Decimal) -> Decimal | None:
    """Return the change in % of the base's size, two decimals; None where the base is zero."""
    return divide(change * 100, abs(base), places=2) if base else None


def shares(table: Sequence[Line], totals: Mapping[str, Decimal]) -> list[Decimal | None]:
    """Return the `share` of each line in the total of its unit."""
    return [share(one.value, totals[one.unit]) for one in table]


def share(value: Decimal, total: Decimal) -> Decimal | None:
    """Return `value` in % of `total`, two decimals; None where the total is zero."""
    # As `divide`, without a context of its own for each of thousands of rows.
    return _ROUND.divide(value * _HUNDRED, total).quantize(_HUNDREDTH, context=_ROUND) if total else None


def sums(now: Sequence[Cell], before: Sequence[Cell], merges: Sequence[Merge]) -> dict[str, Sum]:
    """Return the total of each unit that has a value in either period, units in order."""
    totals = {unit: Sum(unit) for unit in sorted({one.unit for one in (*now, *before) if one.value is not None})}
    for unit, total in totals.items():
        mine = [cell for cell in now if cell.unit == unit]
        total.value, total.compare = _value(mine), _value(one for one in before if one.unit == unit)
        total.numbers = added(merges, [cell.numbers for cell in mine]) if mine else None
    return totals


def _value(cells: Iterable[Cell]) -> Decimal:
    return sum((cell.value for cell in cells if cell.value is not None), Decimal(0))


def sums_at(cells: Iterable[Cell], place: int) -> dict[str, Decimal]:
    """Return the sum of one number of the cells by unit; nothing for a unit none of whose cells has it."""
    found: dict[str, Decimal] = {}
    for cell in cells:
        if isinstance(number := cell.numbers[place], Decimal):
            found[cell.unit] = found.get(cell.unit, Decimal(0)) + number
    return found


def limit(asked: int | None, buckets: int, cells: int) -> int:
    """Return how many groups of each unit are listed: as many as asked for, where `cells` lines are not too many."""
    most, room = asked or MOST_GROUPS, most_lines(asked)
    return most if cells <= room else min(most, max(1, room // max(1, buckets)))


def most_lines(asked: int | None) -> int:
    """Return how many lines are listed where so many groups are asked for."""
    return MOST_ASKED_LINES if asked else MOST_LINES


def lines(
    now: Sequence[Cell],
    before: Sequence[Cell],
    keep: int,
    merges: Sequence[Merge],
    always: frozenset[Group] = frozenset(),
) -> list[Line]:
    """Return the lines: by unit, then time, then value descending, the rest last; a group of only one period has zero in the other.

    Cells whose group is None are the rest already. A group that is `always` shown is never in the rest.
    """
    if not before and (single := _single(now, keep)) is not None:
        return single
    kept = _largest(now, before, keep, always)
    table: dict[tuple[str, date | None, Group | None], Line] = {}

    def line(cell: Cell) -> Line:
        group = cell.group if (cell.unit, cell.group) in kept else None
        place = (cell.unit, cell.bucket, group)
        if (known := table.get(place)) is None:
            table[place] = known = Line(group, cell.bucket, cell.unit)
        return known

    for cell in now:
        if cell.value is not None:
            one = line(cell)
            one.value += cell.value
            one.numbers = cell.numbers if one.numbers is None else merged(merges, one.numbers, cell.numbers)
    for cell in before:
        if cell.value is not None:
            line(cell).compare += cell.value
    return sorted(table.values(), key=_order)


def _single(now: Sequence[Cell], keep: int) -> list[Line] | None:
    """Return a line for each cell where nothing has to be put together, None otherwise."""
    found = [
        Line(one.group, one.bucket, one.unit, one.value, _ZERO, one.numbers) for one in now if one.value is not None
    ]
    if len({(one.unit, one.bucket, one.group) for one in found}) < len(found):
        return None
    groups = {(one.unit, one.group) for one in found if one.group is not None}
    if len(groups) > keep and max(Counter(unit for unit, _ in groups).values()) > keep:
        return None
    # Names decide between equal values only, and as they are where none is absent.
    spell = spelled if any(None in group for _, group in groups) else None
    order = [
        (one.unit, one.bucket or date.min, one.group is None, -one.value, one.group if spell is None else spell(one.group or ()))
        for one in found
    ]  # fmt: skip
    return [found[at] for at in sorted(range(len(found)), key=order.__getitem__)]


def _largest(now: Iterable[Cell], before: Iterable[Cell], keep: int, always: frozenset[Group]) -> set[Ranked]:
    """Rank by value, ties by name; the second period decides between those that cost nothing in the first."""
    values: dict[Ranked, list[Decimal]] = {}
    for period, cells in enumerate((now, before)):
        for cell in cells:
            if cell.group is not None and cell.value is not None:
                values.setdefault((cell.unit, cell.group), [Decimal(0), Decimal(0)])[period] += cell.value
    by_unit: dict[str, list[Ranked]] = {}
    kept: set[Ranked] = set()
    for ranked in values:
        if ranked[1] in always:
            kept.add(ranked)
        else:
            by_unit.setdefault(ranked[0], []).append(ranked)
    for mine in by_unit.values():
        if len(mine) > keep:
            mine.sort(key=lambda r: (-values[r][0], -values[r][1], spelled(r[1])))
        kept.update(mine[:keep])
    return kept


def spelled(group: Group) -> tuple[tuple[bool, str], ...]:
    """Return what groups are put in order by: their values, absent ones last."""
    return tuple([(value is None, value or "") for value in group])


def _order(line: Line) -> tuple[str, date, bool, Decimal, Decimal, tuple[tuple[bool, str], ...]]:
    rest = line.group is None
    return line.unit, line.bucket or date.min, rest, -line.value, -line.compare, spelled(line.group or ())
