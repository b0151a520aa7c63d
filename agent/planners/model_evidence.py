"""What a model is shown of a tool's outcome: alias, figures by name, the rest cut to size with a count. Data, never instructions."""

import re
from collections.abc import Mapping, Sequence

from pydantic import JsonValue

from agent.grounding.render import rounded
from agent.planners.contract import ToolOutcome
from agent.planners.model_references import known_aliases, outwards
from agent.planners.model_reply import NOT_JSON
from agent.planners.model_shown import MOST_FIGURES, as_data, cut, fitted, ranked
from agent.planners.model_tools import TOLD_WHEN_CALLED, signature
from finops.evidence import Evidence, Figure
from finops.money import plain, trimmed
from tools.registry import TOOLS

_AGAIN = "you made this call before and have its result; answer, or call something else"
# Of an instance, what stands in its type's name as well: told by name, to be referred to all the same.
_BY_NAME = frozenset(
    {"vcpu_before", "vcpu_after", "memory_before", "memory_after", "need_vcpu", "need_memory", "days", "z"}
)
# Endings of figures whose stem is none itself.
_ALONE = frozenset({"before", "saving"})
_NO_TEXT = ("unit", "currency", "figure", "formula")
_NUMBER = re.compile(r"-?\d+(\.\d+)?")


def outcome_text(outcome: ToolOutcome, outcomes: tuple[ToolOutcome, ...]) -> str:
    """Return the tool message for one call."""
    aliases = known_aliases(outcomes)
    if outcome.evidence is None:
        again = {"note": _AGAIN} if outcome.repeat else {}
        told = {"takes": signature(TOOLS[outcome.call.tool])} if outcome.call.tool in TOLD_WHEN_CALLED else {}
        return outwards(as_data({"error": cut(_error(outcome)), **again, **told}), aliases)
    if outcome.repeat:
        return as_data({"evidence": outcome.alias, "note": _AGAIN})
    earlier = (
        [one.evidence for one in outcomes[: outcomes.index(outcome)] if one.evidence] if outcome in outcomes else []
    )
    return outwards(as_data({"evidence": outcome.alias, **_summary(outcome.evidence, earlier)}), aliases)


def _error(outcome: ToolOutcome) -> str:
    if NOT_JSON in outcome.call.input:
        return "the arguments were not a JSON object; send one that fits the tool's schema"
    return outcome.error


def _summary(evidence: Evidence, earlier: Sequence[Evidence]) -> dict[str, object]:
    # How many values a dimension has stands beside its values; `NAME.distinct` is its figure.
    listed = evidence.tool == "list_dimensions"
    named = [f for f in evidence.figures if not (listed and f.name.endswith(".distinct"))]
    figures = ranked(tuple(f for f in named if f.name.rpartition(".")[2] not in _BY_NAME))
    by_name = sorted({f".{ending}" for f in named if (ending := f.name.rpartition(".")[2]) in _BY_NAME})
    summary: dict[str, object] = {"figures": _together(figures[:MOST_FIGURES])}
    if len(figures) > MOST_FIGURES:
        summary["figures_not_shown"] = len(figures) - MOST_FIGURES
        summary["hint"] = "ask with a filter or a smaller `top` to see the others"
    if by_name:
        summary["each_has_too"] = " ".join(by_name)
    notes = {str(one) for item in earlier for one in _notes(item)}
    result = evidence.result | {"caveats": [note for note in _notes(evidence) if str(note) not in notes]}
    rest = _untold(result, {figure.name for figure in figures[:MOST_FIGURES]})
    summary["result"] = fitted({name: value for name, value in rest.items() if not _told_before(name, value, earlier)})
    return summary


def _notes(evidence: Evidence) -> list[JsonValue]:
    notes = evidence.result.get("caveats")
    return notes if isinstance(notes, list) else []


def _together(figures: Sequence[Figure]) -> dict[str, str]:
    """Return figures by name; `F.share` and the like stand with `F`: `5 USD; .share 3 %`."""
    found: dict[str, str] = {}
    for figure in figures:
        stem, _, ending = figure.name.rpartition(".")
        if stem in found and ending.isidentifier():
            found[stem] += f"; .{ending} {_shown(figure)}"
        elif stem and ending in _ALONE:
            found[stem] = f".{ending} {_shown(figure)}"
        else:
            found[figure.name] = _shown(figure)
    return found


def _shown(figure: Figure) -> str:
    """Return a value to four digits or two decimals, whichever is more: a reference brings every digit there is."""
    value, places = figure.value, max(2, 3 - figure.value.adjusted())
    short = rounded(value, places) if -int(value.as_tuple().exponent) > places else value
    return f"{plain(trimmed(short, least=0))} {figure.unit}"


def _told_before(name: str, value: JsonValue, earlier: Sequence[Evidence]) -> bool:
    """Tell whether an earlier result of this turn said the same of the data, in as many words."""
    return name in ("definition", "gates") and bool(value) and any(one.result.get(name) == value for one in earlier)


def _untold(result: Mapping[str, JsonValue], names: set[str]) -> dict[str, JsonValue]:
    """Return a result without what its figures say: of a row only its texts, and no row of which they are the name."""
    kept: dict[str, JsonValue] = {}
    for field, value in result.items():
        if field == "caveats" and isinstance(value, list):
            value = _merged([str(one) for one in value])  # noqa: PLW2901
        if isinstance(value, list):
            rows: list[JsonValue] = [row for one in value if (row := _row(one, names)) not in (None, {}, [])]
            if value and not rows:
                continue
            value = rows  # noqa: PLW2901
        if value not in ([], {}, "") and (field, value) != ("status", "ok"):
            kept[field] = value
    return kept


def _row(row: JsonValue, names: set[str]) -> JsonValue:
    if not isinstance(row, dict):
        return row
    figure = row.get("figure")
    if not isinstance(figure, str):
        return {name: value for name, value in row.items() if value not in ([], {})}
    if figure not in names and f"{figure}.saving" not in names:
        return row
    texts = {
        k: v
        for k, v in row.items()
        if v and k not in _NO_TEXT and v != figure and isinstance(v, str | dict) and not _is_number(v)
    }
    group = texts.pop("group", None)
    if isinstance(group, dict) and any(isinstance(value, str) and value not in figure for value in group.values()):
        texts["group"] = group
    return {"figure": figure, **texts} if set(texts) - {"bucket"} else None


def _merged(notes: Sequence[str]) -> list[JsonValue]:
    """Return notes, those that say the same of several sources as one."""
    found: dict[str, list[str]] = {}
    for note in notes:
        head, gap, tail = note.partition(" may still grow ")
        found.setdefault(gap + tail if gap else note, []).append(head if gap else "")
    return [", ".join(filter(None, heads)) + tail for tail, heads in found.items()]


def _is_number(value: JsonValue) -> bool:
    return isinstance(value, str) and _NUMBER.fullmatch(value) is not None
