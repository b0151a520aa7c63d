"""Does a sentence say of a figure what the figure is about? Period, subject, definition and role are held against the words around."""

import re
from collections.abc import Iterable, Mapping

from agent.grounding.days import period_faults
from agent.grounding.names import Span, subject_parts
from agent.grounding.page import Page
from agent.grounding.roles import role_faults
from agent.grounding.scope import anything_said, is_total, values_said
from finops.evidence import Evidence, Figure

__all__ = ["Page", "definition_faults", "mismatches"]

# `AWS cost 18 of 20`: a figure straight before `of` makes the one after it the whole.
_OUT_OF = re.compile(r"(?:\x00|[0-9]|[%A-Z])\)?\s+(?:out\s+)?of\s+(?:the\s+|a\s+)?$")
_SUPPOSED = re.compile(
    r"\b(would|could|if|times|average|annuali[sz]ed|projected|run[- ]rate|scaled|multiplied)\b|\u00d7", re.IGNORECASE
)
_AVERAGE = re.compile(r"\baverage\b", re.IGNORECASE)
_DEFINITIONS = {
    "BilledCost": re.compile(r"\bbilled\b", re.IGNORECASE),
    "EffectiveCost": re.compile(r"\b(effective|amorti[sz]ed)\b", re.IGNORECASE),
    "ListCost": re.compile(r"\b(list|on-demand) (cost|price)", re.IGNORECASE),
    "ContractedCost": re.compile(r"\bcontracted\b", re.IGNORECASE),
}


def mismatches(page: Page, span: Span, figure: Figure, evidence: Evidence) -> Iterable[str]:
    """Yield what the words around `span` claim of the figure that it is not."""
    yield from about_faults(page, span, figure, evidence)
    yield from _scaled(page, span, figure)
    yield from role_faults(page, span, figure, evidence)


def about_faults(page: Page, span: Span, figure: Figure, evidence: Evidence) -> Iterable[str]:
    """Yield where period, subject or cost definition are not the figure's."""
    yield from period_faults(page, span, figure, evidence)
    yield from _subject(page, span, figure, evidence)
    yield from definition_faults(page, span, figure)


def _subject(page: Page, span: Span, figure: Figure, evidence: Evidence) -> Iterable[str]:
    parts, known = subject_parts(figure.subject), page.known(evidence)
    if not parts:
        yield from _everything(page, span, known)
    for dimension, own in parts:
        # `Storage` is a category and a service: where it is the figure's own category, it is no other service.
        others = {value.lower() for other, values in parts if other != dimension for value in values}
        named = values_said(page, span, dimension, known[dimension])
        said = frozenset(value for value in named if value.lower() not in others) or (named & frozenset(own))
        if _is_of_all(page, span, named, dimension, known[dimension]) and page.groups(evidence, dimension) > 1:
            yield f"is about {' and '.join(own)}, but its sentence speaks of the total"
        if said and {v.lower() for v in said}.isdisjoint(v.lower() for v in own):
            yield f"is about {' and '.join(own)}, but its sentence speaks of {' and '.join(sorted(said))}"


def _is_of_all(page: Page, span: Span, said: frozenset[str], dimension: str, known: frozenset[str]) -> bool:
    """Tell whether a clause, or a sentence that names nothing, is about the total."""
    clause = page.clause(span[0])
    named = page.spoken(dimension, known, clause)
    return (not named and is_total(page.plain[slice(*clause)])) or (
        not said and is_total(page.plain[slice(*page.sentence(span[0]))])
    )


def _everything(page: Page, span: Span, known: Mapping[str, frozenset[str]]) -> Iterable[str]:
    """A figure about all must not stand where one part is spoken of, unless it is said to be the total."""
    if _OUT_OF.search(page.blank[page.clause(span[0])[0] : span[0]]):
        return
    if said := anything_said(page, span, known):
        yield f"is about everything asked for, but its sentence speaks of {' and '.join(sorted(said))}"


def definition_faults(page: Page, span: Span, figure: Figure) -> Iterable[str]:
    """Yield where the sentence names another definition of cost."""
    own = figure.definition.partition(" ")[0]
    start, end = page.sentence(span[0])
    said = [name for name, pattern in _DEFINITIONS.items() if pattern.search(page.blank[start:end])]
    if own in _DEFINITIONS and said and own not in said:
        yield f"is {own}, but its sentence speaks of {' and '.join(said)}"


def _scaled(page: Page, span: Span, figure: Figure) -> Iterable[str]:
    """A figure multiplied by a bare number is a what-if, and may not be told as what something cost."""
    start, end = page.sentence(span[0])
    said = page.text[start:end]
    # Divided, it may be an average; multiplied it is none.
    said = said if ": ratio" in figure.definition else _AVERAGE.sub("", said)
    if figure.definition.startswith("scaled by ") and not _SUPPOSED.search(said):
        yield f"is {figure.definition}; say so, with `would`, `times`, `average` or `annualised`"
