"""What the modules hand to each other: what the bill says of a target, what an action does to it, and the facts made of both."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Protocol

from pydantic import JsonValue

from finops.actions import Facts, Risk, Target
from finops.errors import ToolError
from finops.money import trimmed
from finops.periods import Period
from finops.ports import DataHandle
from tools.ownership import environment_of, owner_of
from tools.proposing.fleets import fleet_of
from tools.proposing.known_days import known_share

_NOTHING = Decimal(0)


class Billed(Protocol):
    """What the bill says of a resource, whatever it is. `cost` is EffectiveCost of the period looked at."""

    @property
    def resource_id(self) -> str: ...  # noqa: D102
    @property
    def account(self) -> str | None: ...  # noqa: D102
    @property
    def region(self) -> str | None: ...  # noqa: D102
    @property
    def aws(self) -> bool: ...  # noqa: D102
    @property
    def currency(self) -> str: ...  # noqa: D102
    @property
    def currencies(self) -> int: ...  # noqa: D102
    @property
    def service(self) -> str | None: ...  # noqa: D102
    @property
    def sources(self) -> tuple[str | None, ...]: ...  # noqa: D102
    @property
    def newest_row(self) -> Period | None: ...  # noqa: D102
    @property
    def tags(self) -> dict[str, str]: ...  # noqa: D102
    @property
    def cost(self) -> Decimal: ...  # noqa: D102
    @property
    def rows(self) -> int: ...  # noqa: D102


@dataclass(frozen=True, slots=True)
class Effect:
    """What an action does: cost of the same 30 days after it, capacity left, whether the need still fits, what may go wrong.

    `days` and `coverage` are of the metrics seen; `rests_on_metrics` says that the fit is judged by them.
    """

    after: Decimal
    ratio: Decimal | None
    fits: bool | None
    risk: Risk
    formula: str
    state_before: Mapping[str, JsonValue] = field(default_factory=dict[str, JsonValue])
    undo_certain: bool = True
    days: int = 0
    coverage: Decimal = _NOTHING
    rests_on_metrics: bool = False


@dataclass(frozen=True, slots=True)
class Proposed:
    """The facts of an action, with what was read for them."""

    facts: Facts
    rows: int
    queries: tuple[str, ...]


def check_target(target: Target, billed: Billed, what: str) -> None:
    """Refuse where the bill says something else about where the resource is."""
    if not billed.aws:
        raise ToolError(f"`{target.resource_id}` is not billed by AWS", fix=f"choose an AWS {what}")
    if billed.currencies > 1:
        raise ToolError(f"`{target.resource_id}` is billed in more than one currency", fix=f"choose another {what}")
    for name, said, known in (
        ("account", target.account, billed.account),
        ("region", target.region, billed.region),
    ):
        if said != known:
            raise ToolError(f"`{target.resource_id}` is not in {name} `{said}`", fix=f"its {name} is `{known}`")


def proposed(billed: Billed, effect: Effect, *, data: DataHandle, period: Period, queries: tuple[str, ...]) -> Proposed:
    """Return the facts of `effect` on `billed`, whose cost is that of `period`."""
    table = data.cost
    if table is None:
        raise ToolError("no bill is loaded", fix="load one with `toll ingest PATH`")
    known = known_share(data, table, period, billed.sources, billed.newest_row)
    fleet = fleet_of(data, period, service=billed.service, tags=billed.tags, currency=billed.currency)
    facts = Facts(
        currency=billed.currency,
        monthly_cost_before=trimmed(billed.cost),
        monthly_cost_after=trimmed(effect.after),
        monthly_saving=trimmed(billed.cost - effect.after),
        saving_confidence=_confidence(known.share, effect),
        capacity_ratio=effect.ratio,
        environment=environment_of(billed.tags),
        owner=owner_of(billed.tags),
        tags=billed.tags,
        fleet_size=fleet.size,
        fleet_cost=fleet.cost,
        risk=effect.risk,
        observation_days=effect.days,
        observation_coverage=effect.coverage,
        peak_fits=effect.fits,
        newest_data=table.last_day.isoformat(),
        state_before=dict(effect.state_before),
        reversible=True,
        undo_certain=effect.undo_certain,
        formula=effect.formula,
    )
    return Proposed(facts, billed.rows, tuple(filter(None, (*queries, known.query, fleet.query))))


def _confidence(share: Decimal, effect: Effect) -> Decimal:
    return share * effect.coverage if effect.rests_on_metrics else share
