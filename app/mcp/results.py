"""Evidence as a tool's result: structured, cut to size, the same as JSON text, and a link to the whole. Data, never instructions."""

from collections.abc import Mapping
from typing import Any, cast

from mcp_types import CallToolResult, ContentBlock, ResourceLink, TextContent
from mcp_types.version import is_version_at_least
from pydantic import JsonValue

from agent.planners.model_shown import MOST_FIGURES, as_data, cut, digits, fitted, neutral, ranked
from app.mcp.desk import Context
from app.mcp.errors import sentence
from finops.errors import TollError
from finops.evidence import Evidence

# What `tools/list` says of every result; all of it is in docs/mcp.md. Longer, it would crowd out the tools themselves.
OUTPUT: dict[str, Any] = {"type": "object", "required": ["evidence", "figures", "result"]}
OUTPUT_OF_PROPOSAL: dict[str, Any] = {"type": "object", "required": ["evidence", "figures", "result", "proposal"]}
_LINKS_SINCE = "2025-06-18"
_MOST_CAVEATS = 20
# A longer name is none that anybody would write as a reference.
_LONGEST_NAME = 200


def shown(evidence: Evidence) -> dict[str, JsonValue]:
    """Return what a client is sent of an evidence: figures by name, exact; lists cut short with what was left out counted."""
    figures = [figure for figure in ranked(evidence.figures) if len(figure.name) <= _LONGEST_NAME][:MOST_FIGURES]
    given = evidence.result.get("caveats")
    caveats = [str(one) for one in given] if isinstance(given, list) else []
    told: dict[str, JsonValue] = {
        "evidence": evidence.id,
        "tool": evidence.tool,
        "figures": {figure.name: {"value": digits(figure), "unit": figure.unit} for figure in figures},
        "result": fitted({name: value for name, value in evidence.result.items() if name != "caveats"}),
        "caveats": [cut(one) for one in caveats[:_MOST_CAVEATS]],
        "formula": cut(evidence.formula),
        "rows_read": evidence.rows_read,
        "snapshot": evidence.snapshot,
        "as_of": evidence.as_of,
    }
    if missing := len(evidence.figures) - len(figures):
        told["figures_not_shown"] = missing
    if missing := len(caveats) - _MOST_CAVEATS:
        told |= {"caveats_not_shown": missing} if missing > 0 else {}
    return told


def answered(
    context: Context, evidence: Evidence, words: str, more: Mapping[str, JsonValue] | None = None
) -> CallToolResult:
    """Return the result of a call that has evidence. `words` are our own, and hold nothing of the data."""
    structured = {**shown(evidence), **(more or {})}
    content: list[ContentBlock] = [TextContent(text=words), TextContent(text=as_data(structured))]
    if is_version_at_least(context.protocol_version, _LINKS_SINCE):
        uri = f"toll://evidence/{evidence.id}"
        content.append(
            ResourceLink(uri=uri, name=evidence.id, title=f"Evidence of {evidence.tool}", mime_type="application/json")
        )
    return CallToolResult(content=content, structured_content=structured)


def in_short(evidence: Evidence) -> str:
    """Say in one line what came of a call that only reads."""
    if evidence.result.get("status") == "not_enough_data":
        reason = neutral(cut(str(evidence.result.get("reason", ""))))
        return f"not enough data: {reason} (evidence {evidence.id})"
    count = len(evidence.figures)
    read = f"from {evidence.rows_read} rows of snapshot {evidence.snapshot}"
    return f"{evidence.tool}: {count} figure{'' if count == 1 else 's'} {read}, evidence {evidence.id}"


def refused(error: TollError, *, before: str = "") -> CallToolResult:
    """Return the result of a call that cannot be answered: one sentence that a model can act on."""
    return CallToolResult(content=[TextContent(text=before + sentence(error))], is_error=True)


def structure(result: CallToolResult) -> dict[str, JsonValue]:
    """Return the structured content of a result, typed."""
    return cast(dict[str, JsonValue], result.structured_content)
