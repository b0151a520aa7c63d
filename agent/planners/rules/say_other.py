"""Words for the other tools' results; every figure is a reference."""

from collections.abc import Iterator

from agent.grounding.names import quoted
from agent.planners.contract import ToolOutcome, Turn
from agent.planners.rules.dimension_names import DIMENSION_NAMES
from agent.planners.rules.say_cost import dimension_words, period_words
from finops.actions import ChangeVolume, Draft, ResizeInstance, SetBudget, StartInstance, StopInstance, in_words
from finops.periods import Period
from tools.anomaly_contract import AnomaliesResult, Incident
from tools.contract import NotEnoughData
from tools.dimensions_contract import DimensionsResult
from tools.rightsize_contract import Recommendation, RightsizeResult

_SHOWN = 10
# Of the dimensions a bill has, those people split by; the others work too.
_OFTEN = (
    "ProviderName", "ServiceName", "ServiceCategory", "RegionId", "SubAccountId", "ResourceType", "ResourceId", "ChargeCategory",
)  # fmt: skip


def not_enough(outcome: ToolOutcome) -> str:
    """Say why a tool gave no result, empty where it did. Counts stay in the evidence, where they are figures of nothing."""
    result = outcome.evidence.result if outcome.evidence else {}
    if result.get("status") != "not_enough_data":
        return ""
    reason = NotEnoughData.model_validate(result)
    return f"There is not enough data: {quoted(reason.reason)}."


def say_help(outcome: ToolOutcome, turn: Turn) -> str:
    """Say what is loaded, what to split by, and questions that work on this very data."""
    result = DimensionsResult.model_validate(outcome.evidence.result if outcome.evidence else {})
    days = Period(start=result.first_day, end=turn.as_of)
    names = [one.name for one in result.dimensions]
    plain = [DIMENSION_NAMES[name] for name in _OFTEN if name in names]
    tags = [quoted(name.removeprefix("tag:")) for name in names if name.startswith("tag:")]
    lines = [
        f"The bill holds {{{{{outcome.alias}.rows}}}} {period_words(days)}, in {' and '.join(result.currencies)}.",
        f"Split or filter it by {', '.join(plain)} and others." if plain else "",
        f"Tags: {', '.join(tags[:_SHOWN])}{' and others' if len(tags) > _SHOWN else ''}." if tags else "",
        "Definitions of cost: billed, effective, list, contracted.",
        "Try:",
        *(f"- {question}" for question in _examples(result)),
    ]
    return "\n".join(line for line in lines if line)


def _examples(result: DimensionsResult) -> Iterator[str]:
    month = f"{result.last_day:%B %Y}"
    yield f"What did each provider cost in {month}?"
    yield f"Which service cost the most in {month}?"
    yield f"Daily cost in {month}"
    yield f"Why did cost change in {month}?"
    yield f"Any anomalies in {month}?"
    yield "Where can we save?"


def say_anomalies(outcome: ToolOutcome) -> str:
    """Say which days left their course, by excess."""
    result = AnomaliesResult.model_validate(outcome.evidence.result if outcome.evidence else {})
    where = period_words(result.period)
    if not (result.incidents or result.decreases or result.charges):
        return f"No anomaly {where} ({result.metric})."
    found = f"Anomalies {where} ({result.metric}), largest excess first:"
    lines = [found if result.incidents else f"No anomaly {where} ({result.metric})."]
    lines += [_incident(outcome.alias, one) for one in result.incidents[:_SHOWN]]
    if result.decreases:
        lines += ["Unusual drops:", *(_incident(outcome.alias, one) for one in result.decreases[:_SHOWN])]
    if result.charges:
        lines += ["Large charges that are no usage:"]
        lines += [
            f"- {_scope(c.scope)} {c.day}, {quoted(c.category)}: {_ref(outcome.alias, c.figure)}"
            for c in result.charges[:_SHOWN]
        ]
    return "\n".join(lines)


_STATUS = {
    "provisional": "provisional, its newest days may still change",
    "open": "open",
    "new_level": "the cost has stayed at the new level since, which is not counted here",
    "closed": "over",
}


def _incident(alias: str, one: Incident) -> str:
    days = one.first_day.isoformat() if one.first_day == one.last_day else f"{one.first_day} to {one.last_day}"
    amounts = f"{_ref(alias, f'{one.figure}.actual')} instead of {_ref(alias, f'{one.figure}.expected')}"
    how = "beyond what was expected" if one.excess > 0 else "against what was expected"
    return f"- {_scope(one.scope)} {days}: {_ref(alias, one.figure)} {how} ({amounts}); {_STATUS[one.status]}"


def _scope(scope: dict[str, str | None]) -> str:
    return " / ".join(quoted(value) if value is not None else "(none)" for value in scope.values()) or "the whole bill"


def say_savings(outcome: ToolOutcome) -> str:
    """Say which instances could be smaller or stopped, by saving."""
    result = RightsizeResult.model_validate(outcome.evidence.result if outcome.evidence else {})
    alias = outcome.alias
    if not result.recommendations:
        return (
            f"No instance can be made smaller or stopped on what is measured: {_ref(alias, 'instances')} looked at, "
            f"{_ref(alias, 'skipped')} skipped for want of data."
        )
    lines = ["Savings by month, largest first:"]
    lines += [_recommendation(alias, one) for one in result.recommendations[:_SHOWN]]
    lines += [f"Total saving in {t.currency}: {_ref(alias, t.figure)}." for t in result.totals]
    lines.append(
        "Say `propose the best saving`, `propose the next one`, or `propose` and an id, to put one before policy."
    )
    return "\n".join(lines)


def _recommendation(alias: str, one: Recommendation) -> str:
    change = (
        f"from `{one.current_type}` to `{one.target_type}`"
        if one.target_type
        else f"`{one.current_type}`, idle: stop it"
    )
    return f"- `{one.resource_id}` {change}: {_ref(alias, f'{one.figure}.saving')} ({one.risk} risk)"


def say_draft(outcome: ToolOutcome) -> str:
    """Say what was drafted and what the server computed; the verdict is added from the records."""
    draft = Draft.model_validate(outcome.evidence.result if outcome.evidence else {})
    target = f"`{draft.action.target.resource_id}`"
    match draft.action:
        case ResizeInstance(instance_type=wanted):
            what = f"Resizing {target} to `{wanted}`"
        case StartInstance():
            what = f"Starting {target}"
        case StopInstance():
            what = f"Stopping {target}"
        case ChangeVolume(volume_type=kind, size_gib=size):
            new = [f"`{kind}`"] if kind else []
            new += [_ref(outcome.alias, "size")] if size else []
            what = f"Changing volume {target} to {' of '.join(new)}"
        case SetBudget() as budget:
            return _say_budget(budget, outcome.alias)
        case other:
            what = f"To {in_words(other)}"
    before, after, saving = (_ref(outcome.alias, name) for name in ("cost_before", "cost_after", "saving"))
    if draft.facts.monthly_saving < 0:
        return f"{what} brings its monthly cost from {before} to {after}; saving: {saving}."
    return f"{what} brings its monthly cost from {before} to {after}, saving {saving}."


def _say_budget(budget: SetBudget, alias: str) -> str:
    name, account = budget.target.resource_id, budget.target.account
    return (
        f"Setting budget `{name}` of account `{account}` to {_ref(alias, 'amount')} a month saves nothing by itself; in the last "
        f"30 days the account cost {_ref(alias, 'cost_before')}."
    )


def _ref(alias: str, figure: str) -> str:
    return f"{{{{{alias}.{figure}}}}}"


__all__ = ["dimension_words", "not_enough", "say_anomalies", "say_draft", "say_help", "say_savings"]
