"""Complete what a person types into a prompt's argument or a resource's id, from what is loaded and kept."""

from collections.abc import Callable

from mcp_types import CompleteRequestParams, CompleteResult, Completion, PromptReference

from app.mcp.desk import Context, Desk
from app.mcp.errors import invalid
from app.mcp.prompts import RECIPES
from app.mcp.resources import MOST_LISTED
from finops.people import Principal, require
from finops.query import VIRTUAL
from gateway.compose import open_questions
from gateway.home import Home
from gateway.kept_evidence import recent_evidence

_MOST = 100


async def complete(desk: Desk, context: Context, params: CompleteRequestParams) -> CompleteResult:
    """Answer `completion/complete`: values that begin as the text does, case-blind; none for an argument that is free text."""
    known = _known(params)
    typed = params.argument.value.lower()
    values = await desk.call(context, lambda principal: known(desk.home, principal)) if known else []
    found = [value for value in values if value.lower().startswith(typed)]
    return CompleteResult(completion=Completion(values=found[:_MOST], total=len(found), has_more=len(found) > _MOST))


def _known(params: CompleteRequestParams) -> Callable[[Home, Principal], list[str]] | None:
    name = params.argument.name
    if isinstance(params.ref, PromptReference):
        recipe = RECIPES.get(params.ref.name)
        if recipe is None or name not in {one.name for one in recipe.arguments}:
            raise invalid("unknown prompt or argument")
        return {"period": _months, "by": _dimensions, "environment": _environments, "dimension": _virtual}.get(name)
    if params.ref.uri == "toll://evidence/{id}" and name == "id":
        return lambda home, principal: [one.id for one in recent_evidence(home, principal, MOST_LISTED)]
    if params.ref.uri == "toll://proposals/{id}" and name == "id":
        return None
    raise invalid("unknown resource template or argument")


def _months(home: Home, principal: Principal) -> list[str]:
    require(principal, "ask")
    cost = open_questions(home).data.cost
    return sorted({month for months in cost.months.values() for month in months}, reverse=True) if cost else []


def _dimensions(home: Home, principal: Principal) -> list[str]:
    require(principal, "ask")
    return sorted(one.name for one in open_questions(home).data.dimensions)


def _environments(home: Home, principal: Principal) -> list[str]:
    require(principal, "ask")
    found = open_questions(home).data.dimensions
    return ["all", *next((one.values for one in found if one.name == "tag:environment"), ())]


def _virtual(home: Home, principal: Principal) -> list[str]:
    require(principal, "ask")
    rules = open_questions(home).shelf.books().allocation
    return [name.removeprefix(VIRTUAL) for name in (rules.dimensions if rules else ())]
