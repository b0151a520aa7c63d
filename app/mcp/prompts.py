"""Prompts for what practitioners do every month. An argument is checked, and stands in the text as a value, never as a sentence."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from mcp_types import (
    GetPromptRequestParams,
    GetPromptResult,
    ListPromptsResult,
    PaginatedRequestParams,
    Prompt,
    PromptArgument,
    PromptMessage,
    TextContent,
)

from agent.planners.model_shown import as_data
from app.mcp.desk import Context
from app.mcp.errors import invalid, sentence
from app.mcp.pages import only_page
from finops.errors import BadInput
from finops.periods import Period

_LONGEST = 100
_RULES = """
Use the tools of this server for every figure, and `calculate` for every derived one. State the period and the cost definition, \
keep currencies apart, repeat the caveats, and give the evidence id behind each figure. Where a result is not_enough_data, say \
what is missing."""


def _period(text: str) -> str:
    Period.parse(text)
    return as_data(text.strip())


def _name(text: str) -> str:
    if not text.strip() or len(text) > _LONGEST or not text.isprintable():
        raise BadInput("the name is empty, too long or not on one line", fix="use 1 to 100 characters")
    return as_data(text.strip())


@dataclass(frozen=True, slots=True)
class Argument:
    """One argument: `read` checks it and writes it as JSON; `default` empty makes it required."""

    name: str
    description: str
    read: Callable[[str], str]
    default: str = ""


@dataclass(frozen=True, slots=True)
class Recipe:
    """One prompt; `text` names its arguments in braces."""

    name: str
    title: str
    description: str
    arguments: tuple[Argument, ...]
    text: str


_MONTH = Argument("period", "Month or other period, such as 2024-09, 2024-Q3 or 2024-09-01..2024-09-15", _period)
_BY = "Dimension to group by, such as ServiceName, SubAccountName or tag:team"
RECIPES = {
    recipe.name: recipe
    for recipe in (
        Recipe(
            "monthly_review", "Monthly review", "What a period cost, what changed, and what was unusual.",
            (_MONTH, Argument("by", _BY, _name, "ServiceName")),
            "Review the cost of the period {period}: `cost_query` with compare previous_period, in total and by {by} (top 10); then "
            "`detect_anomalies` for the same period; then `rightsize_instances` where metrics are loaded. Report the total and its "
            "change, the largest causes of the change, anomalies, savings that are open, and what a reader must know of the data.",
        ),
        Recipe(
            "explain_change", "Explain a change", "Why one period cost more or less than the one before it.",
            (_MONTH, Argument("by", _BY, _name, "ServiceName")),
            "Explain why the cost of the period {period} differs from that of the period before: `cost_query` with compare "
            "previous_period by {by}; for the groups that changed most, the same by ResourceId and by day, and the consumed quantity "
            "beside the cost, to tell usage from price. Say how much of the change each cause explains and what stays unexplained.",
        ),
        Recipe(
            "find_savings", "Find savings", "Instances that are too large or idle, and what acting on them would save.",
            (Argument("environment", "Value of the tag environment to stay within, such as staging", _name, "all"),),
            "Find savings in the environment {environment} (\"all\" means every one): `rightsize_instances`, with a filter on "
            "tag:environment unless it is all. Rank by saving, name the risk of each, and why others were skipped. Propose an action "
            "with `propose_action` only for what I then choose; policy and a person decide about it elsewhere.",
        ),
        Recipe(
            "chargeback", "Chargeback by team", "What each team bears in a period, shared cost included.",
            (_MONTH, Argument("dimension", "Virtual dimension of the allocation rules, such as team", _name, "team")),
            "Charge the cost of the period {period} back by {dimension}: `allocate_costs` where `list_dimensions` has it as a virtual "
            "dimension, else `cost_query` by the tag of that name. Give direct, shared and total for each, what is unallocated, and "
            "that the parts sum to the bill.",
        ),
    )
}  # fmt: skip


async def list_prompts(context: Context, params: PaginatedRequestParams | None) -> ListPromptsResult:
    """Answer `prompts/list`."""
    del context
    only_page(params)
    return ListPromptsResult(prompts=[_listed(recipe) for recipe in RECIPES.values()])


def _listed(recipe: Recipe) -> Prompt:
    return Prompt(
        name=recipe.name,
        title=recipe.title,
        description=recipe.description,
        arguments=[
            PromptArgument(name=one.name, description=one.description, required=not one.default)
            for one in recipe.arguments
        ],
    )


async def get_prompt(context: Context, params: GetPromptRequestParams) -> GetPromptResult:
    """Answer `prompts/get`; an unknown prompt, and an argument that is missing, unknown or does not fit, are invalid params."""
    del context
    recipe = RECIPES.get(params.name)
    if recipe is None:
        raise invalid(f"unknown prompt; known are {', '.join(RECIPES)}")
    values = _values(recipe, params.arguments or {})
    message = PromptMessage(role="user", content=TextContent(text=recipe.text.format(**values) + _RULES))
    return GetPromptResult(description=recipe.description, messages=[message])


def _values(recipe: Recipe, given: Mapping[str, str]) -> dict[str, str]:
    names = [one.name for one in recipe.arguments]
    if set(given) - set(names):
        raise invalid(f"`{recipe.name}` takes no other arguments than {', '.join(names)}")
    values: dict[str, str] = {}
    for argument in recipe.arguments:
        text = given.get(argument.name) or argument.default
        if not text:
            raise invalid(f"`{recipe.name}` needs the argument `{argument.name}`")
        try:
            values[argument.name] = argument.read(text)
        except BadInput as error:
            raise invalid(f"`{argument.name}`: {sentence(error)}") from error
    return values
