"""`rightsize_instances`: instances that are too large or idle, with the type that carries their need; see `tools.sizing`."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal, localcontext

from finops.evidence import Figure
from finops.money import EXACT, plain, trimmed
from finops.periods import Period
from finops.ports import TableInfo
from tools.contract import Finding, NotEnoughData, ToolContext
from tools.figure_names import FigureNames, readable
from tools.instance_catalogue import CATALOGUE, PRICE_REGION, PRICES_OF, InstanceType
from tools.instances import MONTH_DAYS, Instance, fleet, last_month, read_instances
from tools.observation import Observation, Observed, enough
from tools.rightsize_contract import Recommendation, RightsizeInstances, RightsizeResult, SavingTotal, Skipped
from tools.scope import check_names, check_present, cost_table, count_figure
from tools.sizing import IDLE_P95_CPU, Need, candidates, need, resize_saving, risk, threshold
from tools.utilisation import Metric, Series

_MOST_SKIPPED = 200
_FIGURES = (
    ("before", "monthly_cost_before"), ("after", "monthly_cost_after"), ("saving", "monthly_saving"),
    ("vcpu_before", "vcpu_before"), ("vcpu_after", "vcpu_after"), ("memory_before", "memory_gib_before"),
    ("memory_after", "memory_gib_after"), ("cpu", "cpu_percentile"), ("need_vcpu", "need_vcpu"),
    ("need_memory", "need_memory_gib"), ("days", "days"),
)  # fmt: skip
_UNITS = {"vcpu_before": "vCPU", "vcpu_after": "vCPU", "need_vcpu": "vCPU", "memory_before": "GiB",
          "memory_after": "GiB", "need_memory": "GiB", "cpu": "%", "days": "days"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Idea:
    """One instance that could be smaller, or stopped (`target` None)."""

    instance: Instance
    current: InstanceType
    target: InstanceType | None
    cpu: Series
    memory: Series | None
    need: Need
    saving: Decimal
    candidates: int

    def limits(self) -> dict[Metric, Decimal]:
        """Return the utilisation in % over which the target would be full; for a stop, over which it is used."""
        if self.target is None:
            return {"cpu_percent": IDLE_P95_CPU}
        return {
            "cpu_percent": threshold(self.current.vcpu, self.target.vcpu),
            "memory_percent": threshold(self.current.memory_gib, self.target.memory_gib),
        }


@dataclass(slots=True)
class _Sorted:
    """Where each instance ended up."""

    ideas: list[_Idea] = field(default_factory=list[_Idea])
    skipped: list[Skipped] = field(default_factory=list[Skipped])
    well_sized: int = 0


def rightsize_instances(asked: RightsizeInstances, context: ToolContext) -> Finding:
    """Judge every instance with cost in the last 30 days. One that cannot be judged is skipped with a typed reason."""
    table = cost_table(context.data)
    notes = check_names(asked.filters, (), context.data)
    period = last_month(context.as_of)
    answer = context.data.ask(fleet(asked.filters, period))
    with localcontext(EXACT):
        instances = read_instances(answer, table)
    if not instances:
        check_present(asked.filters, context.data)
    seen = Observed(context.data, context.as_of)
    found = _judge(instances, seen)
    chosen = _choose(found.ideas, asked)
    over = seen.shares_over({idea.instance.resource_id: idea.limits() for idea in chosen})
    recommendations = _recommendations(chosen, over)
    result = RightsizeResult(
        first_day=period.start,
        last_day=period.last_day,
        instances=len(instances),
        recommendations=recommendations,
        totals=_totals(recommendations),
        well_sized=found.well_sized,
        below_minimum=len(found.ideas) - len(chosen),
        skipped=tuple(found.skipped[:_MOST_SKIPPED]),
        skipped_count=len(found.skipped),
        caveats=(*notes, *_caveats(table, seen)),
    )
    return Finding(
        result=result,
        figures=tuple(_figures(result, period)),
        rows_read=sum(one.rows for one in instances) + seen.rows_read,
        formula="need = P99.5 of CPU x vCPU / 0.8 and most memory / 0.8; cheapest type of the same architecture that has both; "
        f"saving = EffectiveCost of {MONTH_DAYS} days not covered by a commitment x (1 - target price / present price), "
        f"on-demand prices of {PRICE_REGION} of {PRICES_OF}; idle: P95 of CPU < 3 %, last 3 days <= 2 %, no traffic",
        query="\n".join(filter(None, [answer.query, *seen.queries])),
    )


def _judge(instances: list[Instance], seen: Observed) -> _Sorted:
    found = _Sorted()
    for instance in instances:
        reason = _unfit(instance) or enough(seen.of(instance.resource_id).cpu)
        if reason is None:
            reason = _place(instance, seen.of(instance.resource_id), found)
        if reason is not None:
            found.skipped.append(Skipped(resource_id=instance.resource_id, current_type=instance.type, reason=reason))
    return found


def _unfit(instance: Instance) -> str | None:
    """Return why the bill alone rules an instance out."""
    if not instance.aws:
        return "not an AWS instance; only these can be resized so far"
    if instance.currencies > 1:
        return "billed in more than one currency"
    if instance.type not in CATALOGUE:
        return f"the type `{instance.type}` is not in the catalogue"
    if not instance.running:
        return "no charge on the last day of the bill: it is stopped or gone"
    return None


def _place(instance: Instance, observation: Observation, found: _Sorted) -> str | NotEnoughData | None:
    """Put one instance that can be judged where it belongs; return why it is skipped after all."""
    cpu, current = observation.cpu, CATALOGUE[instance.type or ""]
    if cpu is None:
        return enough(cpu)
    wanted = need(current, cpu, observation.memory)
    fitting = candidates(wanted, current)
    idle = observation.idle is True
    if not idle and not fitting:
        found.well_sized += 1
        return None
    target = None if idle else fitting[0]
    with localcontext(EXACT):
        saving = trimmed(instance.own_cost) if target is None else resize_saving(instance, current, target)
    if saving <= 0 < instance.committed_cost:
        return (
            "its cost is covered by a commitment, so a smaller type saves nothing unless another takes the commitment"
        )
    found.ideas.append(
        _Idea(instance, current, target, cpu, observation.memory, wanted, saving, len(fitting))
    )  # fmt: skip
    return None


def _choose(ideas: list[_Idea], asked: RightsizeInstances) -> list[_Idea]:
    worth = [idea for idea in ideas if idea.saving >= asked.min_monthly_saving and idea.saving > 0]
    worth.sort(key=lambda idea: (-idea.saving, idea.instance.resource_id))
    return worth[: asked.top]


def _recommendations(chosen: list[_Idea], over: dict[str, Decimal]) -> tuple[Recommendation, ...]:
    names = FigureNames(("instances", "skipped", "saving"))
    endings = tuple(ending for ending, _ in _FIGURES)
    with localcontext(EXACT):
        return tuple(
            _recommendation(idea, names.take(readable(idea.instance.resource_id), endings),
                            over[idea.instance.resource_id]) for idea in chosen
        )  # fmt: skip


def _recommendation(idea: _Idea, figure: str, over: Decimal) -> Recommendation:
    instance, current, target = idea.instance, idea.current, idea.target
    series = [one for one in (idea.cpu, idea.memory) if one]
    return Recommendation(
        figure=figure,
        kind="stop_instance" if target is None else "resize_instance",
        resource_id=instance.resource_id,
        resource_name=instance.name,
        account=instance.account or "",
        region=instance.region or "",
        environment=instance.environment,
        owner=instance.owner,
        current_type=current.name,
        target_type=None if target is None else target.name,
        vcpu_before=current.vcpu,
        vcpu_after=Decimal(0) if target is None else target.vcpu,
        memory_gib_before=current.memory_gib,
        memory_gib_after=Decimal(0) if target is None else target.memory_gib,
        cpu_percentile=idea.cpu.high,
        need_vcpu=idea.need.vcpu,
        need_memory_gib=idea.need.memory_gib,
        samples=sum(one.samples for one in series),
        days=min(one.days for one in series),
        coverage=min(one.coverage for one in series),
        risk=risk(over),
        over_capacity=over,
        currency=instance.currency,
        monthly_cost_before=trimmed(instance.cost),
        monthly_cost_after=trimmed(instance.cost - idea.saving),
        monthly_saving=idea.saving,
        committed_cost=trimmed(instance.committed_cost),
        candidates=idea.candidates,
        formula=_formula(idea),
    )


def _formula(idea: _Idea) -> str:
    own, current = plain(trimmed(idea.instance.own_cost)), idea.current
    if idea.target is None:
        return f"P95 of CPU {plain(idea.cpu.p95)} % < 3 %; saving = {own}, its own cost of {MONTH_DAYS} days"
    memory = "memory not measured, the same kept"
    if idea.memory and idea.need.memory_gib is not None:
        memory = (f"memory {plain(idea.memory.peak)} % x {plain(current.memory_gib)} GiB / 0.8 = "
                  f"{plain(idea.need.memory_gib)} GiB")  # fmt: skip
    return (
        f"CPU {plain(idea.cpu.high)} % x {plain(current.vcpu)} vCPU / 0.8 = {plain(idea.need.vcpu)} vCPU; {memory}; "
        f"saving = {own} x (1 - {plain(idea.target.hourly_usd)} / {plain(current.hourly_usd)})"
    )


def _totals(recommendations: Iterable[Recommendation]) -> tuple[SavingTotal, ...]:
    by_currency: dict[str, list[Recommendation]] = {}
    for one in recommendations:
        by_currency.setdefault(one.currency, []).append(one)
    with localcontext(EXACT):
        return tuple(
            SavingTotal(
                figure=f"saving {currency}" if len(by_currency) > 1 else "saving",
                currency=currency,
                monthly_cost_before=sum((one.monthly_cost_before for one in mine), Decimal(0)),
                monthly_saving=sum((one.monthly_saving for one in mine), Decimal(0)),
                recommendations=len(mine),
            )
            for currency, mine in sorted(by_currency.items())
        )


def _caveats(table: TableInfo, seen: Observed) -> tuple[str, ...]:
    notes = ["network throughput, disk and GPU are not judged", *table.caveats.get("EffectiveCost", ())]
    if seen.period is None:
        notes.insert(0, "no utilisation metrics of the last week are loaded, so no instance can be judged")
    return tuple(notes)


def _figures(result: RightsizeResult, period: Period) -> Iterable[Figure]:
    yield count_figure("instances", result.instances)
    yield count_figure("skipped", result.skipped_count)
    for total in result.totals:
        yield Figure(name=total.figure, value=total.monthly_saving, unit=total.currency, period=period,
                     definition="EffectiveCost saving", subject="recommended instances")  # fmt: skip
    for one in result.recommendations:
        for ending, attribute in _FIGURES:
            value: object = getattr(one, attribute)
            if isinstance(value, int | Decimal):
                yield Figure(
                    name=f"{one.figure}.{ending}",
                    value=Decimal(value),
                    unit=_UNITS.get(ending, one.currency),
                    subject=f"ResourceId={one.resource_id}",
                    period=period,
                    definition=f"EffectiveCost {ending}" if ending not in _UNITS else ending,
                )
