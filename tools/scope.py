"""What part of the bill a call looks at: filters and days checked against the data, and put into conditions and words."""

from datetime import date, timedelta
from decimal import Decimal

from finops.errors import ToolError, UnknownName
from finops.evidence import Figure
from finops.periods import Period
from finops.ports import DataHandle, DimensionInfo, TableInfo
from finops.query import Filter, dimension_key
from finops.relational import Aggregate, Condition, Key, Question
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


def check_names(filters: tuple[Filter, ...], group_by: tuple[str, ...], data: DataHandle) -> tuple[str, ...]:
    """Raise `UnknownName` for a tag or a value that the data does not have; return caveats for absent tags asked about.

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
        elif one.op in ("is", "is_not"):
            _check_values(one, infos.get(one.dimension), data)
    return tuple(notes)


def _check_values(one: Filter, info: DimensionInfo | None, data: DataHandle) -> None:
    if info is None:
        if one.dimension.startswith("sku:"):
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


def check_present(filters: tuple[Filter, ...], data: DataHandle) -> None:
    """Raise `UnknownName` for an `is` value that no row of the whole bill has: one question each, for empty results."""
    for one in filters:
        if one.op != "is":
            continue
        key = dimension_key(one.dimension)
        question = Question("cost", (Aggregate("rows", "count"),), (key,), (Condition(key, "is", one.values),))
        present = set(data.ask(question).column(key.name))
        for value in one.values:
            if value not in present:
                info = next((info for info in data.dimensions if info.name == one.dimension), None)
                raise UnknownName(one.dimension, value, info.values if info else ())


def conditions(filters: tuple[Filter, ...], period: Period | None = None) -> tuple[Condition, ...]:
    """Return the conditions of filters and of a period of charge starts."""
    chosen = tuple(Condition(dimension_key(one.dimension), one.op, one.values) for one in filters)
    return chosen + (() if period is None else days_of(CHARGE_START, period.start, period.end))


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


def subject(filters: tuple[Filter, ...], group: dict[str, str | None]) -> str:
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
