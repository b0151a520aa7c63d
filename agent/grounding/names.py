"""Names quoted from the evidence or the question: digits inside them (`m5.large`, `us-west-2`) are no figures."""

import re
from collections.abc import Iterable, Mapping
from typing import cast

from finops.evidence import Evidence

# Names of services everybody writes with a digit, whether the evidence spells them so or not.
WELL_KNOWN = frozenset({"EC2", "S3", "IPv4", "IPv6"})
_DIGIT = re.compile(r"\d")
_LETTER = re.compile(r"[^\W\d_]")
_TOKEN = re.compile(r"[^\s`\"'“”(),;:?!]+")
# A name that reads like an amount is no name: a tag may hold `USD 5000`, and then it must stand in backticks.
_AMOUNT = re.compile(r"([A-Z]{3}|[$€£¥])\s?[-+−]?\d|\d\s?(%|percent|[A-Z]{3}\b|[$€£¥])|^\W*\d[\d.,]*\s?(k|m|bn|million|thousand)?\W*$", re.I)
_UNIT_BEFORE = re.compile(r"([A-Z]{3}|[$€£¥])\s*$")
_UNIT_AFTER = re.compile(r"\s*(%|percent|[A-Z]{3}\b|[$€£¥]|dollars?|euros?)")

Span = tuple[int, int]


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


def names_of(evidence: Iterable[Evidence], question: str) -> frozenset[str]:
    """Return every text of the evidence and every word of the question that holds a digit."""
    found = set(WELL_KNOWN)
    for item in evidence:
        found.update(text for text in _strings(item.result) if _DIGIT.search(text))
        found.update(text for text in _strings(item.input) if _DIGIT.search(text))
        found.update(part for f in item.figures for part in (f.name, *subject_values(f.subject)) if _DIGIT.search(part))
    found.update(word.rstrip(".") for word in _TOKEN.findall(question) if _DIGIT.search(word) and _LETTER.search(word))
    return frozenset(found)


def subject_parts(subject: str) -> tuple[tuple[str, str], ...]:
    """Read `ProviderName=AWS, RegionId=us-east-1` into pairs; a subject without `=` has none."""
    pairs = [part.partition("=") for part in re.split(r", (?=[\w:.-]+=)", subject) if "=" in part]
    return tuple((dimension, value) for dimension, _, value in pairs)


def subject_values(subject: str) -> tuple[str, ...]:
    """Return the values a subject names."""
    return tuple(value for _, value in subject_parts(subject))


def occurrences(text: str, name: str) -> Iterable[Span]:
    """Yield where `name` stands in `text` as whole words, whatever its case."""
    if name.strip():
        for match in re.finditer(rf"(?<![\w]){re.escape(name)}(?![\w])", text, re.IGNORECASE):
            yield match.span()


def name_spans(text: str, names: frozenset[str]) -> list[Span]:
    """Return the spans of `text` that are names: quoted in backticks, or whole words that do not read like an amount."""
    spans = [m.span() for m in re.finditer(r"`([^`\n]+)`", text) if m[1] in names and not _measured(text, m.span())]
    for name in names:
        if _LETTER.search(name) and not _AMOUNT.search(name):
            spans.extend(occurrences(text, name))
    return spans


def _measured(text: str, span: Span) -> bool:
    return bool(_UNIT_BEFORE.search(text[: span[0]]) or _UNIT_AFTER.match(text[span[1] :]))
