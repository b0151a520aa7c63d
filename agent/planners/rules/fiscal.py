"""Fiscal years and quarters: `FY26`, `FQ2 FY26`, `this fiscal quarter`. A fiscal year is called by the calendar year it ends in."""

import re
from dataclasses import dataclass
from datetime import date

from agent.planners.rules.scan import Scan, tokens
from finops.errors import BadInput
from finops.periods import Period, add_months
from finops.standing_facts import FiscalYear

_FY = re.compile(r"fy(?:20)?(\d\d)|fy[-/]?(20\d\d)")
_FQ = re.compile(r"fq([1-4])")
_BOTH = re.compile(r"fy(?:20)?(\d\d)[-/]?q([1-4])|fq([1-4])[-/]?fy(?:20)?(\d\d)")
_YEAR = re.compile(r"20\d\d")
_ADJECTIVES = ("fiscal", "financial")
_UNITS = ("year", "years", "quarter", "quarters")
_BUCKETS = ("by", "per", "each", "every")
ASK = BadInput(
    "it is not known when your fiscal year starts",
    fix="tell me, as in `our fiscal year starts in April` (FY26 is then the year that ends in March 2026)",
)
_SPLIT = BadInput("cost is not split by fiscal years or quarters", fix="ask for one, as in `cost by month in FQ2 FY26`")


@dataclass(frozen=True, slots=True)
class Named:
    """Fiscal words at a place: where they end, and the year and quarter they name; `word` is `this` or `last` where they say so."""

    end: int
    unit: str
    number: int | None = None
    quarter: int | None = None
    word: str = ""
    to_date: bool = False


def names_fiscal(question: str, known: frozenset[str] = frozenset()) -> bool:
    """Tell whether a question speaks of fiscal years or quarters; `known` are values of the data that look like it."""
    scan = Scan(tokens(question))
    return any(fiscal_at(scan, at, known) for at in range(len(scan.tokens)))


def is_fiscal_word(word: str) -> bool:
    """Tell whether one word could be read as a fiscal period: `fy26`, `fq2`."""
    return any(pattern.fullmatch(word) for pattern in (_FY, _FQ, _BOTH)) or word in ("fy", "fytd")


def fiscal_at(scan: Scan, at: int, known: frozenset[str]) -> Named | None:
    """Read fiscal words at a place, None where there are none."""
    word = scan.word(at)
    if word in known:
        return None  # the data has a value of this name, and says what it means
    lead = 1 if word in ("the", "our") else 0
    relative = scan.word(at + lead)
    if relative in ("this", "current", "last", "past", "previous") or lead:
        skip = lead + (relative in ("this", "current", "last", "past", "previous"))
        unit = scan.word(at + skip + 1)
        if (
            scan.word(at + skip) in _ADJECTIVES
            and unit in ("year", "quarter")
            and not _named_after(scan, at + skip + 2)
        ):
            way = "last" if relative in ("last", "past", "previous") else "this"
            to_date = scan.has(at + skip + 2, ("to", "date"))
            return Named(at + skip + (4 if to_date else 2), unit, word=way, to_date=to_date)
        return None
    return _absolute(scan, at)


def _absolute(scan: Scan, at: int) -> Named | None:
    word, after = scan.word(at), scan.word(at + 1)
    if word == "fytd":
        return Named(at + 1, "year", word="this", to_date=True)
    if both := _BOTH.fullmatch(word):
        return Named(at + 1, "quarter", 2000 + int(both[1] or both[4]), int(both[2] or both[3]))
    year, end = _year_at(scan, at)
    if year is not None:
        follows = re.fullmatch(r"f?q([1-4])", scan.word(end))
        return Named(end + 1, "quarter", year, int(follows[1])) if follows else Named(end, "year", year)
    if quarter := _FQ.fullmatch(word) or (re.fullmatch(r"q([1-4])", after) if word in _ADJECTIVES else None):
        return _quarter(scan, at + (1 if _FQ.fullmatch(word) else 2), int(quarter[1]))
    if re.fullmatch(r"q[1-4]", word):
        start = at + (2 if after == "of" else 1)
        year, end = _year_at(scan, start)
        return Named(end, "quarter", year, int(word[1])) if year is not None else None
    if word in _ADJECTIVES and after in _UNITS:
        to_date = scan.has(at + 2, ("to", "date")) and after == "year"
        bucket = scan.word(at - 1) in _BUCKETS
        return Named(
            at + (4 if to_date else 2),
            "split" if bucket or after.endswith("s") else after,
            word="this",
            to_date=to_date,
        )
    return None


def _quarter(scan: Scan, end: int, quarter: int) -> Named:
    start = end + (1 if scan.word(end) == "of" else 0)
    year, stop = _year_at(scan, start)
    if year is None and _YEAR.fullmatch(scan.word(start)):
        year, stop = int(scan.word(start)), start + 1
    return Named(stop if year is not None else end, "quarter", year, quarter)


def _year_at(scan: Scan, at: int) -> tuple[int | None, int]:
    """Read `FY26`, `FY 2026`, `fiscal year 2026`, `fiscal 2026` at a place."""
    word, after = scan.word(at), scan.word(at + 1)
    if found := _FY.fullmatch(word):
        return (int(found[2]) if found[2] else 2000 + int(found[1])), at + 1
    if word == "fy" and (found := re.fullmatch(r"(?:20)?(\d\d)", after)):
        return 2000 + int(found[1]), at + 2
    if word in _ADJECTIVES:
        skip = 2 if after == "year" else 1
        if _YEAR.fullmatch(scan.word(at + skip)):
            return int(scan.word(at + skip)), at + skip + 1
    return None, at


def _named_after(scan: Scan, at: int) -> bool:
    return bool(_YEAR.fullmatch(scan.word(at)))


def period_of(named: Named, fact: FiscalYear | None, today: date, said: Period | None) -> Period:
    """Return the days fiscal words mean. Raises `BadInput` where nobody said when the fiscal year starts."""
    if fact is None:
        raise ASK
    if named.unit == "split":
        raise _SPLIT
    if named.quarter is not None:
        return _numbered(named, fact, today)
    if named.number is not None:
        return fact.year(named.number)
    current = fact.year(today.year if today < fact.year(today.year).end else today.year + 1)
    if named.unit == "quarter":
        current = next(one for n in (1, 2, 3, 4) if (one := _part(current, n)).contains(today))
    if named.to_date:
        return Period(start=current.start, end=today) if current.start < today else current
    if named.word != "last":
        return current
    spoken = said if said and said.whole_months == current.whole_months else None
    return (spoken or current).previous()


def _numbered(named: Named, fact: FiscalYear, today: date) -> Period:
    """Return a numbered quarter; without a year the latest one that has begun."""
    year = named.number or (today.year if today < fact.year(today.year).end else today.year + 1)
    found = _part(fact.year(year), named.quarter or 1)
    return found if named.number or found.start < today else _part(fact.year(year - 1), named.quarter or 1)


def _part(year: Period, quarter: int) -> Period:
    start = add_months(year.start, 3 * quarter - 3)
    return Period(start=start, end=add_months(start, 3))
