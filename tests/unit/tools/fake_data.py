"""A data handle over plain rows, answering questions in plain Python: the tools' tests need no lake."""

import json
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation, localcontext
from typing import Any, cast

from finops.books import Books
from finops.evidence import Evidence
from finops.money import EXACT
from finops.ports import DimensionInfo, TableInfo
from finops.query import COST_METRICS, DIMENSIONS
from finops.relational import REST, Aggregate, Condition, Key, Question, Rows, Top
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
    if key.rules:
        return _ruled(row, key)
    value = row.get(key.column)
    if key.json_key is not None:
        found = None if value is None else json.loads(str(value)).get(key.json_key)
        return found if found is None or isinstance(found, str) else json.dumps(found)
    if key.grain is None or value is None:
        return value
    day = moment(value).date()
    starts = {
        "day": day, "week": day - timedelta(days=day.weekday()), "month": day.replace(day=1),
        "quarter": day.replace(month=(day.month - 1) // 3 * 3 + 1, day=1), "year": day.replace(month=1, day=1),
    }  # fmt: skip
    return moment(starts[key.grain])


def _ruled(row: Row, key: Key) -> object:
    """The first rule that holds decides; one that copies an absent value does not hold."""
    for rule in key.rules:
        value = rule.value if rule.copy is None else _value(row, rule.copy)
        if all(_matches(row, one) for one in rule.where) and (rule.copy is None or value is not None):
            return value
    return None


def _comparable(value: object) -> Any:
    return moment(value) if isinstance(value, date) else value


def _matches(row: Row, condition: Condition) -> bool:
    value = _value(row, condition.key)
    values = condition.values if condition.other is None else (_value(row, condition.other),)
    first = values[0] if values else None
    match condition.operator:
        case "missing":
            return value is None
        case "present":
            return value is not None
        case "is":
            return value is not None and _comparable(value) in [_comparable(one) for one in values]
        case "is_not":
            return _comparable(value) not in [_comparable(one) for one in values]
        case "contains":
            return value is not None and any(str(v).lower() in str(value).lower() for v in values)
        case "starts":
            return value is not None and any(str(value).lower().startswith(str(v).lower()) for v in values)
        case _ if value is None or first is None:
            return False
        case "from":
            return _comparable(value) >= _comparable(first)
        case "before":
            return _comparable(value) < _comparable(first)
        case "through":
            return _comparable(value) <= _comparable(first)
        case "above":
            return _comparable(value) > _comparable(first)


def _numeric(text: object) -> Decimal | None:
    try:
        return None if text is None else Decimal(str(text))
    except InvalidOperation:
        return None


def _values(rows: Sequence[Row], aggregate: Aggregate) -> list[object]:
    key = Key(aggregate.column, json_key=aggregate.json_key)
    found = (_value(row, key) for row in rows)
    if aggregate.json_key is not None and aggregate.function != "distinct":
        found = (_numeric(text) for text in found)
    return [value for value in found if value is not None]


def _aggregate(rows: Sequence[Row], aggregate: Aggregate) -> object:
    rows = [row for row in rows if all(_matches(row, one) for one in aggregate.where)]
    if aggregate.function == "count" and not aggregate.column:
        return len(rows)
    values = _values(rows, aggregate)
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


def _missing(rows: Sequence[Row]) -> dict[str, dict[str, int]]:
    """Count the rows that lack a cost, by metric and source."""
    found: dict[str, dict[str, int]] = {}
    for row in rows:
        for metric in COST_METRICS & row.keys():
            if row[metric] is None:
                by_source = found.setdefault(metric, {})
                source = str(row.get("x_Source"))
                by_source[source] = by_source.get(source, 0) + 1
    return found


def _months(rows: Sequence[Row], column: str) -> dict[str, tuple[str, ...]]:
    """Return the months each source is billed in; nothing of rows without a source."""
    found: dict[str, set[str]] = {}
    for row in rows:
        if "x_Source" in row:
            found.setdefault(str(row["x_Source"]), set()).add(
                f"{moment(row.get('BillingPeriodStart', row[column])):%Y-%m}"
            )
    return {source: tuple(sorted(months)) for source, months in found.items()}


def _order(values: tuple[object, ...]) -> tuple[tuple[bool, str], ...]:
    return tuple((value is None, str(value)) for value in values)


def _topped(
    question: Question, top: Top, groups: Mapping[tuple[object, ...], list[Row]]
) -> Iterator[tuple[object, ...]]:
    """Rank the groups by their rows' own sum, then answer again with those beyond the top under one name."""
    by = next(one for one in question.aggregates if one.name == top.by)
    apart = [question.keys.index(key) for key in top.apart]
    free = [i for i, key in enumerate(question.keys) if key not in {*top.apart, *top.along}]
    ranked: dict[tuple[object, ...], dict[tuple[object, ...], list[Row]]] = {}
    for values, rows in groups.items():
        within = ranked.setdefault(tuple(values[i] for i in apart), {})
        within.setdefault(tuple(values[i] for i in free), []).extend(rows)
    kept: set[tuple[object, ...]] = set()
    for place, within in ranked.items():
        sizes = {one: cast(Decimal | int | None, _aggregate(rows, by)) for one, rows in within.items()}
        order = sorted(sizes, key=lambda one: (sizes[one] is None, -(sizes[one] or 0), _order(one)))
        kept |= {(*place, *one) for one in order[: top.count]}
    merged: dict[tuple[object, ...], list[Row]] = {}
    for values, rows in groups.items():
        rest = (*(values[i] for i in apart), *(values[i] for i in free)) not in kept
        shown = tuple(None if rest and i in free else value for i, value in enumerate(values))
        merged.setdefault((*shown, rest), []).extend(rows)
    for values in sorted(merged, key=_order):
        yield (*values[:-1], *(_aggregate(merged[values], one) for one in question.aggregates), values[-1])


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
            rows=len(rows), first_day=first, last_day=last, currencies=currencies, scales=scales, caveats=caveats,
            missing=_missing(rows), months=_months(rows, column),
        )  # fmt: skip

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
        columns = (*(key.name for key in question.keys), *(a.name for a in question.aggregates))
        if question.top is not None:
            return Rows((*columns, REST), tuple(_topped(question, question.top, groups)), query="fake")
        rows = tuple(
            (*values, *(_aggregate(groups[values], a) for a in question.aggregates))
            for values in sorted(groups, key=_order)
        )
        return Rows(columns, rows, query="fake")

    def context(self, evidence: Callable[[str], Evidence] = no_evidence, *, books: Books | None = None) -> ToolContext:
        last = self.cost.last_day if self.cost else date(2000, 1, 1)
        return ToolContext(self, last + timedelta(days=1), evidence, books or Books())


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
