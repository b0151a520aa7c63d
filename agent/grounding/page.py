"""A rendered text, taken apart: sentences, clauses, the line that introduces a list, and which values and days stand where."""

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from itertools import zip_longest

from agent.grounding.dates import Mention, hull
from agent.grounding.known_names import reads_like_quantity
from agent.grounding.names import Span, occurrences, subject_parts
from finops.evidence import Evidence
from finops.periods import Period

_SENTENCE_END = re.compile(r"(?<=[.!?])\s+|\n+")
_CLAUSE_END = re.compile(r"[;|\n]|,(?!\d)|\b(?:and|while|but|whereas|versus|vs)\b", re.IGNORECASE)
_TOLD_AFTER = re.compile(r"\s?\(?(?:in total )?(?:in|for|on|during|of)\s(?:the\s)?")
_ITEM = re.compile(r"\s*(?:[-*\u2022|]|\d{1,2}[.)]|\x00{1,2}[.)]) ?")
_REST = "other"
_PART = re.compile(r"\b(?:credits?|tax|support|marketplace|correction|refund|adjustment)\b", re.IGNORECASE)
_REST_WORDS = re.compile(
    r"\b(?:the rest|the others|all others?|(?:the )?remain(?:der|ing)|everything else)\b", re.IGNORECASE
)


@dataclass(frozen=True)
class Page:
    """A rendered text, the same with figures, names and dates blanked out, the dates in it, values by dimension, the evidence."""

    text: str
    blank: str
    dates: tuple[Mention, ...]
    vocabulary: Mapping[str, tuple[str, ...]]
    items: tuple[Evidence, ...] = ()
    strict: bool = False
    _spoken: dict[tuple[str, frozenset[str]], list[tuple[int, str]]] = field(
        default_factory=dict[tuple[str, frozenset[str]], list[tuple[int, str]]], compare=False, repr=False
    )
    _clauses: dict[Span, list[Span]] = field(default_factory=dict[Span, list[Span]], compare=False, repr=False)
    _groups: dict[str, dict[str, int]] = field(default_factory=dict[str, dict[str, int]], compare=False, repr=False)
    _known: dict[str, Mapping[str, frozenset[str]]] = field(
        default_factory=dict[str, Mapping[str, frozenset[str]]], compare=False, repr=False
    )

    @cached_property
    def plain(self) -> str:
        """The text with values of the data crossed out too: `Savings Plans had 3 %` saves nothing. A part of a bill stays (`Tax`)."""
        every = frozenset[str]().union(*(values for item in self.items for values in self.known(item).values()))
        found = _standing(
            self.text,
            [v for v in every if v != _REST and not _PART.search(v) and not (self.strict and reads_like_quantity(v))],
        )
        characters = list(self.blank)
        for start, value in found:
            end = start + len(value)
            characters[start:end] = [c if c == "\x00" else "x" for c in characters[start:end]]
        return "".join(characters)

    def groups(self, evidence: Evidence, dimension: str) -> int:
        """Return how many groups of a dimension the figures of some evidence are about; 1 where it was only filtered by."""
        if evidence.id not in self._groups:
            own: dict[str, set[tuple[str, ...]]] = {}
            for subject in {figure.subject for figure in evidence.figures}:
                for name, values in subject_parts(subject):
                    own.setdefault(name, set()).add(values)
            self._groups[evidence.id] = {name: len(values) for name, values in own.items()}
        return self._groups[evidence.id].get(dimension, 0)

    def known(self, evidence: Evidence) -> Mapping[str, frozenset[str]]:
        """Return the values that the figures of some evidence are about, by dimension."""
        if evidence.id not in self._known:
            self._known[evidence.id] = _known(evidence)
        return self._known[evidence.id]

    @cached_property
    def sentences(self) -> list[Span]:
        """The sentences and lines."""
        return _parts(_SENTENCE_END, self.blank, (0, len(self.blank)))

    def sentence(self, at: int) -> Span:
        """Return the sentence or line around a position."""
        return self.sentences[max(bisect_right(self.sentences, (at, len(self.blank))) - 1, 0)]

    def clause(self, at: int) -> Span:
        """Return the part of the sentence around a position."""
        sentence = self.sentence(at)
        if sentence not in self._clauses:
            self._clauses[sentence] = _parts(_CLAUSE_END, self.blank, sentence)
        parts = self._clauses[sentence]
        return parts[max(bisect_right(parts, (at, len(self.blank))) - 1, 0)]

    def sentences_before(self, sentence: Span) -> Iterator[Span]:
        """Yield the sentences before one in its own line, the nearest first."""
        line = self.blank.rfind("\n", 0, sentence[0]) + 1
        yield from (one for one in reversed(self.sentences) if line <= one[0] < sentence[0])

    def introduction(self, at: int) -> Span:
        """Return the line that introduces the list or table which `at` stands in: the last one above that is no item of it."""
        start = self.blank.rfind("\n", 0, at) + 1
        if not _ITEM.match(self.blank, start):
            return (at, at)
        first_row = (at, at)
        while start > 0:
            end = start - 1
            start = self.blank.rfind("\n", 0, end) + 1
            if not self.blank[start:end].strip():
                continue
            if not _ITEM.match(self.blank, start):
                return (start, end) if self.blank[start:end].rstrip().endswith(":") else first_row
            first_row = (start, end) if self.blank[start:end].lstrip().startswith("|") else first_row
        return first_row

    def days(self, within: Span) -> Period | None:
        """Return the days from the first to the last one that a part of the text speaks of."""
        return hull(m.period for m in self.dates if within[0] <= m.start < within[1])

    def told_after(self, at: int) -> Period | None:
        """Return the days told right after a figure that ends at `at`: `in July 2024`."""
        for mention, after in zip_longest(self.dates, self.dates[1:]):
            if mention.start >= at and _TOLD_AFTER.fullmatch(self.text[at : mention.start]):
                # `in July 2024 to August 2024` is one period, told by its two ends.
                ranged = after is not None and self.text[mention.end : after.start] in (" to ", " and ", " until ")
                return hull((mention.period, after.period)) if after is not None and ranged else mention.period
        return None

    def spoken(self, dimension: str, known: frozenset[str], within: Span) -> list[tuple[int, str]]:
        """Return which values of a dimension stand in a part of the text, and where."""
        key = (dimension, known)
        if key not in self._spoken:
            lower = self.text.lower()
            wanted = known.union(self.vocabulary.get(dimension, ()))
            found = _standing(self.text, [v for v in wanted if v.lower() in lower or v == _REST])
            self._spoken[key] = [one for one in found if not self._inside(*one)]
        return [(at, value) for at, value in self._spoken[key] if within[0] <= at < within[1]]

    def _inside(self, at: int, value: str) -> bool:
        """Tell whether a value stands within a longer one of another dimension: `Compute Engine` does not speak of Compute."""
        end = at + len(value)
        return any(s <= at and end <= s + len(v) and len(v) > len(value) for s, v in self._longest)

    @cached_property
    def _longest(self) -> list[tuple[int, str]]:
        """Where values of any dimension stand, the longest at each place."""
        lower = self.text.lower()
        return _standing(self.text, {v for values in self.vocabulary.values() for v in values if v.lower() in lower})


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
    if _REST in values:
        found += [(match.start(), _REST) for match in _REST_WORDS.finditer(text)]
    return sorted(found)


def _is_everyday(said: str, value: str) -> bool:
    """Tell whether `other` is said in everyday words, of what is left beyond the top, and not of the category `Other`."""
    return said == _REST and value != _REST


def _known(evidence: Evidence) -> Mapping[str, frozenset[str]]:
    known: dict[str, set[str]] = {}
    for subject in {figure.subject for figure in evidence.figures}:
        for dimension, values in subject_parts(subject):
            known.setdefault(dimension, set()).update(values)
    return {dimension: frozenset(values) for dimension, values in known.items()}
