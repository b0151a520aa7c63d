"""Bind every number of a text to a figure of the evidence, or complain. Pure: text and evidence in, text and bindings out."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from types import MappingProxyType

from agent.answer import BoundFigure
from agent.grounding.claims import claims
from agent.grounding.dates import Mention, known_days, mentions
from agent.grounding.glue import glued
from agent.grounding.literals import (
    Literal,
    asked_counts,
    list_marks,
    literals,
    masked,
    stray_digits,
)
from agent.grounding.names import Span, name_spans, names_of
from agent.grounding.references import Bound, write_out
from agent.grounding.render import is_money, rounded
from agent.grounding.statements import Page, mismatches
from agent.grounding.words import number_words
from finops.evidence import Evidence, Figure
from finops.money import plain

_ALIAS = re.compile(r"\bE[0-9]+\b(?!\.)")
_LESS = re.compile(
    r"\b(fell|fallen|falls?|dropp?(?:ed|s)?|down|decreas\w*|declin\w*|less|lower|reduc\w*|sav\w+|shrank|cheaper)\b",
    re.I,
)
_COUNTS = ("count", "ratio")
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
) -> Grounded:
    """Return `text` with references written out and literals linked; `evidence` is by alias (`E1`)."""
    written, bound, complaints = write_out(text, evidence)
    for item in bound:
        said = written[item.start : item.end]
        complaints.extend(
            f"`{said}` (`{item.figure.name}`) {why}" for why in glued(written, (item.start, item.end), item.figure)
        )
    reading = _read(written, bound, evidence, question, as_of)
    page = Page(written, reading.page.blank, reading.page.dates, vocabulary)
    for number in reading.numbers:
        match _link(number, page, evidence):
            case Bound() as found:
                bound.append(found)
            case str() as complaint:
                complaints.append(complaint)
    for item in sorted(bound, key=lambda b: b.start):
        said = written[item.start : item.end]
        reasons = mismatches(page, (item.start, item.end), item.figure, item.evidence)
        complaints.extend(f"`{said}` (`{item.figure.name}`) {reason}" for reason in reasons)
    complaints.extend(_leftovers(reading))
    figures = tuple(_figure(written, item) for item in sorted(bound, key=lambda b: b.start))
    return Grounded(written, figures, tuple(dict.fromkeys(complaints)))


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


def _read(text: str, bound: list[Bound], evidence: Mapping[str, Evidence], question: str, as_of: date) -> _Reading:
    """Blank out what is no number of its own, and read the numbers that remain."""
    figures: list[Span] = [(b.start, b.end) for b in bound]
    names = name_spans(masked(text, figures), names_of(evidence.values(), question, text))
    aliases = [m.span() for m in _ALIAS.finditer(text) if m[0] in evidence]
    nameless = masked(text, [*figures, *names, *aliases])
    known = known_days(evidence.values(), question, as_of)
    dates = mentions(nameless, ((known.end - timedelta(days=1)).year, known.start.year))
    blank = masked(nameless, [*((m.start, m.end) for m in dates), *list_marks(nameless)])
    blank = masked(blank, asked_counts(blank, question, [item.input for item in evidence.values()]))
    strange = tuple(m for m in dates if m.period.end <= known.start or known.end <= m.period.start)
    return _Reading(Page(text, blank, tuple(dates), NO_WORDS), tuple(literals(blank)), strange)


def _candidates(
    number: Literal, evidence: Mapping[str, Evidence], *, falling: bool
) -> Iterator[tuple[Figure, Evidence]]:
    seen: set[tuple[object, ...]] = set()
    for _, item in sorted(evidence.items()):
        for figure in item.figures:
            identity = (figure.value, figure.unit, figure.subject, figure.period, figure.definition)
            if identity not in seen and _unit_fits(number.unit, figure.unit) and _value_fits(number, figure, falling):
                seen.add(identity)
                yield figure, item


def _unit_fits(said: str, unit: str) -> bool:
    return said == unit or (not said and not is_money(unit) and unit in _COUNTS)


def _value_fits(number: Literal, figure: Figure, falling: bool) -> bool:  # noqa: FBT001
    shown = rounded(figure.value, number.places)
    return number.value == shown or (falling and number.value == -shown)


def _link(number: Literal, page: Page, evidence: Mapping[str, Evidence]) -> Bound | str:
    start, end = page.sentence(number.start)
    falling = bool(_LESS.search(page.blank[start:end]))
    found = list(_candidates(number, evidence, falling=falling))
    span = (number.start, number.end)
    fitting = [(f, e) for f, e in found if not list(mismatches(page, span, f, e))]
    said = number.text.strip()
    if len(fitting) == 1:
        return Bound(*span, *fitting[0])
    if fitting:
        return f"`{said}` could be any of {len(fitting)} figures; write it as a reference such as {{{{E1.total}}}}"
    if found:
        reason = next(iter(mismatches(page, span, *found[0])))
        return f"`{said}` (`{found[0][0].name}`) {reason}"
    unit = "" if number.unit else " without a unit beside it"
    return f"`{said}`{unit} is no figure of the evidence; write figures as references such as {{{{E1.total}}}}"


def _leftovers(reading: _Reading) -> Iterator[str]:
    page = reading.page
    rest = masked(page.blank, [(n.start, n.end) for n in reading.numbers])
    if stray := stray_digits(rest):
        yield f"`{''.join(stray)}` is a number in no form that can be checked; write figures as references"
    for word in number_words(rest):
        yield f"`{word}` is a number in words; write figures as references, or leave it out"
    for claim in claims(page.text):
        yield f"`{claim}` claims what only the records can say; leave out what became of an action"
    for mention in reading.strange_dates:
        yield f"the date `{page.text[mention.start : mention.end]}` is not in the evidence or the question"
