"""Releasing an elastic IP address: it saves what it costs itself, and only one billed as idle is used by nobody."""

import re
from decimal import Decimal

from finops.actions import ReleaseAddress
from finops.errors import ToolError
from finops.money import plain, trimmed
from finops.periods import Period
from finops.ports import DataHandle, TableInfo
from tools.instances import MONTH_DAYS
from tools.proposing.effect import Effect, Proposed, check_target, proposed
from tools.proposing.lines import Line, Resource, find

# AWS' usage types PublicIPv4:IdleAddress and ElasticIP:IdleAddress; without a meter's name, the words of the charge.
_ADDRESS = re.compile(r"IdleAddress|InUseAddress|public IPv4 address|Elastic IP", re.IGNORECASE)
_IDLE = re.compile(r"IdleAddress|\bIdle public IPv4|not attached", re.IGNORECASE)


def propose_address(action: ReleaseAddress, data: DataHandle, table: TableInfo, *, period: Period) -> Proposed:
    """Return the facts. Raises `UnknownName` for a resource that is none, `ToolError` where the data says otherwise."""
    address, query = find(action.target.resource_id, data, table, period=period, what="an address")
    check_target(action.target, address, "address")
    if not any(_ADDRESS.search(_words(line)) for line in address.lines):
        raise ToolError(
            f"`{address.resource_id}` is no address: no row of it charges for one", fix="choose an elastic IP address"
        )
    if not address.live:
        raise ToolError(
            f"`{address.resource_id}` has no charge on {table.last_day}, it is gone",
            fix="choose an address that is billed",
        )
    return proposed(address, _effect(address), data=data, period=period, queries=(query,))


def _words(line: Line) -> str:
    return f"{line.meter} {line.description}"


def _effect(address: Resource) -> Effect:
    own = sum((line.cost for line in address.lines if not line.committed), Decimal(0))
    newest = max(line.day for line in address.lines)
    idle = all(_IDLE.search(_words(line)) for line in address.lines if line.day == newest)
    return Effect(
        after=address.cost - own,
        ratio=Decimal(0),
        fits=idle,
        risk="medium",
        formula=f"saving {plain(trimmed(own))} = its EffectiveCost of {MONTH_DAYS} days; on {newest} it was billed as "
        f"{'idle' if idle else 'in use'}",
        state_before={},
        undo_certain=False,
    )
