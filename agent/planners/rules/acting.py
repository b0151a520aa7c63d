"""From a saving or a command to a proposal: the target is looked up in the data, never taken from a sentence."""

from agent.planners.contract import Exchange, ToolOutcome
from agent.planners.rules.misread import misread
from agent.planners.rules.reading import Command, Misread
from finops.actions import (
    Action,
    ChangeVolume,
    DeleteVolume,
    ReleaseAddress,
    ResizeInstance,
    SetBudget,
    StartInstance,
    StopInstance,
    Target,
)
from finops.query import CostQuery, Filter
from tools.cost_result import CostResult
from tools.propose_contract import ProposeAction
from tools.rightsize_contract import Recommendation, RightsizeResult

# Budgets are of no region; their API is asked in this one.
_BUDGETS_REGION = "us-east-1"


def where_query(command: Command) -> CostQuery:
    """Return the query that finds account and region of what a command is about."""
    if command.kind == "set_budget":
        only = Filter(dimension="SubAccountId", values=(command.account,))
        return CostQuery(filters=(only,), group_by=("ProviderName", "SubAccountId"))
    # A bill names an address by its ARN, which ends in its id.
    op = "contains" if command.kind == "release_address" else "is"
    only = Filter(dimension="ResourceId", op=op, values=(command.resource,))
    return CostQuery(filters=(only,), group_by=("ProviderName", "SubAccountId", "RegionId"))


def commanded(command: Command, where: ToolOutcome) -> ProposeAction | Misread:
    """Return the proposal somebody asked for in words, its target as the bill has it."""
    evidence = where.evidence
    rows = CostResult.model_validate(evidence.result).rows if evidence else ()
    if evidence is not None and command.kind == "set_budget":
        target = Target(account=command.account, region=_BUDGETS_REGION, resource_id=command.resource)
        return ProposeAction(action=_action(command, target), evidence=(evidence.id,), reason="asked for by name")
    places = [(r.group["SubAccountId"], r.group["RegionId"]) for r in rows if r.group.get("RegionId")]
    if evidence is None or len(set(places)) != 1:
        return misread(
            f"`{command.resource}` is not in one account and region of the bill",
            "`Where can we save?` for instances that are",
        )
    account, region = places[0]
    target = Target(account=account or "", region=region or "", resource_id=command.resource)
    reason = "asked for by name"
    return ProposeAction(action=_action(command, target), evidence=(evidence.id,), reason=reason)


def _action(command: Command, target: Target) -> Action:
    match command.kind:
        case "resize_instance":
            return ResizeInstance(target=target, instance_type=command.instance_type)
        case "stop_instance":
            return StopInstance(target=target)
        case "start_instance":
            return StartInstance(target=target)
        case "change_volume":
            return ChangeVolume(target=target, volume_type=command.volume_type, size_gib=command.size_gib)
        case "delete_volume":
            return DeleteVolume(target=target)
        case "release_address":
            return ReleaseAddress(target=target)
        case "set_budget":
            return SetBudget(target=target, amount=command.amount)


def proposed_before(history: tuple[Exchange, ...]) -> frozenset[str]:
    """Return the resources for which this conversation has drafted an action already."""
    drafts = (call for exchange in history for call in exchange.calls if call.tool == "propose_action")
    return frozenset(ProposeAction.model_validate(call.input).action.target.resource_id for call in drafts)


def recommended(
    outcome: ToolOutcome, resource: str, *, without: frozenset[str] = frozenset()
) -> ProposeAction | Misread:
    """Return the proposal of the largest saving not among `without`, or of the instance that was named."""
    evidence = outcome.evidence
    found = RightsizeResult.model_validate(evidence.result).recommendations if evidence else ()
    chosen = next(
        (one for one in found if one.resource_id == (resource or one.resource_id) and one.resource_id not in without),
        None,
    )
    if chosen is None or evidence is None:
        what = f"no saving is known for `{resource}`" if resource else "there is no saving to propose"
        return misread(what, "`Where can we save?`")
    return ProposeAction(action=_of(chosen), evidence=(evidence.id,), reason="right-sizing recommendation")


def _of(one: Recommendation) -> Action:
    target = Target(account=one.account, region=one.region, resource_id=one.resource_id)
    if one.target_type is None:
        return StopInstance(target=target)
    return ResizeInstance(target=target, instance_type=one.target_type)
