"""Words for an investigation: ranked causes that add up to the change, what is within the largest, and what no bill can tell."""

from collections.abc import Iterator, Mapping, Sequence

from agent.grounding.names import quoted
from agent.planners.contract import ToolOutcome
from agent.planners.rules.dimension_names import plural
from agent.planners.rules.investigate import LISTED, Changed, sides
from agent.planners.rules.lexicon import METRIC_WORDS
from agent.planners.rules.say_cost import (
    change_words,
    definition_lines,
    dimension_words,
    filter_words,
    metric_words,
    row_name,
    say_cost,
)
from agent.planners.rules.say_notes import recorded
from finops.query import CostQuery
from tools.anomaly_contract import AnomaliesResult
from tools.cost_result import CostResult, CostRow

_SIDES = {
    "new": "new, without cost in the period before", "gone": "gone, without cost now", "staying": "there in both periods",
}  # fmt: skip
_MOST_UNUSUAL = 3
_MOST_INSIDE = 3


def say_composition(outcomes: Sequence[ToolOutcome], notes: ToolOutcome | None) -> str:
    """Say what a cost is made of where there is no period before to compare with."""
    result = CostResult.model_validate(outcomes[0].evidence.result if outcomes[0].evidence else {})
    intro = f"There is no bill from before {result.period.label()}, so no change can be explained; this is what it is made of."
    told = "\n".join(
        recorded(notes, CostQuery.model_validate(outcomes[0].evidence.input if outcomes[0].evidence else {}).filters)
    ).strip()
    return "\n\n".join([intro, *(say_cost(outcome) for outcome in outcomes), *([told] if told else [])])


def say_why(
    by: Sequence[ToolOutcome],
    found: Mapping[str, ToolOutcome],
    resources: Changed | None,
) -> str:
    """Say what changed and why, as far as a bill tells: `by` are the comparisons, `found` the calls by their role."""
    first = Changed.of(by[0])
    if first is None:
        return "\n\n".join(say_cost(outcome) for outcome in by)
    what = metric_words(first.query) + filter_words(first.query.filters)
    lines = [change_words(total, by[0].alias, first.result, what) for total in first.result.totals]
    lines += ["", *_causes(first, by[0].alias, found.get("left"))]
    for other in by[1:]:
        changed = Changed.of(other)
        if changed is not None:
            heading = f"Largest changes by {dimension_words(changed.dimension)}:"
            lines += ["", *_ranked(changed, other.alias, heading)]
    lines += _within(first, found, resources)
    lines += _unusual(found.get("anomalies"))
    lines += recorded(found.get("notes"), first.query.filters)
    lines += [
        "",
        "What is behind that, such as a launch, a change of price or a decision, is not in the bill and stays unexplained.",
    ]
    return "\n".join([*lines, *definition_lines(first.query, first.result)])


def _causes(changed: Changed, alias: str, left: ToolOutcome | None) -> Iterator[str]:
    by = dimension_words(changed.dimension)
    yield from _ranked(changed, alias, f"Causes by {by}, largest first; they add up to the total change:")
    if left is not None:
        yield f"- all other {plural(by)} together: {_ref(left.alias, 'result')}"


def _ranked(changed: Changed, alias: str, heading: str) -> Iterator[str]:
    if not changed.moved:
        yield f"By {dimension_words(changed.dimension)}, nothing changed."
        return
    yield heading
    for row in changed.moved[:LISTED]:
        yield f"- {_moved(row, changed, alias)}"


def _moved(row: CostRow, changed: Changed, alias: str) -> str:
    percent = f" ({_ref(alias, f'{row.figure}.change_percent')})" if row.change_percent is not None else ""
    return f"{row_name(row, changed.query, changed.result)}: {_ref(alias, f'{row.figure}.change')}{percent}"


def _within(changed: Changed, found: Mapping[str, ToolOutcome], resources: Changed | None) -> Iterator[str]:
    """Say what moved within the group that moved most: resources by whether they are new or gone, and usage."""
    inside = found.get("resources")
    if resources is None or inside is None or not resources.moved:
        return
    name = quoted(str(changed.moved[0].group[changed.dimension]))
    yield ""
    yield f"Within {name}, changes by resource:"
    for role, rows in sides(resources).items():
        summed = found.get(role)
        if len(rows) > 1 and summed is not None:
            yield f"- {_SIDES[role]}: {_ref(summed.alias, 'result')} together"
        for row in rows[: 1 if len(rows) == 1 else _MOST_INSIDE]:
            yield f"- {_moved(row, resources, inside.alias)}{f', {_SIDES[role]}' if len(rows) == 1 else ''}"
    yield from _usage(name, found.get("usage"))


def _usage(name: str, usage: ToolOutcome | None) -> Iterator[str]:
    """Set usage beside cost, where it has one unit: a cost that moved otherwise than usage is a matter of price or mix."""
    changed = Changed.of(usage) if usage is not None else None
    if usage is None or changed is None:
        return
    (total,) = changed.result.totals
    if total.change_percent is not None:
        yield (
            f"- usage of {name}: {_ref(usage.alias, total.figure)} after {_ref(usage.alias, f'{total.figure}.compare')}, a change of "
            f"{_ref(usage.alias, f'{total.figure}.change_percent')}; where cost changed otherwise, price or mix did too"
        )


def _unusual(anomalies: ToolOutcome | None) -> Iterator[str]:
    if anomalies is None or anomalies.evidence is None or anomalies.evidence.result.get("status") != "ok":
        return
    result = AnomaliesResult.model_validate(anomalies.evidence.result)
    yield ""
    if not result.incidents:
        yield "No day of the period was unusual."
        return
    yield f"Unusual days of the period by {METRIC_WORDS[result.metric]} ({result.metric}), largest excess first:"
    for one in result.incidents[:_MOST_UNUSUAL]:
        scope = " / ".join(quoted(value) if value is not None else "(none)" for value in one.scope.values())
        days = one.first_day.isoformat() if one.first_day == one.last_day else f"{one.first_day} to {one.last_day}"
        yield f"- {scope} {days}: {_ref(anomalies.alias, one.figure)} beyond what was expected"


def _ref(alias: str, figure: str) -> str:
    return f"{{{{{alias}.{figure}}}}}"
