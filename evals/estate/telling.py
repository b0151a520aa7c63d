"""Writes the truth down: from the blocks of the bill, never from what a tool would find in it."""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Literal

from evals.estate.bill import Bill
from evals.estate.days import Days
from evals.estate.fees import FEES, TAX_PERCENT, fee_days, month_ends
from evals.estate.fleet import FLEET, Spec, owner_of
from evals.estate.ledger import Block, Excess, dollars
from evals.estate.org import AWS, UNTAGGED
from evals.estate.plants import ANOMALIES, Anomaly
from evals.estate.truth import (
    AnomalyDay,
    AnomalyTruth,
    ChangeTruth,
    Decoy,
    InstanceTruth,
    ProviderTotals,
    Totals,
    Truth,
    Waste,
)  # fmt: skip
from evals.estate.utilisation import need
from evals.estate.wastes import WASTES
from evals.estate.world import Change, Machine, World
from tools.instance_catalogue import instance_type

MONTH = 30


def tell(world: World, bills: Sequence[Bill]) -> Truth:
    """Return the truth of an estate from its world and its bills up to the world's end."""
    days = Days(world.first_day, world.end)
    blocks = [block for bill in bills for block in bill.blocks]
    return Truth(
        seed=world.seed,
        first_day=world.first_day,
        anchor=world.anchor,
        end=world.end,
        totals=_totals(bills, days),
        instances=tuple(_instance(machine, blocks, world, days) for machine in world.instances),
        wastes=tuple(_wastes(world, blocks, days)),
        anomalies=tuple(_anomalies([excess for bill in bills for excess in bill.excesses], days)),
        decoys=tuple(_decoys(days, days.at(world.anchor))),
        changes=tuple(_changes(world)),
    )


def _totals(bills: Sequence[Bill], days: Days) -> Totals:
    months = {f"{days.month_start(month):%Y-%m}": _month(bills, days, month) for month in days.months}
    providers = {bill.biller.name: _provider(bill) for bill in bills}
    return Totals(rows=sum(p.rows for p in providers.values()), by_provider=providers, billed_by_month=months)


def _provider(bill: Bill) -> ProviderTotals:
    return ProviderTotals(
        rows=sum(block.days.size for block in bill.blocks),
        billed_cost=dollars(sum(int(block.billed.sum()) for block in bill.blocks)),
        effective_cost=dollars(sum(int(block.effective.sum()) for block in bill.blocks)),
        list_cost=dollars(sum(int(block.listed.sum()) for block in bill.blocks)),
        contracted_cost=dollars(sum(int(block.contracted.sum()) for block in bill.blocks)),
    )


def _month(bills: Sequence[Bill], days: Days, month: int) -> dict[str, Decimal]:
    of_day = days.month
    return {
        bill.biller.name: dollars(sum(int(block.billed[of_day[block.days] == month].sum()) for block in bill.blocks))
        for bill in bills
    }


def _effective(blocks: Iterable[Block], first: int, last: int) -> Decimal:
    """EffectiveCost of these blocks from day `first` to before day `last`."""
    return dollars(sum(int(b.effective[(b.days >= first) & (b.days < last)].sum()) for b in blocks))


def _instance(machine: Machine, blocks: Sequence[Block], world: World, days: Days) -> InstanceTruth:
    spec = FLEET[machine.name]
    anchor = days.at(world.anchor)
    mine = [block for block in blocks if block.columns.get("ResourceId") == machine.resource_id]
    at_anchor = next(change for change in reversed(machine.changes) if change.day < world.anchor)
    cost = _effective(mine, anchor - MONTH, anchor)
    expected = "resize" if spec.target else "stop" if spec.case == "idle" else "none"
    vcpu, memory = need(spec)
    return InstanceTruth(
        resource_id=machine.resource_id, name=spec.name, instance_type=spec.instance_type, state=at_anchor.state,
        environment=spec.environment, team=None if spec.team == UNTAGGED else spec.team, owner=owner_of(spec),
        case=spec.case, expected=expected, target_type=spec.target, capacity_ratio=_capacity_ratio(spec),
        decision=_decision(spec), highest_vcpu=vcpu, highest_memory_gib=memory, monthly_cost=cost,
        monthly_cost_after=_after(spec, cost),
    )  # fmt: skip


def _decision(spec: Spec) -> Literal["needs_approval", "deny"] | None:
    if spec.case in ("oversized", "idle"):
        return "needs_approval"
    return "deny" if spec.target else None


def _capacity_ratio(spec: Spec) -> Decimal | None:
    if spec.target is None:
        return None
    now, then = instance_type(spec.instance_type), instance_type(spec.target)
    return min(then.vcpu / now.vcpu, then.memory_gib / now.memory_gib)


def _after(spec: Spec, cost: Decimal) -> Decimal:
    if spec.case == "idle":
        return Decimal(0)
    if spec.target is None:
        return cost
    hours = cost / instance_type(spec.instance_type).hourly_usd
    return hours * instance_type(spec.target).hourly_usd


def _wastes(world: World, blocks: Sequence[Block], days: Days) -> Iterable[Waste]:
    anchor = days.at(world.anchor)
    for planted in WASTES:
        where = planted.where(world)
        found = [block for block in blocks if all(block.columns.get(key) == value for key, value in where.items())]
        since = max(world.first_day, days.day(anchor + planted.since)) if planted.since else world.first_day
        yield Waste(
            id=planted.id, kind=planted.kind, scope=where, since=since, note=planted.note,
            monthly_cost=_effective(found, anchor - MONTH, anchor),
        )  # fmt: skip


def _scope(excess: Excess) -> dict[str, str]:
    names = ("ProviderName", "ServiceName", "SubAccountId", "ResourceId", "SkuMeter")
    return {name: excess.columns[name] for name in names}


def _anomalies(excesses: Sequence[Excess], days: Days) -> Iterable[AnomalyTruth]:
    for anomaly in ANOMALIES:
        mine = sorted(
            (e for e in excesses if e.anomaly == anomaly.id), key=lambda e: (e.day, sorted(_scope(e).items()))
        )
        if mine:
            yield _anomaly(anomaly, mine, days)


def _anomaly(anomaly: Anomaly, excesses: Sequence[Excess], days: Days) -> AnomalyTruth:
    struck = tuple(
        AnomalyDay(day=days.day(e.day), scope=_scope(e), actual=dollars(e.actual), expected=dollars(e.expected))
        for e in excesses
    )
    return AnomalyTruth(
        id=anomaly.id, kind=anomaly.kind, note=anomaly.note, first_day=struck[0].day, last_day=struck[-1].day,
        excess=sum((day.actual - day.expected for day in struck), Decimal(0)), days=struck,
    )  # fmt: skip


def _decoys(days: Days, anchor: int) -> Iterable[Decoy]:
    for fee in FEES:
        on = tuple(days.day(day) for day in fee_days(fee, anchor, days))
        scope = {"ProviderName": fee.biller.name, "ServiceName": fee.service, "ChargeCategory": fee.category}
        yield Decoy(id=fee.id, kind=fee.kind, scope=scope, days=on, amount=Decimal(fee.amount))
    ends = tuple(days.day(day) for day in month_ends(days))
    for provider in TAX_PERCENT:
        scope = {"ProviderName": provider, "ChargeCategory": "Tax"}
        yield Decoy(id=f"tax-{provider}", kind="tax", scope=scope, days=ends, amount=None)
    glue = {"ProviderName": AWS.name, "ServiceName": "AWS Glue", "ResourceName": "invoice-run"}
    yield Decoy(id="invoice-run", kind="month_end_batch", scope=glue, days=ends, amount=None)
    plan = {
        "ProviderName": AWS.name,
        "ServiceName": "Savings Plans for AWS Compute usage",
        "ChargeCategory": "Purchase",
    }
    yield Decoy(id="plan-fee", kind="commitment_purchase", scope=plan, days=(), amount=Decimal(0))
    yield Decoy(id="weekend", kind="weekend_dip", scope={}, days=(), amount=None)
    yield Decoy(id="growth", kind="growth", scope={}, days=(), amount=None)


def _daily(change: Change) -> Decimal:
    """ListCost of a day's hours."""
    if change.state != "running":
        return Decimal(0)
    return instance_type(change.instance_type).hourly_usd * 24


def _changes(world: World) -> Iterable[ChangeTruth]:
    for machine in world.instances:
        for before, after in zip(machine.changes, machine.changes[1:], strict=False):
            if world.anchor <= after.day < world.end:
                yield ChangeTruth(
                    resource_id=machine.resource_id, day=after.day, type_before=before.instance_type,
                    type_after=after.instance_type, state_before=before.state, state_after=after.state,
                    daily_before=_daily(before), daily_after=_daily(after),
                )  # fmt: skip
