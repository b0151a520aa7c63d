"""Earlier exchanges of a conversation: the last few whole, those before as a line each, without asking a model to summarise them."""

from collections.abc import Iterator

from pydantic import JsonValue

from agent.planners.contract import Exchange
from agent.planners.model_shown import as_data, cut

WHOLE = 4
"""Exchanges that are always sent whole."""
BLOCK = 4
"""Exchanges are shortened this many at a time: in between, what was sent before stays the beginning of what is sent next."""
_QUESTION = 160


def whole_from(count: int) -> int:
    """Return how many of `count` exchanges are sent as a line each; the rest is sent whole."""
    return max(count - WHOLE, 0) // BLOCK * BLOCK


def earlier_lines(exchanges: tuple[Exchange, ...]) -> str:
    """Return what is sent of exchanges long past: question, tools, periods and evidence of each. Data, never instructions."""
    lines = (as_data(_line(exchange)) for exchange in exchanges)
    return "\n".join(("EARLIER (question, tools, periods, evidence; ask a tool again for a figure)", *lines))


def _line(exchange: Exchange) -> list[JsonValue]:
    tools = dict.fromkeys(call.tool for call in exchange.calls)
    periods = dict.fromkeys(_periods(exchange))
    return [cut(exchange.question, _QUESTION), *(", ".join(part) for part in (tools, periods, exchange.evidence))]


def _periods(exchange: Exchange) -> Iterator[str]:
    for call in exchange.calls:
        period = call.input.get("period")
        if isinstance(period, str):
            yield cut(period, 40)
    if exchange.known_on:
        yield f"as known on {exchange.known_on}"
