"""Figures of an answer against the truth and against their own evidence."""

import re
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import cast

from agent.answer import Answer, BoundFigure
from evals.truth import TrueFigure
from finops.evidence import Evidence, intact

_LITERAL = re.compile(r"\b(?:USD|EUR|GBP) ?[-\u2212]?[\d,]*\d(?:\.\d+)?|[-\u2212]?[\d,]*\d(?:\.\d+)? ?(?:%|percent\b)")
_NAME = re.compile(r"`[^`\n]*`")
_MONTH = r"(?:January|February|March|April|May|June|July|August|September|October|November|December)"
# Days, months, quarters and years, as periods are written.
_DATE = re.compile(
    rf"\b\d{{4}}-\d\d(?:-\d\d)?\b|\b(?:\d{{1,2}}(?: {_MONTH})?(?: 20\d\d)? to )?\d{{1,2}} {_MONTH}(?: 20\d\d)?\b|"
    rf"\b{_MONTH} 20\d\d\b|\bQ[1-4](?: 20\d\d)?\b|\b(?:FY|FQ[1-4] FY)\d\d\b|\b(?:in|of|to|from|for|and|with|than) 20\d\d\b",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"(?<![A-Za-z0-9_/.:-])[-\u2212]?(?:\d[\d,]*)?\.?\d+(?:x|k|K|M|m|bn|pct|GB|TB|GiB|TiB)?(?![\w-])")
_AMOUNT = re.compile(r"USD|EUR|GBP|[$\u20ac\u00a3%]")
# Shares are rounded to 2 decimals by the tools, half-even.
_HALF_A_DIGIT = Decimal("0.005")


def binding_faults(answer: Answer) -> Iterator[str]:
    """Yield each figure that is not what its evidence says, and each number in the text that is no figure, name or date at all."""
    evidence = {one.id: one for one in answer.evidence}
    for figure in answer.figures:
        source = evidence.get(figure.evidence)
        named = source.figure(figure.name) if source else None
        if source is None:
            yield f"figure `{figure.text}` has no evidence"
        elif not intact(source):
            yield f"the evidence of `{figure.text}` is not as it was sealed"
        elif named is None or (named.value, named.unit) != (Decimal(figure.value), figure.unit):
            yield f"figure `{figure.text}` is not `{figure.name}` of its evidence"
        if figure.text not in answer.answer:
            yield f"figure `{figure.text}` is not in the text"
    bound = {figure.text for figure in answer.figures}
    rest = _NAME.sub(" ", answer.answer)
    yield from (f"`{literal}` is bound to nothing" for literal in _LITERAL.findall(rest) if literal not in bound)
    told = sorted(bound | {f"top {one.input.get('top')}" for one in answer.evidence}, key=len, reverse=True)
    names = {_NAME.sub(" ", name) for one in answer.evidence for name in _names(one)}
    for known in (*told, *sorted(names, key=len, reverse=True)):
        rest = re.sub(rf"(?<![\w.]){re.escape(known)}(?![\w]|\.\d)", " ", rest)
    for number in _NUMBER.findall(_DATE.sub(" ", _LITERAL.sub(" ", rest))):
        yield f"`{number}` is bound to nothing"


def _names(evidence: Evidence) -> Iterator[str]:
    """Yield what the evidence's input and result hold as text with a digit in it: names, which may stand in an answer."""
    found: list[object] = [evidence.input, evidence.result]
    while found:
        held = found.pop()
        if isinstance(held, dict):
            found += cast(dict[str, object], held).values()
        elif isinstance(held, list):
            found += cast(list[object], held)
        elif (
            isinstance(held, str)
            and re.search(r"\d", held)
            and not _NUMBER.fullmatch(held)
            and not _AMOUNT.search(held)
        ):
            yield held


def figure_faults(answer: Answer, truth: Sequence[TrueFigure], *, within: Decimal = Decimal(0)) -> Iterator[str]:
    """Yield `lacks ...` for each true figure that must be stated and is not, and every figure that is not true.

    A figure is true where value and unit match a row (to `within` percent) and the row's label stands on the figure's line; a share
    where it is the quotient of its own line's true value and a true total.
    """
    for row in truth:
        if row.must and not any(_is(figure, row, answer, within) for figure in answer.figures):
            yield f"lacks {row.value} {row.unit}{f' for `{row.label}`' if row.label else ''}"
    for figure in dict.fromkeys(answer.figures):
        share = figure.unit == "%" and _is_share(figure, truth, answer)
        if not share and not any(_is(figure, row, answer, within) for row in truth):
            yield f"states {figure.text}, which is not true there"


def _lines(text: str, answer: Answer) -> list[str]:
    return [line.lower() for line in answer.answer.splitlines() if text in line]


def _is(figure: BoundFigure, row: TrueFigure, answer: Answer, within: Decimal) -> bool:
    off = abs(Decimal(figure.value) - row.value)
    if figure.unit != row.unit or off * 100 > max(within, row.within) * abs(row.value):
        return False
    words = row.label.lower().split("\n") if row.label else []
    return not words or any(all(word in line for word in words) for line in _lines(figure.text, answer))


def _is_share(figure: BoundFigure, truth: Sequence[TrueFigure], answer: Answer) -> bool:
    """Tell whether a share is that of a group on its own line in a total: a row without a label, or all the groups together."""
    lines, value = _lines(figure.text, answer), Decimal(figure.value)
    groups = [row for row in truth if row.label and row.label.lower() != "total"]
    own = [row for row in groups if any(row.label.lower() in line for line in lines)]
    for unit in {row.unit for row in own}:
        totals = {row.value for row in truth if row.unit == unit and (not row.label or row.label.lower() == "total")}
        totals.add(sum((row.value for row in groups if row.unit == unit), Decimal(0)))
        parts = {row.value for row in own if row.unit == unit}
        # Of a sum below nothing, such as credits, a part is a share as of any other.
        if any(abs(part * 100 / whole - value) <= _HALF_A_DIGIT for whole in totals if whole for part in parts):
            return True
    return False
