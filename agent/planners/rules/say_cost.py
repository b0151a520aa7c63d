"""Words for cost results; every figure is a reference."""

from collections.abc import Iterator, Sequence

from agent.grounding.names import quoted
from agent.planners.contract import ToolOutcome
from agent.planners.rules.lexicon import DIMENSION_NAMES, METRIC_WORDS
from finops.evidence import Evidence
from finops.periods import Period
from finops.query import CostQuery, Filter
from tools.cost_result import CostResult, CostRow, CostTotal

_LISTED = 60


def dimension_words(name: str) -> str:
    """Return what a dimension is called in a sentence."""
    if name.startswith("tag:"):
        return f"tag {quoted(name.removeprefix('tag:'))}"
    return DIMENSION_NAMES.get(name, quoted(name))


def filter_words(filters: Sequence[Filter]) -> str:
    """Return the conditions in words: ` for AWS, without Compute`; empty without any."""
    parts = [_filter(one) for one in filters]
    return "".join(f"{',' if n else ''} {part}" for n, part in enumerate(parts))


def _filter(one: Filter) -> str:
    tag = f"{dimension_words(one.dimension)} " if one.dimension.startswith("tag:") else ""
    values = tag + " or ".join(quoted(value) for value in one.values)
    match one.op:
        case "is":
            return f"for {values}"
        case "is_not":
            return f"without {values}"
        case "contains":
            return f"where {dimension_words(one.dimension)} contains {values}"
        case "missing":
            return f"without a {dimension_words(one.dimension)}"
        case "present":
            return f"with a {dimension_words(one.dimension)}"


def period_words(period: Period) -> str:
    """Return a period with its preposition: `in September 2024`, `on 18 September 2024`, `from 1 to 7 September 2024`."""
    if period.days == 1:
        return f"on {period.label()}"
    return f"from {period.label()}" if " to " in period.label() else f"in {period.label()}"


def say_cost(outcome: ToolOutcome) -> str:
    """Say what a cost query found: definition, period, filters, each row, the total."""
    evidence = _evidence(outcome)
    query, result = CostQuery.model_validate(evidence.input), CostResult.model_validate(evidence.result)
    lines = [_opening(query, result, outcome.alias)]
    lines += list(_rows(query, result, outcome.alias))
    if result.rows:
        lines += [_total_line(total, outcome.alias, result, many=len(result.totals) > 1) for total in result.totals]
    return "\n".join(lines)


def _evidence(outcome: ToolOutcome) -> Evidence:
    if outcome.evidence is None:
        raise ValueError(f"call {outcome.call.id} has no evidence")
    return outcome.evidence


def _opening(query: CostQuery, result: CostResult, alias: str) -> str:
    metric = METRIC_WORDS[result.metric]
    about = filter_words(query.filters)
    if not result.rows:
        return "\n".join(_single(total, alias, result, about) for total in result.totals)
    by = " and ".join(dimension_words(name) for name in query.group_by)
    split = f" by {by}" if by else ""
    grain = f" per {query.grain}" if query.grain else ""
    top = f", top {query.top}" if query.top else ""
    against = f", beside {result.compare_period.label()}" if result.compare_period else ""
    return f"{metric.capitalize()}{about}{split}{grain}{top} {period_words(result.period)} ({result.metric}){against}:"


def _single(total: CostTotal, alias: str, result: CostResult, about: str) -> str:
    metric = METRIC_WORDS[result.metric].capitalize()
    if result.compare_period is None:
        return f"{metric}{about} {period_words(result.period)} ({result.metric}): {_ref(alias, total.figure)} in total."
    return f"{metric}{about} ({result.metric}): {_change(total.figure, alias, result, percent=total.change_percent is not None)}."


def _change(figure: str, alias: str, result: CostResult, *, percent: bool) -> str:
    before = result.compare_period.label() if result.compare_period else ""
    share = f" ({_ref(alias, f'{figure}.change_percent')})" if percent else ""
    return (
        f"{_ref(alias, f'{figure}.compare')} in total for {before}; {_ref(alias, figure)} in total for "
        f"{result.period.label()}; total change {_ref(alias, f'{figure}.change')}{share}"
    )


def _total_line(total: CostTotal, alias: str, result: CostResult, *, many: bool) -> str:
    name = f"Total in {total.unit}" if many else "Total"
    if result.compare_period is None:
        return f"{name}: {_ref(alias, total.figure)}."
    return f"{name}: {_change(total.figure, alias, result, percent=total.change_percent is not None)}."


def _rows(query: CostQuery, result: CostResult, alias: str) -> Iterator[str]:
    for row in result.rows[:_LISTED]:
        yield f"- {label(row, alias, result, query)}"
    if len(result.rows) > _LISTED:
        yield "- the rest stands in the evidence"


def label(row: CostRow, alias: str, result: CostResult, query: CostQuery) -> str:
    """Return one row: its group and bucket, its value, and its share or change."""
    name = row_name(row, query, result)
    value = _ref(alias, row.figure)
    if result.compare_period is not None:
        percent = f" ({_ref(alias, f'{row.figure}.change_percent')})" if row.change_percent is not None else ""
        before = _ref(alias, f"{row.figure}.compare")
        return f"{name}: {value}; before {before}; change {_ref(alias, f'{row.figure}.change')}{percent}"
    if row.bucket is not None:
        return f"{name}: {value}"
    share = f" ({_ref(alias, f'{row.figure}.share')})" if row.share is not None else ""
    return f"{name}: {value}{share}"


def row_name(row: CostRow, query: CostQuery, result: CostResult) -> str:
    """Return what a row is about, as it may stand in a sentence."""
    group = "other" if row.other else " / ".join(quoted(v) if v is not None else "(none)" for v in row.group.values())
    if row.bucket is None or query.grain is None:
        return group
    whole = Period.bucket(row.bucket, query.grain)
    bucket = Period(start=max(whole.start, result.period.start), end=min(whole.end, result.period.end))
    return " ".join(filter(None, (group, bucket.start.isoformat() if bucket.days == 1 else bucket.label())))


def _ref(alias: str, figure: str) -> str:
    return f"{{{{{alias}.{figure}}}}}"


def say_why(outcomes: Sequence[ToolOutcome]) -> str:
    """Say what changed and which groups moved most; without a period before, what the cost is made of."""
    first = _evidence(outcomes[0])
    result = CostResult.model_validate(first.result)
    if result.compare_period is None:
        intro = f"There is no bill from before {result.period.label()}, so no change can be explained; this is what it is made of."
        return "\n\n".join([intro, *(say_cost(outcome) for outcome in outcomes)])
    about = filter_words(CostQuery.model_validate(first.input).filters)
    lines = [_single(total, outcomes[0].alias, result, about) for total in result.totals]
    for outcome in outcomes:
        lines += ["", *_movers(outcome)]
    return "\n".join(lines)


def _movers(outcome: ToolOutcome) -> Iterator[str]:
    evidence = _evidence(outcome)
    result = CostResult.model_validate(evidence.result)
    query = CostQuery.model_validate(evidence.input)
    by = " and ".join(dimension_words(name) for name in query.group_by)
    moved = sorted((r for r in result.rows if r.change), key=lambda r: (-abs(r.change or 0), r.figure))[:5]
    if not moved:
        yield f"By {by}, nothing changed."
        return
    yield f"Largest changes by {by}:"
    for row in moved:
        percent = f" ({_ref(outcome.alias, f'{row.figure}.change_percent')})" if row.change_percent is not None else ""
        yield f"- {row_name(row, query, result)}: {_ref(outcome.alias, f'{row.figure}.change')}{percent}"
