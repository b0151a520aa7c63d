"""Time phrases: `September 2024`, `last month`, `from 3 to 9 September 2024`, relative to the day the data calls today."""

import re
from dataclasses import dataclass, replace
from datetime import date, timedelta

from agent.grounding.dates import MONTHS, month_number
from agent.planners.rules.fiscal import fiscal_at, is_fiscal_word, period_of
from agent.planners.rules.lexicon import LARGEST, SMALLEST
from agent.planners.rules.scan import Scan
from finops.errors import BadInput
from finops.periods import Period, add_months
from finops.standing_facts import FiscalYear

_SHORT = {name[:3]: name for name in MONTHS} | {"sept": "september"}
_DAY = re.compile(r"(\d{1,2})(?:st|nd|rd|th)?")
_YEAR = re.compile(r"20\d\d")
_ISO = re.compile(r"\d{4}-\d\d-\d\d\.\.\d{4}-\d\d-\d\d|\d{4}-\d\d-\d\d|\d{4}-\d\d|\d{4}-?q[1-4]")
_UNITS = {"day": 1, "days": 1, "week": 7, "weeks": 7}
_LAST = ("last", "past", "previous", "latest")
_TO = ("to", "until", "till", "through", "and", "-", "–", "→", "->")  # noqa: RUF001
_EVER = (
    ("all", "time"), ("so", "far"), ("in", "all", "time"), ("ever",), ("whole", "period"), ("all", "data"),
    ("since", "the", "start"), ("since", "the", "beginning"), ("since", "day", "one"),
)  # fmt: skip
_MONTH_IS_A_WORD_TOO = ("may", "march", "mar")
_PREPOSITIONS = (
    "in", "for", "of", "during", "since", "to", "from", "and", "until", "through", "till", "between", "vs", "versus", "with", "than",
    "about",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Time:
    """One time phrase: which tokens, and the days it means; None means all there is."""

    start: int
    end: int
    period: Period | None
    ends: tuple[Period, Period] | None = None
    """The first and the last unit of a range of calendar units, such as `September to October`."""


@dataclass(frozen=True, slots=True)
class Calendar:
    """What relative phrases rest on: today, and the year that a month without one belongs to."""

    today: date
    year: int | None = None
    said: Period | None = None
    """The period of the question before, which `the previous month` goes on from in a conversation."""
    fiscal: FiscalYear | None = None
    """When the fiscal year starts, where that was told."""
    names: frozenset[str] = frozenset()
    """Values of the data that look like fiscal periods, such as a project called `fy26`."""

    def month_of(self, month: int, year: int | None) -> Period:
        """Return a month; without a year, the context's, else the latest one that has begun."""
        if year is not None:
            return Period.month(year, month)
        found = Period.month(self.year or self.today.year, month)
        return (
            found
            if found.start < self.today
            else Period(start=add_months(found.start, -12), end=add_months(found.end, -12))
        )

    def previous(self, word: str, unit: str) -> Period:
        """Return the whole unit before: `previous` counts from what was spoken of, `last` from today."""
        months = {"month": 1, "quarter": 3, "year": 12}.get(unit, 0)
        if word == "previous" and self.said and self.said.whole_months == months and (months or self.said.days == 7):
            return self.said.previous()
        return self.current(unit).previous()

    def current(self, unit: str) -> Period:
        """Return the whole calendar week, month, quarter or year that holds today."""
        first = {
            "week": self.today - timedelta(days=self.today.weekday()),
            "month": self.today.replace(day=1),
            "quarter": self.today.replace(month=(self.today.month - 1) // 3 * 3 + 1, day=1),
            "year": self.today.replace(month=1, day=1),
        }[unit]
        months = {"month": 1, "quarter": 3, "year": 12}.get(unit)
        return Period(start=first, end=add_months(first, months) if months else first + timedelta(days=7))


def times(scan: Scan, calendar: Calendar) -> list[Time]:
    """Find and take every time phrase. Raises `BadInput` for one that is no date, such as 31 September."""
    found: list[Time] = []
    at = 0
    while at < len(scan.tokens):
        time = _at(scan, at, calendar) if scan.free(at) else None
        if time and all(scan.free(place) for place in range(time.start, time.end)):
            scan.take(time.start, time.end)
            found.append(time)
        at = time.end if time else at + 1
    return found


def _at(scan: Scan, at: int, calendar: Calendar) -> Time | None:
    for rule in (_range, _since, _fiscal, _to_date, _part_of_month, _relative, _point, _all):
        time = rule(scan, at, calendar)
        if time:
            return time
    return None


def _is_month(scan: Scan, at: int) -> bool:
    word = scan.word(at)
    if word not in MONTHS and word not in _SHORT:
        return False
    if word not in _MONTH_IS_A_WORD_TOO:
        return True
    near = (scan.word(at - 1), scan.word(at + 1))
    return near[0] in _PREPOSITIONS or bool(
        _YEAR.fullmatch(near[1]) or _DAY.fullmatch(near[0]) or _DAY.fullmatch(near[1])
    )


def _year_at(scan: Scan, at: int) -> int | None:
    return int(scan.word(at)) if _YEAR.fullmatch(scan.word(at)) else None


def _number(word: str) -> int | None:
    match = _DAY.fullmatch(word)
    return int(match[1]) if match and 1 <= int(match[1]) <= 31 else None


def _day(month: Period, day: int) -> Period:
    try:
        first = month.start.replace(day=day)
    except ValueError as error:
        raise BadInput(f"`{day} {month.label()}` is no date", fix="name a day of that month") from error
    return Period(start=first, end=first + timedelta(days=1))


def _point(scan: Scan, at: int, calendar: Calendar) -> Time | None:
    """A day, month, quarter or year that is named."""
    word = scan.word(at)
    if named := _half(scan, at, calendar) or _fiscal(scan, at, calendar):
        return named
    if _ISO.fullmatch(word):
        return Time(at, at + 1, Period.parse(word.upper() if "q" in word else word))
    if re.fullmatch(r"q[1-4]", word):
        skip = 1 if scan.word(at + 1) == "of" else 0
        if (said := scan.word(at + 1 + skip)) in ("this", "last") and scan.word(at + 2 + skip) == "year":
            year = calendar.today.year - (said == "last")
            return Time(at, at + 3 + skip, Period.parse(f"{year}-{word.upper()}"))
        year = _year_at(scan, at + 1 + skip) or _short_year(scan, at + 1 + skip, calendar)
        latest = calendar.today - timedelta(days=1)
        quarter = Period.parse(f"{year or calendar.year or latest.year}-{word.upper()}")
        return Time(at, at + 1 + (skip + 1 if year else 0), quarter)
    if _is_month(scan, at):
        return _from_month(scan, at, calendar)
    if (day := _number(word)) is not None:
        return _from_day(scan, at, day, calendar)
    if _YEAR.fullmatch(word) and scan.word(at + 1) not in ("rows", "days"):
        return Time(at, at + 1, Period.parse(word))
    return None


def _part_of_month(scan: Scan, at: int, calendar: Calendar) -> Time | None:
    """`last 7 days of October`, `first two weeks of August 2026`, `second half of September`, `week of 5 October`."""
    lead = 1 if scan.word(at) == "the" else 0
    word, count, unit = scan.word(at + lead), scan.word(at + lead + 1), scan.word(at + lead + 2)
    if word == "week" and count in ("of", "starting", "beginning", "from"):
        begin = _point(scan, at + lead + 2, calendar)
        if begin and begin.period and begin.period.days == 1:
            return Time(at, begin.end, Period(start=begin.period.start, end=begin.period.start + timedelta(days=7)))
        return None
    if word not in ("first", "last", "second", "final"):
        return None
    if count in ("half", "week"):
        days, after = None if count == "half" else 7, at + lead + 2
    elif count.isdecimal() and unit in _UNITS and word != "second":
        days, after = int(count) * _UNITS[unit], at + lead + 3
    else:
        return None
    if scan.word(after) not in ("of", "in") or not _is_month(scan, after + 1):
        return None
    named = _from_month(scan, after + 1, calendar)
    month = named.period
    if month is None or month.whole_months != 1 or (days or 0) > month.days:
        return None
    return Time(at, named.end, _cut_month(month, days, last=word in ("last", "final"), second=word == "second"))


def _cut_month(month: Period, days: int | None, *, last: bool, second: bool) -> Period:
    middle = month.start + timedelta(days=15)
    if days is None:
        return Period(start=middle, end=month.end) if second or last else Period(start=month.start, end=middle)
    if last:
        return Period(start=month.end - timedelta(days=days), end=month.end)
    start = month.start + timedelta(days=days if second else 0)
    return Period(start=start, end=start + timedelta(days=days))


def _fiscal(scan: Scan, at: int, calendar: Calendar) -> Time | None:
    named = fiscal_at(scan, at, calendar.names)
    if named is None:
        return None
    return Time(at, named.end, period_of(named, calendar.fiscal, calendar.today, calendar.said))


def _half(scan: Scan, at: int, calendar: Calendar) -> Time | None:
    """`first half of 2024`, `H2 2024`; without a year the context's, else today's."""
    lead = scan.phrase(at, (("first", "half"), ("second", "half"), ("1st", "half"), ("2nd", "half"), ("h1",), ("h2",)))
    if not lead:
        return None
    end = at + lead + (1 if scan.word(at + lead) == "of" else 0)
    year = _year_at(scan, end)
    for said in (("the", "year"), ("this", "year"), ("year",)):
        if scan.has(end, said):
            first = date(calendar.today.year, 1 if scan.word(at) in ("first", "1st", "h1") else 7, 1)
            return Time(at, end + len(said), Period(start=first, end=add_months(first, 6)))
    if year is None and end > at + lead:
        return None  # `the first half of September`: something else
    first = date(year or calendar.year or calendar.today.year, 1 if scan.word(at) in ("first", "1st", "h1") else 7, 1)
    return Time(at, end + (1 if year else 0), Period(start=first, end=add_months(first, 6)))


def _from_month(scan: Scan, at: int, calendar: Calendar) -> Time:
    month = month_number(scan.word(at))
    day = None if scan.tokens[at].comma else _number(scan.word(at + 1))
    if (short := _short_year(scan, at + 1, calendar)) and not scan.tokens[at].comma:
        begun = Period.month(short, month).start < calendar.today
        if day is not None and (not begun or _year_at(scan, at + 2)):
            # `Oct 27` in 2026 can only be a day: that month of 2027 has not come.
            year = _year_at(scan, at + 2)
            return Time(at, at + (3 if year else 2), _day(calendar.month_of(month, year), day))
        if not _year_at(scan, at + 2):
            name = calendar.month_of(month, short).label()
            raise BadInput(
                f"`{scan.tokens[at].raw} {scan.tokens[at + 1].raw}` could be {name} or a day",
                fix=f"write `{name}` or `{day} {name}`",
            )
        return Time(at, at + 2, calendar.month_of(month, short))
    if day is not None and not _is_count(scan, at + 1):
        year = _year_at(scan, at + 2)
        return Time(at, at + (3 if year else 2), _day(calendar.month_of(month, year), day))
    skip = 1 if scan.word(at + 1) == "of" else 0
    if (said := scan.word(at + 1 + skip)) in ("this", "last") and scan.word(at + 2 + skip) == "year":
        return Time(at, at + 3 + skip, Period.month(calendar.today.year - (said == "last"), month))
    year = _year_at(scan, at + 1 + skip)
    return Time(at, at + (2 + skip if year else 1), calendar.month_of(month, year))


def _short_year(scan: Scan, at: int, calendar: Calendar) -> int | None:
    """Return the year that two digits mean, `Q2 '26`; None where they are far from today's."""
    word = scan.word(at)
    if len(word) != 2 or not word.isdecimal() or _is_count(scan, at):
        return None
    year = 2000 + int(word)
    return year if abs(year - calendar.today.year) <= 2 else None


def _is_count(scan: Scan, at: int) -> bool:
    after = scan.word(at + 1)
    return after in (*_UNITS, "months", "weeks", "most", "top") or after in LARGEST or after in SMALLEST


def _from_day(scan: Scan, at: int, day: int, calendar: Calendar) -> Time | None:
    skip = 2 if scan.word(at + 1) == "of" else 1
    if not _is_month(scan, at + skip):
        return None
    year = _year_at(scan, at + skip + 1)
    month = calendar.month_of(month_number(scan.word(at + skip)), year)
    return Time(at, at + skip + (2 if year else 1), _day(month, day))


def _range(scan: Scan, at: int, calendar: Calendar) -> Time | None:
    """`from 3 to 9 September 2024`, `between 2024-09-03 and 2024-09-09`, `July to September 2024`."""
    opened = scan.word(at) in ("from", "between")
    first = at + 1 if opened else at
    bare = _number(scan.word(first))
    if not opened and _compares(scan) and scan.word(first).startswith("q") and scan.word(first + 1) == "to":
        return None  # `compare Q3 to Q2`: two periods, of which the later may be named first
    if bare is not None and scan.word(first + 1) in _TO:
        last = _point(scan, first + 2, calendar)
        if last and last.period and last.period.days == 1:
            start = _day(Period.month(last.period.start.year, last.period.start.month), bare)
            return _joined(at, last.end, start, last.period)
    begin = _point(scan, first, calendar)
    if begin is None or begin.period is None or scan.word(begin.end) not in _TO:
        return None
    last = _point(scan, begin.end + 1, calendar)
    if last is None or last.period is None or (scan.word(begin.end) == "and" and scan.word(at) != "between"):
        return None
    start = begin.period
    # `July to September 2023`: the first takes the year of the last where it names none itself.
    written = any(is_fiscal_word(scan.word(place)) and "y" in scan.word(place) for place in range(first, begin.end))
    if _year_at(scan, begin.end - 1) is None and not _ISO.fullmatch(scan.word(first)) and not written:
        start = _in_year(start, last.period.start.year)
        if start.start > last.period.start:
            start = _in_year(start, last.period.start.year - 1)
    found = _joined(at, last.end, start, last.period)
    units = start.whole_months
    return replace(found, ends=(start, last.period)) if units and units == last.period.whole_months else found


def _compares(scan: Scan) -> bool:
    return any(token.text in ("compare", "compared", "comparison") for token in scan.tokens)


def _in_year(period: Period, year: int) -> Period:
    moved = (year - period.start.year) * 12
    return Period(start=add_months(period.start, moved), end=add_months(period.end, moved))


def _joined(start: int, end: int, first: Period, last: Period) -> Time:
    if first.start >= last.end:
        raise BadInput(f"`{first.label()}` is after `{last.label()}`", fix="name the earlier day first")
    return Time(start, end, Period(start=first.start, end=last.end))


def _since(scan: Scan, at: int, calendar: Calendar) -> Time | None:
    if scan.word(at) != "since":
        return None
    begin = _point(scan, at + 1, calendar)
    if begin is None or begin.period is None or begin.period.start >= calendar.today:
        return None
    return Time(at, begin.end, Period(start=begin.period.start, end=calendar.today))


def _to_date(scan: Scan, at: int, calendar: Calendar) -> Time | None:
    """`month to date`, `ytd`: up to and without today, which has no data yet."""
    short = {"mtd": "month", "ytd": "year", "qtd": "quarter", "wtd": "week"}.get(scan.word(at))
    unit = short or (scan.word(at) if scan.has(at + 1, ("to", "date")) else "")
    if unit not in ("week", "month", "quarter", "year"):
        return None
    start = calendar.current(unit).start
    period = Period(start=start, end=calendar.today) if start < calendar.today else calendar.current(unit)
    return Time(at, at + (1 if short else 3), period)


def _relative(scan: Scan, at: int, calendar: Calendar) -> Time | None:
    word, today = scan.word(at), calendar.today
    if word in ("today", "yesterday"):
        day = today if word == "today" else today - timedelta(days=1)
        return Time(at, at + 1, Period(start=day, end=day + timedelta(days=1)))
    lead = 1 if word == "the" else 0
    word, unit = scan.word(at + lead), scan.word(at + lead + 1)
    if (found := _after(scan, at, lead, calendar)) is not None:
        return found
    if word in ("this", "current") and unit in ("week", "month", "quarter", "year"):
        return Time(at, at + lead + 2, calendar.current(unit))
    if before := re.fullmatch(r"(week|month|quarter|year)-before-last", word):
        return Time(at, at + lead + 1, calendar.previous("last", before[1]).previous())
    if word not in _LAST:
        return None
    if unit in ("week", "month", "quarter", "year"):
        return Time(at, at + lead + 2, calendar.previous(word, unit))
    count, unit = unit, scan.word(at + lead + 2)
    if not count.isdecimal() or not 1 <= int(count) <= 3660:
        return None
    if unit in _UNITS:
        return Time(at, at + lead + 3, Period(start=today - timedelta(days=int(count) * _UNITS[unit]), end=today))
    if months := {"month": 1, "quarter": 3, "year": 12}.get(unit.removesuffix("s"), 0):
        end = calendar.current(unit.removesuffix("s")).start
        return Time(at, at + lead + 3, Period(start=add_months(end, -int(count) * months), end=end))
    return None


def _after(scan: Scan, at: int, lead: int, calendar: Calendar) -> Time | None:
    """`the day after`, `the next month`: what follows the period spoken of, where that is one such unit and has data to follow."""
    word, other = scan.word(at + lead), scan.word(at + lead + 1)
    unit = word if other in ("after", "later") else other if word in ("next", "following") else ""
    months = {"day": 0, "week": 0, "month": 1, "quarter": 3, "year": 12}.get(unit)
    if months is None or calendar.said is None:
        return None
    said, days = calendar.said, {"day": 1, "week": 7}.get(unit)
    if said.days != days and said.whole_months != (months or None):
        return None
    end = said.end + timedelta(days=days) if days else add_months(said.end, months)
    return Time(at, at + lead + 2, Period(start=said.end, end=end)) if said.end < calendar.today else None


def _all(scan: Scan, at: int, calendar: Calendar) -> Time | None:
    del calendar
    for phrase in _EVER:
        if scan.has(at, phrase):
            return Time(at, at + len(phrase), None)
    return None
