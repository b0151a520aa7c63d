"""The tools as a model is sent them: for each what it does and takes, in one line; what several take is said once, in the prompt.

A JSON schema says the same in three times as many tokens, with every request. What a call holds is checked by the tool's own contract, and
a model that errs is told which field, and how.
"""

from collections.abc import Mapping
from typing import cast

from agent.planners.contract import Turn
from tools.contract import Tool

# Said once for all tools, in the system prompt, and only named here.
SHARED = {
    "Period": "2026-09, 2026-Q3, 2026, 2026-09-01..2026-09-30 or {start, end} with end excluded",
    "Filter": "{dimension, op, values: [text]}; op: is (default), is_not, contains, starts, missing, present, for dates (a whole day each) "
    "and numbers: from >=, before <, through <=, above > (or a column)",
    "Dimension": "FOCUS column, tag:KEY, sku:KEY, virtual:NAME",
}
# Seldom needed: what they take is told to who calls them without it.
TOLD_WHEN_CALLED = frozenset({"measure_saving", "propose_action"})
_DIMENSION = SHARED["Dimension"]
_Node = Mapping[str, object]


def tool_schemas(tools: tuple[Tool, ...]) -> list[dict[str, object]]:
    """Return the tools in the chat-completions form, in the order given."""
    return [{"type": "function", "function": _function(tool)} for tool in tools]


def offered(turn: Turn) -> tuple[Tool, ...]:
    """Return the tools that can serve this data: instances are judged on metrics, shared cost is split by rules."""
    without = {"rightsize_instances"} if turn.data.metrics is None else set[str]()
    without |= set() if turn.virtual else {"allocate_costs"}
    return tuple(tool for tool in turn.tools if tool.name not in without)


def signature(tool: Tool) -> str:
    """Return what a tool takes, on one line; `!` marks what it needs."""
    schema = cast(_Node, tool.schema())
    fields = cast(Mapping[str, _Node], schema.get("properties", {}))
    needed = cast(list[str], schema.get("required", []))
    return "; ".join(_field(name, node, needed=name in needed) for name, node in fields.items())


def _function(tool: Tool) -> dict[str, object]:
    if tool.name in TOLD_WHEN_CALLED:
        told = f"{tool.description} Call it empty to be told what it takes."
        return {"name": tool.name, "description": told, "parameters": {"type": "object", "properties": {}}}
    schema = cast(_Node, tool.schema())
    fields = cast(Mapping[str, _Node], schema.get("properties", {}))
    parameters: dict[str, object] = {
        "type": "object",
        "properties": {name: _property(node) for name, node in fields.items()},
    }
    if needed := schema.get("required"):
        parameters["required"] = needed
    return {"name": tool.name, "description": tool.description, "parameters": parameters}


def _property(node: _Node) -> dict[str, object]:
    """Return a field with its type where it can be but one, and what it takes and means as one line."""
    kind, told = node.get("type"), _field("", node, needed=False)
    typed = {"type": kind} if kind in ("array", "object", "integer") else {}
    if told not in ("text", "number"):
        return {**typed, "description": told}
    return dict[str, object](typed or {"type": "string"})


def _field(name: str, node: _Node, *, needed: bool) -> str:
    default = node.get("default")
    told = f" ({node['description']})" if node.get("description") not in (None, _DIMENSION) else ""
    preset = f" = {_text(default)}" if default is not None and default != [] else ""
    lead = f"{name}{'!' if needed else ''}: " if name else ""
    return f"{lead}{_kind(node)}{preset}{told}"


def _text(value: object) -> str:
    return ",".join(str(one) for one in cast(list[object], value)) if isinstance(value, list) else str(value)


def _kind(node: _Node) -> str:
    if ref := node.get("$ref"):
        return str(ref).rpartition("/")[2]
    if node.get("description") == _DIMENSION:
        return "Dimension"
    if values := node.get("enum"):
        return "|".join(str(value) for value in cast(list[object], values))
    if choices := node.get("anyOf"):
        return " or ".join(_kind(one) for one in cast(list[_Node], choices))
    match node.get("type"):
        case "array":
            return f"[{_kind(cast(_Node, node.get('items', {})))}]"
        case "object" if fields := cast(Mapping[str, _Node], node.get("properties", {})):
            needed = cast(list[str], node.get("required", []))
            return "{" + ", ".join(_field(name, one, needed=name in needed) for name, one in fields.items()) + "}"
        case kind:
            return {"string": "text", "integer": "number", None: "text"}.get(cast(str | None, kind), str(kind))
