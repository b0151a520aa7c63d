"""Tokens counted offline, the same on both sides: the pieces that GPT's tokenisers cut a text into before they merge bytes.

No vocabulary is needed: a word is cut where it changes case, three digits are a piece, punctuation runs are one. A byte-pair vocabulary
cuts rare pieces further, so that this is a lower bound, for either side alike.
"""

import json
import re
from collections.abc import Mapping

from pydantic import JsonValue

# The pattern of o200k, with the classes that Python's own `re` has.
_PIECE = re.compile(
    r"[^\W\d_A-Z]?[A-Z]*[^\W\d_A-Z]+(?:'s|'t|'re|'ve|'m|'ll|'d)?|[A-Z]+|\d{1,3}| ?[^\s\w]+[\r\n/]*|_+|\s*[\r\n]+|\s+(?!\S)|\s+"
)


def tokens(text: str) -> int:
    """Return how many pieces a text has; a space before a word is part of it."""
    return sum(1 for piece in _PIECE.findall(text) if piece != " ")


def sent_tokens(body: Mapping[str, JsonValue]) -> int:
    """Return the tokens of one request: what each message says, the calls it holds, and the schemas of the tools."""
    found = tokens(_compact(body.get("tools") or []))
    messages = body.get("messages")
    for message in messages if isinstance(messages, list) else []:
        if isinstance(message, dict):
            content, calls = message.get("content"), message.get("tool_calls")
            found += tokens(str(message.get("role"))) + (tokens(content) if isinstance(content, str) else 0)
            found += sum(_call(call) for call in calls) if isinstance(calls, list) else 0
    return found


def _call(call: JsonValue) -> int:
    made = call.get("function") if isinstance(call, dict) else None
    return tokens(f"{made.get('name')} {made.get('arguments')}") if isinstance(made, dict) else 0


def _compact(value: JsonValue) -> str:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)
