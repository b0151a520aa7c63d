"""References such as `{{E1.total}}`: where they stand, and the text with each of them written out."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from agent.grounding.render import SYMBOLS, is_money, render
from finops.evidence import Evidence, Figure

_OPEN = re.compile(r"\{\{\s*(?P<alias>[A-Za-z]+[0-9]+)\.")
_CLOSE = re.compile(r"\}\}")
_ANY = re.compile(r"\{\{(.*?)\}\}", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Bound:
    """One figure as it stands in the rendered text."""

    start: int
    end: int
    figure: Figure
    evidence: Evidence


@dataclass(frozen=True, slots=True)
class _Reference:
    start: int
    end: int
    figure: Figure
    evidence: Evidence


def _references(text: str, evidence: Mapping[str, Evidence]) -> Iterator[_Reference]:
    names = {alias: {figure.name: figure for figure in item.figures} for alias, item in evidence.items()}
    for match in _OPEN.finditer(text):
        known = names.get(match["alias"], {})
        # A name may itself hold braces, so each end there is in the line is tried, not only the first.
        for close in _CLOSE.finditer(text, match.end()):
            figure = known.get(text[match.end() : close.start()].rstrip())
            if figure:
                yield _Reference(match.start(), close.end(), figure, evidence[match["alias"]])
                break
            if "\n" in text[match.end() : close.start()]:
                break


def _unit_before(text: str, unit: str) -> int:
    """Return how much of the end of `text` repeats the unit that the figure brings itself."""
    words = (unit, *(symbol for symbol, code in SYMBOLS.items() if code == unit))
    match = re.search(rf"(?:{'|'.join(re.escape(w) for w in words)})\s?$", text) if is_money(unit) else None
    return len(match[0]) if match else 0


def _unit_after(text: str, unit: str) -> int:
    word = r"(?:%|percent|per cent)" if unit == "%" else re.escape(unit) + r"\b"
    match = re.match(rf"\s?{word}", text) if unit not in ("", "count", "ratio") else None
    return len(match[0]) if match else 0


def write_out(text: str, evidence: Mapping[str, Evidence]) -> tuple[str, list[Bound], list[str]]:
    """Return the text with its references rendered, what they are bound to, and references that lead nowhere."""
    written, bound, at = "", [], 0
    bounds: list[Bound] = bound
    for reference in _references(text, evidence):
        if reference.start < at:
            continue
        before = text[at : reference.start]
        written += before[: len(before) - _unit_before(before, reference.figure.unit)]
        rendered = render(reference.figure)
        bounds.append(Bound(len(written), len(written) + len(rendered), reference.figure, reference.evidence))
        written += rendered
        at = reference.end + _unit_after(text[reference.end :], reference.figure.unit)
    written += text[at:]
    return written, bounds, _lost(written, bounds, evidence)


def _lost(written: str, bound: list[Bound], evidence: Mapping[str, Evidence]) -> list[str]:
    lost: list[str] = []
    for match in _ANY.finditer(written):
        if not any(match.start() < b.end and b.start < match.end() for b in bound):
            known = ", ".join(sorted(evidence)) or "none"
            lost.append(f"the reference `{{{{{match[1]}}}}}` leads to no figure; evidence there is: {known}")
    return lost
