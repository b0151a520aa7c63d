"""What a model is shown of a tool's outcome: alias, figures by name, the rest cut to size with a count. Data, never instructions."""

import json
import re
from collections.abc import Mapping

from pydantic import JsonValue

from agent.planners.contract import ToolOutcome
from agent.planners.model_references import known_aliases, outwards
from agent.planners.model_reply import NOT_JSON
from finops.evidence import Evidence, Figure
from finops.money import plain, trimmed

MOST_FIGURES = 80
MOST_RESULT = 4_000
MOST_TEXT = 300
_AGAIN = "you made this call before and have its result; answer, or call something else"
# What a chat template could take for the start of a message: `<|im_start|>`, `</tool>`, `[INST]`.
_TEMPLATE = re.compile(r"[<>]|\[(?=/?[A-Z_]+\])")


def as_data(value: object) -> str:
    """Return JSON in which nothing can be read as the end of the message: ASCII only, `<` and `[INST]` escaped."""
    text = json.dumps(value, separators=(",", ":"), ensure_ascii=True, allow_nan=False)
    return _TEMPLATE.sub(lambda match: f"\\u{ord(match[0]):04x}", text)


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
    ranked = sorted(evidence.figures, key=_rank)
    summary: dict[str, object] = {"figures": {f.name: _shown(f) for f in ranked[:MOST_FIGURES]}}
    if len(ranked) > MOST_FIGURES:
        summary["figures_not_shown"] = len(ranked) - MOST_FIGURES
        summary["hint"] = "ask with a filter or a smaller `top` to see the others"
    return summary | {
        "result": fitted(evidence.result),
        "formula": cut(evidence.formula),
        "rows_read": evidence.rows_read,
    }


def _rank(figure: Figure) -> int:
    """Totals first, then plain figures, then what is derived from them; the tool's own order within each (sorting is stable)."""
    base = figure.name.partition(" ")[0].partition(".")[0]
    return 0 if base in ("total", "saving", "result", "rows") else 1 if "." not in figure.name else 2


def _shown(figure: Figure) -> str:
    return f"{plain(trimmed(figure.value, least=0))} {figure.unit}"


def fitted(result: Mapping[str, JsonValue]) -> JsonValue:
    """Return the result with its lists shortened until it fits; what was left out is counted, so that it is not taken for all."""
    whole = dict(result)
    for most in (50, 20, 10, 5, 2, 1, 0):
        short = _shortened(whole, most)
        if len(as_data(short)) <= MOST_RESULT:
            return short
    return {"status": result.get("status", "ok"), "not_shown": "the result is too large"}


def _shortened(value: JsonValue, most: int, name: str = "") -> JsonValue:
    if isinstance(value, dict):
        # A field without a value says nothing, but for `group`, where it means the rows that lack the dimension.
        kept_nulls = name == "group"
        return {cut(k): _shortened(v, most, k) for k, v in value.items() if v is not None or kept_nulls}
    if isinstance(value, list):
        kept: list[JsonValue] = [_shortened(item, most, name) for item in value[:most]]
        return [*kept, {"not_shown": len(value) - most}] if len(value) > most else kept
    return cut(value) if isinstance(value, str) else value


def cut(text: str, most: int = MOST_TEXT) -> str:
    """Return `text`, shortened to `most` characters with the number left out."""
    return text if len(text) <= most else f"{text[:most]}... ({len(text) - most} more characters)"
