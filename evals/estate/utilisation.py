"""Metrics of the demo's instances: a workload needs so many vCPU and GiB, whatever the instance it runs on."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

import numpy as np

from evals.estate.days import EPOCH, Days
from evals.estate.fleet import FLEET, Spec, Workload
from evals.estate.seeded import Floats, Ints, uniform
from evals.estate.world import Machine, World
from tools.instance_catalogue import instance_type

OBSERVED_BEFORE_ANCHOR = 35
STEP_SECONDS = 900
PER_DAY = 86400 // STEP_SECONDS
KEPT_OF_SPARSE = 0.6
# Share of the highest need by hour of the day, UTC: people in Europe and the east of America.
_HOURS: dict[Workload, tuple[float, ...]] = {
    "steady": (0.86,) * 6 + (0.92,) * 2 + (1.0,) * 10 + (0.95,) * 4 + (0.88,) * 2,
    "office": (0.32,) * 6 + (0.55,) * 2 + (1.0,) * 10 + (0.7,) * 4 + (0.4,) * 2,
    "daily-peak": (0.13,) * 13 + (1.0,) * 2 + (0.16,) * 9,
    "month-end": (0.17,) * 24,
    "idle": (1.0,) * 24,
}
_WEEKEND: dict[Workload, float] = {"steady": 0.94, "office": 0.5, "daily-peak": 1.0, "month-end": 0.9, "idle": 1.0}


@dataclass(frozen=True, slots=True)
class Samples:
    """The samples of one metric of one instance."""

    resource_id: str
    metric: str
    seconds: Ints
    values: Floats


def observed(world: World, start: date, end: date) -> list[Samples]:
    """Return what was measured from `start` to before `end`, by resource id and metric."""
    since = max(start, world.anchor - timedelta(days=OBSERVED_BEFORE_ANCHOR))
    days = Days(world.first_day, end)
    machines = sorted(world.instances, key=lambda machine: machine.resource_id)
    found = [sample for machine in machines for sample in _of(machine, world.seed, days, days.between(since, end))]
    return [sample for sample in found if sample.seconds.size]


def _of(machine: Machine, seed: int, days: Days, wanted: Ints) -> list[Samples]:
    spec = FLEET[machine.name]
    vcpu, memory = np.zeros(days.count), np.zeros(days.count)
    for change in machine.changes:
        runs = change.state == "running"
        kind = instance_type(change.instance_type)
        vcpu[max(days.at(change.day), 0) :] = float(kind.vcpu) if runs else 0.0
        memory[max(days.at(change.day), 0) :] = float(kind.memory_gib) if runs else 0.0
    day = np.repeat(wanted[vcpu[wanted] > 0], PER_DAY)
    index = day * PER_DAY + np.tile(np.arange(PER_DAY, dtype=np.int64), day.size // PER_DAY)
    if spec.case == "too-few-samples":
        index = index[uniform(seed, f"{spec.name}/lost", index) < KEPT_OF_SPARSE]
        day = index // PER_DAY
    used = _cpu_need(spec, seed, days, index)
    held = _memory_need(spec, seed, index)
    seconds = (days.first - EPOCH).days * 86400 + index * STEP_SECONDS
    series = {
        "cpu_percent": _percent(used, vcpu[day]),
        "memory_percent": _percent(held, memory[day]),
        "network_in_bytes": np.rint(used * 1.5e8 if spec.workload != "idle" else used * 4e6),
    }
    return [Samples(machine.resource_id, metric, seconds, values) for metric, values in series.items()]


def _cpu_need(spec: Spec, seed: int, days: Days, index: Ints) -> Floats:
    """Return the vCPU needed at each sample: never more than the spec's highest."""
    day, hour = index // PER_DAY, index % PER_DAY * 24 // PER_DAY
    share = np.array(_HOURS[spec.workload])[hour]
    share = np.where(days.weekday[day] >= 5, share * _WEEKEND[spec.workload], share)
    if spec.workload == "month-end":
        share = np.where(days.last_of_month[day] == 1, 1.0, share)
    jitter = 0.82 + 0.18 * uniform(seed, f"{spec.name}/cpu", index)
    return spec.cpu / 100 * float(instance_type(spec.instance_type).vcpu) * share * jitter


def _memory_need(spec: Spec, seed: int, index: Ints) -> Floats:
    """Return the GiB held at each sample: never more than the spec's highest."""
    jitter = 0.93 + 0.07 * uniform(seed, f"{spec.name}/memory", index)
    return spec.memory / 100 * float(instance_type(spec.instance_type).memory_gib) * jitter


def _percent(need: Floats, capacity: Floats) -> Floats:
    return np.minimum(np.rint(need / capacity * 10000) / 100, 100.0)


def need(spec: Spec) -> tuple[Decimal, Decimal]:
    """Return the most vCPU and GiB the workload may ask for, before headroom."""
    kind = instance_type(spec.instance_type)
    return Decimal(str(spec.cpu)) * kind.vcpu / 100, Decimal(str(spec.memory)) * kind.memory_gib / 100
