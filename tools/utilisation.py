"""How busy instances were: percentiles of measured samples, how long and how completely they were observed.

Percentiles are discrete (a value that was measured). Metrics are `cpu_percent` and `memory_percent` (0 to 100) and
`network_in_bytes`, `network_out_bytes` (bytes in each step).
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Literal, cast

from finops.money import divide
from finops.periods import Period
from finops.ports import DataHandle
from finops.relational import Aggregate, Condition, Key, Question, Rows
from tools.cost_questions import count
from tools.scope import days_of

# methods.md section 3: 14 days at least; 32 so that a month's end is always within.
LOOKBACK_DAYS = 32
MIN_DAYS = 14
MIN_COVERAGE = Decimal("0.95")
# Metrics older than this against the bill say nothing about today.
MAX_LAG_DAYS = 7
IDLE_DAYS = 3

Metric = Literal["cpu_percent", "memory_percent", "network_in_bytes", "network_out_bytes"]
METRICS: tuple[Metric, ...] = ("cpu_percent", "memory_percent", "network_in_bytes", "network_out_bytes")
_MICRO = Decimal("0.000001")
_RESOURCE, _METRIC, _TIME = Key("ResourceId"), Key("x_Metric"), Key("Timestamp")
_AGGREGATES = (
    Aggregate("samples", "count"),
    Aggregate("first", "min", "Timestamp"),
    Aggregate("step", "min", "x_StepSeconds"),
    Aggregate("high", "quantile", "Value", 0.995),
    Aggregate("p95", "quantile", "Value", 0.95),
    Aggregate("peak", "max", "Value"),
    Aggregate("sum", "sum", "Value"),
)
_MEAN = (Aggregate("samples", "count"), Aggregate("sum", "sum", "Value"))


@dataclass(frozen=True, slots=True)
class Series:
    """One metric of one instance, in the metric's own unit. `coverage` is the share of expected samples, 0 to 1."""

    samples: int
    days: int
    coverage: Decimal
    high: Decimal
    p95: Decimal
    peak: Decimal
    mean: Decimal
    step_seconds: int


def observed(data: DataHandle, as_of: date) -> Period | None:
    """Return the days of metrics to look at; None where there are none, or none of the last week."""
    if data.metrics is None:
        return None
    end = min(as_of, data.metrics.last_day + timedelta(days=1))
    if end < as_of - timedelta(days=MAX_LAG_DAYS):
        return None
    return Period(start=end - timedelta(days=LOOKBACK_DAYS), end=end)


def _where(period: Period, metrics: tuple[Metric, ...], resource_id: str | None) -> tuple[Condition, ...]:
    only = () if resource_id is None else (Condition(_RESOURCE, "is", (resource_id,)),)
    return (*only, Condition(_METRIC, "is", metrics), *days_of(_TIME, period.start, period.end))


def utilisation(period: Period, resource_id: str | None = None) -> Question:
    """Return the question for all metrics of one instance, or of every one."""
    return Question("metrics", _AGGREGATES, (_RESOURCE, _METRIC), _where(period, METRICS, resource_id))


def recent_cpu(period: Period, resource_id: str | None = None) -> Question:
    """Return the question for the mean CPU of the last three days."""
    last = Period(start=period.end - timedelta(days=IDLE_DAYS), end=period.end)
    return Question("metrics", _MEAN, (_RESOURCE, _METRIC), _where(last, ("cpu_percent",), resource_id))


def samples_over(period: Period, thresholds: tuple[Decimal, ...], resource_id: str | None = None) -> Question:
    """Return the question for how many samples of CPU and memory lie over each threshold, in %."""
    counts = tuple(Aggregate(over_name(one), "count_over", "Value", float(one)) for one in thresholds)
    where = _where(period, ("cpu_percent", "memory_percent"), resource_id)
    return Question("metrics", (Aggregate("samples", "count"), *counts), (_RESOURCE, _METRIC), where)


def over_name(threshold: Decimal) -> str:
    """Return the name of the column that counts samples over `threshold`."""
    return f"over_{threshold}"


def by_instance(rows: Rows) -> dict[str, dict[str, Mapping[str, object]]]:
    """Return an answer's rows by resource and metric."""
    found: dict[str, dict[str, Mapping[str, object]]] = {}
    for record in rows.records():
        found.setdefault(str(record["ResourceId"]), {})[str(record["x_Metric"])] = record
    return found


def series(record: Mapping[str, object], period: Period) -> Series | None:
    """Return one metric's series; None where its values are no numbers or its step is not known."""
    samples, step, first = count(record["samples"]), record["step"], record["first"]
    numbers = {name: number(record[name]) for name in ("high", "p95", "peak", "sum")}
    if not isinstance(step, int) or step <= 0 or not isinstance(first, datetime) or None in numbers.values():
        return None
    known = cast(dict[str, Decimal], numbers)
    span = datetime.combine(period.end, time()) - first.replace(tzinfo=None)
    expected = max(1, int(span.total_seconds()) // step)
    return Series(
        samples=samples,
        days=int(span.total_seconds()) // 86400,
        coverage=min(Decimal(1), Decimal(samples * 10_000 // expected).scaleb(-4)),
        high=known["high"],
        p95=known["p95"],
        peak=known["peak"],
        mean=divide(known["sum"], Decimal(samples), places=4),
        step_seconds=step,
    )


def number(value: object) -> Decimal | None:
    """Return a store's number as Decimal of 6 decimals, so that the order of summing floats does not show; None for no number."""
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal) or not math.isfinite(value):
        return None
    return Decimal(repr(round(value, 6)) if isinstance(value, float) else value).quantize(_MICRO, ROUND_HALF_EVEN)
