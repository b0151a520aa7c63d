"""Changing or deleting a block volume, priced by the volume's own cost and the ratio of list prices.

What nobody wrote enters: the type is that of the meter billed, the size its quantity. Whether anything is attached, no bill says:
the executor observes it, and deletes only what nothing is attached to.
"""

import re
from calendar import monthrange
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_EVEN, Decimal

from pydantic import JsonValue

from finops.actions import ChangeVolume, DeleteVolume, VolumeType
from finops.errors import ToolError
from finops.money import divide, plain, trimmed
from finops.periods import Period
from finops.ports import DataHandle, TableInfo
from tools.instances import MONTH_DAYS
from tools.proposing.effect import Effect, Proposed, check_target, proposed
from tools.proposing.known_days import growing_days
from tools.proposing.lines import Line, Resource, find
from tools.storage_prices import GIB_MONTH, PRICE_REGION, PRICES_OF, SNAPSHOT_GIB_MONTH

# AWS' usage types: EBS:VolumeUsage.gp3, before it a region's code; without an ending it is magnetic, piops is io1.
_METER = re.compile(r"VolumeUsage(?:\.(\w+))?$")
# Where a bill has no meter's name: "$0.10 per GB-month of General Purpose SSD (gp2) provisioned storage - US East".
_WORDS = re.compile(r"\b(?:(gp2|gp3|io1|io2|st1|sc1)\b.*|Magnetic )provisioned\s+storage", re.IGNORECASE)
_BY_ENDING: dict[str | None, VolumeType] = {
    None: "standard", "gp2": "gp2", "gp3": "gp3", "piops": "io1", "io2": "io2", "st1": "st1", "sc1": "sc1",
}  # fmt: skip
_LEAST_GIB: dict[VolumeType, int] = {"st1": 125, "sc1": 125}
# A day's quantity is rounded by whoever writes the bill: to a whole GiB it is off by no more than this share.
_OFF = Decimal("0.005")
_PLACES = 10


@dataclass(frozen=True, slots=True)
class _Volume:
    """A volume as the bill has it; `own` is the EffectiveCost of its present type's storage that no commitment covers."""

    resource: Resource
    type: VolumeType
    size: int | None
    own: Decimal

    @property
    def state(self) -> dict[str, JsonValue]:
        """Return what a provider must show as well."""
        known: dict[str, JsonValue] = {"volume_type": self.type}
        return known if self.size is None else known | {"size_gib": self.size}


def propose_volume(
    action: ChangeVolume | DeleteVolume, data: DataHandle, table: TableInfo, *, period: Period
) -> Proposed:
    """Return the facts. Raises `UnknownName` for a resource that is none, `ToolError` where the data says otherwise."""
    resource, query = find(action.target.resource_id, data, table, period=period, what="a volume")
    check_target(action.target, resource, "volume")
    volume = _volume(resource, table)
    if not resource.live:
        raise ToolError(
            f"`{resource.resource_id}` has no charge on {table.last_day}, it is gone",
            fix="choose a volume that is billed",
        )
    effect = _change(action, volume) if isinstance(action, ChangeVolume) else _delete(volume)
    return proposed(resource, effect, data=data, period=period, queries=(query,))


def volume_type(line: Line) -> VolumeType | None:
    """Return the type whose storage a line charges, None where it charges anything else."""
    if meter := _METER.search(line.meter):
        return _BY_ENDING.get(meter[1])
    words = None if line.meter else _WORDS.search(line.description)
    return _BY_ENDING.get("piops" if words[1] == "io1" else words[1] and words[1].lower()) if words else None


def _volume(resource: Resource, table: TableInfo) -> _Volume:
    storage: list[tuple[Line, VolumeType]] = [(line, kind) for line in resource.lines if (kind := volume_type(line))]
    if not storage:
        raise ToolError(
            f"`{resource.resource_id}` is no volume: its rows name no volume type", fix="choose a resource that has one"
        )
    _, present = max(storage, key=lambda one: (one[0].day, one[0].cost, one[1]))
    own = sum((line.cost for line, kind in storage if kind == present and not line.committed), Decimal(0))
    growing = growing_days(table, resource.sources)
    return _Volume(resource, present, _size(line for line, _ in storage if line.day not in growing), own)


def _size(storage: Iterable[Line]) -> int | None:
    """Return the size in GiB: a volume never shrinks, so it is the largest of any day. None where that is no whole number."""
    by_day: dict[date, list[Line]] = {}
    for line in storage:
        by_day.setdefault(line.day, []).append(line)
    size = max((found for lines in by_day.values() if (found := _provisioned(lines)) is not None), default=None)
    if size is None:
        return None
    whole = size.to_integral_value(ROUND_HALF_EVEN)
    return int(whole) if whole >= 1 and abs(size - whole) <= whole * _OFF else None


def _provisioned(lines: list[Line]) -> Decimal | None:
    """Return GiB: the day's share of GB-Months times the days of its month; the quantity itself of a row that spans a month."""
    quantities = [line.quantity for line in lines if line.quantity is not None]
    if len(quantities) < len(lines) or any(not line.unit.lower().startswith(("gb-mo", "gib-mo")) for line in lines):
        return None
    first = lines[0].day
    days = (max(line.end for line in lines).date() - first).days
    return sum(quantities, Decimal(0)) * (1 if days > 1 else monthrange(first.year, first.month)[1])


def _change(action: ChangeVolume, volume: _Volume) -> Effect:
    kind, size = action.volume_type or volume.type, action.size_gib or volume.size
    _must_be_possible(action, volume, kind)
    after = divide(
        volume.own * GIB_MONTH[kind] * (size or 1), GIB_MONTH[volume.type] * (volume.size or 1), places=_PLACES
    )
    change = trimmed(after - volume.own)
    if GIB_MONTH[kind] * (size or 1) > GIB_MONTH[volume.type] * (volume.size or 1):
        change = max(change, _listed_change(volume, kind, size))
    grown = divide(Decimal(size or 1), Decimal(volume.size or 1), places=4)
    as_fast = kind == volume.type or (volume.type, kind) == ("gp2", "gp3")
    return Effect(
        after=volume.resource.cost + change,
        ratio=min(grown, Decimal(1)) if as_fast else None,
        fits=True if as_fast else None,
        risk="low" if as_fast else "medium",
        formula=_change_formula(volume, kind, size, change),
        state_before=volume.state,
    )


def _must_be_possible(action: ChangeVolume, volume: _Volume, kind: VolumeType) -> None:
    name, size = volume.resource.resource_id, action.size_gib
    if size is not None and volume.size is None:
        raise ToolError(f"the bill does not say how large `{name}` is", fix="change its type alone")
    if size is not None and volume.size is not None and size < volume.size:
        raise ToolError(f"`{name}` has {volume.size} GiB, and a volume cannot shrink", fix="choose a larger size")
    if kind == volume.type and size in (None, volume.size):
        of = f" of {size} GiB" if size else ""
        raise ToolError(f"`{name}` already is a `{kind}`{of}", fix="choose another type or a larger size")
    if kind in ("io1", "io2") and kind != volume.type:
        raise ToolError(
            f"`{kind}` is priced by IOPS that this action does not name", fix="choose gp3, or do it by hand"
        )
    least = _LEAST_GIB.get(kind, 1)
    if (size or volume.size or least) < least:
        raise ToolError(f"a `{kind}` has {least} GiB at least", fix="choose another type or a larger size")


def _listed_change(volume: _Volume, kind: VolumeType, size: int | None) -> Decimal:
    """Return what it costs more by the list, whatever it happened to pay: that is what it may cost from now on."""
    if volume.resource.currency != "USD":
        raise ToolError(
            f"prices are known in USD only, the bill is in `{volume.resource.currency}`", fix="choose a cheaper type"
        )
    if size is None or volume.size is None:
        return Decimal(0)
    return trimmed(GIB_MONTH[kind] * size - GIB_MONTH[volume.type] * volume.size)


def _change_formula(volume: _Volume, kind: VolumeType, size: int | None, change: Decimal) -> str:
    prices = f"list prices of a GiB-month in {PRICE_REGION} of {PRICES_OF}"
    by_type = f"{plain(GIB_MONTH[kind])} / {plain(GIB_MONTH[volume.type])}"
    by_size = f" x {size} / {volume.size} GiB" if size != volume.size else ""
    own = f"{plain(trimmed(volume.own))} EffectiveCost of {MONTH_DAYS} days as `{volume.type}`"
    if change > 0:
        return f"costs {plain(change)} more = the larger of {own} x ({by_type}{by_size} - 1) and the difference of {prices}"
    beside = "; throughput and IOPS above the base of gp3 are billed beside it" if kind == "gp3" else ""
    return f"saving {plain(-change)} = {own} x (1 - {by_type}{by_size}), {prices}{beside}"


def _delete(volume: _Volume) -> Effect:
    left, how = _snapshot(volume)
    saving = volume.resource.cost - left
    said = f"saving {plain(trimmed(saving))}" if saving >= 0 else f"costs {plain(trimmed(-saving))} more"
    return Effect(
        after=left,
        ratio=Decimal(0),
        fits=True,
        risk="medium",
        formula=f"{said} = {plain(trimmed(volume.resource.cost))} EffectiveCost of {MONTH_DAYS} days less the snapshot that is "
        f"kept, {plain(trimmed(left))} = {how}, at most: a snapshot holds no more than was written; what is attached is never "
        "deleted",
        state_before=volume.state,
    )


def _snapshot(volume: _Volume) -> tuple[Decimal, str]:
    """Return the most that a full snapshot may cost a month, and how that was found."""
    price = f"{plain(SNAPSHOT_GIB_MONTH)} a GiB-month, the list price in {PRICE_REGION} of {PRICES_OF}"
    if volume.size is not None and volume.resource.currency == "USD":
        return SNAPSHOT_GIB_MONTH * volume.size, f"{volume.size} GiB x {price}"
    scaled = divide(volume.own * SNAPSHOT_GIB_MONTH, GIB_MONTH[volume.type], places=_PLACES)
    return trimmed(scaled), f"its own storage x {plain(SNAPSHOT_GIB_MONTH)} / {plain(GIB_MONTH[volume.type])} ({price})"
