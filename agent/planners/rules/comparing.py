"""Periods set beside each other: `September vs August`, `rose from September to October`; told from the earlier to the later."""

from dataclasses import replace

from agent.planners.rules.lexicon import (
    AGAINST,
    BEFORE,
    CHANGE_PHRASES,
    CHANGES,
    COMPARERS,
    COMPARING,
    FALLS,
    GAPS,
    MORE,
    RISES,
)
from agent.planners.rules.misread import misread
from agent.planners.rules.reading import Compare, Misread, Movers, Reading
from agent.planners.rules.scan import Scan
from agent.planners.rules.times import Time
from finops.periods import Period
from finops.query import COST_METRICS, Measure

# `between` opens a range too, and says by itself nothing of a comparison.
_COMPARES = (COMPARING - {"between"}) | MORE


def find_before(scan: Scan) -> Compare | None:
    """`vs the month before`, `than a year ago`: the period before, whatever the main one is."""
    for at in range(len(scan.tokens)):
        for phrase, meaning in BEFORE:
            article = 1 if scan.word(at - 1) == "the" else 0
            lead = scan.phrase_before(at - article, AGAINST)
            # `in the previous month` is a period; only after `vs` and the like is it one to compare with.
            if scan.has(at, phrase) and (lead or phrase[0] not in ("previous", "prior")):
                scan.take(at - article - lead, at + len(phrase))
                return "previous_year" if meaning == "previous_year" else "previous_period"
    return None


def find_second(scan: Scan, periods: list[Time]) -> Period | Misread | None:
    """A second period is one to compare with, where a word says so; so is the only one after `vs` or `than`."""
    if len(periods) == 1 and (lead := scan.phrase_before(periods[0].start, AGAINST)):
        only = periods.pop()
        scan.take(only.start - lead, only.start)
        return only.period or misread(
            "everything cannot be compared with itself", "`September 2024 compared with August 2024`"
        )
    if len(periods) < 2:
        return None
    first, second = periods[0], periods[1]
    lead = scan.phrase_before(second.start, COMPARERS)
    compared = lead or any(scan.word(at) in COMPARING for at in range(len(scan.tokens)))
    if len(periods) > 2 or not compared or first.period is None or second.period is None:
        return misread("more than one period is named", "`September 2024 compared with August 2024`")
    scan.take(second.start - lead, second.start)
    return second.period


def find_change(scan: Scan) -> tuple[bool, Movers]:
    """Find and take words of change; return whether there are any, and which way they say that cost moved."""
    said = {scan.word(at) for at in scan.take_any(CHANGES)}
    for at in range(len(scan.tokens)):
        if length := scan.phrase(at, CHANGE_PHRASES):
            said.add("rise" if scan.word(at + length - 1) == "up" else "fall")
            scan.take(at, at + length)
    up, down = not said.isdisjoint(RISES), not said.isdisjoint(FALLS)
    return bool(said), ("rise" if up else "fall") if up != down else ""


def find_gap(scan: Scan, metrics: list[Measure]) -> list[str]:
    """Find and take `difference between list and effective cost`, `list cost minus effective cost`; return the column, if any."""
    if len(metrics) != 2 or not COST_METRICS.issuperset(metrics) or not scan.take_any(GAPS):
        return []
    scan.take_any({"between"})
    return [f"{metrics[0]}-{metrics[1]}"]


def apart(scan: Scan, periods: list[Time], *, changed: bool) -> Period | None:
    """Read `from September to October` beside a word of change as two periods: the main one becomes the second.

    Returns the first, to compare with; None where it is one period after all.
    """
    if len(periods) != 1 or periods[0].ends is None:
        return None
    if not changed and not any(scan.word(at) in _COMPARES for at in range(len(scan.tokens))):
        return None
    first, second = periods[0].ends
    periods[0] = replace(periods[0], period=second, ends=None)
    scan.take_any(_COMPARES)
    return first


def forward(reading: Reading) -> Reading:
    """Return a comparison of two named periods so that the change is from the earlier to the later, in whatever order they are named."""
    first, second = reading.compare, reading.period
    if isinstance(first, Period) and second and first.start >= second.end:
        return replace(reading, period=first, compare=second)
    return reading
