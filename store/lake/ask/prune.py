"""Which files can hold rows that a question asks about, by what is known of each; pure.

A file is left out only where none of its rows can match: its source, its billing month, or the moments its charges begin.
"""

from datetime import UTC, date, datetime, timedelta

from finops.periods import Grain
from finops.relational import Condition, Question, Scalar, Table
from store.lake.states.manifest import DataFile

_MOMENT: dict[Table, str] = {"cost": "ChargePeriodStart", "metrics": "Timestamp"}


def may_hold(file: DataFile, question: Question) -> bool:
    """Tell whether a file may hold a row that every condition keeps."""
    return all(_may_match(file, question.table, one) for one in question.where)


def _may_match(file: DataFile, table: Table, one: Condition) -> bool:
    key = one.key
    if key.rules or key.json_key is not None or one.other is not None:
        return True
    if key.column == "x_Source" and one.operator == "is":
        return file.source in one.values
    if key.column == _MOMENT[table]:
        return _in_span(one, key.grain, file.first, file.last)
    if key.column == "BillingPeriodStart" and table == "cost":
        first = datetime.fromisoformat(f"{file.month}-01")
        return _in_span(one, key.grain, first, (first + timedelta(days=32)).replace(day=1) - timedelta(microseconds=1))
    return True


def _in_span(one: Condition, grain: Grain | None, first: datetime | None, last: datetime | None) -> bool:
    """Compare with the extremes of a file's moments, cut to `grain` as the rows' are."""
    if first is None or last is None:
        # No row has a moment here, and none is what an absent moment matches.
        return one.operator in ("missing", "is_not")
    moments = [_moment(value) for value in one.values]
    low, high = cut(first, grain), cut(last, grain)
    if not all(moments):
        return True
    values = [value for value in moments if value is not None]
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
    day = moment.replace(hour=0, minute=0, second=0, microsecond=0)
    match grain:
        case None:
            return moment
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
