"""Which days were still growing when they were loaded, and which months were not closed; pure.

Method: methods.md, "Late data". The completeness of a day at age k is the median, over earlier days of its source, of its cost
at age k over its cost at age 30, as earlier loads saw them. Age counts from the moment of the load, never from today.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from statistics import median

from finops.money import divide
from finops.periods import Period
from finops.ports import IncompleteDay, OpenMonth
from store.lake.states.manifest import DataFile

# A day is whole from this share on, and never before it is this many days old.
WHOLE = Decimal("0.98")
YOUNG = 2
# The age at which a day's cost is taken as final; a month loaded so long after its end is complete.
FINAL = 30
# Fewer earlier days than this tell nothing.
LEAST_DAYS = 5
# Providers' charges for a month settle by the 10th of the next one.
CLOSED_ON = 10

# The share of its final cost that a day usually has, by its age in days.
Curve = Mapping[int, Decimal]


@dataclass(frozen=True, slots=True)
class Sighting:
    """What one load said each day of a source cost, by day and currency."""

    source: str
    loaded_at: datetime
    days: Mapping[tuple[date, str], Decimal]


def curves(sightings: Iterable[Sighting]) -> dict[str, Curve]:
    """Return the curve of each source whose days were seen both young and old."""
    seen: dict[str, dict[tuple[date, str], list[tuple[int, Decimal]]]] = {}
    for one in sorted(sightings, key=lambda one: (one.source, one.loaded_at)):
        for place, cost in one.days.items():
            age = (one.loaded_at.date() - place[0]).days
            seen.setdefault(one.source, {}).setdefault(place, []).append((age, cost))
    return {source: _curve(list(days.values())) for source, days in seen.items()}


def _curve(days: Sequence[Sequence[tuple[int, Decimal]]]) -> Curve:
    shares: dict[int, list[Decimal]] = {}
    for sights in days:
        final = next((cost for age, cost in sights if age >= FINAL), None)
        if final is None or final <= 0:
            continue
        for age, cost in sights:
            if 0 <= age < FINAL:
                shares.setdefault(age, []).append(divide(cost, final, places=6))
    return {age: median(found) for age, found in sorted(shares.items()) if len(found) >= LEAST_DAYS}


def expected(curve: Curve, age: int) -> Decimal | None:
    """Return the share usually there at an age: of the nearest younger age that is known, None where none is."""
    known = [one for one in curve if one <= age]
    return curve[max(known)] if known else None


def incomplete_days(files: Iterable[DataFile], known: Mapping[str, Curve]) -> tuple[IncompleteDay, ...]:
    """Return the days of these files that may still change, by source and day."""
    listed = list(files)
    last: dict[str, datetime] = {}
    for file in listed:
        if file.last is not None:
            last[file.source] = max(last.get(file.source, file.last), file.last)
    found: dict[tuple[str, date], IncompleteDay] = {}
    for file in listed:
        for day in _days_in_question(file):
            one = _judge(file, day, last[file.source], known.get(file.source, {}))
            if one is not None:
                found.setdefault((file.source, day), one)
    return tuple(found[key] for key in sorted(found))


def _days_in_question(file: DataFile) -> list[date]:
    """Return the days of a file that are not settled by age alone."""
    if file.first is None or file.last is None or file.loaded_at is None:
        return []
    loaded = file.loaded_at.date()
    if loaded >= _end(file.month) + timedelta(days=FINAL):
        return []
    end = min(file.last.date(), loaded)
    return [
        end - timedelta(days=back) for back in range((end - max(file.first.date(), end - timedelta(days=62))).days + 1)
    ]


def _judge(file: DataFile, day: date, last: datetime, curve: Curve) -> IncompleteDay | None:
    if file.loaded_at is None:
        return None
    age = (file.loaded_at.date() - day).days
    share = expected(curve, age)
    if age < YOUNG:
        reason = f"it was {age} day{'' if age == 1 else 's'} old when it was loaded"
    elif share is not None and share < WHOLE:
        reason = f"{share * 100:.1f} % of a day's cost is usually there {age} days later"
    elif day == last.date() and last.hour not in (0, 23):
        reason = f"its last hour is {last.hour:02d}:00 UTC"
    elif share is None and day > last.date() - timedelta(days=YOUNG):
        reason = f"it is one of the last {YOUNG} days of its source"
    else:
        return None
    return IncompleteDay(source=file.source, day=day, expected=share, reason=reason)


def open_months(files: Iterable[DataFile]) -> tuple[OpenMonth, ...]:
    """Return the billing months that were not closed when they were loaded. One with all its invoices is."""
    parts: dict[tuple[str, str], list[DataFile]] = {}
    for file in files:
        parts.setdefault(file.part, []).append(file)
    found: list[OpenMonth] = []
    for (source, month), group in sorted(parts.items()):
        loaded = min((file.loaded_at.date() for file in group if file.loaded_at is not None), default=None)
        if loaded is None or all(file.invoiced for file in group):
            continue
        if loaded < _end(month) + timedelta(days=CLOSED_ON - 1):
            found.append(
                OpenMonth(source=source, month=month, reason=f"it was loaded on {loaded}, before it was closed")
            )
        elif source.startswith("AWS/") and loaded < _end(month) + timedelta(days=FINAL):
            found.append(OpenMonth(source=source, month=month, reason="rows have no InvoiceId yet"))
    return tuple(found)


def _end(month: str) -> date:
    return Period.parse(month).end
