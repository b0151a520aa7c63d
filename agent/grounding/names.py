"""Names: how one is written in a sentence, where it stands in a text, and which of them a subject holds."""

import re
from collections.abc import Iterable
from functools import lru_cache

LETTER = re.compile(r"[^\W\d_]")
MONEY = r"(?:USD|EUR|GBP|CHF|JPY|CNY|INR|AUD|CAD|SEK|NOK|DKK|PLN|BRL|MXN|SGD|HKD|NZD|ZAR|KRW|[$€£¥])"
# A name that reads like an amount is no name: a tag may hold `USD 5000`, and then it must stand in backticks.
AMOUNT = re.compile(
    rf"{MONEY}\s?[-+\u2212]?\d|\d\s?(%|[Pp]ercent|{MONEY})|^\W*\d[\d.,]*\s?(k|m|M|bn|million|thousand)?\W*$"
)
_NEXT_PART = re.compile(r"; (?=[\w:.,/-]+(?:=| is_not | contains | missing| present))")
_IS = re.compile(r"[\w:.,/-]+=")
# What `calculate` writes between the subjects of its operands.
_NEXT_SUBJECT = re.compile(r", (?=(?:[\w:./-]+=|all(?:,|$)))")

Span = tuple[int, int]


_HARMLESS = str.maketrans({"`": "'", "{": "(", "}": ")"})


def shown(name: str) -> str:
    """Return a name on one line, without what would end a quote or open a reference."""
    return " ".join(name.translate(_HARMLESS).split())


def quoted(name: str) -> str:
    """Return a name as it may stand in a sentence: in backticks where it could be taken for a figure or a reference."""
    flat = shown(name)
    plain = LETTER.search(flat) and not AMOUNT.search(flat) and flat == name
    return flat if plain else f"`{flat}`"


@lru_cache(maxsize=8192)
def subject_parts(subject: str) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Read `ProviderName=AWS|Oracle; RegionId=us-east-1` into dimensions and their values; other operators are left out."""
    found: dict[str, dict[str, None]] = {}
    for one in _NEXT_SUBJECT.split(subject):
        for dimension, _, values in (part.partition("=") for part in _NEXT_PART.split(one) if _IS.match(part)):
            # A value may itself hold `|`, so the whole counts as one too.
            found.setdefault(dimension, {}).update(dict.fromkeys((values, *values.split("|"))))
    return tuple((dimension, tuple(values)) for dimension, values in found.items())


def subject_values(subject: str) -> tuple[str, ...]:
    """Return the values a subject names."""
    return tuple(value for _, values in subject_parts(subject) for value in values)


def occurrences(text: str, name: str) -> Iterable[Span]:
    """Yield where `name` stands in `text` as whole words, whatever its case."""
    haystack, needle = _folded(text), _folded(name)
    at = haystack.find(needle) if name.strip() else -1
    while at >= 0:
        end = at + len(needle)
        before, after = haystack[at - 1 : at], haystack[end : end + 1]
        if not _is_word(before) and not _is_word(after):
            yield at, end
        at = haystack.find(needle, at + 1)


def _folded(text: str) -> str:
    """Return `text` in lower case where that keeps every character in its place."""
    lower = text.lower()
    return lower if len(lower) == len(text) else text


def _is_word(character: str) -> bool:
    return character.isalnum() or character == "_"
