"""A question's words as the grammar reads them: everyday spelling, mistyped words of the grammar, turns of phrase."""

from collections.abc import Iterator, Mapping
from functools import cache
from typing import cast

from agent.planners.rules import dimension_names, lexicon
from agent.planners.rules.dimension_names import DIMENSION_WORDS
from agent.planners.rules.everyday import everyday
from agent.planners.rules.lexicon import (
    ADVERB_GRAINS,
    AVERAGES,
    GRAINS,
    HEADS,
    LARGEST,
    METRICS,
    NEGATIONS,
    SHARES,
    SMALLEST,
    TOTALS,
    TYPED,
)
from agent.planners.rules.rewording import reworded
from agent.planners.rules.scan import Token, tokens
from agent.planners.rules.typing_errors import corrected
from agent.planners.rules.vocabulary import Vocabulary


def worded(question: str, vocabulary: Vocabulary) -> tuple[Token, ...]:
    """Return the tokens of a question in the grammar's words; names of the data stay as they are, mistyped or not."""
    known = vocabulary.words | _known()
    return reworded(corrected(everyday(tokens(question)), _meant(), known))


@cache
def _meant() -> frozenset[str]:
    """Return the words a mistyped one is corrected to. None is harmless: a slip of a word that says nothing is asked back about."""
    listed = {word for table in (DIMENSION_WORDS, METRICS, NEGATIONS) for phrase in table for word in phrase}
    plain = HEADS | TOTALS | SHARES | LARGEST | SMALLEST | AVERAGES | ADVERB_GRAINS | frozenset(GRAINS) | TYPED
    return frozenset(word for word in listed | plain if word.isalpha())


@cache
def _known() -> frozenset[str]:
    """Return every word in any table of the grammar: it is what was meant, whatever it is near to."""
    return frozenset(
        _words(
            [
                table
                for module in (dimension_names, lexicon)
                for name, table in vars(module).items()
                if not name.startswith("__")
            ]
        )
    )


def _words(node: object) -> Iterator[str]:
    if isinstance(node, str):
        yield from node.casefold().split()
    elif isinstance(node, Mapping):
        for key, value in cast(Mapping[object, object], node).items():
            yield from _words(key)
            yield from _words(value)
    elif isinstance(node, tuple | list | frozenset):
        for one in cast(tuple[object, ...], node):
            yield from _words(one)
