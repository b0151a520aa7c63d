"""Which files can hold rows that a question asks about, by what is known of each; pure.

A file is left out only where none of its rows can match: its source, its billing month, or the moments its charges begin.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import partial

from finops.periods import Grain
from finops.relational import Condition, Question, Scalar, Table
from store.lake.states.manifest import DataFile

_MOMENT: dict[Table, str] = {"cost": "ChargePeriodStart", "metrics": "Timestamp"}


def that_may_hold(files: Iterable[DataFile], question: Question) -> list[DataFile]:
    """Return the files that may hold a row that every condition keeps, in their order."""
    tests = [test for one in question.where if (test := _test(question.table, one)) is not None]
    return [file for file in files if all(test(file) for test in tests)]


def _test(table: Table, one: Condition) -> Callable[[DataFile], bool] | None:
    """Return what tells of a file whether it may match; None for a condition that any file may."""
    key = one.key
    if key.rules or key.json_key is not None or one.other is not None:
        return None
    if key.column == "x_Source" and one.operator == "is":
        return lambda file: file.source in one.values
    if key.column not in (_MOMENT[table], "BillingPeriodStart" if table == "cost" else ""):
        return None
    in_span = partial(_in_span, one, [_moment(value) for value in one.values])
    if key.column == _MOMENT[table]:
        return lambda file: in_span(file.first, file.last)
    return lambda file: in_span(*_span_of_month(file.month))


def _span_of_month(month: str) -> tuple[datetime, datetime]:
    first = datetime.fromisoformat(f"{month}-01")
    return first, (first + timedelta(days=32)).replace(day=1) - timedelta(microseconds=1)


def _in_span(one: Condition, moments: Sequence[datetime | None], first: datetime | None, last: datetime | None) -> bool:
    """Compare with the extremes of a file's moments, cut to the bucket as the rows' are; a value that is no moment tells nothing."""
    if first is None or last is None:
        # No row has a moment here, and none is what an absent moment matches.
        return one.operator in ("missing", "is_not")
    values = [moment for moment in moments if moment is not None]
    if len(values) < len(moments):
        return True
    low, high = cut(first, one.key.grain), cut(last, one.key.grain)
    match one.operator:
        case "is":
            return any(low <= value <= high for value in values)
        case "from":
            return high >= values[0]
        case "above":
            return high > values[0]
        case "before":
            return low < values[0]
        case "through":
            return low <= values[0]
        case _:
            return True


def _moment(value: Scalar) -> datetime | None:
    if isinstance(value, datetime):
        return value.astimezone(UTC).replace(tzinfo=None) if value.tzinfo else value
    return datetime(value.year, value.month, value.day) if isinstance(value, date) else None  # noqa: DTZ001 - UTC, as the lake holds it


def cut(moment: datetime, grain: Grain | None) -> datetime:
    """Return the beginning of the bucket of size `grain` that holds a moment; the moment itself without one."""
    if grain is None:
        return moment
    day = moment.replace(hour=0, minute=0, second=0, microsecond=0)
    match grain:
        case "day":
            return day
        case "week":
            return day - timedelta(days=day.weekday())
        case "month":
            return day.replace(day=1)
        case "quarter":
            return day.replace(month=day.month - (day.month - 1) % 3, day=1)
        case "year":
            return day.replace(month=1, day=1)
