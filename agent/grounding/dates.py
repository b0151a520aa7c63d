"""Dates in a text: what they say as periods, and whether they lie within what is known."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import cast

from finops.errors import TollError
from finops.evidence import Evidence
from finops.periods import Period

MONTHS = (
    "january", "february", "march", "april", "may", "june", "july",
    "august", "september", "october", "november", "december",
)  # fmt: skip
MONTH = (
    r"(?P<{0}>jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|"
    r"oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\.?"
)
_DAY = r"(?P<{0}>\d{{1,2}})(?:st|nd|rd|th)?"
_YEAR = r"(?P<{0}>20\d\d)"


def _pattern(*parts: str) -> re.Pattern[str]:
    return re.compile(r"(?<![\w.,$€£-])" + r"".join(parts) + r"(?![\w%]|[.,]\d)", re.IGNORECASE)


_PATTERNS = (
    _pattern(r"(?P<iso>\d{4}-\d\d-\d\d)"),
    _pattern(r"(?P<iso>\d{4}-\d\d)"),
    _pattern(r"(?P<iso>\d{4}-?Q[1-4])"),
    _pattern(r"(?P<quarter>Q[1-4]) (?:of )?", _YEAR.format("year")),
    _pattern(
        _DAY.format("first"), r" (?:to|until|-|\u2013|and) ", _DAY.format("last"), " ", MONTH.format("month"), r"(?:,? ",
        _YEAR.format("year"), ")?",
    ),
    _pattern(_DAY.format("first"), r" (?:of )?", MONTH.format("month"), r"(?:,? ", _YEAR.format("year"), ")?"),
    _pattern(MONTH.format("month"), " ", _DAY.format("first"), r"(?:,? ", _YEAR.format("year"), r")?"),
    _pattern(MONTH.format("month"), r",? (?:of )?", _YEAR.format("year")),
    _pattern(r"(?:in|of|since|during|for|year|to|until|from) ", _YEAR.format("bare")),
)  # fmt: skip
# `in August`: read only where one year is spoken of, and after a preposition, since `may` and `march` are verbs too.
_BARE_MONTH = re.compile(
    rf"\b(?:in|of|since|during|for|until|from)\s(?P<bare>{MONTH.format('month')})(?![\w.]*\s?\d)", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Mention:
    """A date in a text: where it stands and the days it means."""

    start: int
    end: int
    period: Period


def month_number(word: str) -> int:
    """Return 1 to 12 for an English month name or its short form."""
    return next(n for n, name in enumerate(MONTHS, 1) if name.startswith(word.lower().rstrip(".")[:3]))


def _period(match: re.Match[str], years: Iterable[int]) -> Period | None:
    groups = match.groupdict()
    if text := groups.get("iso"):
        return Period.parse(text)
    if quarter := groups.get("quarter"):
        return Period.parse(f"{groups['year']}-{quarter}")
    if (bare := groups.get("bare")) and bare.isdecimal():
        return Period.parse(bare)
    month = month_number(groups["month"] or "")
    year = int(groups["year"]) if groups.get("year") else next(iter(years), None)
    if year is None:
        return None
    if groups.get("first") is None:
        return Period.month(year, month)
    first = date(year, month, int(groups["first"] or 0))
    last = date(year, month, int(groups.get("last") or first.day))
    return Period(start=first, end=last + timedelta(days=1))


def mentions(text: str, years: tuple[int, ...] = ()) -> list[Mention]:
    """Return the dates of `text`; one without a year takes the first of `years`. The longest reading wins."""
    found: list[Mention] = []
    for pattern in (*_PATTERNS, _BARE_MONTH) if len(set(years)) == 1 else _PATTERNS:
        for match in pattern.finditer(text):
            start = match.start("bare") if match.groupdict().get("bare") else match.start()
            if any(m.start < match.end() and start < m.end for m in found):
                continue
            try:
                period = _period(match, years)
            except (TollError, ValueError):
                continue  # 31 February and the like is no date; its digits stay and are complained about
            if period:
                found.append(Mention(start, match.end(), period))
    return sorted(found, key=lambda m: m.start)


def hull(periods: Iterable[Period]) -> Period | None:
    """Return the shortest period that covers all, None of none."""
    known = list(periods)
    return Period(start=min(p.start for p in known), end=max(p.end for p in known)) if known else None


def _iso_days(node: object) -> Iterable[date]:
    if isinstance(node, str):
        for text in re.findall(r"(?<!\d)20\d\d-\d\d-\d\d", node):
            try:
                yield date.fromisoformat(text)
            except ValueError:
                continue
    elif isinstance(node, Mapping):
        for value in cast(Mapping[str, object], node).values():
            yield from _iso_days(value)
    elif isinstance(node, list):
        for item in cast(list[object], node):
            yield from _iso_days(item)


def known_days(evidence: Iterable[Evidence], question: str, as_of: date) -> Period:
    """Return the days a text may speak of: those of the evidence, of the question, and today."""
    periods = [Period(start=as_of, end=as_of + timedelta(days=1))]
    periods += [m.period for m in mentions(question, (as_of.year,))]
    for item in evidence:
        periods += [figure.period for figure in item.figures if figure.period]
        days = [*_iso_days(item.result), *_iso_days(item.input)]
        periods += [Period(start=day, end=day + timedelta(days=1)) for day in days]
    return hull(periods) or periods[0]
