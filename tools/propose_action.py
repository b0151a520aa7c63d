"""`propose_action`: an action with the server's own facts. Nothing the caller wrote but the action itself enters a number."""

from datetime import date
from decimal import Decimal, localcontext

from finops.actions import Action, Draft, Facts, ResizeInstance, StartInstance, StopInstance, Target
from finops.errors import ToolError, UnknownName
from finops.evidence import Figure
from finops.money import EXACT, plain, trimmed
from finops.ports import DataHandle, TableInfo
from tools.contract import Finding, ToolContext
from tools.instance_catalogue import PRICE_REGION, PRICES_OF, InstanceType, instance_type
from tools.instances import MONTH_DAYS, RESOURCE, Instance, last_month, read_instances, single
from tools.observation import Observed, enough
from tools.propose_contract import ProposeAction
from tools.scope import cost_table
from tools.sizing import MONTH_HOURS, capacity_ratio, carries, need, resize_saving, takes_nothing_away


class _Effect:
    """What an action does: costs of 30 days, capacity left, whether the load still fits."""

    def __init__(self, *, after: Decimal, ratio: Decimal, fits: bool | None, formula: str) -> None:
        self.after, self.ratio, self.fits, self.formula = after, ratio, fits, formula


def propose_action(asked: ProposeAction, context: ToolContext) -> Finding:
    """Return the draft. Raises `UnknownName` for a resource, type or evidence that is none, `ToolError` where the data says otherwise."""
    table = cost_table(context.data)
    sources = tuple(dict.fromkeys(context.evidence(one).id for one in asked.evidence))
    target = asked.action.target
    with localcontext(EXACT):
        instance, query = _find(target, context.data, table, context.as_of)
        _check_target(target, instance)
        seen = Observed(context.data, context.as_of, target.resource_id)
        effect = _effect(asked.action, instance, seen, table)
        facts = _facts(instance, seen, effect, table)
    return Finding(
        result=Draft(action=asked.action, facts=facts, evidence=sources, reason=asked.reason),
        figures=_figures(facts, target, context.as_of),
        rows_read=instance.rows + seen.rows_read,
        formula=facts.formula,
        query="\n".join(filter(None, [query, *seen.queries])),
        sources=sources,
    )


def _find(target: Target, data: DataHandle, table: TableInfo, as_of: date) -> tuple[Instance, str]:
    """Return the instance with its cost of the last 30 days, which is zero where it was stopped all that time."""
    answer = data.ask(single(target.resource_id, last_month(as_of)))
    found = read_instances(answer, table)
    if found:
        return found[0], answer.query
    earlier = data.ask(single(target.resource_id, None))
    before = read_instances(earlier, table)
    if before:
        return before[0].idle_month(), earlier.query
    if earlier.rows:
        raise ToolError(
            f"`{target.resource_id}` is no instance: its rows name no instance type",
            fix="choose a resource that has one",
        )
    known = next((info.values for info in data.dimensions if info.name == RESOURCE.column), ())
    raise UnknownName("resource", target.resource_id, known)


def _check_target(target: Target, instance: Instance) -> None:
    """Refuse where the bill says something else about where the resource is."""
    if not instance.aws:
        raise ToolError(f"`{target.resource_id}` is not billed by AWS", fix="choose an AWS instance")
    if instance.currencies > 1:
        raise ToolError(f"`{target.resource_id}` is billed in more than one currency", fix="choose another instance")
    for what, said, known in (
        ("account", target.account, instance.account),
        ("region", target.region, instance.region),
    ):
        if said != known:
            raise ToolError(f"`{target.resource_id}` is not in {what} `{said}`", fix=f"its {what} is `{known}`")


def _effect(action: Action, instance: Instance, seen: Observed, table: TableInfo) -> _Effect:
    match action:
        case ResizeInstance():
            return _resize(action, instance, seen)
        case StopInstance():
            return _stop(instance, seen, table)
        case StartInstance():
            return _start(instance)


def _resize(action: ResizeInstance, instance: Instance, seen: Observed) -> _Effect:
    current, target = instance_type(instance.type or ""), instance_type(action.instance_type)
    if target == current:
        raise ToolError(f"`{instance.resource_id}` already is a `{current.name}`", fix="choose another type")
    if target.architecture != current.architecture:
        raise ToolError(
            f"`{target.name}` is {target.architecture}, `{instance.resource_id}` runs {current.architecture} images",
            fix=f"choose a type of {current.architecture}",
        )
    saving = resize_saving(instance, current, target)
    return _Effect(
        after=instance.cost - saving,
        ratio=capacity_ratio(current, target),
        fits=_fits(instance, current, target, seen),
        formula=_resize_formula(instance, current, target, saving),
    )


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


def _stop(instance: Instance, seen: Observed, table: TableInfo) -> _Effect:
    if not instance.running:
        raise ToolError(
            f"`{instance.resource_id}` has no charge on {table.last_day}, it is stopped already",
            fix="choose a running instance",
        )
    observation = seen.of(instance.resource_id)
    return _Effect(
        after=instance.cost - instance.own_cost,
        ratio=Decimal(0),
        fits=None if enough(observation.cpu) else observation.idle,
        formula=f"saving {plain(trimmed(instance.own_cost))} = its EffectiveCost of {MONTH_DAYS} days as "
        f"`{instance.type}` that no commitment covers; volumes go on costing",
    )


def _start(instance: Instance) -> _Effect:
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
    return _Effect(
        after=instance.cost + month,
        ratio=Decimal(1),
        fits=True,
        formula=f"costs {plain(month)} more = {MONTH_HOURS} hours x {plain(kind.hourly_usd)} USD, the on-demand price of "
        f"`{kind.name}` in {PRICE_REGION} of {PRICES_OF}",
    )


def _facts(instance: Instance, seen: Observed, effect: _Effect, table: TableInfo) -> Facts:
    observation = seen.of(instance.resource_id)
    series = [one for one in (observation.cpu, observation.memory) if one]
    return Facts(
        currency=instance.currency,
        monthly_cost_before=trimmed(instance.cost),
        monthly_cost_after=trimmed(effect.after),
        monthly_saving=trimmed(instance.cost - effect.after),
        capacity_ratio=effect.ratio,
        environment=instance.environment,
        owner=instance.owner,
        tags=instance.tags,
        observation_days=min((one.days for one in series), default=0),
        observation_coverage=min((one.coverage for one in series), default=Decimal(0)),
        peak_fits=effect.fits,
        newest_data=table.last_day.isoformat(),
        state_before={"instance_type": instance.type, "state": "running" if instance.running else "stopped"},
        reversible=True,
        formula=effect.formula,
    )


def _figures(facts: Facts, target: Target, as_of: date) -> tuple[Figure, ...]:
    named = (
        ("cost_before", facts.monthly_cost_before),
        ("cost_after", facts.monthly_cost_after),
        ("saving", facts.monthly_saving),
    )
    about, period = f"ResourceId={target.resource_id}", last_month(as_of)
    return tuple(
        Figure(
            name=name,
            value=value,
            unit=facts.currency,
            subject=about,
            period=period,
            definition=f"EffectiveCost {name}",
        )
        for name, value in named
    )
