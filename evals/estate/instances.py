"""The instances' part of the AWS bill: hours by type and state, their volumes, and the savings plan that covers one family."""

from dataclasses import dataclass
from decimal import Decimal

import numpy as np

from evals.estate.days import Days
from evals.estate.fleet import ACCOUNT, COMMITTED_FAMILY, FLEET
from evals.estate.holdings import Holding, root_volume, spans
from evals.estate.ledger import MICRO, Block, Ledger, Price, cost, nano
from evals.estate.loose import VOLUME_PRICES, gib_months
from evals.estate.org import AWS, tag_text
from evals.estate.seeded import Ints
from evals.estate.world import Change, Machine, World
from finops.canonical import canonical
from tools.instance_catalogue import InstanceType, instance_type

HOURS = 24
# Of the on-demand price, what an hour under the plan costs.
PLAN_SHARE = Decimal("0.6")


@dataclass(frozen=True, slots=True)
class Segment:
    """Days in a row during which an instance did not change."""

    machine: Machine
    change: Change
    days: Ints


def segments(machine: Machine, days: Days) -> list[Segment]:
    """Return the instance's life within `days`, oldest first."""
    ends = [change.day for change in machine.changes[1:]] + [days.end]
    lives = [Segment(machine, c, days.between(c.day, end)) for c, end in zip(machine.changes, ends, strict=True)]
    return [life for life in lives if life.days.size]


def plan_hourly() -> Decimal:
    """Return the plan's hourly commitment in USD: what the family cost under it when the estate began."""
    kinds = [instance_type(s.instance_type) for s in FLEET.values() if s.instance_type.startswith(COMMITTED_FAMILY)]
    return sum((kind.hourly_usd for kind in kinds), Decimal(0)) * PLAN_SHARE


def bill_instances(ledger: Ledger, world: World, days: Days) -> None:
    """Add the rows of all instances, their volumes and the plan."""
    lives = [life for machine in world.instances for life in segments(machine, days)]
    running = [life for life in lives if life.change.state == "running"]
    covered = [life for life in running if life.change.instance_type.startswith(COMMITTED_FAMILY)]
    for life in running:
        if life not in covered:
            _on_demand(ledger, life, np.full(life.days.size, HOURS * MICRO, dtype=np.int64))
    _plan(ledger, covered, days)
    for life in lives:
        if life.change.state != "terminated":
            _volume(ledger, world, life, days)


def _instance_columns(life: Segment, usage: str) -> dict[str, str]:
    kind = instance_type(life.change.instance_type)
    return {
        **AWS.columns(), **AWS.sub_account(ACCOUNT), "RegionId": "us-east-1", "RegionName": "US East (N. Virginia)",
        "AvailabilityZone": "us-east-1a", "ServiceName": "Amazon Elastic Compute Cloud", "ServiceCategory": "Compute",
        "ServiceSubcategory": "Virtual Machines", "ResourceId": life.machine.resource_id,
        "ResourceName": life.machine.name, "ResourceType": "instance", "ChargeCategory": "Usage",
        "ChargeFrequency": "Usage-Based", "PricingUnit": "Hours", "ConsumedUnit": "Hours", "SkuId": f"EC2-{kind.name}",
        "SkuMeter": f"BoxUsage:{kind.name}", "SkuPriceId": f"EC2-{kind.name}-{usage}", "SkuPriceDetails": _details(kind),
        "Tags": tag_text(life.change.tags),
    }  # fmt: skip


def _details(kind: InstanceType) -> str:
    return canonical(
        {"InstanceType": kind.name, "CoreCount": int(kind.vcpu), "MemorySize": f"{kind.memory_gib.normalize():f} GiB",
         "OperatingSystem": "Linux"}
    )  # fmt: skip


def _on_demand(ledger: Ledger, life: Segment, hours: Ints) -> None:
    kind = instance_type(life.change.instance_type)
    columns = _instance_columns(life, "OnDemand") | {
        "PricingCategory": "Standard",
        "ChargeDescription": f"${kind.hourly_usd} per On Demand Linux {kind.name} Instance Hour",
    }
    price = Price.of(kind.hourly_usd)
    ledger.use(f"ec2/{life.machine.name}", columns, days=life.days, quantity=hours, price=price)


def _plan(ledger: Ledger, covered: list[Segment], days: Days) -> None:
    """Use the commitment up, instance by instance in the order of their ids; what is left each day is its unused part."""
    bought = nano(plan_hourly()) * HOURS
    left = np.full(days.count, bought, dtype=np.int64)
    for life in sorted(covered, key=lambda life: life.machine.resource_id):
        rate = nano(instance_type(life.change.instance_type).hourly_usd * PLAN_SHARE)
        # Whole thousandths of an hour, so that every cost comes out even.
        hours = np.minimum(left[life.days] * 1000 // rate * 1000, HOURS * MICRO)
        left[life.days] -= cost(hours, rate)
        _covered(ledger, life, hours, rate)
        _on_demand(ledger, life, HOURS * MICRO - hours)
    _purchase(ledger, days, bought)
    _unused(ledger, days, left)


def _plan_columns() -> dict[str, str]:
    return {
        "CommitmentDiscountId": "arn:aws:savingsplans::310000000017:savingsplan/7c1e4a90-larkspur-r6i",
        "CommitmentDiscountName": "r6i in us-east-1, three years, no upfront",
        "CommitmentDiscountType": "EC2 Instance Savings Plan", "CommitmentDiscountCategory": "Spend",
        "CommitmentDiscountUnit": "USD",
    }  # fmt: skip


def _covered(ledger: Ledger, life: Segment, hours: Ints, rate: int) -> None:
    kind = instance_type(life.change.instance_type)
    price = Price.of(kind.hourly_usd)
    some = hours > 0
    used, listed, effective = hours[some], cost(hours, price.listed)[some], cost(hours, rate)[some]
    columns = _instance_columns(life, "SavingsPlan") | _plan_columns() | {
        "PricingCategory": "Committed", "CommitmentDiscountStatus": "Used",
        "ChargeDescription": f"Linux {kind.name} Instance Hour covered by an EC2 Instance Savings Plan",
    }  # fmt: skip
    ledger.add(
        Block(columns, life.days[some], listed, listed, np.zeros_like(listed), effective,
              quantity=used, consumed=used, price=price, commitment=effective)
    )  # fmt: skip


def _plan_row(category: str, description: str) -> dict[str, str]:
    return AWS.columns() | AWS.sub_account(ACCOUNT) | _plan_columns() | {
        "RegionId": "us-east-1", "RegionName": "US East (N. Virginia)", "ServiceName": "Savings Plans for AWS Compute usage",
        "ServiceCategory": "Compute", "ServiceSubcategory": "Other (Compute)", "ResourceType": "savingsplan",
        "ResourceId": _plan_columns()["CommitmentDiscountId"], "ChargeCategory": category,
        "PricingUnit": "Hours", "SkuId": "SP-r6i", "SkuPriceId": "SP-r6i-3yr-noupfront", "SkuMeter": "ComputeSP:3yrNoUpfront",
        "ChargeDescription": description,
    }  # fmt: skip


def _purchase(ledger: Ledger, days: Days, bought: int) -> None:
    columns = _plan_row("Purchase", "Recurring fee of an EC2 Instance Savings Plan") | {
        "ChargeFrequency": "Recurring", "PricingCategory": "Standard",
    }  # fmt: skip
    amount = np.full(days.count, bought, dtype=np.int64)
    price = Price(bought // HOURS, bought // HOURS)
    ledger.add(
        Block(columns, days.index, amount, amount, amount, np.zeros_like(amount),
              quantity=np.full(days.count, HOURS * MICRO, dtype=np.int64), price=price, commitment=amount)
    )  # fmt: skip


def _unused(ledger: Ledger, days: Days, left: Ints) -> None:
    some = left > 0
    columns = _plan_row("Usage", "Unused commitment of an EC2 Instance Savings Plan") | {
        "ChargeFrequency": "Usage-Based", "PricingCategory": "Committed", "CommitmentDiscountStatus": "Unused",
    }  # fmt: skip
    zero = np.zeros_like(left[some])
    ledger.add(
        Block(columns, days.index[some], zero, zero, zero, left[some],
              quantity=np.full(zero.size, HOURS * MICRO, dtype=np.int64), price=Price(0, 0), commitment=left[some])
    )  # fmt: skip


def _volume(ledger: Ledger, world: World, life: Segment, days: Days) -> None:
    kind, size = root_volume(life.machine.name)
    made = Holding(life.machine.volume_id, "volume", life.change.tags, kind, size)
    for span in spans(world, made, days, life.days):
        columns = _volume_columns(life, span.state.volume_type)
        price = Price.of(VOLUME_PRICES[span.state.volume_type])
        quantity = gib_months(span.state.size_gib, span.days, days)
        ledger.use(f"ebs/{life.machine.name}", columns, days=span.days, quantity=quantity, price=price)


def _volume_columns(life: Segment, kind: str) -> dict[str, str]:
    return {
        **AWS.columns(), **AWS.sub_account(ACCOUNT), "RegionId": "us-east-1", "RegionName": "US East (N. Virginia)",
        "AvailabilityZone": "us-east-1a", "ServiceName": "Amazon Elastic Block Store", "ServiceCategory": "Storage",
        "ServiceSubcategory": "Block Storage", "ResourceId": life.machine.volume_id,
        "ResourceName": f"{life.machine.name}-root", "ResourceType": "volume", "ChargeCategory": "Usage",
        "ChargeFrequency": "Usage-Based", "PricingCategory": "Standard", "PricingUnit": "GB-Months",
        "ConsumedUnit": "GB-Months", "SkuId": f"EBS-{kind}", "SkuMeter": f"EBS:VolumeUsage.{kind}",
        "SkuPriceId": f"EBS-{kind}-OnDemand", "Tags": tag_text(life.change.tags),
        "ChargeDescription": f"${VOLUME_PRICES[kind]} per GB-month of {kind} provisioned storage",
    }  # fmt: skip
