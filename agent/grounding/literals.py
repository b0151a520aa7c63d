"""Numbers written out in a text: what they say (value, places, unit), apart from names, dates, counts and list marks."""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from agent.grounding.names import Span
from agent.grounding.render import SYMBOLS

_SCALE = {"k": 3, "thousand": 3, "m": 6, "mn": 6, "million": 6, "bn": 9, "b": 9, "billion": 9}
_NUMBER = re.compile(
    r"(?P<sign1>[-+\u2212])?(?P<before>(?<![A-Za-z])[A-Z]{3} ?|[$€£] ?)?(?P<sign2>[-+\u2212])?"
    r"(?P<digits>[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]+)?|[0-9]+(?:\.[0-9]+)?|\.[0-9]+)"
    r"(?: ?(?P<scale>k|thousand|million|mn|bn|billion|[MB])\b)?"
    r"(?P<after> ?%| percent\b| per cent\b| [A-Z]{3}\b| dollars?\b| ?€| ?£| (?:rows|days?|vCPUs?|GiB)\b)?"
)
_COUNTED = r"(?:days?|weeks?|months?|quarters?|years?|largest|biggest|most|highest|top|cheapest|smallest)"
_LIST_MARK = re.compile(r"(?m)^[ \t]*([0-9]{1,2})[.)] ")


@dataclass(frozen=True, slots=True)
class Literal:
    """A number as written: value, decimals shown (negative where scaled), and the unit beside it, empty where none."""

    start: int
    end: int
    text: str
    value: Decimal
    places: int
    unit: str


def masked(text: str, spans: Iterable[Span]) -> str:
    """Blank out `spans`, keeping every other character in its place."""
    characters = list(text)
    for start, end in spans:
        characters[start:end] = ["\x00"] * (end - start)
    return "".join(characters)


def list_marks(text: str) -> list[Span]:
    """Return the spans of list numbers that count up from 1."""
    spans: list[Span] = []
    for match in _LIST_MARK.finditer(text):
        if int(match[1]) in (1, len(spans) + 1):
            spans.append(match.span(1))
    return spans


def asked_counts(text: str, question: str, inputs: Iterable[Mapping[str, object]]) -> list[Span]:
    """Return the spans of small whole numbers that repeat a count of the question or a call's `top`: `top 3`, `last 7 days`."""
    asked = set(re.findall(r"(?<![\w.,$€£])([0-9]{1,3})(?![\w%]|[.,][0-9])", question))
    asked |= {str(given["top"]) for given in inputs if isinstance(given.get("top"), int)}
    pattern = (
        r"(?i)(?:\b(?:top|largest|last|past|first|previous)\s+)([0-9]{1,3})\b(?![.,%]\S)"
        rf"|(?<![\w.,$€£])([0-9]{{1,3}})(?=\s+{_COUNTED}\b)"
    )
    spans = [m.span(1) if m[1] else m.span(2) for m in re.finditer(pattern, text)]
    return [span for span in spans if text[span[0] : span[1]] in asked]


def literals(text: str) -> list[Literal]:
    """Return every number of a masked text; `text` of each includes its sign, currency and unit."""
    return [_literal(match) for match in _NUMBER.finditer(text)]


def _literal(match: re.Match[str]) -> Literal:
    digits, scale = match["digits"].replace(",", ""), _SCALE.get((match["scale"] or "").lower(), 0)
    negative = any(match[sign] in ("-", "\u2212") for sign in ("sign1", "sign2"))
    value = Decimal(f"{'-' if negative else ''}{digits}").scaleb(scale)
    places = len(digits.partition(".")[2]) - scale
    unit = _unit((match["before"] or "").strip(), (match["after"] or "").strip())
    return Literal(match.start(), match.end(), match[0], value, places, unit)


def _unit(before: str, after: str) -> str:
    if before and after and SYMBOLS.get(before, before) != _unit("", after):
        return f"{before} {after}"  # two units, which no figure has
    if after in ("%", "percent", "per cent"):
        return "%"
    if after in ("day", "days"):
        return "days"
    if after.startswith("vCPU"):
        return "vCPU"
    if after.startswith("dollar"):
        return "USD"
    return SYMBOLS.get(before, before) or SYMBOLS.get(after, after)


def stray_digits(text: str) -> list[str]:
    """Return characters of a masked text that count as numbers in some script but were not read as one."""
    return [c for c in text if unicodedata.category(c) in ("Nd", "Nl", "No")]
