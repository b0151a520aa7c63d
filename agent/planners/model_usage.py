"""The endpoint's own count of tokens, as each kind of endpoint sends it, as one count in which nothing is added twice."""

from collections.abc import Mapping
from typing import cast

from agent.planners.model_price import Spent

# More than any model reads or writes at once.
_MOST = 100_000_000


def spent_of(usage: Mapping[str, object]) -> Spent:
    """Return what a `usage` object says; where it is none, as where a prompt takes no tokens, nothing was counted.

    - OpenAI, Azure, vLLM: `cached_tokens` and `reasoning_tokens` are parts of the totals. vLLM may send no details.
    - LiteLLM before Anthropic: `cache_creation_tokens` is part of the prompt too, beside the same count in Anthropic's words.
    - xAI, and Gemini in this protocol: reasoning is left out of `completion_tokens`, and only `total_tokens` holds it.
    """
    if not _counts(usage.get("prompt_tokens"), least=1) or not _counts(usage.get("completion_tokens"), least=0):
        return Spent()
    prompt, completion = _detail(usage, "prompt_tokens_details"), _detail(usage, "completion_tokens_details")
    read, written = _count(usage, "prompt_tokens"), _count(usage, "completion_tokens")
    reasoning = _count(completion, "reasoning_tokens")
    # What was written besides the answer is in the total alone: it is charged as written, once.
    beside = _count(usage, "total_tokens") - read - written
    written += min(max(beside, 0), reasoning) if reasoning else 0
    cached = min(_first(prompt, usage, "cached_tokens", "cache_read_input_tokens"), read)
    into_cache = _first(prompt, usage, "cache_creation_tokens", "cache_creation_input_tokens") or _count(
        prompt, "cache_write_tokens"
    )
    return Spent(
        read=read, cached=cached, written=written, counted=True, cache_written=min(into_cache, read - cached),
        reasoning=min(reasoning, written),
    )  # fmt: skip


def _first(detail: Mapping[str, object], usage: Mapping[str, object], name: str, other: str) -> int:
    return _count(detail, name) or _count(usage, other)


def _detail(usage: Mapping[str, object], name: str) -> Mapping[str, object]:
    found = usage.get(name)
    return cast(Mapping[str, object], found) if isinstance(found, dict) else {}


def _count(counts: Mapping[str, object], name: str) -> int:
    found = counts.get(name)
    return found if isinstance(found, int) and _counts(found, least=0) else 0


def _counts(found: object, *, least: int) -> bool:
    """Tell whether this can be a count of one reply's tokens."""
    return isinstance(found, int) and not isinstance(found, bool) and least <= found <= _MOST
