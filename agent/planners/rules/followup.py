"""Follow-ups: what was asked before, read back from its calls, with what the new question changes."""

import re
from dataclasses import replace

from pydantic import ValidationError

from agent.planners.contract import Exchange
from agent.planners.rules.dimension_names import plural
from agent.planners.rules.lexicon import SEVERAL
from agent.planners.rules.misread import misread
from agent.planners.rules.reading import Compare, Misread, Reading
from agent.planners.rules.say_cost import dimension_words
from finops.periods import Period
from finops.query import COST_METRICS, CostQuery, Filter


def last_query(history: tuple[Exchange, ...]) -> CostQuery | None:
    """Return the first cost query of the latest exchange that made one, whichever planner chose it."""
    for exchange in reversed(history):
        for call in exchange.calls:
            if call.tool == "cost_query":
                try:
                    return CostQuery.model_validate(call.input)
                except ValidationError:
                    continue
    return None


def earlier_period(history: tuple[Exchange, ...]) -> Period | None:
    """Return the period of the question before the last, where the two ask the same of different periods: what a change is from."""
    last, earlier = last_query(history), last_query(history[:-1])
    if last is None or earlier is None or last.compare or earlier.compare or last.period == earlier.period:
        return None
    same = last.model_copy(update={"period": None}) == earlier.model_copy(update={"period": None})
    return earlier.period if same else None


def goes_on_asking_why(reading: Reading, history: tuple[Exchange, ...]) -> bool:
    """Tell whether `no, I meant Azure` corrects a question why: it was answered with the unusual days beside the change."""
    tools = {call.tool for call in history[-1].calls} if history else set[str]()
    split = reading.group_by or reading.grain or reading.compare or reading.shown.ranked
    return reading.corrects and reading.intent == "cost" and not split and {"cost_query", "detect_anomalies"} <= tools


def is_followup(reading: Reading) -> bool:
    """Tell whether a question needs the one before: it begins with `and`, or says nothing of cost itself."""
    return reading.intent in ("cost", "why") and (
        reading.continues or reading.points or not reading.whole or _bare_why(reading)
    )


def only_measure(reading: Reading) -> bool:
    """Tell whether a question names a definition of cost and nothing else: `what is the amortised cost?`, of what was asked before."""
    rest = replace(reading, metric=None, whole=False, points=False)
    return reading.metric in COST_METRICS and rest == Reading(whole=False)


def of_several(question: str, reading: Reading, before: CostQuery) -> Misread | None:
    """Decline to split what several groups were told of: `their top services` could be any of theirs."""
    said = next((word for word in re.findall(r"[a-z]+", question.casefold()) if word in SEVERAL), "")
    if not said or not before.group_by or not reading.group_by or set(reading.group_by) & set(before.group_by):
        return None
    return misread(
        f"`{said}` could be any of the {plural(dimension_words(before.group_by[0]))} told before",
        "naming the one you mean",
    )


def _bare_why(reading: Reading) -> bool:
    return reading.intent == "why" and reading.period is None


def merged(reading: Reading, before: CostQuery, earlier: Period | None = None) -> Reading:
    """Return the reading with everything it leaves open taken from the query before; `earlier` is what that was asked of before."""
    if reading.implied and reading.period is None and earlier is not None and reading.intent != "why":
        reading = replace(reading, compare=earlier)
    if reading.corrects and reading.period is None and before.period and reading.compare == "previous_period":
        # `no, I meant the month before` is that month itself; without the correction it is set beside.
        reading = replace(reading, period=before.period.previous(), compare=None)
    filters = _filters(reading.filters, before.filters)
    if reading.share and not reading.group_by and len(filters) == 1 and filters[0].op == "is":
        # `as a share of the total` of what was asked for: it among its like.
        reading, filters = replace(reading, group_by=(filters[0].dimension,)), ()
    kinds = any(one.dimension == "ResourceType" for one in filters)
    if reading.shown.ranked and kinds and not (reading.group_by or before.group_by or reading.shown.buckets):
        reading = replace(reading, group_by=("ResourceId",))
    # `what percentage of the total is it` is of the groups told before, each with its share.
    whole = reading.total and not reading.filters and not reading.share
    groups = reading.group_by or (() if whole else before.group_by)
    grain = reading.grain or (None if reading.total or reading.compare or reading.intent == "why" else before.grain)
    moved = reading.period is not None or reading.all_time
    return replace(
        reading,
        metric=reading.metric or before.metric,
        also=reading.also if reading.metric or reading.also else before.also,
        exclude=tuple(one for one in dict.fromkeys((*before.exclude, *reading.exclude)) if one not in reading.include),
        basis=reading.basis or before.basis,
        currency=reading.currency or before.currency,
        period=reading.period if moved else before.period,
        filters=filters,
        group_by=groups,
        grain=grain,
        compare=reading.compare or _compare(before, moved=moved, grain=bool(grain)),
        top=reading.top or (before.top if groups == before.group_by and not reading.shown.picks else None),
    )


def _compare(before: CostQuery, *, moved: bool, grain: bool) -> Compare | None:
    if grain or before.compare is None:
        return None
    return None if moved and not isinstance(before.compare, str) else before.compare


def _filters(new: tuple[Filter, ...], old: tuple[Filter, ...]) -> tuple[Filter, ...]:
    """A new condition replaces an old one on the same dimension, except where one of them only leaves values out."""
    replaced = {one.dimension for one in new if one.op == "is"}
    if "ProviderName" in replaced:
        # A service is of one provider: another provider is asked for instead of it.
        replaced.add("ServiceName")
    excluded = {(one.dimension, one.op) for one in new}
    kept = tuple(o for o in old if o.dimension not in replaced and (o.dimension, o.op) not in excluded)
    return (*kept, *new)
