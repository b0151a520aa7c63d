"""Mistyped words of the grammar: `septmeber`, `totls`, `teh`. Names of the data are asked back about: a figure would be theirs."""

from collections.abc import Iterable
from dataclasses import replace

from agent.planners.rules.scan import Token

_SHORTEST = 5
# Too short to be compared with others, and never anything else.
_KNOWN = {
    "teh": "the", "hte": "the", "adn": "and", "nad": "and", "waht": "what", "hwo": "how", "wich": "which", "whcih": "which", "frm": "from",
    "cots": "cost", "csot": "cost", "sepnd": "spend", "spned": "spend", "mnoth": "month", "lst": "last", "abt": "about", "btwn": "between",
}  # fmt: skip


def _set(text: str) -> frozenset[str]:
    return frozenset(text.split())


# English words that are one slip from a word of the grammar, and mean something else.
_WORDS = _set("""
    accounted balls bells bulls changer charger closest coast coasts credited crests eight expect expected expects fender issue issues
    leads lease leases loudest lower march match matches merch metro metros moths mouth posts pride prize produce produced producer
    provided provides regional send sends serve served server servers serves seven shade shape shapes shard shards shared shore
    slowest sourced spare speed speeds spring sprint stated states stones store stores taxis texas three tones vender voice voices
    worse
    """)


def corrected(found: Iterable[Token], meant: frozenset[str], known: frozenset[str]) -> tuple[Token, ...]:
    """Return the tokens with each word that is one slip from exactly one of the words `meant` put right.

    A slip is a letter left out, doubled, changed, or two that changed places. What is `known`, and what is a word already, stays.
    """
    return tuple(_corrected(token, meant, known) for token in found)


def _corrected(token: Token, meant: frozenset[str], known: frozenset[str]) -> Token:
    word = token.text
    if token.quoted or not word.isalpha() or word in meant or word in known or word in _WORDS:
        return token
    if word in _KNOWN:
        return replace(token, text=_KNOWN[word])
    if len(word) < _SHORTEST:
        return token
    near = [
        one
        for one in meant
        if one[0] == word[0] and abs(len(one) - len(word)) <= 1 and len(one) >= _SHORTEST and _slip(word, one)
    ]
    # Singular and plural, or two tenses, are two words: it is then not clear which was meant.
    return replace(token, text=near[0]) if len(near) == 1 else token


def _slip(word: str, meant: str) -> bool:
    start = next(
        (at for at, (one, other) in enumerate(zip(word, meant, strict=False)) if one != other),
        min(len(word), len(meant)),
    )
    one, other = word[start:], meant[start:]
    if len(word) == len(meant):
        return one[1:] == other[1:] or (one[:2] == other[1::-1] and one[2:] == other[2:])
    return one[1:] == other or one == other[1:]
