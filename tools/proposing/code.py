"""Changing a line of code: judged as what it stands for, as if its owners had merged it at once; else it costs nothing known."""

from decimal import Decimal

from finops.actions import (
    ChangeCode,
    ChangeVolume,
    DeleteVolume,
    Facts,
    Infrastructure,
    ReleaseAddress,
    ResizeInstance,
    StartInstance,
    StopInstance,
)
from finops.errors import ToolError
from finops.ports import TableInfo
from tools.proposing.effect import Proposed

# How code turns a resource off and on, where an action asks for no other value.
_OFF, _ON = ("0", "false", "stopped"), ("1", "true", "running")


def check_value(action: ChangeCode, stands_for: Infrastructure) -> None:
    """Refuse a value that is not the one its action asks for: what is judged would not be what is committed."""
    wanted = _values(stands_for)
    if action.value not in wanted:
        fix = f"commit {' or '.join(f'`{one}`' for one in wanted)}" if wanted else "change one thing at a time"
        raise ToolError(f"the value `{action.value}` is not what `{stands_for.kind}` asks for", fix=fix)


def _values(action: Infrastructure) -> tuple[str, ...]:
    """Return the values that write an action down; none for one that changes two things at once."""
    match action:
        case ResizeInstance():
            return (action.instance_type,)
        case ChangeVolume(volume_type=None):
            return (str(action.size_gib),)
        case ChangeVolume():
            return (str(action.volume_type),) if action.size_gib is None else ()
        case StartInstance():
            return _ON
        case StopInstance() | DeleteVolume() | ReleaseAddress():
            return _OFF


def propose_code(action: ChangeCode, table: TableInfo) -> Proposed:
    """Return the facts of a change that stands for nothing the bill knows: no cost, and nothing known of its fit.

    Owner and environment are those of the repository's settings, which the server adds: None here. Raises `ToolError` where the
    bill has several currencies.
    """
    if len(table.currencies) != 1:
        raise ToolError(
            "the bill has more than one currency, and a change of code has none", fix="name what it stands for"
        )
    facts = Facts(
        currency=table.currencies[0],
        monthly_cost_before=Decimal(0),
        monthly_cost_after=Decimal(0),
        monthly_saving=Decimal(0),
        saving_confidence=Decimal(1),
        capacity_ratio=None,
        environment=None,
        owner=None,
        tags={},
        risk="medium",
        observation_days=0,
        observation_coverage=Decimal(0),
        peak_fits=None,
        newest_data=table.last_day.isoformat(),
        state_before={},
        reversible=True,
        formula=f"`{action.key}` in `{action.target.resource_id}` stands for no action on a resource, so no cost is computed",
    )
    return Proposed(facts, 0, ())
