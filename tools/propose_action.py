"""`propose_action`: an action with the server's own facts. Nothing the caller wrote but the action itself enters a number."""

from decimal import Decimal, localcontext

from finops.actions import (
    Action,
    ChangeCode,
    ChangeVolume,
    CodeTarget,
    DeleteVolume,
    Draft,
    Facts,
    ReleaseAddress,
    ResizeInstance,
    SetBudget,
    StartInstance,
    StopInstance,
    Target,
)
from finops.evidence import Figure
from finops.money import EXACT
from finops.periods import Period
from finops.ports import TableInfo
from tools.contract import Finding, ToolContext
from tools.instances import last_month
from tools.propose_contract import ProposeAction
from tools.proposing.addresses import propose_address
from tools.proposing.budgets import propose_budget
from tools.proposing.code import check_value, propose_code
from tools.proposing.effect import Proposed
from tools.proposing.instances import propose_instance
from tools.proposing.volumes import propose_volume
from tools.scope import cost_table


def propose_action(asked: ProposeAction, context: ToolContext) -> Finding:
    """Return the draft. Raises `UnknownName` for a resource, type or evidence that is none, `ToolError` where the data says otherwise."""
    table = cost_table(context.data)
    sources = tuple(dict.fromkeys(context.evidence(one).id for one in asked.evidence))
    period = last_month(context.as_of)
    with localcontext(EXACT):
        found = _proposed(asked.action, context, table, period)
    return Finding(
        result=Draft(action=asked.action, facts=found.facts, evidence=sources, reason=asked.reason),
        figures=(*_figures(found.facts, _aim(asked.action), period), *_asked(asked.action)),
        rows_read=found.rows,
        formula=found.facts.formula,
        query="\n".join(filter(None, found.queries)),
        sources=sources,
    )


def _proposed(action: Action, context: ToolContext, table: TableInfo, period: Period) -> Proposed:
    data = context.data
    match action:
        case ResizeInstance() | StopInstance() | StartInstance():
            return propose_instance(action, data, table, as_of=context.as_of, period=period)
        case ChangeVolume() | DeleteVolume():
            return propose_volume(action, data, table, period=period)
        case ReleaseAddress():
            return propose_address(action, data, table, period=period)
        case SetBudget():
            return propose_budget(action, data, period=period)
        case ChangeCode():
            if action.stands_for is None:
                return propose_code(action, table)
            check_value(action, action.stands_for)
            return _proposed(action.stands_for, context, table, period)


def _aim(action: Action) -> Target | CodeTarget:
    """Return what the figures are about: the resource that a change of code stands for, where it does."""
    return action.stands_for.target if isinstance(action, ChangeCode) and action.stands_for else action.target


def _figures(facts: Facts, target: Target | CodeTarget, period: Period) -> tuple[Figure, ...]:
    named = (
        ("cost_before", facts.monthly_cost_before),
        ("cost_after", facts.monthly_cost_after),
        ("saving", facts.monthly_saving),
    )
    return tuple(
        Figure(
            name=name, value=value, unit=facts.currency, subject=f"ResourceId={target.resource_id}", period=period,
            definition=f"EffectiveCost {name}",
        )
        for name, value in named
    )  # fmt: skip


def _asked(action: Action) -> tuple[Figure, ...]:
    """Return the numbers an action asks for, so that words about it can be bound to them."""
    about = f"ResourceId={action.target.resource_id}"
    if isinstance(action, SetBudget):
        return (
            Figure(
                name="amount", value=action.amount, unit=action.currency, subject=about, definition="budget of a month"
            ),
        )
    if isinstance(action, ChangeVolume) and action.size_gib is not None:
        return (
            Figure(name="size", value=Decimal(action.size_gib), unit="GiB", subject=about, definition="size asked for"),
        )
    return ()
