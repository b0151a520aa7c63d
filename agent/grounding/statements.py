"""Does a sentence say of a figure what the figure is about? Its period, subject and definition are compared with the words around."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from agent.grounding.dates import Mention, hull
from agent.grounding.names import Span, occurrences, subject_parts
from finops.evidence import Evidence, Figure

_SENTENCE_END = re.compile(r"(?<=[.!?])\s+|\n+")
_CLAUSE_END = re.compile(r"[,;|\n]|\b(?:and|while|but|whereas|versus|vs)\b", re.IGNORECASE)
_TOTAL = re.compile(r"\b(total|overall|altogether|together|sum|all|combined|bill)\b", re.IGNORECASE)
_DEFINITIONS = {
    "BilledCost": re.compile(r"\bbilled\b", re.IGNORECASE),
    "EffectiveCost": re.compile(r"\b(effective|amorti[sz]ed)\b", re.IGNORECASE),
    "ListCost": re.compile(r"\b(list|on-demand) (cost|price)", re.IGNORECASE),
    "ContractedCost": re.compile(r"\bcontracted\b", re.IGNORECASE),
}


@dataclass(frozen=True, slots=True)
class Page:
    """A rendered text, the same with figures, names and dates blanked out, the dates in it, and values by dimension."""

    text: str
    blank: str
    dates: tuple[Mention, ...]
    vocabulary: Mapping[str, tuple[str, ...]]

    def sentence(self, at: int) -> Span:
        """Return the sentence or line around a position."""
        return _around(_SENTENCE_END, self.blank, at, (0, len(self.blank)))

    def clause(self, at: int) -> Span:
        """Return the part of the sentence around a position."""
        return _around(_CLAUSE_END, self.blank, at, self.sentence(at))


def _around(pattern: re.Pattern[str], text: str, at: int, within: Span) -> Span:
    start, end = within
    for match in pattern.finditer(text, start, end):
        if match.end() <= at:
            start = match.end()
        elif match.start() >= at:
            return start, match.start()
    return start, end


def mismatches(page: Page, span: Span, figure: Figure, evidence: Evidence) -> Iterable[str]:
    """Yield what the words around `span` claim of the figure that it is not."""
    yield from _period(page, span, figure)
    yield from _subject(page, span, figure, evidence)
    yield from _definition(page, span, figure)


def _period(page: Page, span: Span, figure: Figure) -> Iterable[str]:
    start, end = page.sentence(span[0])
    said = hull(m.period for m in page.dates if start <= m.start < end)
    if said and figure.period and not (said.start <= figure.period.start and figure.period.end <= said.end):
        yield f"is about {figure.period.label()}, but its sentence speaks of {said.label()}"


def _definition(page: Page, span: Span, figure: Figure) -> Iterable[str]:
    own = figure.definition.partition(" ")[0]
    start, end = page.sentence(span[0])
    said = [name for name, pattern in _DEFINITIONS.items() if pattern.search(page.blank[start:end])]
    if own in _DEFINITIONS and said and own not in said:
        yield f"is {own}, but its sentence speaks of {' and '.join(said)}"


def _values(page: Page, evidence: Evidence, dimension: str) -> frozenset[str]:
    """Return the values of a dimension that are known and stand somewhere in the text."""
    pairs = (pair for figure in evidence.figures for pair in subject_parts(figure.subject))
    known = {value for name, values in pairs if name == dimension for value in values}
    return frozenset(v for v in known.union(page.vocabulary.get(dimension, ())) if v.lower() in page.text.lower())


def _spoken(text: str, values: frozenset[str], within: Span) -> list[tuple[int, str]]:
    """Return which values stand in a part of the text, longest first, so that a name inside another is not counted."""
    taken: list[Span] = []
    found: list[tuple[int, str]] = []
    for value in sorted(values, key=lambda v: (-len(v), v)):
        for start, end in occurrences(text[within[0] : within[1]], value):
            if not any(start < e and s < end for s, e in taken):
                taken.append((start, end))
                found.append((start + within[0], value))
    return sorted(found)


def _subject(page: Page, span: Span, figure: Figure, evidence: Evidence) -> Iterable[str]:
    clause, parts = page.clause(span[0]), subject_parts(figure.subject)
    if not parts:
        yield from _everything(page, clause, evidence)
    for dimension, own in parts:
        values = _values(page, evidence, dimension)
        spoken = {v for _, v in _spoken(page.text, values, clause)} or _nearest(page, span, values)
        if spoken and spoken.isdisjoint(own):
            yield f"is about {' and '.join(own)}, but its sentence speaks of {' and '.join(sorted(spoken))}"


def _nearest(page: Page, span: Span, values: frozenset[str]) -> set[str]:
    spoken = _spoken(page.text, values, page.sentence(span[0]))
    before = [v for at, v in spoken if at < span[0]]
    return {before[-1]} if before else {v for _, v in spoken[:1]}


def _everything(page: Page, clause: Span, evidence: Evidence) -> Iterable[str]:
    """A figure about all must not stand in a clause that speaks of one part, unless that clause says it is the total."""
    if _TOTAL.search(page.blank[clause[0] : clause[1]]):
        return
    known = {value for f in evidence.figures for _, values in subject_parts(f.subject) for value in values}
    spoken = {v for _, v in _spoken(page.text, frozenset(known), clause)}
    if spoken:
        yield f"is about everything asked for, but its sentence speaks of {' and '.join(sorted(spoken))}"
