"""Declining: one sentence that names the word not understood, the nearest one that is, and a question that works."""

import re
from collections.abc import Iterator

from agent.planners.rules.lexicon import HEADS
from agent.planners.rules.reading import Misread
from agent.planners.rules.scan import Scan
from agent.planners.rules.vocabulary import Vocabulary

_YEAR = re.compile(r"1[0-9]{3}|2[1-9][0-9]{2}")
_NEIGHBOURS = 4
EXAMPLE = "`What did each provider cost last month?`"


def misread(why: str, example: str = EXAMPLE) -> Misread:
    """Return a refusal whose end is the fix."""
    return Misread(f"{why}; try {example}" if not example.startswith("did you") else f"{why}; {example}")


def left_over(scan: Scan, vocabulary: Vocabulary) -> Misread:
    """Name what was not understood. A word is never skipped: it could change the meaning."""
    left = scan.left()
    about_cost = any(token.text in HEADS for token in scan.tokens)
    if len(left) >= 3 and len(left) * (3 if about_cost else 4) >= 2 * len(scan.tokens):
        return misread(
            "I cannot read this question; I understand questions in English about the cost in your bill", EXAMPLE
        )
    named = [at for at in left if not scan.longest(at, vocabulary.dimension_words)] or list(left)
    phrase = " ".join(scan.tokens[at].raw for at in _run(tuple(named)))
    if _YEAR.fullmatch(phrase):
        return misread(
            f"the year `{phrase}` is out of range", "a period from 2000 to 2099, such as `cost in September 2024`"
        )
    said, likes = vocabulary.nearest(_windows(scan, _run(tuple(named))))
    meant = f"did you mean {' or '.join(f'`{one}`' for one in likes)}? Otherwise try " if likes else "try "
    phrase = said if len(said) > len(phrase) else phrase
    return Misread(f"I do not understand `{phrase}`; {meant}{EXAMPLE}, or `What can I ask?`")


def _windows(scan: Scan, run: tuple[int, ...]) -> Iterator[str]:
    """Yield the words not understood, alone and with their neighbours: part of a mistyped name may have been understood."""
    first, last = run[0], run[-1] + 1
    spans = [(at, at + 1) for at in run]
    spans += [(first - before, last + after) for before in range(_NEIGHBOURS) for after in range(_NEIGHBOURS)]
    for start, end in dict.fromkeys(spans):
        if start >= 0 and end <= len(scan.tokens):
            yield " ".join(token.raw for token in scan.tokens[start:end])


def _run(left: tuple[int, ...]) -> tuple[int, ...]:
    """Return the first places that stand side by side."""
    end = 1
    while end < len(left) and left[end] == left[end - 1] + 1:
        end += 1
    return left[:end]
