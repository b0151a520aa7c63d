"""Questions that are not about a cost: savings, anomalies, and cost given to teams by rules."""

from collections.abc import Collection

from agent.planners.rules.filters import Unclear, find_filters
from agent.planners.rules.grouping import find_grain, find_groups
from agent.planners.rules.lexicon import (
    ALLOCATE_LEADS,
    ALLOCATE_STOP,
    ANOMALIES,
    ANOMALY_STOP,
    ANOTHER,
    NOTE_PHRASES,
    NOTES,
    PROPOSALS,
    REALISED,
    SAVING_STOP,
    SAVINGS,
    STOP,
)
from agent.planners.rules.measures import find_metrics
from agent.planners.rules.misread import left_over, misread
from agent.planners.rules.ranking import find_rank
from agent.planners.rules.reading import Misread, Reading
from agent.planners.rules.scan import Scan
from agent.planners.rules.times import Calendar, times
from agent.planners.rules.vocabulary import Vocabulary
from finops.query import VIRTUAL


def savings(scan: Scan, vocabulary: Vocabulary) -> Reading | Misread:
    """`where can we save?`, `propose the best saving`."""
    if _said(scan, REALISED) or (_said(scan, {"did"}) and _said(scan, {"save"})):
        return misread("what has been saved is not measured yet; I can say what could be", "`Where can we save?`")
    propose = bool(scan.take_any(PROPOSALS))
    another = propose and bool(scan.take_any(ANOTHER))
    found = find_filters(scan, vocabulary)
    if isinstance(found, Unclear):
        return misread(found.reason, found.example)
    scan.take_any(SAVINGS | SAVING_STOP | STOP)
    if scan.left():
        return left_over(scan, vocabulary)
    return Reading(intent="savings", filters=found.filters, propose=propose, another=another)


def anomalies(scan: Scan, vocabulary: Vocabulary, calendar: Calendar) -> Reading | Misread:
    """`any anomalies in September?`"""
    periods = times(scan, calendar)
    found = find_filters(scan, vocabulary)
    if isinstance(found, Unclear):
        return misread(found.reason, found.example)
    groups = find_groups(scan, vocabulary)
    scan.take_any(ANOMALIES | ANOMALY_STOP | STOP)
    if scan.left():
        return left_over(scan, vocabulary)
    if len(periods) > 1 or len(groups) > 3:
        return misread(
            "anomalies are looked for in one period, by up to three dimensions", "`anomalies in September 2024`"
        )
    period = periods[0].period if periods else None
    return Reading(intent="anomalies", period=period, filters=found.filters, group_by=groups)


def notes(scan: Scan, vocabulary: Vocabulary, calendar: Calendar) -> Reading | Misread:
    """`what was deployed last week?`, `notes of October`."""
    periods = times(scan, calendar)
    for at in range(len(scan.tokens)):
        scan.take(at, at + scan.phrase(at, NOTE_PHRASES))
    scan.take_any(NOTES | STOP)
    if scan.left():
        return left_over(scan, vocabulary)
    if len(periods) > 1:
        return misread("notes are told of one period", "`notes of September 2024`")
    return Reading(intent="notes", period=periods[0].period if periods else None)


def allocate(scan: Scan, vocabulary: Vocabulary, calendar: Calendar) -> Reading | Misread:
    """`chargeback by team`, `allocate amortised cost to teams by month`."""
    periods = times(scan, calendar)
    metrics = find_metrics(scan)
    dimension = _allocated_to(scan, vocabulary)
    if isinstance(dimension, Misread):
        return dimension
    found = find_filters(scan, vocabulary)
    if isinstance(found, Unclear):
        return misread(found.reason, found.example)
    rank = find_rank(scan, vocabulary)
    top = rank.count if rank else None
    grain = find_grain(scan)
    scan.take_any(STOP | ALLOCATE_STOP)
    if scan.left():
        return left_over(scan, vocabulary)
    if len(periods) > 1 or len(metrics) > 1 or grain not in (None, "month"):
        return misread(
            "cost is allocated by one definition, for one period or by month",
            "`chargeback in September 2024 by month`",
        )
    return Reading(
        intent="allocate", metric=metrics[0] if metrics else None, period=periods[0].period if periods else None,
        filters=found.filters, grain=grain, top=top, dimension=dimension,
    )  # fmt: skip


def _allocated_to(scan: Scan, vocabulary: Vocabulary) -> str | Misread:
    """Return the virtual dimension that is named, or the only one there is."""
    names = sorted(set(vocabulary.virtual.values()))
    if not names:
        return Misread(
            "no allocation rules are loaded; load some with `toll allocation load FILE`, or split by a tag, such as "
            "`cost by tag team`"
        )
    for at in range(len(scan.tokens)):
        if hit := scan.longest(at, vocabulary.virtual):
            scan.take(at - scan.phrase_before(at, ALLOCATE_LEADS), hit[0])
            return hit[1]
    if len(names) > 1:
        listed = " or ".join(f"`chargeback by {name.removeprefix(VIRTUAL)}`" for name in names)
        return misread("it is not said to what cost is allocated", listed)
    return names[0]


def _said(scan: Scan, known: Collection[str]) -> bool:
    return any(scan.word(at) in known for at in range(len(scan.tokens)))
