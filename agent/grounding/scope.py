"""What a place in a text is about: values and days said there, before it, or in the line that introduces it."""

import re
from collections.abc import Mapping

from agent.grounding.dates import Mention
from agent.grounding.names import Span
from agent.grounding.page import Page

# `5 % of the bill` is said of a part, and does not make its sentence one about the bill.
_OF_TOTAL = re.compile(
    r"\b(?:of|in) (?:the |all |our |its )?(?:whole |entire |overall )?(?:total|bill|sum|spending|spend|costs?)\b(?! of\b)",
    re.IGNORECASE,
)
TOTAL = re.compile(r"\b(total|overall|altogether|together|sum|all|combined|bill|everything)\b", re.IGNORECASE)
_FOR = re.compile(r"\s(?:for|by)\s(?:the\s)?")
# A sentence that says a time of its own, in words, is not about the days of the sentence before it.
_OWN_TIME = re.compile(
    r"\b(quarters?|years?|yearly|months?|monthly|weeks?|days?|daily|before|previous(?:ly)?|earlier|last|since|ago|so far|over time|"
    r"course|average|had)\b",
    re.IGNORECASE,
)


def is_total(text: str) -> bool:
    """Tell whether words are about all there is, and not of a part of it."""
    return TOTAL.search(_OF_TOTAL.sub(" ", text)) is not None


def values_said(page: Page, span: Span, dimension: str, known: frozenset[str]) -> frozenset[str]:
    """Return the values of a dimension that the words at `span` are about: of its clause, else the nearest in its sentence,
    else those of the sentences before it in the same line. Empty where none is named.
    """
    clause, sentence = page.clause(span[0]), page.sentence(span[0])
    after = _FOR.match(page.blank, span[1])
    if after and (told := [v for at, v in page.spoken(dimension, known, clause) if at == after.end()]):
        return frozenset(told)
    if here := {v for _, v in page.spoken(dimension, known, clause)}:
        return frozenset(here)
    if spoken := page.spoken(dimension, known, sentence):
        before = [v for at, v in spoken if at < span[0]]
        return frozenset({before[-1]} if before else {v for _, v in spoken[:1]})
    if is_total(page.plain[slice(*sentence)]):
        return frozenset()
    for earlier in (*page.sentences_before(sentence), page.introduction(span[0])):
        if said := {v for _, v in page.spoken(dimension, known, earlier)}:
            return frozenset(said)
    return frozenset()


def anything_said(page: Page, span: Span, known: Mapping[str, frozenset[str]]) -> frozenset[str]:
    """Return the values of any dimension that the words at `span` are about; none where its clause says it is of the total."""
    clause, sentence = page.clause(span[0]), page.sentence(span[0])
    if TOTAL.search(page.plain[slice(*clause)]):
        return frozenset()
    every = frozenset[str]().union(*known.values())
    if here := {v for _, v in page.spoken("", every, clause)}:
        return frozenset(here)
    before = [v for at, v in page.spoken("", every, sentence) if at < span[0]]
    return frozenset(before[-1:])


def mentions_said(page: Page, span: Span) -> list[Mention]:
    """Return the dates that the words at `span` are about: those told right after it, else its clause's, else its sentence's,
    else those of the sentences before it in its line, else of the line that introduces it.
    """
    if told := page.told_after(span[1]):
        return [Mention(span[1], span[1], told)]
    sentence = page.sentence(span[0])
    parts = [page.clause(span[0]), sentence]
    if not _OWN_TIME.search(page.plain[slice(*sentence)]):
        parts += [*page.sentences_before(sentence), page.introduction(span[0])]
    for start, end in parts:
        if said := [m for m in page.dates if start <= m.start < end]:
            return said
    return []
