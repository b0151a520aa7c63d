"""How a `CostQuery` becomes questions to the store, and their rows cells of exact amounts."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from finops.money import exact
from finops.periods import Period
from finops.ports import DataHandle
from finops.query import COST_METRICS, CostQuery, dimension_key
from finops.relational import Aggregate, Key, Question, Rows
from tools.scope import as_day, conditions

# What a sum of each metric is counted in; sums of different units are never added.
_UNIT_COLUMNS = {"ConsumedQuantity": "ConsumedUnit", "PricingQuantity": "PricingUnit"}
NO_UNIT = "unspecified unit"
# A credit or a correction hides in a net total; these two columns tell it apart.
_PARTS = ("ChargeCategory", "ChargeClass")


@dataclass(frozen=True, slots=True)
class Cell:
    """One row of an answer: group values in the order of `group_by`, time bucket, unit, exact sum, rows summed."""

    group: tuple[str | None, ...]
    bucket: date | None
    unit: str
    value: Decimal
    rows: int


def unit_column(metric: str) -> str:
    """Return the column that holds the metric's unit."""
    return _UNIT_COLUMNS.get(metric, "BillingCurrency")


def unit_of(metric: str, record: Mapping[str, object]) -> str:
    """Return the unit of one row of an answer."""
    return text_or_none(record[unit_column(metric)]) or NO_UNIT


def compared(query: CostQuery) -> Period | None:
    """Return the second period, None where nothing is compared."""
    if query.compare is None or query.period is None:
        return None
    if isinstance(query.compare, Period):
        return query.compare
    return query.period.previous() if query.compare == "previous_period" else query.period.year_before()


def _aggregates(metric: str) -> tuple[Aggregate, ...]:
    return (Aggregate("value", "sum", metric), Aggregate("rows", "count"))


def sums_over(query: CostQuery, period: Period | None) -> Question:
    """Return the question for the sums of one period: group, bucket, unit."""
    keys = [dimension_key(name) for name in query.group_by]
    if query.grain:
        keys.append(Key("ChargePeriodStart", grain=query.grain))
    unit = Key(unit_column(query.metric))
    if unit not in keys:
        keys.append(unit)
    return Question("cost", _aggregates(query.metric), tuple(keys), conditions(query.filters, period))


def parts_over(query: CostQuery, data: DataHandle) -> Question | None:
    """Return the question for credits and corrections inside the totals, None where there are none or they are asked for."""
    named = {*query.group_by, *(one.dimension for one in query.filters)}
    values = {info.name: info.values for info in data.dimensions if info.name in _PARTS}
    hidden = "Credit" in values.get("ChargeCategory", ()) or "Correction" in values.get("ChargeClass", ())
    if query.metric not in COST_METRICS or named & set(_PARTS) or not hidden:
        return None
    keys = (*(Key(name) for name in _PARTS), Key(unit_column(query.metric)))
    return Question("cost", _aggregates(query.metric), keys, conditions(query.filters, query.period))


def questions_of(query: CostQuery, data: DataHandle) -> tuple[Question, ...]:
    """Return every question the query asks of the store, so that their shapes can be compiled beforehand."""
    other = compared(query)
    asked = [sums_over(query, query.period), parts_over(query, data), sums_over(query, other) if other else None]
    return tuple(question for question in asked if question is not None)


def cells(query: CostQuery, rows: Rows) -> list[Cell]:
    """Return the answer's rows that have a value, typed."""
    names = [dimension_key(name).name for name in query.group_by]
    bucket = Key("ChargePeriodStart", grain=query.grain).name if query.grain else None
    found: list[Cell] = []
    for record in rows.records():
        value = record["value"]
        if isinstance(value, int | Decimal):
            found.append(
                Cell(
                    group=tuple(text_or_none(record[name]) for name in names),
                    bucket=as_day(record[bucket]) if bucket else None,
                    unit=unit_of(query.metric, record),
                    value=exact(value),
                    rows=count(record["rows"]),
                )
            )
    return found


def text_or_none(value: object) -> str | None:
    """Return a store's value as text, None where there is none."""
    return None if value is None else str(value)


def count(value: object) -> int:
    """Return a store's count."""
    return int(str(value))
