"""A turn as chat messages. The beginning stays the same as a conversation grows, so that endpoints can cache it."""

import json
import re
from itertools import groupby

from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, SystemMessage, ToolMessage
from langchain_core.messages.tool import ToolCall as WireCall

from agent.planners.contract import Exchange, ToolCall, ToolOutcome, Turn
from agent.planners.model_evidence import outcome_text
from agent.planners.model_history import earlier_lines, whole_from
from agent.planners.model_prompt import PARTS, SYSTEM, WITHHELD, data_summary, repair
from agent.planners.model_references import known_aliases, outwards
from agent.planners.model_shown import as_data, cut

MOST_QUESTION = 8_000
# A question longer than this, or with several question marks, is answered in parts.
LONG_QUESTION = 300
_EARLIER = as_data({"note": "result of an earlier question, no longer at hand; call again where a figure is needed"})


def messages(turn: Turn) -> list[BaseMessage]:
    """Return all a model is sent for this turn, in order.

    INVARIANT: the system message, and what the data holds after it, are the same bytes for every question over one state of the
    data and of the person's facts; what is particular to a question comes after them.
    """
    opening = data_summary(turn.data, turn.as_of, turn.facts)
    whole = whole_from(len(turn.history))
    if whole:
        opening += f"\n\n{earlier_lines(turn.history[:whole])}"
    result: list[BaseMessage] = [SystemMessage(SYSTEM)]
    for number, exchange in enumerate(turn.history[whole:], start=whole):
        result += _earlier(exchange, number, opening)
        opening = ""
    result.append(_asked(turn.question, opening, PARTS if in_parts(turn.question) else ""))
    result += _called(turn.outcomes)
    if turn.complaints:
        result += [AIMessage(WITHHELD), HumanMessage(repair(turn.complaints))]
    return result


def in_parts(question: str) -> bool:
    """Tell whether a question asks for several things: then the calls for all of them are wanted first."""
    return len(question) > LONG_QUESTION or question.count("?") > 1


def _asked(question: str, opening: str, closing: str = "") -> HumanMessage:
    question = cut(question, MOST_QUESTION) + (f"\n\n{closing}" if closing else "")
    return HumanMessage(f"{opening}\n\nQUESTION: {question}" if opening else question)


def _earlier(exchange: Exchange, number: int, opening: str) -> list[BaseMessage]:
    calls = [_wire(call, f"h{number:04d}x{index:03d}", {}) for index, call in enumerate(exchange.calls)]
    result: list[BaseMessage] = [_asked(exchange.question, opening)]
    if calls:
        result.append(AIMessage("", tool_calls=calls))
        result += [ToolMessage(_EARLIER, tool_call_id=str(call["id"])) for call in calls]
    return [*result, AIMessage(cut(exchange.answer, 2_000))]


def _called(outcomes: tuple[ToolOutcome, ...]) -> list[BaseMessage]:
    """Return each round as the calls that went out together, then their results."""
    aliases = known_aliases(outcomes)
    result: list[BaseMessage] = []
    for _, grouped in groupby(enumerate(outcomes), key=lambda pair: round_of(pair[1].call.id) or f"#{pair[0]}"):
        pairs = list(grouped)
        calls = [_wire(outcome.call, f"t{index:08d}", aliases) for index, outcome in pairs]
        result.append(AIMessage("", tool_calls=calls))
        result += [ToolMessage(outcome_text(o, outcomes), tool_call_id=f"t{index:08d}") for index, o in pairs]
    return result


def _wire(call: ToolCall, id_: str, aliases: dict[str, str]) -> WireCall:
    # Nine letters and digits: the only form of id that every provider takes. A made-up name may hold anything.
    name = re.sub(r"[^A-Za-z0-9_-]", "_", call.tool)[:64] or "unnamed"
    return WireCall(name=name, args=json.loads(outwards(as_data(call.input), aliases)), id=id_, type="tool_call")


def call_id(outcomes: tuple[ToolOutcome, ...], index: int) -> str:
    """Return the id of call `index` in the round after `outcomes`; it tells the rounds apart."""
    rounds = [int(name[1:]) for outcome in outcomes if (name := round_of(outcome.call.id))]
    return f"r{max(rounds, default=0) + 1:03d}c{index:04d}"


def round_of(id_: str) -> str:
    """Return the round a call of the model went out in, empty for a call of another planner."""
    match = re.fullmatch(r"(r\d{3})c\d{4}", id_)
    return match[1] if match else ""
