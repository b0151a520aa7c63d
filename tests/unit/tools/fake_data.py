"""A data handle over plain rows, answering questions in plain Python: the tools' tests need no lake."""

import json
import math
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal, localcontext
from typing import cast

from finops.evidence import Evidence
from finops.money import EXACT
from finops.ports import DimensionInfo, TableInfo
from finops.query import DIMENSIONS
from finops.relational import Aggregate, Condition, Key, Question, Rows
from tools.contract import ToolContext

Row = Mapping[str, object]


def no_evidence(evidence_id: str) -> Evidence:
    raise KeyError(evidence_id)


def moment(value: object) -> datetime:
    """Timestamps are naive UTC, as the lake gives them."""
    if isinstance(value, datetime):
        return value.replace(tzinfo=None)
    return datetime.combine(cast(date, value), time(), UTC).replace(tzinfo=None)


def _value(row: Row, key: Key) -> object:
    value = row.get(key.column)
    if key.json_key is not None:
        return None if value is None else json.loads(str(value)).get(key.json_key)
    if key.grain is None or value is None:
        return value
    day = moment(value).date()
    starts = {
        "day": day, "week": day - timedelta(days=day.weekday()), "month": day.replace(day=1),
        "quarter": day.replace(month=(day.month - 1) // 3 * 3 + 1, day=1), "year": day.replace(month=1, day=1),
    }  # fmt: skip
    return moment(starts[key.grain])


def _matches(row: Row, condition: Condition) -> bool:
    value = _value(row, condition.key)
    first = condition.values[0] if condition.values else None
    match condition.operator:
        case "missing":
            return value is None
        case "present":
            return value is not None
        case "is":
            return value in condition.values
        case "is_not":
            return value not in condition.values
        case "contains":
            return value is not None and any(str(v).lower() in str(value).lower() for v in condition.values)
        case "from":
            return value is not None and moment(value) >= moment(first)
        case "before":
            return value is not None and moment(value) < moment(first)


def _aggregate(rows: Sequence[Row], aggregate: Aggregate) -> object:
    if aggregate.function == "count" and not aggregate.column:
        return len(rows)
    values = [row[aggregate.column] for row in rows if row.get(aggregate.column) is not None]
    numbers = cast(list[Decimal], values)
    argument = aggregate.argument or 0.0
    by_function: dict[str, Callable[[], object]] = {
        "count": lambda: len(values),
        "distinct": lambda: len(set(values)),
        "sum": lambda: _total(values) if values else None,
        "min": lambda: min(numbers, default=None),
        "max": lambda: max(numbers, default=None),
        "quantile": lambda: sorted(numbers)[max(0, math.ceil(argument * len(numbers)) - 1)] if numbers else None,
        "count_over": lambda: sum(1 for value in numbers if value > argument),
    }
    with localcontext(EXACT):
        return by_function[aggregate.function]()


def _total(values: Sequence[object]) -> Decimal:
    """Doubles are summed as decimals of 6 places, as the lake does."""
    exact = (Decimal(repr(round(v, 6))) if isinstance(v, float) else cast(Decimal, v) for v in values)
    return sum(exact, Decimal(0))


def _order(values: tuple[object, ...]) -> tuple[tuple[bool, str], ...]:
    return tuple((value is None, str(value)) for value in values)


class FakeData:
    """One snapshot of cost and metric rows; `cap` is how many values a dimension lists."""

    def __init__(
        self,
        cost: Sequence[Row] = (),
        metrics: Sequence[Row] = (),
        *,
        scales: Mapping[str, int] | None = None,
        caveats: Mapping[str, tuple[str, ...]] | None = None,
        cap: int = 100,
        days: tuple[date, date] | None = None,
    ) -> None:
        self.rows: dict[str, Sequence[Row]] = {"cost": cost, "metrics": metrics}
        self.snapshot = "fake-1"
        self.asked: list[Question] = []
        self.cost = self._info(cost, "ChargePeriodStart", days, dict(scales or {}), dict(caveats or {}))
        self.metrics = self._info(metrics, "Timestamp", None, {}, {})
        self.dimensions = self._dimensions(cost, cap)

    @staticmethod
    def _info(
        rows: Sequence[Row],
        column: str,
        days: tuple[date, date] | None,
        scales: dict[str, int],
        caveats: dict[str, tuple[str, ...]],
    ) -> TableInfo | None:
        if not rows:
            return None
        seen = [moment(row[column]).date() for row in rows]
        first, last = days or (min(seen), max(seen))
        currencies = tuple(sorted({str(row["BillingCurrency"]) for row in rows if row.get("BillingCurrency")}))
        return TableInfo(
            rows=len(rows), first_day=first, last_day=last, currencies=currencies, scales=scales, caveats=caveats
        )

    @staticmethod
    def _dimensions(rows: Sequence[Row], cap: int) -> tuple[DimensionInfo, ...]:
        counts: dict[str, dict[str, int]] = {}
        for row in rows:
            named = {name: row[name] for name in DIMENSIONS if row.get(name) is not None}
            tags = cast(dict[str, object], json.loads(str(row["Tags"])) if row.get("Tags") else {})
            for name, value in {**named, **{f"tag:{k}": v for k, v in tags.items()}}.items():
                by_value = counts.setdefault(name, {})
                by_value[str(value)] = by_value.get(str(value), 0) + 1
        return tuple(
            DimensionInfo(
                name=name,
                distinct=len(values),
                values=tuple(v for v, _ in sorted(values.items(), key=lambda item: (-item[1], item[0])))[:cap],
            )
            for name, values in sorted(counts.items())
        )

    def ask(self, question: Question) -> Rows:
        self.asked.append(question)
        kept = [row for row in self.rows[question.table] if all(_matches(row, c) for c in question.where)]
        groups: dict[tuple[object, ...], list[Row]] = {} if question.keys else {(): kept}
        for row in kept if question.keys else ():
            groups.setdefault(tuple(_value(row, key) for key in question.keys), []).append(row)
        return Rows(
            (*(key.name for key in question.keys), *(a.name for a in question.aggregates)),
            tuple(
                (*values, *(_aggregate(groups[values], a) for a in question.aggregates))
                for values in sorted(groups, key=_order)
            ),
            query="fake",
        )

    def context(self, evidence: Callable[[str], Evidence] = no_evidence) -> ToolContext:
        last = self.cost.last_day if self.cost else date(2000, 1, 1)
        return ToolContext(self, last + timedelta(days=1), evidence)


def bill_row(day: date, cost: str, **columns: object) -> Row:
    """One row of a bill: AWS EC2 usage in USD unless `columns` say otherwise."""
    amount = Decimal(cost)
    start = moment(day)
    return {
        "BilledCost": amount, "EffectiveCost": amount, "ListCost": amount, "ContractedCost": amount,
        "BillingCurrency": "USD", "ChargePeriodStart": start, "ChargePeriodEnd": start + timedelta(days=1),
        "ChargeCategory": "Usage", "ProviderName": "AWS", "ServiceName": "Amazon EC2", "ServiceCategory": "Compute",
        "SubAccountId": "111", "RegionId": "us-east-1", **columns,
    }  # fmt: skip
