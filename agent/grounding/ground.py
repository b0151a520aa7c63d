"""Bind every number of a text to a figure of the evidence, or complain. Pure: text and evidence in, text and bindings out."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from types import MappingProxyType

from agent.answer import BoundFigure
from agent.grounding.claims import claims
from agent.grounding.dates import Mention, known_days, mentions
from agent.grounding.glue import glued
from agent.grounding.known_names import Names, Voice, names_of
from agent.grounding.link import link
from agent.grounding.literals import (
    Literal,
    asked_counts,
    list_marks,
    literals,
    masked,
    stray_digits,
)
from agent.grounding.names import Span
from agent.grounding.quantities import quantities
from agent.grounding.reader import Reader
from agent.grounding.references import Bound, write_out
from agent.grounding.statements import Page, mismatches
from agent.grounding.wording import wording
from agent.grounding.words import number_words
from finops.evidence import Evidence
from finops.money import plain

_ALIAS = re.compile(r"\bE[0-9]+\b(?!\.)")
NO_WORDS: Mapping[str, tuple[str, ...]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Grounded:
    """A text ready to be shown, its figures in order of appearance, and why it may not be shown (empty where it may)."""

    text: str
    figures: tuple[BoundFigure, ...] = ()
    complaints: tuple[str, ...] = ()


def ground(
    text: str,
    evidence: Mapping[str, Evidence],
    *,
    question: str,
    as_of: date,
    vocabulary: Mapping[str, tuple[str, ...]] = NO_WORDS,
    voice: Voice = "model",
) -> Grounded:
    """Return `text` with references written out and literals linked; `evidence` is by alias (`E1`).

    Whatever the voice, figures, dates, quantities and roles are held against the evidence. A model's words have to be plain English
    besides, and its names have to be values of the data.
    """
    written, bound, complaints = write_out(text, evidence)
    for item in bound:
        said = written[item.start : item.end]
        complaints.extend(
            f"`{said}` (`{item.figure.name}`) {why}" for why in glued(written, (item.start, item.end), item.figure)
        )
    names = names_of(evidence.values(), question, written, voice=voice, vocabulary=vocabulary)
    reading = _read(written, bound, evidence, names=names, question=question, as_of=as_of)
    items = tuple(evidence.values())
    page = Page(written, reading.page.blank, reading.page.dates, vocabulary, items, strict=voice == "model")
    for number in reading.numbers:
        match link(number, page, evidence):
            case Bound() as found:
                bound.append(found)
            case str() as complaint:
                complaints.append(complaint)
    bound.sort(key=lambda b: b.start)
    for item in bound:
        said = written[item.start : item.end]
        reasons = mismatches(page, (item.start, item.end), item.figure, item.evidence)
        complaints.extend(f"`{said}` (`{item.figure.name}`) {reason}" for reason in reasons)
    complaints.extend(_set_against_itself(page, bound))
    judged = quantities(Reader(page, page.items, bound))
    complaints.extend(judged.complaints)
    complaints.extend(_leftovers(reading, judged.read))
    if voice == "model":
        complaints.extend(wording(page, bound, names, question, judged.read))
    return Grounded(written, tuple(_figure(written, item) for item in bound), tuple(dict.fromkeys(complaints)))


_AGAINST = re.compile(r"\b(?:against|versus|vs|than|of|compared (?:with|to))\b", re.IGNORECASE)
_OF = re.compile(r"\b(?:out )?of\s+(?:the\s+)?$", re.IGNORECASE)


def _set_against_itself(page: Page, bound: list[Bound]) -> Iterator[str]:
    """Two figures of which one is held against the other are two."""
    for one, other in pairwise(bound):
        between = page.blank[one.end : other.start]
        same = one.figure.name == other.figure.name and one.evidence.id == other.evidence.id
        if (
            same
            and page.sentence(one.start) == page.sentence(other.start)
            and (_AGAINST.search(between) or _OF.search(page.blank[: one.start]))
        ):
            yield f"`{page.text[one.start : one.end]}` (`{one.figure.name}`) is set against itself"


def _figure(text: str, item: Bound) -> BoundFigure:
    return BoundFigure(
        text=text[item.start : item.end],
        value=plain(item.figure.value),
        unit=item.figure.unit,
        evidence=item.evidence.id,
        name=item.figure.name,
    )


@dataclass(frozen=True, slots=True)
class _Reading:
    """A text taken apart: the page for comparing statements, the numbers left to link, dates nobody spoke of."""

    page: Page
    numbers: tuple[Literal, ...]
    strange_dates: tuple[Mention, ...]


def _read(
    text: str, bound: list[Bound], evidence: Mapping[str, Evidence], *, names: Names, question: str, as_of: date
) -> _Reading:
    """Blank out what is no number of its own, and read the numbers that remain."""
    figures: list[Span] = [(b.start, b.end) for b in bound]
    named = names.spans(masked(text, figures))
    aliases = [m.span() for m in _ALIAS.finditer(text) if m[0] in evidence]
    nameless = masked(text, [*figures, *named, *aliases])
    known = known_days(evidence.values(), question, as_of)
    dates = mentions(nameless, ((known.end - timedelta(days=1)).year, known.start.year))
    blank = masked(nameless, [*((m.start, m.end) for m in dates), *list_marks(nameless)])
    blank = masked(blank, asked_counts(blank, question, [item.input for item in evidence.values()]))
    strange = tuple(m for m in dates if m.period.end <= known.start or known.end <= m.period.start)
    return _Reading(Page(text, blank, tuple(dates), NO_WORDS), tuple(literals(blank)), strange)


def _leftovers(reading: _Reading, read: Iterable[Span]) -> Iterator[str]:
    page = reading.page
    rest = masked(page.blank, [*read, *((n.start, n.end) for n in reading.numbers)])
    if stray := stray_digits(rest):
        yield f"`{''.join(stray)}` is a number in no form that can be checked; write figures as references"
    for word in number_words(rest):
        yield f"`{word}` is a number in words; write figures as references, or leave it out"
    for claim in claims(page.text):
        yield f"`{claim}` claims what only the records can say; leave out what became of an action"
    for mention in reading.strange_dates:
        yield f"the date `{page.text[mention.start : mention.end]}` is not in the evidence or the question"
