"""Replies in the chat-completions protocol: one JSON body, or server-sent events."""

import json
from collections.abc import Iterator

from evals.scripted_endpoint.steps import Call, Reply, TokenUsage

_PIECE = 24
# Big texts go out in a hundred pieces, not in fifty thousand.
_MOST_PIECES = 100


def completion(reply: Reply, *, number: int, model: str) -> dict[str, object]:
    """Return the whole reply as one chat.completion."""
    message: dict[str, object] = {"role": "assistant", "content": reply.text, **reply.extra}
    if reply.calls:
        message["tool_calls"] = [_call(call, number, index) for index, call in enumerate(reply.calls)]
    choice: dict[str, object] = {"index": 0, "message": message, "finish_reason": _ends(reply), "logprobs": None}
    body = _envelope(reply, number, model, "chat.completion") | {"choices": [choice | reply.extra]}
    return body | _counted(reply)


def events(reply: Reply, *, number: int, model: str, with_usage: bool) -> Iterator[dict[str, object]]:
    """Yield the reply as chat.completion.chunk objects; the caller ends the stream with [DONE]."""
    running = _counted(reply) if reply.running_usage else {}
    envelope = _envelope(reply, number, model, "chat.completion.chunk") | running
    yield envelope | {"choices": [_choice({"role": "assistant", "content": ""}, reply)]}
    for piece in _cut(reply.text or ""):
        yield envelope | {"choices": [_choice({"content": piece}, reply)]}
    for index, call in enumerate(reply.calls):
        for part in _call_parts(call, number, index):
            part["index"] = 0 if reply.same_index else index
            yield envelope | {"choices": [_choice({"tool_calls": [part]}, reply)]}
    yield envelope | {"choices": [_choice({}, reply) | {"finish_reason": _ends(reply)}]}
    if with_usage and (counted := _counted(reply)):
        yield envelope | {"choices": [], **counted}


def _envelope(reply: Reply, number: int, model: str, kind: str) -> dict[str, object]:
    return {
        "id": f"chatcmpl-{number}",
        "object": kind,
        "created": 0,
        "model": model,
        "system_fingerprint": "scripted",
        **reply.extra,
    }


def _choice(delta: dict[str, object], reply: Reply) -> dict[str, object]:
    return {"index": 0, "delta": delta | reply.extra, "finish_reason": None, "logprobs": None}


def _call_parts(call: Call, number: int, index: int) -> Iterator[dict[str, object]]:
    whole = _call(call, number, index)
    yield {"id": whole["id"], "type": "function", "function": {"name": call.name, "arguments": ""}}
    for piece in _cut(_arguments(call)):
        yield {"function": {"arguments": piece}}


def _call(call: Call, number: int, index: int) -> dict[str, object]:
    id_ = f"call_{number}_{index}" if call.id is None else call.id
    return {"id": id_, "type": "function", "function": {"name": call.name, "arguments": _arguments(call)}}


def _arguments(call: Call) -> str:
    return call.arguments if isinstance(call.arguments, str) else json.dumps(call.arguments)


def _ends(reply: Reply) -> str:
    return reply.ends or ("tool_calls" if reply.calls else "stop")


def _counted(reply: Reply) -> dict[str, object]:
    if reply.raw_usage is not None:
        return {"usage": reply.raw_usage}
    return {"usage": _usage(reply.usage)} if reply.usage else {}


def _usage(usage: TokenUsage) -> dict[str, object]:
    return {
        "prompt_tokens": usage.prompt,
        "completion_tokens": usage.completion,
        "total_tokens": usage.prompt + usage.completion,
        "prompt_tokens_details": {"cached_tokens": usage.cached},
        "completion_tokens_details": {"reasoning_tokens": usage.reasoning},
    }


def _cut(text: str) -> Iterator[str]:
    size = max(_PIECE, len(text) // _MOST_PIECES + 1)
    yield from (text[start : start + size] for start in range(0, len(text), size))
