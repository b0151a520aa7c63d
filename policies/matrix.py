"""Who may approve what, found out by asking the rules themselves: never a table of its own that could differ from them."""

from collections.abc import Iterable
from datetime import UTC, datetime
from decimal import Decimal
from typing import get_args

from finops.actions import (
    Action,
    ActionKind,
    ChangeCode,
    ChangeVolume,
    CodeTarget,
    DeleteVolume,
    Facts,
    ReleaseAddress,
    ResizeInstance,
    SetBudget,
    StartInstance,
    StopInstance,
    Target,
)
from finops.people import Role
from finops.query import Frozen
from policies.engine import Engine
from policies.request import ApprovalFacts, Circumstances, PolicyRequest

ENVIRONMENTS = ("dev", "production")
# Monthly changes of cost that are asked about, USD.
AMOUNTS = tuple(map(Decimal, ("100", "1000", "10000")))
_NOON = datetime(2026, 1, 7, 12, tzinfo=UTC)
_TARGET = Target(account="111122223333", region="us-east-1", resource_id="any")
_PEOPLE: tuple[tuple[str, tuple[Role, ...]], ...] = (
    ("nobody has to", ()),
    ("an approver", ("approver",)),
    ("an admin", ("admin",)),
    ("two approvers", ("approver", "approver")),
    ("an approver and an admin", ("approver", "admin")),
    ("two admins", ("admin", "admin")),
    ("three people", ("admin", "admin", "admin")),
)


class Cell(Frozen):
    """What it takes to approve sound actions of one kind in one environment whose monthly cost changes by `amount` USD."""

    kind: ActionKind
    environment: str
    amount: Decimal
    takes: str


def matrix(engine: Engine, amounts: Iterable[Decimal] = AMOUNTS) -> tuple[Cell, ...]:
    """Return a cell for each kind, environment and amount: the fewest people who are enough, or what refuses."""
    steps = tuple(amounts)
    return tuple(
        Cell(kind=kind, environment=environment, amount=amount, takes=_takes(engine, kind, environment, amount))
        for kind in get_args(ActionKind)
        for environment in ENVIRONMENTS
        for amount in steps
    )


def _takes(engine: Engine, kind: ActionKind, environment: str, amount: Decimal) -> str:
    for words, roles in _PEOPLE:
        people = tuple(
            ApprovalFacts(approver=f"person {i}", approver_role=role, approver_is_proposer=False, local=False)
            for i, role in enumerate(roles)
        )
        request = PolicyRequest(
            action=_action(kind),
            facts=_facts(kind, environment, amount),
            at=_NOON,
            circumstances=Circumstances(),
            approvals=people,
        )
        decision = engine.decide(request)
        if decision.outcome == "allow":
            return words
        if decision.outcome == "deny":
            return f"refused: {', '.join(decision.policies) or 'no rule permits it'}"
    return "more than three people"


def _action(kind: ActionKind) -> Action:
    every: tuple[Action, ...] = (
        ResizeInstance(target=_TARGET, instance_type="m5.large"),
        StopInstance(target=_TARGET),
        StartInstance(target=_TARGET),
        ChangeVolume(target=_TARGET, volume_type="gp3"),
        DeleteVolume(target=_TARGET),
        ReleaseAddress(target=_TARGET),
        SetBudget(target=_TARGET, amount=Decimal(1000)),
        ChangeCode(target=CodeTarget(account="any", region="main", resource_id="any.tfvars"), key="any", value="any"),
    )
    return next(one for one in every if one.kind == kind)


def _facts(kind: ActionKind, environment: str, amount: Decimal) -> Facts:
    """Return facts that no limit objects to but for what is asked: a saving of `amount`, or for a start a rise by it."""
    rise = kind == "start_instance"
    return Facts(
        currency="USD", monthly_cost_before=Decimal(0) if rise else amount * 2, monthly_cost_after=amount,
        monthly_saving=-amount if rise else amount, saving_confidence=Decimal(1), capacity_ratio=Decimal(1), environment=environment,
        owner="owner", tags={"environment": environment}, fleet_size=100, fleet_cost=amount * 100, risk="low", observation_days=30,
        observation_coverage=Decimal(1), peak_fits=True, newest_data=_NOON.date().isoformat(), state_before={}, reversible=True,
        undo_certain=kind != "release_address", formula="asked of the rules",
    )  # fmt: skip
