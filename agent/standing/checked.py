"""Compare a statement with the data and the grammar: what becomes of it is a typed fact, or one sentence that asks back."""

from collections.abc import Iterable, Sequence
from typing import Literal

from agent.planners.rules.filters import Unclear, find_filters
from agent.planners.rules.fiscal import names_fiscal
from agent.planners.rules.lexicon import CURRENCIES, METRICS, STOP
from agent.planners.rules.misread import left_over
from agent.planners.rules.parse import parse
from agent.planners.rules.reading import Misread
from agent.planners.rules.scan import Scan, tokens, words
from agent.planners.rules.standing import mixed_owners
from agent.planners.rules.times import Calendar
from agent.planners.rules.vocabulary import Vocabulary
from agent.standing.stated import Stated
from finops.errors import BadInput, UnknownName
from finops.ports import DimensionInfo
from finops.standing_facts import (
    MONTH_NAMES,
    MOST_NAME,
    MOST_VALUES,
    AccountOwner,
    Alias,
    CostDefinition,
    DefaultCurrency,
    Fact,
    FiscalYear,
    StandingFact,
    dimension_words,
)
from gateway.questions import Questions, as_of

_ACCOUNTS: tuple[Literal["SubAccountId", "SubAccountName"], ...] = ("SubAccountId", "SubAccountName")
_LONGEST_WORD = 4


def checked(
    statement: Stated, questions: Questions, virtual: tuple[DimensionInfo, ...], held: Sequence[StandingFact] = ()
) -> Fact:
    """Return the fact. Raises `BadInput` for what the data does not know, or what means something already; `held` are facts in force."""
    match statement.kind:
        case "fiscal_year":
            return _fiscal(statement)
        case "currency":
            return _currency(statement.value, questions)
        case "cost_definition":
            return _definition(statement.value)
        case "account_owner":
            return _owner(statement, questions.data.dimensions, held)
        case "alias":
            return _alias(statement, questions, virtual)


def _fiscal(statement: Stated) -> FiscalYear:
    before = (statement.month + 10) % 12 + 1
    if statement.last_month not in (0, before):
        names = MONTH_NAMES[statement.month - 1], MONTH_NAMES[before - 1]
        raise BadInput(
            f"a fiscal year that starts in {names[0]} ends in {names[1]}",
            fix="say `our fiscal year starts in` and the month",
        )
    return FiscalYear(start_month=statement.month)


def _definition(text: str) -> CostDefinition:
    said = tuple(word for word in words(text) if word not in ("the", "always"))
    metric = METRICS.get(said) or METRICS.get((*said, "cost"))
    if metric not in ("BilledCost", "EffectiveCost", "ListCost", "ContractedCost"):
        raise BadInput(
            f"`{text}` is no definition of cost",
            fix="say billed, amortised, list or contracted, as in `by cost I mean amortised cost`",
        )
    return CostDefinition(metric=metric)


def _currency(text: str, questions: Questions) -> DefaultCurrency:
    code = CURRENCIES.get(text.lower())
    if code is None:
        raise UnknownName("currency", text, sorted(set(CURRENCIES.values())))
    held = questions.data.cost.currencies if questions.data.cost else ()
    if any(one != code for one in held) and questions.shelf.books().rates is None:
        raise BadInput(
            f"the bill is in {' and '.join(held)}, and no exchange rates to {code} are loaded",
            fix="load some with `toll rates load FILE`, then say it again",
        )
    return DefaultCurrency(currency=code)


def _owner(statement: Stated, dimensions: Iterable[DimensionInfo], held: Sequence[StandingFact]) -> AccountOwner:
    known = {info.name: info.values for info in dimensions}
    for dimension in _ACCOUNTS:
        for value in known.get(dimension, ()):
            if value.lower() == statement.value.lower():
                owner = AccountOwner(dimension=dimension, account=value, team=_short("team", statement.name))
                if mixed_owners([*(one.fact for one in held), owner]):
                    other = next(one for one in _ACCOUNTS if one != dimension)
                    raise BadInput(
                        f"team `{owner.team}` owns accounts by {dimension_words(other)} already",
                        fix=f"name this one by its {dimension_words(other)} too: ids and names are not asked for together",
                    )
                return owner
    raise UnknownName("account", statement.value, [value for one in _ACCOUNTS for value in known.get(one, ())])


def _alias(statement: Stated, questions: Questions, virtual: tuple[DimensionInfo, ...]) -> Alias:
    if questions.data.cost is None:
        raise BadInput("no bill is loaded, so no word can mean a value of it", fix="load one with `toll ingest PATH`")
    vocabulary = Vocabulary.of(questions.data, virtual)
    scan = Scan(tokens(statement.value))
    found = find_filters(scan, vocabulary)
    if isinstance(found, Unclear):
        raise BadInput(
            found.reason,
            fix=f"say which, as in `by {statement.name} we mean {found.example.strip('`').removeprefix('cost of ')}`",
        )
    scan.take_any(STOP)
    if scan.left() or len(found.filters) != 1 or found.filters[0].op != "is":
        why = (
            left_over(scan, vocabulary).reason.partition(";")[0]
            if scan.left()
            else f"`{statement.value}` is not one value of the bill"
        )
        raise BadInput(
            f"{why}, so `{statement.name}` cannot mean it",
            fix=f"name a value of the bill, as in `by {statement.name} we mean account 1234`, or `What can I ask?`",
        )
    meant = found.filters[0]
    if len(meant.values) > MOST_VALUES:
        raise BadInput(f"`{statement.value}` is more than {MOST_VALUES} values", fix="name fewer")
    word = " ".join(words(_short("word", statement.name)))
    _free(word, vocabulary, questions, meant.values, meant.dimension)
    return Alias(word=word, dimension=meant.dimension, values=meant.values)


def _free(word: str, vocabulary: Vocabulary, questions: Questions, values: tuple[str, ...], dimension: str) -> None:
    """Refuse a word that the grammar or the data has already, but for one of the meanings that the data gives it."""
    phrase = words(word)
    if not phrase or len(phrase) > _LONGEST_WORD or not vocabulary.plain(phrase) or names_fiscal(word):
        raise BadInput(
            f"`{word}` cannot be given a meaning of your own", fix=f"choose a name of 1 to {_LONGEST_WORD} words"
        )
    known = vocabulary.values.get(phrase, ())
    if any(one[0] == dimension and one[1] in values for one in known):
        return
    read = parse(f"cost of {word}", vocabulary, Calendar(as_of(questions.data)), in_conversation=False, nicknames=False)
    if known or not isinstance(read, Misread):
        raise BadInput(f"`{word}` means something in questions already", fix="choose another word")


def _short(what: str, name: str) -> str:
    if not name or len(name) > MOST_NAME:
        raise BadInput(
            f"the {what} `{name[:MOST_NAME]}` is empty or longer than {MOST_NAME} characters", fix="shorten it"
        )
    return name
