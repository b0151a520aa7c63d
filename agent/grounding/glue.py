"""What stands glued to a figure can make another figure of it: a sign, a scale, a second currency, a rate."""

import re
from collections.abc import Iterator

from agent.grounding.names import Span
from finops.evidence import Figure

_CODES = "USD|EUR|GBP|JPY|CHF|CAD|AUD|INR|CNY|SEK|NOK|DKK|NZD|BRL|KRW|SGD|HKD|ZAR|MXN|PLN"
_SIGN = re.compile(
    r"(?:[-\u2212\u2013\u2014+~\u2248<>]|\b(?:minus|plus|negative|times|twice|half|double)\s)$", re.IGNORECASE
)
_MONEY_BEFORE = re.compile(rf"(?:[\u20ac$\u00a3\u00a5]|\b(?:{_CODES}))\s?$")
_DIGIT_BEFORE = re.compile(r"[0-9][.,]?$")
_JOINED = re.compile(r"[A-Za-z0-9%\u20ac$\u00a3\u00a5*^]|[.,][0-9]")
_SCALE = re.compile(
    rf"\s?(?:k|m|mn|bn|tn|thousands?|millions?|billions?|trillions?|hundreds?|cents?|euros?|pounds?|yen|percent|%|{_CODES})\b"
)
_RATE = re.compile(
    r"\s?(?:/|per\b|an?\s+(?:second|minute|hour|day|week|month|quarter|year)\b|(?:each|every)\s+(?:hour|day|week|month|year)\b"
    r"|hourly\b|daily\b|weekly\b|monthly\b|quarterly\b|yearly\b|annually\b)",
    re.IGNORECASE,
)
_MONTHLY = re.compile(r"\s?(?:per\s+month|a\s+month|each\s+month|monthly|/\s?month)\b", re.IGNORECASE)


def glued(text: str, span: Span, figure: Figure) -> Iterator[str]:
    """Yield why the characters around a reference that was written out change what it says."""
    before = text[: span[0]]
    if _SIGN.search(before) or _DIGIT_BEFORE.search(before):
        yield "has a sign or a number glued before it; write the reference alone"
    if _MONEY_BEFORE.search(before):
        yield "has another currency before it; a reference brings its own unit"
    yield from glued_after(text, span, figure)


def glued_after(text: str, span: Span, figure: Figure) -> Iterator[str]:
    """Yield why the characters after a figure, written out or linked, change what it says."""
    after = text[span[1] :]
    if _JOINED.match(after) or _SCALE.match(after):
        yield "has a scale or a unit after it; a reference brings its own"
    if _RATE.match(after) and " per " not in figure.unit and not (_MONTHLY.match(after) and _of_a_month(figure)):
        yield f"is no rate; it is an amount{f' for {figure.period.label()}' if figure.period else ''}"


def _of_a_month(figure: Figure) -> bool:
    return figure.period is not None and 28 <= figure.period.days <= 31
