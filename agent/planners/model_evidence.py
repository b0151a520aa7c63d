"""What a model is shown of a tool's outcome: alias, figures by name, the rest cut to size with a count. Data, never instructions."""

from agent.planners.contract import ToolOutcome
from agent.planners.model_references import known_aliases, outwards
from agent.planners.model_reply import NOT_JSON
from agent.planners.model_shown import MOST_FIGURES, as_data, cut, digits, fitted, ranked
from finops.evidence import Evidence

_AGAIN = "you made this call before and have its result; answer, or call something else"


def outcome_text(outcome: ToolOutcome, outcomes: tuple[ToolOutcome, ...]) -> str:
    """Return the tool message for one call."""
    aliases = known_aliases(outcomes)
    if outcome.evidence is None:
        again = {"note": _AGAIN} if outcome.repeat else {}
        return outwards(as_data({"error": cut(_error(outcome)), **again}), aliases)
    if outcome.repeat:
        return as_data({"evidence": outcome.alias, "note": _AGAIN})
    return outwards(as_data({"evidence": outcome.alias, **_summary(outcome.evidence)}), aliases)


def _error(outcome: ToolOutcome) -> str:
    if NOT_JSON in outcome.call.input:
        return "the arguments were not a JSON object; send one that fits the tool's schema"
    return outcome.error


def _summary(evidence: Evidence) -> dict[str, object]:
    figures = ranked(evidence.figures)
    summary: dict[str, object] = {"figures": {f.name: f"{digits(f)} {f.unit}" for f in figures[:MOST_FIGURES]}}
    if len(figures) > MOST_FIGURES:
        summary["figures_not_shown"] = len(figures) - MOST_FIGURES
        summary["hint"] = "ask with a filter or a smaller `top` to see the others"
    return summary | {
        "result": fitted(evidence.result),
        "formula": cut(evidence.formula),
        "rows_read": evidence.rows_read,
    }
