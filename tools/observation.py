"""Utilisation of instances put together: what was measured of each, and whether it is enough to judge by."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from finops.money import divide
from finops.periods import Period
from finops.ports import DataHandle
from tools.contract import NotEnoughData
from tools.cost_questions import count
from tools.sizing import is_idle
from tools.utilisation import (
    METRICS,
    MIN_COVERAGE,
    MIN_DAYS,
    Metric,
    Series,
    by_instance,
    number,
    observed,
    over_name,
    recent_cpu,
    samples_over,
    series,
    utilisation,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Observation:
    """What was measured of one instance."""

    metrics: Mapping[Metric, Series]
    recent_cpu: Decimal | None = None

    @property
    def cpu(self) -> Series | None:
        """CPU in % of all vCPU."""
        return self.metrics.get("cpu_percent")

    @property
    def memory(self) -> Series | None:
        """Memory in %, only where it was observed well enough to rely on."""
        memory = self.metrics.get("memory_percent")
        return memory if memory and enough(memory) is None else None

    @property
    def idle(self) -> bool | None:
        """Whether nobody uses it; None where that is not known."""
        traffic = {
            name: one for name, one in self.metrics.items() if name.startswith("network_") and enough(one) is None
        }
        return None if self.cpu is None else is_idle(self.cpu, self.recent_cpu, traffic)


def enough(one: Series | None) -> NotEnoughData | None:
    """Return why a series is too little to judge by, None where it is enough."""
    if one is None:
        return NotEnoughData(reason="no CPU metric", have=0, needed=MIN_DAYS, unit="days")
    if one.days < MIN_DAYS:
        return NotEnoughData(reason="observed for too short", have=one.days, needed=MIN_DAYS, unit="days")
    if one.coverage < MIN_COVERAGE:
        return NotEnoughData(
            reason="too many samples are missing", have=int(one.coverage * 100), needed=int(MIN_COVERAGE * 100),
            unit="% of samples",
        )  # fmt: skip
    return None


class Observed:
    """The utilisation of one instance, or of all of them."""

    def __init__(self, data: DataHandle, as_of: date, resource_id: str | None = None) -> None:
        self._data, self._only = data, resource_id
        self.period: Period | None = observed(data, as_of)
        self.queries: list[str] = []
        self.rows_read = 0
        self._found = self._observe(self.period) if self.period else {}

    def of(self, resource_id: str) -> Observation:
        """Return what was measured of one instance; empty where nothing was."""
        return self._found.get(resource_id, Observation({}))

    def _observe(self, period: Period) -> dict[str, Observation]:
        answer = self._data.ask(utilisation(period, self._only))
        recent_answer = self._data.ask(recent_cpu(period, self._only))
        self.queries += [answer.query, recent_answer.query]
        recent = by_instance(recent_answer)
        found: dict[str, Observation] = {}
        for resource_id, records in by_instance(answer).items():
            known = _known(records, period)
            self.rows_read += sum(one.samples for one in known.values())
            found[resource_id] = Observation(known, _mean(recent.get(resource_id, {}).get("cpu_percent")))
        return found

    def shares_over(self, wanted: Mapping[str, Mapping[Metric, Decimal]]) -> dict[str, Decimal]:
        """Return for each instance the larger share, 0 to 1, of CPU or memory samples over its own thresholds in %."""
        thresholds = tuple(sorted({one for limits in wanted.values() for one in limits.values() if one < 100}))
        if self.period is None or not thresholds:
            return dict.fromkeys(wanted, Decimal(0))
        answer = self._data.ask(samples_over(self.period, thresholds, self._only))
        self.queries.append(answer.query)
        found = by_instance(answer)
        return {
            resource_id: max(
                (_share(found[resource_id][metric], limit) for metric, limit in limits.items()
                 if limit < 100 and metric in found.get(resource_id, {})),
                default=Decimal(0),
            )
            for resource_id, limits in wanted.items()
        }  # fmt: skip


def _known(records: Mapping[str, Mapping[str, object]], period: Period) -> dict[Metric, Series]:
    known: dict[Metric, Series] = {}
    for name in METRICS:
        one = series(records[name], period) if name in records else None
        if one is not None:
            known[name] = one
    return known


def _mean(record: Mapping[str, object] | None) -> Decimal | None:
    if record is None:
        return None
    total, samples = number(record["sum"]), count(record["samples"])
    return divide(total, Decimal(samples), places=6) if total is not None and samples else None


def _share(record: Mapping[str, object], limit: Decimal) -> Decimal:
    return divide(Decimal(count(record[over_name(limit)])), Decimal(count(record["samples"])), places=6)
