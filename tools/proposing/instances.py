"""Resizing, stopping and starting an instance: what it costs after, and whether the observed load still fits."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal

from finops.actions import ResizeInstance, Risk, StartInstance, StopInstance
from finops.errors import ToolError, UnknownName
from finops.money import plain, trimmed
from finops.periods import Period
from finops.ports import DataHandle, TableInfo
from tools.instance_catalogue import PRICE_REGION, PRICES_OF, InstanceType, instance_type
from tools.instances import MONTH_DAYS, RESOURCE, Instance, read_instances, single
from tools.observation import Observed, enough
from tools.proposing.effect import Effect, Proposed, check_target, proposed
from tools.sizing import (
    IDLE_P95_CPU,
    MONTH_HOURS,
    capacity_ratio,
    carries,
    need,
    resize_saving,
    risk,
    takes_nothing_away,
    threshold,
)
from tools.utilisation import Metric

InstanceAction = ResizeInstance | StopInstance | StartInstance


def propose_instance(
    action: InstanceAction, data: DataHandle, table: TableInfo, *, as_of: date, period: Period
) -> Proposed:
    """Return the facts. Raises `UnknownName` for a resource or type that is none, `ToolError` where the data says otherwise."""
    instance, query = _find(action.target.resource_id, data, table, period)
    check_target(action.target, instance, "instance")
    seen = Observed(data, as_of, instance.resource_id)
    effect = _observed(_effect(action, instance, seen, table), instance, seen)
    found = proposed(instance, effect, data=data, period=period, queries=(query, *seen.queries))
    return replace(found, rows=found.rows + seen.rows_read)


def _find(resource_id: str, data: DataHandle, table: TableInfo, period: Period) -> tuple[Instance, str]:
    """Return the instance with its cost of `period`, which is zero where it was stopped all that time."""
    answer = data.ask(single(resource_id, period))
    found = read_instances(answer, table)
    if found:
        return found[0], answer.query
    earlier = data.ask(single(resource_id, None))
    before = read_instances(earlier, table)
    if before:
        return before[0].idle_month(), earlier.query
    if earlier.rows:
        raise ToolError(
            f"`{resource_id}` is no instance: its rows name no instance type",
            fix="choose a resource that has one",
        )
    known = next((info.values for info in data.dimensions if info.name == RESOURCE.column), ())
    raise UnknownName("resource", resource_id, known)


def _effect(action: InstanceAction, instance: Instance, seen: Observed, table: TableInfo) -> Effect:
    match action:
        case ResizeInstance():
            return _resize(action, instance, seen)
        case StopInstance():
            return _stop(instance, seen, table)
        case StartInstance():
            return _start(instance)


def _observed(effect: Effect, instance: Instance, seen: Observed) -> Effect:
    observation = seen.of(instance.resource_id)
    series = [one for one in (observation.cpu, observation.memory) if one]
    return replace(
        effect,
        state_before={"instance_type": instance.type, "state": "running" if instance.running else "stopped"},
        days=min((one.days for one in series), default=0),
        coverage=min((one.coverage for one in series), default=Decimal(0)),
    )


def _resize(action: ResizeInstance, instance: Instance, seen: Observed) -> Effect:
    current, target = instance_type(instance.type or ""), instance_type(action.instance_type)
    if target == current:
        raise ToolError(f"`{instance.resource_id}` already is a `{current.name}`", fix="choose another type")
    if target.architecture != current.architecture:
        raise ToolError(
            f"`{target.name}` is {target.architecture}, `{instance.resource_id}` runs {current.architecture} images",
            fix=f"choose a type of {current.architecture}",
        )
    saving = resize_saving(instance, current, target)
    grows = takes_nothing_away(current, target)
    limits: dict[Metric, Decimal] = {
        "cpu_percent": threshold(current.vcpu, target.vcpu),
        "memory_percent": threshold(current.memory_gib, target.memory_gib),
    }
    return Effect(
        after=instance.cost - saving,
        ratio=capacity_ratio(current, target),
        fits=_fits(instance, current, target, seen),
        risk="low" if grows else _risk(instance, seen, limits),
        formula=_resize_formula(instance, current, target, saving),
        rests_on_metrics=not grows,
    )


def _risk(instance: Instance, seen: Observed, limits: Mapping[Metric, Decimal]) -> Risk:
    """Return the class by the share of samples over what is left: 1 % at most low, 5 % medium, else high; not observed is high."""
    if enough(seen.of(instance.resource_id).cpu) is not None:
        return "high"
    found = risk(seen.shares_over({instance.resource_id: limits})[instance.resource_id])
    return "low" if found == "very low" else found


def _fits(instance: Instance, current: InstanceType, target: InstanceType, seen: Observed) -> bool | None:
    """Tell whether the observed need fits the target; None where too little was observed and capacity is taken away."""
    if takes_nothing_away(current, target):
        return True
    observation = seen.of(instance.resource_id)
    if observation.cpu is None or enough(observation.cpu) is not None:
        return None
    if observation.memory is None and target.memory_gib < current.memory_gib:
        return None
    return carries(need(current, observation.cpu, observation.memory), current, target)


def _resize_formula(instance: Instance, current: InstanceType, target: InstanceType, saving: Decimal) -> str:
    if saving < 0:
        return (
            f"costs {plain(-saving)} more = the larger of {MONTH_HOURS} hours x ({plain(target.hourly_usd)} - "
            f"{plain(current.hourly_usd)}) USD, on-demand prices of {PRICE_REGION} of {PRICES_OF}, and its own "
            f"{plain(trimmed(instance.own_cost))} of {MONTH_DAYS} days in the same proportion, whatever a commitment covers"
        )
    if not instance.running:
        return "no charge on the last day of the bill: it is stopped, so another type saves nothing until it runs"
    covered = (
        f"; {plain(trimmed(instance.committed_cost))} more is covered by a commitment"
        if instance.committed_cost
        else ""
    )
    return (
        f"saving {plain(saving)} = {plain(trimmed(instance.own_cost))} EffectiveCost of {MONTH_DAYS} days as `{current.name}` "
        f"x (1 - {plain(target.hourly_usd)} / {plain(current.hourly_usd)}), on-demand prices of {PRICE_REGION} of {PRICES_OF}"
        f"{covered}"
    )


def _stop(instance: Instance, seen: Observed, table: TableInfo) -> Effect:
    if not instance.running:
        raise ToolError(
            f"`{instance.resource_id}` has no charge on {table.last_day}, it is stopped already",
            fix="choose a running instance",
        )
    observation = seen.of(instance.resource_id)
    fits = None if enough(observation.cpu) else observation.idle
    return Effect(
        after=instance.cost - instance.own_cost,
        ratio=Decimal(0),
        fits=fits,
        risk="low" if fits else _risk(instance, seen, {"cpu_percent": IDLE_P95_CPU}),
        formula=f"saving {plain(trimmed(instance.own_cost))} = its EffectiveCost of {MONTH_DAYS} days as "
        f"`{instance.type}` that no commitment covers; volumes go on costing",
        rests_on_metrics=True,
    )


def _start(instance: Instance) -> Effect:
    if instance.running:
        raise ToolError(f"`{instance.resource_id}` has a charge on the last day of the bill, it runs already",
                        fix="choose a stopped instance")  # fmt: skip
    kind = instance_type(instance.type or "")
    if instance.currency != "USD":
        raise ToolError(
            f"the price of `{kind.name}` is known in USD only, the bill is in `{instance.currency}`",
            fix="start it by hand",
        )
    month = trimmed(kind.hourly_usd * MONTH_HOURS)
    return Effect(
        after=instance.cost + month,
        ratio=Decimal(1),
        fits=True,
        risk="low",
        formula=f"costs {plain(month)} more = {MONTH_HOURS} hours x {plain(kind.hourly_usd)} USD, the on-demand price of "
        f"`{kind.name}` in {PRICE_REGION} of {PRICES_OF}",
    )
