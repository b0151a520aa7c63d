"""Names quoted from the evidence or the question: digits inside them (`m5.large`, `us-west-2`) are no figures."""

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import cast

from agent.grounding.words import number_words
from finops.evidence import Evidence

# Names of services everybody writes with a digit, whether the evidence spells them so or not.
WELL_KNOWN = frozenset({"EC2", "S3", "IPv4", "IPv6"})
_DIGIT = re.compile(r"\d")
_LETTER = re.compile(r"[^\W\d_]")
# A word of the question that starts with a letter and is no quarter: `i-0abc12`, `m5.large`, but not `Q3` or `10k`.
_ASKED_NAME = re.compile(r"(?!q[1-4]\b)[^\W\d_]", re.IGNORECASE)
_TOKEN = re.compile(r"[^\s`\"'“”(),;:?!]+")
_MONEY = r"(?:USD|EUR|GBP|CHF|JPY|CNY|INR|AUD|CAD|SEK|NOK|DKK|PLN|BRL|MXN|SGD|HKD|NZD|ZAR|KRW|[$€£¥])"
# A name that reads like an amount is no name: a tag may hold `USD 5000`, and then it must stand in backticks.
_AMOUNT = re.compile(
    rf"{_MONEY}\s?[-+\u2212]?\d|\d\s?(%|[Pp]ercent|{_MONEY})|^\W*\d[\d.,]*\s?(k|m|M|bn|million|thousand)?\W*$"
)
_UNIT_BEFORE = re.compile(rf"{_MONEY}\s*$")
_UNIT_AFTER = re.compile(rf"\s*(%|percent|{_MONEY}|dollars?|euros?)")

_NEXT_PART = re.compile(r"; (?=[\w:.,/-]+(?:=| is_not | contains | missing| present))")
_IS = re.compile(r"[\w:.,/-]+=")
# What `calculate` writes between the subjects of its operands.
_NEXT_SUBJECT = re.compile(r", (?=(?:[\w:./-]+=|all(?:,|$)))")

Span = tuple[int, int]


def is_numeric(text: str) -> bool:
    """Tell whether a text holds a digit or a number word, so that it could be taken for a figure."""
    return bool(_DIGIT.search(text) or number_words(text))


_HARMLESS = str.maketrans({"`": "'", "{": "(", "}": ")"})


def shown(name: str) -> str:
    """Return a name on one line, without what would end a quote or open a reference."""
    return " ".join(name.translate(_HARMLESS).split())


def quoted(name: str) -> str:
    """Return a name as it may stand in a sentence: in backticks where it could be taken for a figure or a reference."""
    flat = shown(name)
    plain = _LETTER.search(flat) and not _AMOUNT.search(flat) and flat == name
    return flat if plain else f"`{flat}`"


def _strings(node: object) -> Iterable[str]:
    if isinstance(node, str):
        yield node
    elif isinstance(node, Mapping):
        for key, value in cast(Mapping[str, object], node).items():
            yield key
            yield from _strings(value)
    elif isinstance(node, list | tuple):
        for item in cast(list[object], node):
            yield from _strings(item)


def names_of(evidence: Iterable[Evidence], question: str, text: str) -> frozenset[str]:
    """Return what stands in `text`, holds a digit, and is a text of the evidence or a word of the question."""
    found = set(WELL_KNOWN)
    for item in evidence:
        found.update(_strings(item.result), _strings(item.input), (figure.name for figure in item.figures))
        found.update(value for figure in item.figures for value in subject_values(figure.subject))
    found.update(word.rstrip(".") for word in _TOKEN.findall(question) if _ASKED_NAME.match(word))
    lower = text.lower()
    return frozenset(name for raw in found for name in (raw, shown(raw)) if name.lower() in lower and is_numeric(name))


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


def name_spans(text: str, names: frozenset[str]) -> list[Span]:
    """Return the spans of `text` that are names: quoted in backticks, or whole words that do not read like an amount."""
    spans = [m.span() for m in re.finditer(r"`([^`\n]+)`", text) if m[1] in names and not _measured(text, m.span())]
    for name in names:
        if _LETTER.search(name) and not _AMOUNT.search(name):
            spans.extend(occurrences(text, name))
    return spans


def _measured(text: str, span: Span) -> bool:
    return bool(_UNIT_BEFORE.search(text[: span[0]]) or _UNIT_AFTER.match(text[span[1] :]))
