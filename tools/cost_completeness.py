"""Which figures may still change: days that were still growing, months not yet closed, and costs that rows lack."""

from bisect import bisect_left
from collections.abc import Callable, Iterable
from datetime import date
from decimal import Decimal

from finops.money import divide, plain
from finops.periods import Period
from finops.ports import IncompleteDay, TableInfo
from finops.query import CostQuery
from finops.relational import Rows

GROWING = " (still growing)"
_NAMED = 3


def growing(query: CostQuery, table: TableInfo) -> Callable[[Period], bool]:
    """Return whether the figures of a period may still change, by the days and months of the sources asked for."""
    if query.basis == "billing":
        found = {Period.parse(one.month).start for one in table.open_months if _asked(query, one.source)}
    else:
        found = {one.day for one in table.incomplete if _asked(query, one.source)}
    days = sorted(found)
    return lambda period: (at := bisect_left(days, period.start)) < len(days) and days[at] < period.end


def growing_notes(query: CostQuery, table: TableInfo, periods: Iterable[Period]) -> tuple[str, ...]:
    """Say which days or months of the periods may still change, a sentence for each source."""
    asked = tuple(periods)
    notes: dict[str, None] = {}
    by_source: dict[str, list[IncompleteDay]] = {}
    if query.basis == "charge":
        for one in table.incomplete:
            if _asked(query, one.source) and any(period.contains(one.day) for period in asked):
                by_source.setdefault(one.source, []).append(one)
    for source, days in sorted(by_source.items()):
        notes[f"{source} may still grow on {_days([one.day for one in days])}{_there(days)}: {days[-1].reason}"] = None
    if query.basis == "billing":
        for one in table.open_months:
            if _asked(query, one.source) and any(period.contains(Period.parse(one.month).start) for period in asked):
                notes[f"{one.source} may still change in {one.month}: {one.reason}"] = None
    return tuple(notes)


def lacking_notes(metric: str, rows: Rows) -> tuple[str, ...]:
    """Say which sources lack a cost in how many rows: their sum is not whole, and nothing is put in its place."""
    found: list[str] = []
    for record in rows.records():
        every, have = int(str(record["rows"])), int(str(record["have"]))
        if have < every:
            found.append(f"{every - have:,} of {every:,} rows of {record['x_Source'] or 'an unnamed source'}")
    if not found:
        return ()
    listed = ", ".join(found[:_NAMED]) + (f" and of {len(found) - _NAMED} more sources" if len(found) > _NAMED else "")
    return (f"{metric} is missing in {listed}; the sum holds the other rows only and is not whole",)


def _asked(query: CostQuery, source: str) -> bool:
    """Tell whether a source can be among the rows asked for; only filters on its own names can rule it out."""
    provider = source.partition("/")[0]
    for one in query.filters:
        own = {"x_Source": source, "ProviderName": provider}.get(one.dimension)
        if own is not None and one.op in ("is", "is_not") and (own in one.values) != (one.op == "is"):
            return False
    return True


def _days(days: list[date]) -> str:
    first, last = min(days), max(days)
    return str(first) if first == last else f"{first} to {last}"


def _there(days: list[IncompleteDay]) -> str:
    known = [one.expected for one in days if one.expected is not None]
    if not known:
        return ""
    percent = divide(min(known) * 100, Decimal(1), places=0)
    return f" (at that age {plain(percent)} % of a day's cost is usually there, at least)"
