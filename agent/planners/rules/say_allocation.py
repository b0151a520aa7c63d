"""Words for allocated cost: each target's direct and shared part, what is unallocated, and the reconciliation."""

from collections.abc import Iterator

from agent.grounding.names import quoted
from agent.planners.contract import ToolOutcome
from agent.planners.rules.lexicon import METRIC_WORDS
from agent.planners.rules.say_cost import filter_words, period_words
from finops.periods import Period
from tools.allocation_contract import AllocateCosts
from tools.allocation_result import AllocationResult, AllocationTotal, PoolRow, TargetRow

_LISTED = 60


def say_allocation(outcome: ToolOutcome) -> str:
    """Say who bears what, directly and as a part of shared cost; unallocated is always said, and that the parts add up."""
    evidence = outcome.evidence
    if evidence is None:
        raise ValueError(f"call {outcome.call.id} has no evidence")
    asked, result = AllocateCosts.model_validate(evidence.input), AllocationResult.model_validate(evidence.result)
    metric = METRIC_WORDS[result.metric].capitalize()
    grain = " per month" if asked.grain else ""
    top = f", top {asked.top}" if "top" in outcome.call.input else ""
    about = f"{metric}{filter_words(asked.filters)} allocated by {quoted(result.dimension)}{grain}{top}"
    lines = [f"{about} {period_words(result.period)} ({result.metric}):"]
    lines += [f"- {_target(row, outcome.alias, result)}" for row in result.rows[:_LISTED]]
    lines += ["- the rest stands in the evidence"] if len(result.rows) > _LISTED else []
    lines += [line for total in result.totals for line in _total(total, outcome.alias, many=len(result.totals) > 1)]
    if result.pools:
        lines += ["", "Shared cost:", *(f"- {_pool(pool, outcome.alias)}" for pool in result.pools)]
    return "\n".join(lines)


def _target(row: TargetRow, alias: str, result: AllocationResult) -> str:
    name = quoted(row.target)
    if row.bucket is not None:
        whole = Period.bucket(row.bucket, "month")
        start, end = max(whole.start, result.period.start), min(whole.end, result.period.end)
        name = f"{name} {Period(start=start, end=end).label()}"
    share = f" ({_ref(alias, f'{row.figure}.share')})" if row.share is not None and row.bucket is None else ""
    parts = (
        f"; direct {_ref(alias, f'{row.figure}.direct')}, shared {_ref(alias, f'{row.figure}.shared')}"
        if row.shared
        else ""
    )
    return f"{name}: {_ref(alias, row.figure)}{share}{parts}"


def _total(total: AllocationTotal, alias: str, *, many: bool) -> Iterator[str]:
    name = f"Total in {total.unit}" if many else "Total"
    # `unallocated` is a row of its own too: said to be of the total, it cannot be taken for it.
    direct, shared, left = (_ref(alias, f"{total.figure}.{part}") for part in ("direct", "shared", "unallocated"))
    parts = f"direct in total {direct}, shared in total {shared}, unallocated in total {left}"
    yield f"{name}: {_ref(alias, total.figure)}; {parts}. The parts add up to the bill, to the last digit."


def _pool(pool: PoolRow, alias: str) -> str:
    left = f", {_ref(alias, f'{pool.figure}.left')} left" if pool.left else ""
    return f"{quoted(pool.pool)}: {_ref(alias, pool.figure)}, split {quoted(pool.driver)}{left}"


def _ref(alias: str, figure: str) -> str:
    return f"{{{{{alias}.{figure}}}}}"
