"""What part of the bill a call looks at: filters and days checked against the data, and put into conditions and words."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal

from finops.allocation import virtual_condition, virtual_key, virtual_values
from finops.books import Books
from finops.errors import ToolError, UnknownName
from finops.evidence import Figure
from finops.focus import BY_NAME
from finops.periods import Period
from finops.ports import DataHandle, DimensionInfo, TableInfo
from finops.query import DIMENSIONS, VIRTUAL, Filter, dimension_key
from finops.relational import Aggregate, Condition, Key, Operator, Question
from tools.contract import need_cost

CHARGE_START = Key("ChargePeriodStart")


def cost_table(data: DataHandle) -> TableInfo:
    """Return what the cost table holds; refuses where no bill is loaded."""
    need_cost(data)
    if data.cost is None:
        raise ToolError("no bill is loaded", fix="load one with `toll ingest PATH`")
    return data.cost


def all_days(table: TableInfo) -> Period:
    """Return the days the table covers."""
    return Period(start=table.first_day, end=table.last_day + timedelta(days=1))


def check_covered(period: Period, table: TableInfo, *, what: str = "") -> None:
    """Refuse a period wholly outside the data: its cost is not zero, it is not known."""
    if period.end <= table.first_day or period.start > table.last_day:
        raise ToolError(
            f"there is no cost data for {what}`{period.label()}`",
            fix=f"ask within {table.first_day} to {table.last_day}, the days that are loaded",
        )


def coverage_caveats(period: Period, table: TableInfo, *, what: str = "") -> tuple[str, ...]:
    """Say where the data begins or ends inside `period`."""
    notes: list[str] = []
    if period.start < table.first_day:
        notes.append(f"{what}the data begins on {table.first_day}, after the first day of {period.label()}")
    if period.end > table.last_day + timedelta(days=1):
        notes.append(f"{what}the data ends on {table.last_day}, before the last day of {period.label()}")
    return tuple(notes)


def check_names(
    filters: tuple[Filter, ...], group_by: tuple[str, ...], data: DataHandle, books: Books | None = None
) -> tuple[str, ...]:
    """Raise `UnknownName` for a tag or a value that the data does not have; return caveats for absent tags asked about.

    A value of a virtual dimension must be one that its rules, in the allocation book, can give.

    Values of a dimension whose list is cut short are not judged here; see `check_present`.
    """
    infos = {info.name: info for info in data.dimensions}
    tags = [name for name in infos if name.startswith("tag:")]
    for name in group_by:
        if name.startswith("tag:") and name not in infos:
            raise UnknownName("tag", name, tags)
    notes: list[str] = []
    for one in filters:
        if one.dimension.startswith("tag:") and one.dimension not in infos:
            if one.op not in ("missing", "present"):
                raise UnknownName("tag", one.dimension, tags)
            notes.append(f"no row carries the tag `{one.dimension.removeprefix('tag:')}`")
        elif one.op in ("is", "is_not") and one.dimension.startswith(VIRTUAL):
            _check_virtual(one, infos, data, books or Books())
        elif one.op in ("is", "is_not"):
            info = infos.get(one.dimension)
            _check_values(one, info, data)
            if _in_focus(one) and not set(one.values) & set(info.values if info else ()):
                notes.append(f"no row has {one.dimension} {' or '.join(one.values)}")
    return tuple(notes)


def _listed(name: str) -> bool:
    """Tell whether the bill lists the values of a dimension; dates and numbers are not listed."""
    return name in DIMENSIONS or name.startswith("tag:")


def key_of(name: str, books: Books) -> Key:
    """Return what a dimension groups by; the allocation book is opened for a virtual one only. Raises `UnknownName`."""
    return virtual_key(books.allocation, name) if name.startswith(VIRTUAL) else dimension_key(name)


def moment_text(value: date) -> str:
    """Return a moment in UTC as text: 2024-09-01, with the time where it is not midnight."""
    if not isinstance(value, datetime):
        return value.isoformat()
    day = f"{value:%Y-%m-%d}"
    return day if (value.hour, value.minute, value.second) == (0, 0, 0) else f"{day}T{value:%H:%M:%S}Z"


def _in_focus(one: Filter) -> bool:
    """Tell whether the specification names each value: then a bill without it says that there is none."""
    allowed = BY_NAME[one.dimension].values if one.dimension in BY_NAME else ()
    return bool(one.values) and set(one.values) <= set(allowed)


def _check_values(one: Filter, info: DimensionInfo | None, data: DataHandle) -> None:
    if _in_focus(one):
        return
    if info is None:
        if not _listed(one.dimension):
            return
        raise ToolError(
            f"no row has a value for `{one.dimension}`", fix="see `list_dimensions` for the dimensions that have one"
        )
    known = frozenset(info.values)
    unlisted = [value for value in one.values if value not in known]
    if unlisted and info.distinct <= len(info.values):
        raise UnknownName(one.dimension, unlisted[0], info.values)
    # One unlisted value alone shows as an empty result; among others it would vanish in their sum.
    if unlisted and len(one.values) > 1:
        check_present((one,), data)


def _check_virtual(one: Filter, infos: Mapping[str, DimensionInfo], data: DataHandle, books: Books) -> None:
    """Raise `UnknownName` for a value that no rule gives and no copied dimension has; the bill is asked where lists are cut short."""
    given, copied = virtual_values(books.allocation, one.dimension)
    listed = [infos[name] for name in sorted(copied) if name in infos]
    known = given.union(*(info.values for info in listed))
    unlisted = [value for value in one.values if value not in known]
    if unlisted and any(info.distinct > len(info.values) for info in listed):
        key = key_of(one.dimension, books)
        question = Question("cost", (Aggregate("rows", "count"),), (key,), (Condition(key, "is", tuple(unlisted)),))
        present = set(data.ask(question).column(key.name))
        unlisted = [value for value in unlisted if value not in present]
    if unlisted:
        raise UnknownName(one.dimension, unlisted[0], sorted(known))


def check_present(filters: tuple[Filter, ...], data: DataHandle) -> None:
    """Raise `UnknownName` for an `is` value that no row of the whole bill has: one question each, for empty results."""
    for one in filters:
        if one.op != "is" or _in_focus(one) or not (_listed(one.dimension) or one.dimension.startswith("sku:")):
            continue
        key = dimension_key(one.dimension)
        question = Question("cost", (Aggregate("rows", "count"),), (key,), (Condition(key, "is", one.values),))
        present = set(data.ask(question).column(key.name))
        for value in one.values:
            if value not in present:
                info = next((info for info in data.dimensions if info.name == one.dimension), None)
                raise UnknownName(one.dimension, value, info.values if info else ())


def conditions(
    filters: tuple[Filter, ...], period: Period | None = None, *, books: Books | None = None, start: Key = CHARGE_START
) -> tuple[Condition, ...]:
    """Return the conditions of filters and of a period of charges, or of what else `start` says. Raises `UnknownName`."""
    chosen = tuple(condition for one in filters for condition in _conditions(one, books or Books()))
    return chosen + (() if period is None else days_of(start, period.start, period.end))


def _conditions(one: Filter, books: Books) -> tuple[Condition, ...]:
    if one.dimension.startswith(VIRTUAL):
        return (virtual_condition(books.allocation, one.dimension, one.op, one.values),)
    other = None if one.other is None else dimension_key(one.other)
    key, values = dimension_key(one.dimension), one.scalars()
    if one.of_days:
        return _of_days(key, one.op, tuple(value for value in values if isinstance(value, date)))
    return (Condition(key, one.op, values, other),)


def _of_days(key: Key, operator: Operator, days: tuple[date, ...]) -> tuple[Condition, ...]:
    """Return the conditions of a filter whose values are days: a moment is of the whole day, and after it with the next."""
    following = days[0] + timedelta(days=1)
    match operator:
        case "through":
            return (Condition(key, "before", (following,)),)
        case "above":
            return (Condition(key, "from", (following,)),)
        case "is" if len(days) == 1:
            return days_of(key, days[0], following)
        case "is" | "is_not":
            return (Condition(Key(key.column, grain="day"), operator, days),)
        case _:
            return (Condition(key, operator, days),)


def days_of(key: Key, start: date, end: date) -> tuple[Condition, ...]:
    """Return the conditions for `start` (included) to `end` (excluded)."""
    return (Condition(key, "from", (start,)), Condition(key, "before", (end,)))


def in_words(filters: tuple[Filter, ...]) -> str:
    """Return what filters keep, such as `ProviderName=AWS; tag:owner missing`; empty without any."""
    return "; ".join(_one_in_words(one) for one in filters)


def _one_in_words(one: Filter) -> str:
    if not one.values:
        return f"{one.dimension} {one.op}"
    joined = "|".join(one.values)
    return f"{one.dimension}={joined}" if one.op == "is" else f"{one.dimension} {one.op} {joined}"


def subject(filters: tuple[Filter, ...], group: Mapping[str, str | None]) -> str:
    """Return what a figure is about: filters and group in words, `all` without either."""
    parts = [in_words(filters)] if filters else []
    parts += [f"{name}={value if value is not None else '(none)'}" for name, value in group.items()]
    return "; ".join(parts) or "all"


def as_day(value: object) -> date:
    """Return the UTC day of a store's date or timestamp; refuses anything else."""
    if not isinstance(value, date):
        raise ToolError(f"the store gave `{value}` for a day", fix="load the bill again with `toll ingest`")
    return date(value.year, value.month, value.day)


def count_figure(name: str, value: int, *, unit: str = "count", about: str = "all") -> Figure:
    """Return a figure for a whole number."""
    return Figure(name=name, value=Decimal(value), unit=unit, subject=about)
