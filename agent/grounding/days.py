"""Are the days that a sentence speaks of those of its figure? A change has two periods, and each day named must be of one of them."""

import re
from collections.abc import Iterable, Sequence
from typing import cast

from agent.grounding import role_words as words
from agent.grounding.dates import Mention, hull
from agent.grounding.kinds import kind_of
from agent.grounding.names import Span
from agent.grounding.page import Page
from agent.grounding.roles import Around
from agent.grounding.scope import mentions_said
from finops.evidence import Evidence, Figure
from finops.periods import Period

SINCE = re.compile(
    r"\b(?:since|from|than|as|against|between|compar(?:ed|ison) (?:with|to)|versus|vs\.?|before|after|over|on)\s+(?:the\s+)?"
    r"(?:(?:level|figure|cost|bill|value|\x00+|[A-Z]{3} ?[0-9.,]+)\s+)?(?:(?:in|of|for)\s+)?$",
    re.IGNORECASE,
)


def covers(said: Period, period: Period) -> bool:
    """Tell whether all days of `period` are among those said."""
    return said.start <= period.start and period.end <= said.end


def period_faults(page: Page, span: Span, figure: Figure, evidence: Evidence) -> Iterable[str]:
    """Yield where the days spoken of are not the figure's."""
    kind, told = kind_of(figure, evidence), page.told_after(span[1])
    others = periods_beside(page, figure, evidence)
    own = figure.period or (others.pop(0) if others else None)
    if own is None:
        return
    said = _ranged(page, mentions_said(page, span), (own, *others))
    if told is not None and (not others or kind == "before"):
        fits = covers(told, own)
    elif kind == "before":
        around = Around(page, span)
        is_said = words.BEFORE_AROUND.search(around.before) or words.BEFORE_AFTER.match(around.after)
        whole = _ranged(page, _in(page, page.sentence(span[0])), (own, *others)) or said
        if not is_said:
            fits = any(covers(m.period, own) for m in said)
        else:
            fits = all(any(covers(m.period, p) for p in (own, *others)) for m in whole)
    elif others:
        fits = _both(page, span, said, own, others)
    else:
        fits = not said or any(covers(m.period, own) for m in said) or hull(m.period for m in said) == own
    if not fits:
        named = hull(m.period for m in said)
        yield f"is about {own.label()}, " + (
            f"but its sentence speaks of {named.label()}" if named else "which its sentence does not say"
        )


def _both(page: Page, span: Span, said: Sequence[Mention], own: Period, others: Sequence[Period]) -> bool:
    """A figure of several periods: each day named is of one of them, and where only one is named it is the later."""
    if not said:
        return True
    every = _ranged(page, _in(page, page.sentence(span[0])), (own, *others)) or said
    if not all(any(covers(m.period, p) for p in (own, *others)) or _is_hull(m.period, own, others) for m in every):
        return False
    plain = [m for m in said if not is_since(page, m)]
    if len(every) > 1:
        return any(covers(m.period, own) or _is_hull(m.period, own, others) for m in every)
    if not plain:
        return True
    return covers(plain[0].period, own) or _is_hull(plain[0].period, own, others)


def _ranged(page: Page, said: Sequence[Mention], periods: Sequence[Period]) -> list[Mention]:
    """Return the dates with two joined by `to` as one, where together they are one of the periods."""
    found: list[Mention] = []
    for mention in said:
        if found and page.text[found[-1].end : mention.start] in (" to ", " until "):
            together = hull((found[-1].period, mention.period))
            if together is not None and together in periods and together != mention.period:
                found[-1] = Mention(found[-1].start, mention.end, together)
                continue
        found.append(mention)
    return found


def _is_hull(said: Period, own: Period, others: Sequence[Period]) -> bool:
    return said == hull((own, *others))


def _in(page: Page, within: Span) -> list[Mention]:
    return [m for m in page.dates if within[0] <= m.start < within[1]]


def is_since(page: Page, mention: Mention) -> bool:
    """Tell whether a date is said to be the one before: `from September`, `than in August`."""
    return SINCE.search(page.blank[: mention.start]) is not None


def periods_beside(page: Page, figure: Figure, evidence: Evidence) -> list[Period]:
    """Return the other periods that a figure is about: of a change the one before, of a result of `calculate` its operands'."""
    if evidence.tool == "calculate":
        periods = [one.period for one in operands(page.items, evidence) if one.period]
        return [] if len({p.label() for p in periods}) < 2 else periods
    kind = kind_of(figure, evidence)
    stem = figure.name.rpartition(".")[0]
    beside = {"change": f"{stem}.compare", "before": stem}.get(kind)
    found = evidence.figure(beside) if beside else None
    return [found.period] if found and found.period else []


def operands(items: Iterable[Evidence], evidence: Evidence) -> list[Figure]:
    """Return the figures that a result of `calculate` was derived from, as far as their evidence is at hand."""
    by_id = {item.id: item for item in items}
    given = evidence.input.get("operands")
    pairs = [str(one).partition("#") for one in cast(list[object], given)] if isinstance(given, list) else []
    found = [by_id[source].figure(name) for source, _, name in pairs if source in by_id]
    return [figure for figure in found if figure]
