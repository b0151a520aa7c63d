"""Tool calls in words a person reads."""

import json
from collections.abc import Mapping

from pydantic import JsonValue, ValidationError

from finops.evidence import Evidence
from tools.cost_result import CostResult

_TITLES = {
    "cost_query": "Cost query",
    "allocate_costs": "Allocation of costs",
    "list_dimensions": "What can be asked about",
    "calculate": "Calculation",
    "rightsize_instances": "Right-sizing of instances",
    "detect_anomalies": "Anomalies",
    "list_notes": "Notes that people recorded",
    "propose_action": "Proposed action",
}


def tool_name(tool: str) -> str:
    """Return a tool's name in words."""
    return _TITLES.get(tool, tool.replace("_", " ").capitalize())


def tool_title(evidence: Evidence) -> str:
    """Say what an evidence is about: `BilledCost by ProviderName, September 2024`."""
    if evidence.tool == "cost_query":
        try:
            result = CostResult.model_validate(evidence.result)
        except ValidationError:
            return tool_name(evidence.tool)
        by = evidence.input.get("group_by")
        names = [str(name) for name in by] if isinstance(by, list) else []
        grain = evidence.input.get("grain")
        words = f"{result.metric}{' by ' + ' and '.join(names) if names else ''}{f' per {grain}' if grain else ''}"
        return f"{words}{_narrowed(evidence.input)}, {result.period.label()}"
    return tool_name(evidence.tool)


def _narrowed(asked: Mapping[str, JsonValue]) -> str:
    """Say what is left out, whose periods are meant and the currency, where that is not as usual."""
    left, currency = asked.get("exclude"), asked.get("currency")
    words = f" without {', '.join(str(one) for one in left)}" if isinstance(left, list) and left else ""
    words += f" in {currency}" if currency else ""
    return words + (", by billing period" if asked.get("basis") == "billing" else "")


def pretty(value: Mapping[str, JsonValue] | JsonValue) -> str:
    """Return JSON as it is read: indented, in its own order, fields that say nothing left out."""
    return json.dumps(_said(value), indent=2, ensure_ascii=False)


def _said(value: object) -> object:
    if isinstance(value, Mapping):
        return {key: _said(item) for key, item in value.items() if item is not None and item != []}  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
    return value
