"""`as known on 3 November 2026`: the earlier state of the data a question is about, read apart from the question itself."""

import re
from dataclasses import dataclass
from datetime import date

from agent.grounding.dates import mentions
from finops.errors import BadInput

# What is asked of what was known, and when: the date follows at once.
_AS_KNOWN = re.compile(
    r",?\s*\(?\b(?:as\s+(?:it\s+was\s+)?(?:known|seen|loaded|reported|of|it\s+stood|we\s+knew\s+it)|known|with\s+the\s+data|as\s+at)"
    r"(?:\s+(?:on|of|at|from|by))?\s+(?=(?:the\s+)?(?:\d|[a-z]{3,9}\.?\s+\d))",
    re.IGNORECASE,
)
# `What did we think October cost on 3 November?`: here the last `on DAY` is when it was thought.
_THOUGHT = re.compile(
    r"\b(?:did\s+(?:we|you|i|they)\s+(?:think|know|believe|expect|assume|see)(?:\s+that)?|"
    r"(?:we|i)\s+(?:thought|knew|believed)(?:\s+that)?)\b",
    re.IGNORECASE,
)
_ON = re.compile(r"\bon\s+(?=(?:the\s+)?(?:\d|[a-z]{3,9}\.?\s+\d))", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Known:
    """A question without the words about what was known, and the day they name; None where there are none."""

    asked: str
    day: date | None = None


def known_on(question: str, today: date) -> Known:
    """Read the day of an earlier state. A day without a year is the latest one that has been. Raises `BadInput` for one to come."""
    lead = _AS_KNOWN.search(question)
    if lead is None and _THOUGHT.search(question):
        lead = next(reversed(list(_ON.finditer(question))), None)
        if lead is None:
            raise BadInput("it is not said when it was thought", fix="`what did we think October cost on 3 November?`")
    if lead is None:
        return Known(question)
    rest = question[lead.end() :]
    found = next(
        (one for one in mentions(rest, (today.year,)) if one.period.days == 1 and one.start <= len("the ")), None
    )
    if found is None:
        return Known(question)  # `as of September 2024`: no day, and left to be understood or refused as a whole
    written = rest[found.start : found.end]
    day = found.period.start
    if day > today and not re.search(r"20\d\d", written):
        day = day.replace(year=day.year - 1)
    if day > today:
        raise BadInput(f"`{written}` is yet to come", fix="name a day on which a bill was loaded")
    tail = rest[found.end :]
    tail = tail if not tail.startswith(")") else tail[1:]
    asked = _THOUGHT.sub("did", question[: lead.start()], count=1) + tail
    return Known(" ".join(asked.split()), day)


def past(text: str, today: date) -> date:
    """Return a day, ISO 8601, on which something may have been known. Raises `BadInput` for one to come."""
    if (day := date.fromisoformat(text)) > today:
        raise BadInput(f"`{text}` is yet to come", fix="name a day on which a bill was loaded")
    return day


def day_words(day: date) -> str:
    """Return a day as it is said: `3 November 2026`."""
    return f"{day.day} {day:%B %Y}"
