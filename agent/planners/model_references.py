"""References between a model and the evidence: short aliases outwards (`E1#total`), evidence ids inwards."""

import re
from collections.abc import Mapping
from typing import cast

from pydantic import JsonValue

from agent.planners.contract import ToolOutcome

# Only these take references; elsewhere `E1` may be a value of the data.
TAKES_REFERENCES = frozenset({"calculate", "propose_action"})
_ALIAS = re.compile(r"(E\d+)(?:([#.])(.+))?", re.DOTALL)


def known_aliases(outcomes: tuple[ToolOutcome, ...]) -> dict[str, str]:
    """Return evidence id by alias for every call that came back with evidence."""
    return {o.alias: o.evidence.id for o in outcomes if o.alias and o.evidence is not None}


def inwards(value: JsonValue, aliases: Mapping[str, str]) -> JsonValue:
    """Replace `E1#total`, `E1.total`, `{{E1.total}}` and `E1` by the evidence id; what is unknown stays, and is refused later."""
    if isinstance(value, dict):
        return {key: item if key == "reason" else inwards(item, aliases) for key, item in value.items()}
    if isinstance(value, list):
        return [inwards(item, aliases) for item in value]
    if not isinstance(value, str):
        return value
    match = _ALIAS.fullmatch(value.strip().removeprefix("{{").removesuffix("}}").strip())
    if match is None or match[1] not in aliases:
        return value
    return f"{aliases[match[1]]}#{match[3]}" if match[3] else aliases[match[1]]


def inwards_of(tool: str, arguments: dict[str, JsonValue], aliases: Mapping[str, str]) -> dict[str, JsonValue]:
    """Return a call's arguments with evidence ids in place of aliases, where the tool takes references."""
    return cast(dict[str, JsonValue], inwards(arguments, aliases)) if tool in TAKES_REFERENCES else arguments


def outwards(text: str, aliases: Mapping[str, str]) -> str:
    """Return `text` with aliases in place of evidence ids, so that a model reads what it may write."""
    for alias, evidence in aliases.items():
        text = text.replace(evidence, alias)
    return text
