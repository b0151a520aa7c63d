"""Which standing facts an answer rests on: told from the question's words and the calls that were chosen, whoever chose them."""

from collections.abc import Iterable, Iterator, Sequence
from typing import cast

from pydantic import JsonValue

from agent.planners.contract import ToolCall
from agent.planners.rules.fiscal import names_fiscal
from agent.planners.rules.measures import find_metrics
from agent.planners.rules.parts import find_currency
from agent.planners.rules.scan import Scan, tokens, words
from agent.planners.rules.standing import owner_phrases
from finops.standing_facts import AccountOwner, Alias, CostDefinition, DefaultCurrency, FiscalYear, StandingFact

# Their input names a definition of cost, BilledCost where it says nothing.
_OF_COST = ("cost_query", "allocate_costs")


def bearing(facts: Sequence[StandingFact], question: str, calls: Iterable[ToolCall]) -> tuple[StandingFact, ...]:
    """Return the facts that made a difference to how these calls read the question."""
    asked = [call for call in calls if call.tool]
    return tuple(one for one in facts if _bears(one, question, asked))


def _bears(found: StandingFact, question: str, calls: list[ToolCall]) -> bool:
    said = tuple(token.text for token in tokens(question))
    match found.fact:
        case FiscalYear():
            return names_fiscal(question)
        case Alias(word=word, dimension=dimension, values=values):
            return _within(words(word), said) and any(_filtered(one, dimension, values) for one in calls)
        case AccountOwner(dimension=dimension, account=account, team=team):
            named = any(_within(phrase, said) for phrase in owner_phrases(team))
            return named and any(_filtered(one, dimension, (account,)) for one in calls)
        case CostDefinition(metric=metric):
            of_cost = [one for one in calls if one.tool in _OF_COST]
            chosen = any(one.input.get("metric", "BilledCost") == metric for one in of_cost)
            return chosen and not find_metrics(Scan(tokens(question)))
        case DefaultCurrency(currency=currency):
            return any(one.input.get("currency") == currency for one in calls) and not find_currency(
                Scan(tokens(question))
            )


def _within(phrase: tuple[str, ...], said: tuple[str, ...]) -> bool:
    return any(said[at : at + len(phrase)] == phrase for at in range(len(said) - len(phrase) + 1))


def _filtered(call: ToolCall, dimension: str, values: tuple[str, ...]) -> bool:
    groups = call.input.get("group_by")
    if isinstance(groups, list) and dimension in groups:
        return True
    return any(
        one.get("dimension") == dimension and not set(values).isdisjoint(_texts(one.get("values")))
        for one in _filters(call.input.get("filters"))
    )


def _filters(value: JsonValue) -> Iterator[dict[str, JsonValue]]:
    yield from (
        (cast("dict[str, JsonValue]", one) for one in value if isinstance(one, dict)) if isinstance(value, list) else ()
    )


def _texts(value: JsonValue) -> list[str]:
    return [one for one in value if isinstance(one, str)] if isinstance(value, list) else []
