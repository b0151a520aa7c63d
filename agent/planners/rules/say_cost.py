"""Words for cost results; every figure is a reference."""

from collections.abc import Iterator, Sequence

from agent.grounding.names import quoted
from agent.planners.contract import ToolOutcome
from agent.planners.rules.dimension_names import DIMENSION_NAMES, plural
from agent.planners.rules.lexicon import METRIC_WORDS
from agent.planners.rules.reading import Movers, Shown
from agent.planners.rules.say_names import NO_NAMES, Names
from finops.evidence import Evidence
from finops.periods import Period
from finops.query import COST_METRICS, VIRTUAL, CostQuery, Filter
from tools.cost_result import AlsoValue, CostResult, CostRow, CostTotal

_LISTED = 60
_ALL = Shown()
# Kinds of charge, as people call them.
_PARTS = {
    ("ChargeCategory", "Credit"): "credits", ("ChargeCategory", "Tax"): "tax", ("ChargeCategory", "Purchase"): "purchases",
    ("ChargeCategory", "Adjustment"): "adjustments", ("ChargeClass", "Correction"): "refunds and other corrections",
}  # fmt: skip
_MOVED = {"rise": "largest rises first", "fall": "largest falls first", "change": "largest changes first"}
_ORDERED = {"from": "at least", "before": "before", "through": "at most", "above": "above"}


def dimension_words(name: str) -> str:
    """Return what a dimension is called in a sentence."""
    if name.startswith("tag:"):
        return f"tag {quoted(name.removeprefix('tag:'))}"
    if name.startswith(VIRTUAL):
        return quoted(name.removeprefix(VIRTUAL))
    return DIMENSION_NAMES.get(name, quoted(name))


def filter_words(filters: Sequence[Filter]) -> str:
    """Return the conditions in words: ` for AWS, without Compute`; empty without any."""
    parts = [_filter(one) for one in filters]
    return "".join(f"{',' if n else ''} {part}" for n, part in enumerate(parts))


def _filter(one: Filter) -> str:
    tag = f"{dimension_words(one.dimension)} " if one.dimension.startswith(("tag:", VIRTUAL)) else ""
    said = (_PARTS.get((one.dimension, value)) or quoted(value) for value in one.values)
    values = tag + " or ".join(said)
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
        case "starts":
            return f"where {dimension_words(one.dimension)} starts with {values}"
        case "from" | "before" | "through" | "above":
            return f"where {dimension_words(one.dimension)} is {_ORDERED[one.op]} {values}"


def period_words(period: Period) -> str:
    """Return a period with its preposition: `in September 2024`, `on 18 September 2024`, `from 1 to 7 September 2024`."""
    if period.days == 1:
        return f"on {period.label()}"
    return f"from {period.label()}" if " to " in period.label() else f"in {period.label()}"


def say_cost(outcome: ToolOutcome, *, shown: Shown = _ALL, listed: int | None = None, names: Names = NO_NAMES) -> str:
    """Say what a cost query found: definition, period, filters, each row, the total.

    Where `shown` picks rows, they are told in its order, and only `listed` of them.
    """
    evidence = _evidence(outcome)
    query, result = CostQuery.model_validate(evidence.input), CostResult.model_validate(evidence.result)
    lines = [_opening(query, result, outcome.alias, shown)]
    lines += list(_rows(query, result, outcome.alias, shown, listed=listed, names=names))
    if result.rows:
        lines += [_total_line(total, outcome.alias, result, many=len(result.totals) > 1) for total in result.totals]
    return "\n".join([*lines, *definition_lines(query, result)])


def definition_lines(query: CostQuery, result: CostResult) -> list[str]:
    """Return what the amounts are, and whose periods count. What is only one part of a bill is not net of its other parts."""
    if not result.definition:
        return []
    parts = result.definition.split("; ")
    only = part_words(query.filters)
    if only:
        parts = [f"only {only}" if one.startswith("net: with ") else one for one in parts]
    basis = "by billing period" if query.basis == "billing" else "by charge period"
    return ["", f"Definition: {'; '.join([*parts, basis])}."]


def part_words(filters: Sequence[Filter]) -> str:
    """Return the part of a bill that is asked for alone: `tax`, `refunds and other corrections`; empty where it is not one."""
    kinds = {(one.dimension, value) for one in filters if one.op == "is" for value in one.values}
    return " or ".join(words for kind, words in _PARTS.items() if kind in kinds)


def _evidence(outcome: ToolOutcome) -> Evidence:
    if outcome.evidence is None:
        raise ValueError(f"call {outcome.call.id} has no evidence")
    return outcome.evidence


def _opening(query: CostQuery, result: CostResult, alias: str, shown: Shown) -> str:
    metric = metric_words(query)
    about = filter_words(query.filters)
    if not result.rows:
        when = "" if result.compare_period else f" {_when(query, result)}"
        return "\n".join(change_words(total, alias, result, f"{metric}{about}{when}") for total in result.totals)
    has = any(one.op == "present" and one.dimension in query.group_by for one in query.filters)
    about = filter_words(
        [one for one in query.filters if not (one.op == "present" and one.dimension in query.group_by)]
    )
    by = " and ".join(dimension_words(name) for name in query.group_by)
    split = f" by {by}{', only what has one' if has else ''}" if by else ""
    grain = f" per {query.grain}" if query.grain else ""
    top = f", top {query.top}" if query.top else ""
    against = f" compared with {result.compare_period.label()}" if result.compare_period else ""
    order = f", {_order_words(shown)}" if shown.picks else ""
    when = _when(query, result)
    return f"{_capital(metric)}{about}{split}{grain}{top} {when}{against} ({result.metric}){order}:"


def metric_words(query: CostQuery) -> str:
    """Return what is summed, in words: `effective cost without credits, in EUR`; the definition in full stands beneath."""
    name = METRIC_WORDS[query.metric]
    if query.exclude:
        name += f" without {', '.join(query.exclude)}"
    return f"{name} in {query.currency}" if query.currency else name


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _when(query: CostQuery, result: CostResult) -> str:
    if query.basis == "charge":
        return period_words(result.period)
    return f"invoiced {period_words(result.period)}" if query.period else "of all billing periods"


def change_words(total: CostTotal, alias: str, result: CostResult, what: str) -> str:
    """Say one total, beside that of the period it is compared with."""
    if result.compare_period is None:
        amount = f"{_ref(alias, total.figure)} in total{', net' if total.credits else ''}"
        return f"{_capital(what)} ({result.metric}): {amount}{_beside(total, alias)}."
    change = _change(total.figure, alias, result, percent=total.change_percent is not None)
    return f"{_capital(what)} ({result.metric}): {change}{_beside(total, alias, _of(result))}."


def _of(result: CostResult) -> str:
    """Return of which of two periods it is that only one is told: `in October 2024: `."""
    return f"{period_words(result.period)}: " if result.compare_period else ""


def _beside(one: CostRow | CostTotal, alias: str, of: str = "") -> str:
    """Return gross and credits where credits are inside, corrections, and the further columns: `; gross USD 3, credits USD -1`."""
    parts = (
        [f"{of}{_ref(alias, f'{one.figure}.gross')} gross, {_ref(alias, f'{one.figure}.credits')} credits"]
        if one.credits
        else []
    )
    if isinstance(one, CostTotal) and one.corrections:
        parts.append(f"{of}{_ref(alias, f'{one.figure}.corrections')} refunds and other corrections in it")
    parts += [of + _column(name, also, f"{one.figure}.{name}", alias) for name, also in one.also.items()]
    return "".join(f"; {part}" for part in parts)


def _column(name: str, also: AlsoValue, figure: str, alias: str) -> str:
    words = column_words(name)
    if name.startswith("distinct:") and also.value is not None:
        return f"{_ref(alias, figure)} {words}"
    if also.value is not None:
        return f"{words} {_ref(alias, figure)}" + (f" ({quoted(also.note)})" if also.note else "")
    return f"{words} {also.date}" if also.date else f"no {words}" + (f" ({quoted(also.note)})" if also.note else "")


def column_words(name: str) -> str:
    """Return what a further column is called in a sentence."""
    if name.startswith("distinct:"):
        return f"different {plural(dimension_words(name.removeprefix('distinct:')))}"
    if name.endswith("/ConsumedQuantity"):
        return f"{METRIC_WORDS[name.removesuffix('/ConsumedQuantity')]} by unit consumed"
    whole, gap, part = name.partition("-")
    if gap and whole in COST_METRICS and part in COST_METRICS:
        return f"difference ({METRIC_WORDS[whole]} less {METRIC_WORDS[part]})"
    return METRIC_WORDS.get(name, quoted(name))


def _change(figure: str, alias: str, result: CostResult, *, percent: bool) -> str:
    before, now = result.compare_period.label() if result.compare_period else "", result.period.label()
    # `from May 2024 to July 2024 to ...` could not be read.
    span = f"from {before} to {now}" if " to " not in before + now else "from the earlier to the later"
    share = f" ({_ref(alias, f'{figure}.change_percent')})" if percent else ""
    return (
        f"{_ref(alias, f'{figure}.compare')} in total for {before}; {_ref(alias, figure)} in total for "
        f"{now}; total change {span} {_ref(alias, f'{figure}.change')}{share}"
    )


def _total_line(total: CostTotal, alias: str, result: CostResult, *, many: bool) -> str:
    name = f"Total in {total.unit}" if many else "Total"
    if result.compare_period is None:
        return f"{name}: {_lead(total, result)}{_ref(alias, total.figure)}{_net(total)}{_beside(total, alias)}."
    change = _lead(total, result) + _change(total.figure, alias, result, percent=total.change_percent is not None)
    return f"{name}: {change}{_beside(total, alias, _of(result))}."


def _lead(one: CostRow | CostTotal, result: CostResult) -> str:
    """Name the metric where others stand beside it."""
    return f"{METRIC_WORDS[result.metric]} " if one.also and result.metric != "rows" else ""


def _net(one: CostRow | CostTotal) -> str:
    return " net" if one.credits else ""


def _rows(
    query: CostQuery, result: CostResult, alias: str, shown: Shown, *, listed: int | None, names: Names
) -> Iterator[str]:
    rows = _picked(result, shown)
    most = min(listed or _LISTED, _LISTED) if shown.picks else _LISTED
    if shown.picks and not rows:
        yield f"- {_nothing(shown)}"
    for row in rows[:most]:
        yield f"- {label(row, alias, result, query, names)}"
    if len(rows) > most:
        yield "- the rest stands in the evidence"
    elif len(rows) < len(result.rows) and rows:
        yield f"- {_others(shown)}"


def _order_words(shown: Shown) -> str:
    within = "only those within the amount named, " if shown.limited else ""
    if shown.movers:
        return within + _MOVED[shown.movers] + (" in percent" if shown.by_percent else "")
    return f"{within}{'smallest' if shown.smallest else 'largest'} first"


def _nothing(shown: Shown) -> str:
    if shown.limited:
        return "none is within the amount named"
    return f"nothing {'rose' if shown.movers == 'rise' else 'fell' if shown.movers == 'fall' else 'changed'}"


def _others(shown: Shown) -> str:
    if shown.limited:
        return "the others are not within the amount named"
    if not shown.movers:
        return "what has none is in the total, and is not ranked"
    return f"the others did not {'change' if shown.movers == 'change' else shown.movers}"


def _picked(result: CostResult, shown: Shown) -> tuple[CostRow, ...]:
    """Return the rows that are told, in order: those of one cost stay in the tool's own."""
    rows = moved_rows(result, shown.movers, by_percent=shown.by_percent) if shown.movers else result.rows
    rows = tuple(row for row in rows if _within(row, shown))
    if shown.named:
        rows = tuple(row for row in rows if row.other or None not in row.group.values())
    if shown.movers or not shown.picks:
        return rows
    return tuple(sorted(rows, key=lambda row: row.value if shown.smallest else -row.value))


def _within(row: CostRow, shown: Shown) -> bool:
    return (shown.least is None or row.value > shown.least) and (shown.most is None or row.value < shown.most)


def moved_rows(result: CostResult, movers: Movers, *, by_percent: bool = False) -> tuple[CostRow, ...]:
    """Return the rows that moved in this direction, those that moved most first; by percent, those from nothing are left out."""
    sign = {"rise": 1, "fall": -1}.get(movers, 0)
    moved = (row for row in result.rows if row.change and (row.change * sign > 0 or not sign))
    if by_percent:
        moved = (row for row in moved if row.change_percent is not None and not row.other)
    return tuple(
        sorted(moved, key=lambda row: (-abs((row.change_percent if by_percent else row.change) or 0), row.figure))
    )


def label(row: CostRow, alias: str, result: CostResult, query: CostQuery, names: Names = NO_NAMES) -> str:
    """Return one row: its group and bucket, its value, and its share or change."""
    name = row_name(row, query, result, names)
    value = _ref(alias, row.figure)
    if result.compare_period is not None:
        percent = f" ({_ref(alias, f'{row.figure}.change_percent')})" if row.change_percent is not None else ""
        before = _ref(alias, f"{row.figure}.compare")
        return f"{name}: {value}; before {before}; change {_ref(alias, f'{row.figure}.change')}{percent}"
    share = f" ({_ref(alias, f'{row.figure}.share')})" if row.share is not None and row.bucket is None else ""
    mark = " (provisional)" if row.growing and row.bucket is not None else ""
    return f"{name}: {_lead(row, result)}{value}{_net(row)}{share}{mark}{_beside(row, alias)}"


def row_name(row: CostRow, query: CostQuery, result: CostResult, names: Names = NO_NAMES) -> str:
    """Return what a row is about, as it may stand in a sentence."""
    group = names.group(row)
    if row.bucket is None or query.grain is None:
        return group
    whole = Period.bucket(row.bucket, query.grain)
    start, end = max(whole.start, result.period.start), min(whole.end, result.period.end)
    # A month may be billed after the last charge.
    bucket = Period(start=start, end=end) if start < end else whole
    return " ".join(filter(None, (group, bucket.start.isoformat() if bucket.days == 1 else bucket.label())))


def _ref(alias: str, figure: str) -> str:
    return f"{{{{{alias}.{figure}}}}}"


def say_average(outcome: ToolOutcome, averages: Sequence[ToolOutcome], days: Period) -> str:
    """Say what each total is a day on average, beside the total it is of."""
    evidence = _evidence(outcome)
    query, result = CostQuery.model_validate(evidence.input), CostResult.model_validate(evidence.result)
    what = f"{metric_words(query)}{filter_words(query.filters)} {_when(query, result)} ({result.metric})"
    lines = [
        f"Average daily {what}: {_ref(average.alias, 'result')}, that is {_ref(outcome.alias, total.figure)} in total"
        f"{_net(total)}, divided by the days {period_words(days)}{_beside(total, outcome.alias)}."
        for total, average in zip(result.totals, averages, strict=True)
    ]
    return "\n".join([*lines, *definition_lines(query, result)])


def say_mean(outcome: ToolOutcome, means: Sequence[ToolOutcome], *, all_whole: bool) -> str:
    """Say the mean of a total's buckets, or of the whole ones among them, and each of them beneath."""
    query = CostQuery.model_validate(_evidence(outcome).input)
    of = "these" if all_whole else f"the whole {query.grain}s among these"
    lines = [
        f"Average {metric_words(query)}{filter_words(query.filters)} by {query.grain}: {_ref(mean.alias, 'result')}, the mean of {of}:"
        for mean in means
    ]
    return "\n".join([*lines, "", say_cost(outcome)])
