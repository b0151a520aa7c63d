"""Standing facts in the rules planner: words of a company's own, accounts for a team, and what is meant where nothing is said."""

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import TypeVar

from agent.planners.rules.reading import Misread, Reading
from agent.planners.rules.scan import tokens, words
from agent.planners.rules.vocabulary import Vocabulary
from finops.query import COST_METRICS
from finops.standing_facts import AccountOwner, Alias, CostDefinition, DefaultCurrency, Fact, StandingFact

T = TypeVar("T")


def only(facts: Sequence[StandingFact], kind: type[T]) -> T | None:
    """Return the one fact of a kind that there can be one of."""
    return next((one.fact for one in facts if isinstance(one.fact, kind)), None)


def owner_phrases(team: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return how a team is named in a question."""
    return ("team", *words(team)), (*words(team), "team")


def mixed_owners(facts: Sequence[Fact]) -> frozenset[str]:
    """Return the teams, in lower case, whose accounts are named by id and by name: no one filter finds both."""
    named: dict[str, set[str]] = {}
    for one in facts:
        if isinstance(one, AccountOwner):
            named.setdefault(one.team.lower(), set()).add(one.dimension)
    return frozenset(team for team, dimensions in named.items() if len(dimensions) > 1)


def unsure(question: str, facts: Sequence[StandingFact]) -> Misread | None:
    """Decline a question on a team whose accounts cannot be asked for at once: leaving some out would be a wrong figure."""
    said = f" {' '.join(token.text for token in tokens(question))} "
    for team in sorted(mixed_owners([one.fact for one in facts])):
        if any(f" {' '.join(phrase)} " in said for phrase in owner_phrases(team)):
            return Misread(
                f"accounts of team `{team}` are known by id and by name, and cannot be asked for together; forget one of them "
                "with `toll facts forget ID` and state it like the other"
            )
    return None


_PAID = re.compile(
    r"\b(?:pa(?:y|ys|id|ying|yments?)|bill(?:s|ed|ing)?|invoic\w*|charg(?:e|es|ed|ing)|spen[dt]\w*)\b", re.IGNORECASE
)


def with_facts(vocabulary: Vocabulary, facts: Sequence[StandingFact]) -> Vocabulary:
    """Return the vocabulary with the words that facts give a meaning. A team that tags or rules know is theirs to say."""
    values = dict(vocabulary.values)
    teams: dict[tuple[str, ...], list[tuple[str, str]]] = {}
    for one in facts:
        match one.fact:
            case Alias(word=word, dimension=dimension, values=meant):
                values[words(word)] = tuple((dimension, value) for value in meant)
            case AccountOwner(dimension=dimension, account=account, team=team) if not _tagged(vocabulary, team):
                for phrase in owner_phrases(team):
                    teams.setdefault(phrase, []).append((dimension, account))
            case _:
                pass
    values |= {phrase: tuple(found) for phrase, found in teams.items()}
    return replace(vocabulary, values=values, longest=max((len(key) for key in values), default=0))


def _tagged(vocabulary: Vocabulary, team: str) -> bool:
    return any(
        dimension.lower().partition(":")[2] in ("team", "teams")
        for dimension, _ in vocabulary.values.get(words(team), ())
    )


def defaulted(reading: Reading | Misread, facts: Sequence[StandingFact], question: str) -> Reading | Misread:
    """Return a reading with the definition of cost and the currency that facts give where the question says nothing.

    `by cost I mean list cost` says nothing of what was paid, billed or spent.
    """
    if isinstance(reading, Misread) or reading.intent not in ("cost", "why", "allocate"):
        return reading
    definition, currency = only(facts, CostDefinition), only(facts, DefaultCurrency)
    if definition and reading.metric is None and not _PAID.search(question):
        plain, own = "BilledCost/", f"{definition.metric}/"
        also = tuple(own + name.removeprefix(plain) if name.startswith(plain) else name for name in reading.also)
        reading = replace(
            reading, metric=definition.metric, also=tuple(one for one in also if one != definition.metric)
        )
    if currency and reading.currency is None and (reading.metric or "BilledCost") in COST_METRICS:
        reading = replace(reading, currency=currency.currency)
    return reading
