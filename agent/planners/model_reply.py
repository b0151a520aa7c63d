"""What an endpoint sent, put together: text, tool calls with their arguments as written, tokens, and why it ended."""

import json
import re
from collections.abc import Generator
from contextlib import closing
from dataclasses import dataclass, field
from typing import cast

from langchain_core.messages import AIMessage, AIMessageChunk, InvalidToolCall
from langchain_core.messages.tool import ToolCall as ParsedCall
from langchain_core.messages.tool import ToolCallChunk
from langchain_core.outputs import ChatGeneration
from pydantic import JsonValue, TypeAdapter, ValidationError

from agent.planners.model_chat import USAGE
from agent.planners.model_failure import BrokenOff
from agent.planners.model_price import Spent
from agent.planners.model_usage import spent_of

MOST_TEXT = 20_000
MOST_ARGUMENTS = 100_000
MOST_CALLS = 16
NOT_JSON = "arguments_not_json"
"""Key under which arguments travel that are no JSON object: no tool takes it, so the gateway refuses and says so."""

_OBJECT = TypeAdapter(dict[str, JsonValue])
_THINKING = re.compile(r"\A\s*<think>.*?(</think>|\Z)", re.DOTALL)


@dataclass(slots=True)
class RawCall:
    """One call as the model wrote it; `arguments` is text that should be a JSON object."""

    name: str = ""
    arguments: str = ""
    id: str = ""
    index: int | None = None

    @property
    def tool(self) -> str:
        """The name without what cannot be shown or stored."""
        return "".join(c for c in self.name if c.isprintable())[:64] or "unnamed"


@dataclass(slots=True)
class Reply:
    """One reply of the endpoint. `too_long` says that reading was ended before the model was done."""

    text: str = ""
    calls: list[RawCall] = field(default_factory=list[RawCall])
    spent: Spent = field(default_factory=Spent)
    ended: str = ""
    """The protocol's finish_reason: stop, tool_calls, length, content_filter."""
    too_long: bool = False

    @property
    def prose(self) -> str:
        """The text without a leading thinking block, which some open models write into it."""
        return _THINKING.sub("", self.text).encode(errors="replace").decode().strip()


def assemble(pieces: Generator[ChatGeneration, None, None]) -> Reply:
    """Put the pieces of one reply together, reading no more than is useful. Raises `BrokenOff` where it has no end."""
    reply, pieces_read = Reply(), 0
    with closing(pieces):  # Closing early closes the connection, which stops the model.
        for piece in pieces:
            pieces_read += 1
            _add(reply, piece)
            if len(reply.text) > MOST_TEXT or sum(len(call.arguments) for call in reply.calls) > MOST_ARGUMENTS:
                reply.too_long = True
                return reply
    if not pieces_read:
        raise ValueError("the body holds no reply")
    if not reply.ended:
        raise BrokenOff("the reply has no end")
    return reply


def _add(reply: Reply, generation: ChatGeneration) -> None:
    piece = generation.message
    if not isinstance(piece, AIMessage):
        return
    reply.text += piece.content if isinstance(piece.content, str) else ""
    reply.ended = str((generation.generation_info or {}).get("finish_reason") or reply.ended)
    usage = (generation.generation_info or {}).get(USAGE)
    if isinstance(usage, dict):
        # The last count stands: the protocol sends one, and endpoints that send several send running totals.
        reply.spent = spent_of(cast("dict[str, object]", usage))
    if isinstance(piece, AIMessageChunk):
        for part in piece.tool_call_chunks:
            _add_part(reply.calls, part)
    else:
        reply.calls += [_whole(call) for call in (*piece.tool_calls, *piece.invalid_tool_calls)]


def _add_part(calls: list[RawCall], part: ToolCallChunk) -> None:
    index, id_ = part.get("index"), part.get("id") or ""
    open_ = next((call for call in reversed(calls) if call.index == index), None)
    # Some endpoints number every call 0 and tell them apart by id only.
    if open_ is None or (id_ and open_.id and id_ != open_.id):
        open_ = RawCall(index=index)
        calls.append(open_)
    open_.id = open_.id or id_
    open_.name += part.get("name") or ""
    open_.arguments += part.get("args") or ""


def _whole(call: ParsedCall | InvalidToolCall) -> RawCall:
    arguments = call["args"]
    return RawCall(
        call["name"] or "", arguments if isinstance(arguments, str) else json.dumps(arguments), call["id"] or ""
    )


def arguments_of(written: str) -> dict[str, JsonValue]:
    """Return the arguments as an object; what is none comes back under `NOT_JSON`, cut to 500 characters."""
    if not written.strip():
        return {}
    value = _json(written)
    if isinstance(value, str):  # Encoded twice, a common slip.
        value = _json(value)
    try:
        return _OBJECT.validate_python(value)
    except ValidationError:
        return {NOT_JSON: written[:500].encode(errors="replace").decode()}


def _json(text: str) -> object:
    """Return the value, None where it is no JSON or could not be written again (NaN, 1e999, half a surrogate pair)."""
    try:
        value: object = json.loads(text)
        json.dumps(value, allow_nan=False, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        return None
    return value
