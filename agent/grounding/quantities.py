"""Words that carry a figure, checked against the evidence: which of them say what is not so, or what nothing can be held against."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from agent.grounding import quantity_words as words
from agent.grounding.literals import masked
from agent.grounding.names import Span
from agent.grounding.page import Page
from agent.grounding.quantity_moves import direction, flat, multiple, quantifier
from agent.grounding.quantity_ranks import count, only, rank
from agent.grounding.quantity_shares import fraction, outdone, portion, than, times
from agent.grounding.reader import Reader

Check = Callable[[Reader, re.Match[str]], str | None]
# In this order: what was read once is not read again, so that `half of what it was` is no half of a bill.
_CHECKS: tuple[tuple[re.Pattern[str], Check], ...] = (
    (words.QUANTIFIER, quantifier),
    (words.MULTIPLE, multiple),
    (words.TIMES, times),
    (words.FRACTION, fraction),
    (words.PORTION, portion),
    (words.FLAT, flat),
    (words.THAN, than),
    (words.OUTDONE, outdone),
    (words.RANK, rank),
    (words.COUNT, count),
    (words.ONLY, only),
    (words.DIRECTION, direction),
)
_QUESTION = re.compile(r"\?\s*$")


@dataclass(frozen=True, slots=True)
class Quantities:
    """What was wrong, and what was read: the latter holds no number that still has to be complained about."""

    complaints: tuple[str, ...]
    read: tuple[Span, ...]


def quantities(reader: Reader) -> Quantities:
    """Judge every quantity word of a page, but in questions and of what would or could be."""
    page, read, complaints = reader.page, list[Span](), list[str]()
    for pattern, check in _CHECKS:
        rest = masked(page.plain, read)
        for match in pattern.finditer(rest):
            if _is_claim(reader, match):
                wrong = check(reader, match)
                if wrong is None:
                    continue
                # A verb said of a count is the count's: `two of them rose`.
                read.append(_with_verb(reader, match) if pattern in (words.COUNT, words.ONLY) else match.span())
                if wrong:
                    complaints.append(f"`{' '.join(match[0].split())}` {wrong}")
    return Quantities(tuple(complaints), tuple(read))


def _is_claim(reader: Reader, match: re.Match[str]) -> bool:
    page = reader.page
    start, end = page.sentence(match.start())
    sentence = page.plain[start:end]
    if _QUESTION.search(sentence) or words.MODAL.search(page.plain[start : match.start()]):
        return False
    # `Largest changes by service:` and `largest first` head a list; what stands in it is told line by line.
    heading = sentence.rstrip().endswith(":") or re.match(r"\s+first\b", page.plain[match.end() :]) is not None
    return not (heading and match.re is words.RANK)


def _with_verb(reader: Reader, match: re.Match[str]) -> Span:
    clause = reader.page.clause(match.start())
    verb = words.DIRECTION.search(reader.page.plain, match.end(), clause[1])
    return (match.start(), verb.end()) if verb else match.span()


def said_of_quantities(page: Page) -> list[Span]:
    """Return where words are judged above, whether or not they hold."""
    read: list[Span] = []
    for pattern, _ in _CHECKS:
        if pattern not in (words.ONLY, words.COUNT):
            read.extend(match.span() for match in pattern.finditer(masked(page.plain, read)))
    return read
