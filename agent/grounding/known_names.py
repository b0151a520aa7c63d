"""Which texts are names, so that digits and words of quantity inside them are no figures.

INVARIANT: in the words of a model a name is a value that the data has, never what the model wrote into a call: no label, reason or
searched text. One that reads like an amount or a quantity counts only as a whole in backticks, and never where an amount would stand.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from typing import Literal, cast

from agent.grounding import quantity_words as quantities
from agent.grounding import role_words as roles
from agent.grounding.names import AMOUNT, LETTER, MONEY, Span, occurrences, shown, subject_values
from agent.grounding.words import number_words
from finops.also import NUMBERS
from finops.evidence import Evidence
from finops.query import MOMENTS

Voice = Literal["model", "own"]
"""Whose words are read: a model's, or the product's own, which write names as the data has them."""

# Names of services everybody writes with a digit, whether the evidence spells them so or not.
_WELL_KNOWN = frozenset({"EC2", "S3", "IPv4", "IPv6"})
_DIGIT = re.compile(r"\d")
_TOKEN = re.compile(r"[^\s`\"'“”(),;:?!]+")
# A word of the question that starts with a letter and is no quarter: `i-0abc12`, `m5.large`, but not `Q3` or `10k`.
_ASKED_NAME = re.compile(r"(?!q[1-4]\b)[^\W\d_]", re.IGNORECASE)
# Shapes that only identifiers have, so that none can carry an amount: `i-0abc1234`, `us-west-2`, `m5.large`.
_IDENTIFIER = re.compile(
    r"[a-z]{1,8}-(?=[0-9a-f]*[a-f])(?=[0-9a-f]*[0-9])[0-9a-f]{6,17}|[a-z]{2,}(?:-[a-z]+)+-?[0-9][a-z]?|"
    r"(?:[a-z]{2,5}\.)?[a-z]{1,3}[0-9]{1,2}[a-z]{0,4}\.[0-9]{0,2}[a-z]+|arn:[\w:/.-]+",
    re.IGNORECASE,
)
_JOINED = re.compile(r"[^\W_]+(?:[-_./:]+[^\W_]+)+")
_MOVED = (quantities.MULTIPLE, quantities.DIRECTION)
_MEANT = (
    quantities.TIMES, quantities.FRACTION, quantities.PORTION, quantities.FLAT, quantities.THAN, quantities.OUTDONE,
    re.compile(rf"\b(?:{roles.UP}|{roles.DOWN})\b", re.IGNORECASE),
)  # fmt: skip
_CURRENCY = re.compile(
    rf"(?:(?<![A-Za-z]){MONEY}(?![A-Za-z])|\b(?:dollars?|euros?|pounds?|cents?|percent)\b|%)", re.IGNORECASE
)
_UNIT_BEFORE = re.compile(rf"{MONEY}\s*$")
_UNIT_AFTER = re.compile(rf"\s*(%|percent|{MONEY}|dollars?|euros?)")
# Where an amount would stand: straight after words of cost.
_AMOUNT_PLACE = re.compile(
    r"\b(?:costs?|costing|spen[dt]|spends|spending|paid|pays?|billed|charged|totall?(?:ed|s|ing)?|sum|bill|amount(?:s|ed|ing)?(?: to)?|"
    r"c[ao]m(?:e|es|ing) to|was|were|is|are|be|been|reached|hit|at|by|to|of|from|than|sav(?:e[sd]?|ings?)|wast(?:e[sd]?|ing)|has|had|"
    r"about|around|over|under|roughly|nearly|almost|exactly|only|just)\s*:?\s*[\"'(]?$",
    re.IGNORECASE,
)
_SAID_TO_BE = re.compile(
    r"\b(?:(?:sub-?)?accounts?|subscription|project|tags?|id|resource|instance|volume|invoice|sku|key|value|group|team|named?|called|owner|"
    r"environment|category|region|service|provider|resource group|unit)\s+(?:(?:is|was|are|of)\s+)?$",
    re.IGNORECASE,
)
_OF_COST = re.compile(r"\b(?:costs?|spend(?:ing)?|bill|share|usage|charges?) of\s*$", re.IGNORECASE)
_LONG_NUMBER = re.compile(r"[0-9]{8,}")
# `note` and the like must be told of a text that people wrote; what a charge is called is told by `charge` or a list of them.
_NOTE_LINE = re.compile(r"\b(?:notes?|noted|quotes?|quoted|recorded|wrote|written|annotation)\b", re.IGNORECASE)
_DESCRIBED_LINE = re.compile(
    r"\b(?:notes?|quotes?|quoted|charges?|descriptions?|described|called|named)\b|^\s*(?:[-*\u2022|]|\d{1,2}[.)])",
    re.IGNORECASE,
)

# Values of the data in results of tools, by the key they stand under; what tools say in words of their own; what others wrote.
_VALUES = frozenset({
    "group", "scope", "values", "name", "names", "currencies", "sources", "resource_id", "resource_name", "account", "region",
    "environment", "owner", "current_type", "target_type", "target", "pool", "driver", "category", "dimension", "virtual", "person", "id",
    "figure", "resource", "platform", "type", "size", "kind",
})  # fmt: skip
_TOLD = frozenset({"caveats", "reason", "definition", "formula", "note", "reconciliation"})
_DESCRIPTION = "ChargeDescription"


@dataclass(frozen=True)
class Names:
    """What counts as a name: anywhere as whole words, only as a whole in backticks, or only as a quote that is said to be one."""

    free: frozenset[str]
    in_quotes: frozenset[str] = frozenset()
    notes: frozenset[str] = frozenset()
    descriptions: frozenset[str] = frozenset()
    voice: Voice = "model"

    @cached_property
    def every(self) -> frozenset[str]:
        """All of them."""
        return self.free | self.in_quotes | self.notes | self.descriptions

    def spans(self, text: str) -> list[Span]:
        """Return the spans of `text` that are names."""
        found = [m.span() for m in re.finditer(r"`([^`\n]+)`", text) if self._is_quoted(text, m.span(), m[1])]
        for name in self.free:
            if LETTER.search(name) and not AMOUNT.search(name) and is_numeric(name):
                found.extend(occurrences(text, name))
        return found

    def _is_quoted(self, text: str, span: Span, said: str) -> bool:
        if _UNIT_BEFORE.search(text[: span[0]]) or _UNIT_AFTER.match(text[span[1] :]):
            return False
        if self.voice == "own":
            return said in self.free
        line = text[text.rfind("\n", 0, span[0]) + 1 : span[1] + (text[span[1] :] + "\n").index("\n")]
        if said in self.notes:
            return _NOTE_LINE.search(line.replace(f"`{said}`", " ")) is not None
        if said in self.descriptions:
            return _DESCRIBED_LINE.search(line.replace(f"`{said}`", " ")) is not None and not _is_amount_place(
                text, span, said
            )
        return said in self.free or (said in self.in_quotes and not _is_amount_place(text, span, said))


def _is_amount_place(text: str, span: Span, said: str) -> bool:
    before = text[text.rfind("\n", 0, span[0]) + 1 : span[0]]
    if not _AMOUNT_PLACE.search(before) or _SAID_TO_BE.search(before):
        return False
    return not (_LONG_NUMBER.fullmatch(said) and _OF_COST.search(before))


def is_numeric(text: str) -> bool:
    """Tell whether a text holds a digit or a number word, so that it could be taken for a figure."""
    return bool(_DIGIT.search(text) or number_words(text))


def reads_like_quantity(name: str) -> bool:
    """Tell whether a name could be read as an amount, a percentage or a word of quantity or movement."""
    if AMOUNT.search(name) or not LETTER.search(name) or (_DIGIT.search(name) and _CURRENCY.search(name)):
        return True
    if _JOINED.fullmatch(name):  # `audit-trail`, `two-tier`: words joined to a name are read as one, but for verbs
        return any(pattern.search(name) for pattern in _MOVED)
    return bool(number_words(name)) or any(pattern.search(name) for pattern in _MOVED + _MEANT)


def names_of(
    evidence: Iterable[Evidence], question: str, text: str, *, voice: Voice, vocabulary: Mapping[str, tuple[str, ...]]
) -> Names:
    """Return the names in `text`: values that the data has and identifiers of the question; of the product's own, all it was given."""
    items, lower = list(evidence), text.lower()
    asked = {word.rstrip(".") for word in _TOKEN.findall(question) if _ASKED_NAME.match(word)}

    def standing(names: Iterable[str]) -> frozenset[str]:
        return frozenset(name for raw in names for name in (raw, shown(raw)) if name and name.lower() in lower)

    if voice == "own":
        given = (chain(_strings(item.result), _strings(item.input), _subjects(item)) for item in items)
        every = standing(chain(_WELL_KNOWN, asked, *given))
        return Names(frozenset(filter(is_numeric, every)), voice=voice)
    notes, described = standing(_notes(items)), standing(_descriptions(items, vocabulary))
    held = frozenset(value for values in vocabulary.values() for value in values)
    known = {value.lower() for value in held}
    asked = {word for word in asked if _IDENTIFIER.fullmatch(word) or word.lower() in known}
    found = standing(chain(_WELL_KNOWN, asked, held, *(_of_data(item) for item in items))) - notes - described
    loud = frozenset(filter(reads_like_quantity, found))
    return Names(found - loud, loud, notes, described)


def _subjects(item: Evidence) -> Iterator[str]:
    for figure in item.figures:
        yield figure.name
        yield from subject_values(figure.subject)


def _of_data(item: Evidence) -> Iterator[str]:
    """Yield the values of the data that a result holds, and the sentences of the tool's own that no word of the call is in."""
    if item.tool == "calculate":  # its operands are evidence of their own; a label is the caller's
        return
    written = [text.lower() for text in _free_texts(item.input)]
    yield from (figure.name for figure in item.figures)
    yield from _exact_values(item)
    for key, text in _keyed(item.result):
        # A value may be what was searched for; a sentence that holds it is the caller's in part.
        listed = key == "value" and item.tool == "list_dimensions"
        if listed or key in _VALUES or (key in _TOLD and not any(one in text.lower() for one in written)):
            yield text


def _exact_values(item: Evidence) -> Iterator[str]:
    """Yield the values of `is` filters: tools refuse one that the data does not have."""
    for one in _filters(item.input):
        dimension = str(one.get("dimension", ""))
        if (
            one.get("op", "is") == "is"
            and item.rows_read
            and dimension not in MOMENTS | NUMBERS
            and dimension[:4] != "sku:"
        ):
            yield from _strings(one.get("values"))


def _free_texts(given: Mapping[str, object]) -> Iterator[str]:
    """Yield what the caller of a tool wrote freely: words, and filters that need no value of the data."""
    for key in ("label", "reason", "search"):
        yield from (text for text in _strings(given.get(key)) if text.strip())
    for one in _filters(given):
        if one.get("op", "is") not in ("is", "is_not"):
            yield from (text for text in _strings(one.get("values")) if text.strip())


def _filters(given: Mapping[str, object]) -> Iterator[Mapping[str, object]]:
    filters = given.get("filters")
    for one in cast(list[object], filters) if isinstance(filters, list) else []:
        if isinstance(one, Mapping):
            yield cast(Mapping[str, object], one)


def _notes(items: Iterable[Evidence]) -> Iterator[str]:
    for item in items:
        yield from (text for key, text in _keyed(item.result) if key == "text")


def _descriptions(items: Iterable[Evidence], vocabulary: Mapping[str, tuple[str, ...]]) -> Iterator[str]:
    """Yield charge descriptions that hold a quantity; any other is a name like those of services."""
    found = (text for item in items for key, text in _keyed(item.result, inner=True) if key == _DESCRIPTION)
    yield from (text for text in (*found, *vocabulary.get(_DESCRIPTION, ())) if reads_like_quantity(text))


def _keyed(node: object, key: str = "", *, inner: bool = False) -> Iterator[tuple[str, str]]:
    """Yield the strings of a result with the key they stand under; of `group` and `scope` that key, unless `inner`."""
    if isinstance(node, str):
        yield key, node
    elif isinstance(node, Mapping):
        for name, value in cast(Mapping[str, object], node).items():
            yield from _keyed(value, key if key in ("group", "scope") and not inner else name, inner=inner)
    elif isinstance(node, list | tuple):
        for item in cast(list[object], node):
            yield from _keyed(item, key, inner=inner)


def _strings(node: object) -> Iterator[str]:
    if isinstance(node, str):
        yield node
    elif isinstance(node, Mapping):
        for key, value in cast(Mapping[str, object], node).items():
            yield key
            yield from _strings(value)
    elif isinstance(node, list | tuple):
        for item in cast(list[object], node):
            yield from _strings(item)
