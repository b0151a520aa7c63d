"""The rule of right-sizing: need with headroom, cheapest type that carries it, risk, and what is saved. Pure arithmetic.

need_cpu = P99.5(utilisation x vCPU) / (1 - 0.20); memory = maximum / (1 - 0.20). After AWS Compute Optimizer's defaults; the
idle rule joins Azure Advisor's CPU limits with Google's traffic limits.
"""

from dataclasses import dataclass
from decimal import Decimal, localcontext

from finops.errors import ToolError
from finops.money import EXACT, divide, trimmed
from tools.instance_catalogue import CATALOGUE, InstanceType
from tools.instances import MONTH_DAYS, Instance
from tools.rightsize_contract import Risk
from tools.utilisation import Series

HEADROOM = Decimal("0.20")
IDLE_P95_CPU, IDLE_RECENT_CPU = Decimal(3), Decimal(2)
IDLE_BYTES_PER_SECOND = {"network_in_bytes": Decimal(2000), "network_out_bytes": Decimal(1000)}
_RISKS: tuple[tuple[Decimal, Risk], ...] = (
    (Decimal("0.001"), "very low"),
    (Decimal("0.01"), "low"),
    (Decimal("0.05"), "medium"),
)
# Savings: far below the smallest coin of any currency.
_PLACES = 10
MONTH_HOURS = Decimal(24 * MONTH_DAYS)


@dataclass(frozen=True, slots=True)
class Need:
    """What an instance has to offer, headroom included. `memory_gib` is None where memory was not measured."""

    vcpu: Decimal
    memory_gib: Decimal | None
    mean_vcpu: Decimal


def need(current: InstanceType, cpu: Series, memory: Series | None) -> Need:
    """Return what the observed load needs."""
    spare = 1 - HEADROOM
    return Need(
        vcpu=divide(cpu.high * current.vcpu, 100 * spare, places=4),
        memory_gib=None if memory is None else divide(memory.peak * current.memory_gib, 100 * spare, places=4),
        mean_vcpu=divide(cpu.mean * current.vcpu, Decimal(100), places=4),
    )


def takes_nothing_away(current: InstanceType, target: InstanceType) -> bool:
    """Tell whether the target has at least the vCPU and memory of the present type, and no credits it had not."""
    same_kind = not target.burstable or current.burstable
    return target.vcpu >= current.vcpu and target.memory_gib >= current.memory_gib and same_kind


def carries(need: Need, current: InstanceType, target: InstanceType) -> bool:
    """Tell whether the target carries the need: same architecture, enough vCPU and memory, credits that do not fall.

    Without a memory metric only the same memory will do. An instance that is not burstable never becomes so: its
    samples say nothing about how a throttled one would do.
    """
    if target.architecture != current.architecture or target.vcpu < need.vcpu:
        return False
    enough = (
        target.memory_gib == current.memory_gib if need.memory_gib is None else target.memory_gib >= need.memory_gib
    )
    return enough and _credits_hold(need, current, target)


def _credits_hold(need: Need, current: InstanceType, target: InstanceType) -> bool:
    if target.baseline_percent is None:
        return True
    return current.burstable and need.mean_vcpu * 100 <= target.baseline_percent * target.vcpu


def candidates(need: Need, current: InstanceType) -> list[InstanceType]:
    """Return the types that carry the need for less money, cheapest first, ties by name."""
    fitting = [
        kind for kind in CATALOGUE.values() if kind.hourly_usd < current.hourly_usd and carries(need, current, kind)
    ]
    return sorted(fitting, key=lambda kind: (kind.hourly_usd, kind.name))


def is_idle(cpu: Series, recent_cpu: Decimal | None, traffic: dict[str, Series]) -> bool | None:
    """Tell whether nobody uses it: P95 CPU under 3 %, at most 2 % over the last three days, next to no traffic.

    None where the CPU is idle but no traffic was measured: then nobody knows.
    """
    if cpu.p95 >= IDLE_P95_CPU or recent_cpu is None or recent_cpu > IDLE_RECENT_CPU:
        return False
    if not traffic:
        return None
    return all(one.p95 < IDLE_BYTES_PER_SECOND[name] * one.step_seconds for name, one in traffic.items())


def threshold(current: Decimal, target: Decimal) -> Decimal:
    """Return the utilisation of the present capacity, in %, at which the target would be full."""
    return divide(target * 100, current, places=4)


def risk(over: Decimal) -> Risk:
    """Return the class for a share of samples over the target's capacity."""
    for limit, name in _RISKS:
        if over <= limit:
            return name
    return "high"


def capacity_ratio(current: InstanceType, target: InstanceType) -> Decimal:
    """Return the smaller of vCPU and memory after over before, four decimals."""
    vcpu = divide(target.vcpu, current.vcpu, places=4)
    return min(vcpu, divide(target.memory_gib, current.memory_gib, places=4))


def resize_saving(instance: Instance, current: InstanceType, target: InstanceType) -> Decimal:
    """Return what 30 days at the target's price save, negative where the target is dearer.

    Cheaper: only on the cost it pays itself, not on what a commitment covers. Dearer: at least the whole difference of on-demand
    prices, whatever it happened to pay (covered, stopped or young as it may be): that is what it may cost from now on.
    Raises `ToolError` for a dearer type where the bill is not in the price list's currency.
    """
    with localcontext(EXACT):
        dearer = current.hourly_usd - target.hourly_usd
        if dearer < 0:
            if instance.currency != "USD":
                raise ToolError(
                    f"prices are known in USD only, the bill is in `{instance.currency}`", fix="choose a cheaper type"
                )
            return min(trimmed(dearer * MONTH_HOURS), _scaled(instance.own_cost, dearer, current))
        if not instance.running:
            return Decimal(0)
        return _scaled(instance.own_cost, dearer, current)


def _scaled(cost: Decimal, dearer: Decimal, current: InstanceType) -> Decimal:
    return trimmed(divide(cost * dearer, current.hourly_usd, places=_PLACES))
