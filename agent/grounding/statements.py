"""Does a sentence say of a figure what the figure is about? Its period, subject and definition are compared with the words around."""

import re
from bisect import bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from itertools import zip_longest

from agent.grounding.dates import Mention, hull
from agent.grounding.names import Span, occurrences, subject_parts
from finops.evidence import Evidence, Figure
from finops.periods import Period

_SENTENCE_END = re.compile(r"(?<=[.!?])\s+|\n+")
_CLAUSE_END = re.compile(r"[,;|\n]|\b(?:and|while|but|whereas|versus|vs)\b", re.IGNORECASE)
_TOTAL = re.compile(r"\b(total|overall|altogether|together|sum|all|combined|bill)\b", re.IGNORECASE)
# `AWS cost 18 of 20`: a figure straight before `of` makes the one after it the whole.
_OUT_OF = re.compile(r"\x00\)?\s+(?:out\s+)?of\s+(?:the\s+|a\s+)?$")
_TOLD_AFTER = re.compile(r"\s?\(?(?:in total )?(?:in|for|on|during|of)\s(?:the\s)?")
_REST = "other"
_SUPPOSED = re.compile(
    r"\b(would|could|if|times|average|annuali[sz]ed|projected|run[- ]rate|scaled|multiplied)\b|\u00d7", re.IGNORECASE
)
_DEFINITIONS = {
    "BilledCost": re.compile(r"\bbilled\b", re.IGNORECASE),
    "EffectiveCost": re.compile(r"\b(effective|amorti[sz]ed)\b", re.IGNORECASE),
    "ListCost": re.compile(r"\b(list|on-demand) (cost|price)", re.IGNORECASE),
    "ContractedCost": re.compile(r"\bcontracted\b", re.IGNORECASE),
}


@dataclass(frozen=True)
class Page:
    """A rendered text, the same with figures, names and dates blanked out, the dates in it, and values by dimension."""

    text: str
    blank: str
    dates: tuple[Mention, ...]
    vocabulary: Mapping[str, tuple[str, ...]]
    _spoken: dict[tuple[str, frozenset[str]], list[tuple[int, str]]] = field(
        default_factory=dict[tuple[str, frozenset[str]], list[tuple[int, str]]], compare=False, repr=False
    )
    _known: dict[str, Mapping[str, frozenset[str]]] = field(
        default_factory=dict[str, Mapping[str, frozenset[str]]], compare=False, repr=False
    )

    def known(self, evidence: Evidence) -> Mapping[str, frozenset[str]]:
        """Return the values that the figures of some evidence are about, by dimension."""
        if evidence.id not in self._known:
            self._known[evidence.id] = _known(evidence)
        return self._known[evidence.id]

    @cached_property
    def _sentences(self) -> list[Span]:
        return _parts(_SENTENCE_END, self.blank, (0, len(self.blank)))

    def sentence(self, at: int) -> Span:
        """Return the sentence or line around a position."""
        return self._sentences[max(bisect_right(self._sentences, (at, len(self.blank))) - 1, 0)]

    def clause(self, at: int) -> Span:
        """Return the part of the sentence around a position."""
        parts = _parts(_CLAUSE_END, self.blank, self.sentence(at))
        return parts[max(bisect_right(parts, (at, len(self.blank))) - 1, 0)]

    def spoken(self, dimension: str, known: frozenset[str], within: Span) -> list[tuple[int, str]]:
        """Return which values of a dimension stand in a part of the text, and where."""
        key = (dimension, known)
        if key not in self._spoken:
            lower = self.text.lower()
            wanted = known.union(self.vocabulary.get(dimension, ()))
            self._spoken[key] = _standing(self.text, [value for value in wanted if value.lower() in lower])
        return [(at, value) for at, value in self._spoken[key] if within[0] <= at < within[1]]


def _parts(pattern: re.Pattern[str], text: str, within: Span) -> list[Span]:
    starts = [within[0], *(match.end() for match in pattern.finditer(text, *within))]
    return list(zip(starts, [*starts[1:], within[1]], strict=True))


def _standing(text: str, values: Iterable[str]) -> list[tuple[int, str]]:
    """Find values in a text, longest first, so that a name inside another is not counted."""
    taken = [False] * len(text)
    found: list[tuple[int, str]] = []
    for value in sorted(values, key=lambda v: (-len(v), v)):
        for start, end in occurrences(text, value):
            if _is_everyday(text[start:end], value):
                continue
            if not any(taken[start:end]):
                taken[start:end] = [True] * (end - start)
                found.append((start, value))
    return sorted(found)


def _is_everyday(said: str, value: str) -> bool:
    """Tell whether `other` is said in everyday words, of what is left beyond the top, and not of the category `Other`."""
    return said == _REST and value != _REST


def mismatches(page: Page, span: Span, figure: Figure, evidence: Evidence) -> Iterable[str]:
    """Yield what the words around `span` claim of the figure that it is not."""
    yield from _period(page, span, figure)
    yield from _subject(page, span, figure, evidence)
    yield from _definition(page, span, figure)
    yield from _scaled(page, span, figure)


def _period(page: Page, span: Span, figure: Figure) -> Iterable[str]:
    said = _spoken_of(page, span)
    if said and figure.period and not (said.start <= figure.period.start and figure.period.end <= said.end):
        yield f"is about {figure.period.label()}, but its sentence speaks of {said.label()}"


def _spoken_of(page: Page, span: Span) -> Period | None:
    """Return the days the words give a figure: those told right after it, else its clause's, else its sentence's."""
    for mention, after in zip_longest(page.dates, page.dates[1:]):
        if mention.start >= span[1] and _TOLD_AFTER.fullmatch(page.text[span[1] : mention.start]):
            # `in July 2024 to August 2024` is one period, told by its two ends.
            ranged = after is not None and page.text[mention.end : after.start] == " to "
            return hull((mention.period, after.period)) if after is not None and ranged else mention.period
    for start, end in (page.clause(span[0]), page.sentence(span[0])):
        if said := hull(m.period for m in page.dates if start <= m.start < end):
            return said
    return None


def _definition(page: Page, span: Span, figure: Figure) -> Iterable[str]:
    own = figure.definition.partition(" ")[0]
    start, end = page.sentence(span[0])
    said = [name for name, pattern in _DEFINITIONS.items() if pattern.search(page.blank[start:end])]
    if own in _DEFINITIONS and said and own not in said:
        yield f"is {own}, but its sentence speaks of {' and '.join(said)}"


def _scaled(page: Page, span: Span, figure: Figure) -> Iterable[str]:
    """A figure multiplied by a bare number is a what-if, and may not be told as what something cost."""
    start, end = page.sentence(span[0])
    if figure.definition.startswith("scaled by ") and not _SUPPOSED.search(page.text[start:end]):
        yield f"is {figure.definition}; say so, with `would`, `times`, `average` or `annualised`"


def _known(evidence: Evidence) -> Mapping[str, frozenset[str]]:
    """Return the values that figures are about, by dimension."""
    known: dict[str, set[str]] = {}
    for figure in evidence.figures:
        for dimension, values in subject_parts(figure.subject):
            known.setdefault(dimension, set()).update(values)
    return {dimension: frozenset(values) for dimension, values in known.items()}


def _subject(page: Page, span: Span, figure: Figure, evidence: Evidence) -> Iterable[str]:
    clause, parts, known = page.clause(span[0]), subject_parts(figure.subject), page.known(evidence)
    if not parts:
        yield from _everything(page, clause, span, known)
    for dimension, own in parts:
        spoken = {v for _, v in page.spoken(dimension, known[dimension], clause)}
        spoken = spoken or _nearest(page, span, dimension, known[dimension])
        if spoken and {v.lower() for v in spoken}.isdisjoint(v.lower() for v in own):
            yield f"is about {' and '.join(own)}, but its sentence speaks of {' and '.join(sorted(spoken))}"


def _nearest(page: Page, span: Span, dimension: str, known: frozenset[str]) -> set[str]:
    spoken = page.spoken(dimension, known, page.sentence(span[0]))
    before = [v for at, v in spoken if at < span[0]]
    return {before[-1]} if before else {v for _, v in spoken[:1]}


def _everything(page: Page, clause: Span, span: Span, known: Mapping[str, frozenset[str]]) -> Iterable[str]:
    """A figure about all must not stand in a clause that speaks of one part, unless that clause says it is the total."""
    if _TOTAL.search(page.blank[clause[0] : clause[1]]) or _OUT_OF.search(page.blank[clause[0] : span[0]]):
        return
    values = frozenset[str]().union(*known.values())
    spoken = {v for _, v in page.spoken("", values, clause)}
    if spoken:
        yield f"is about everything asked for, but its sentence speaks of {' and '.join(sorted(spoken))}"
