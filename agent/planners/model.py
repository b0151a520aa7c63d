"""The model planner: any OpenAI-compatible endpoint chooses tool calls and words. Imported only where a model is configured."""

import time
import weakref
from collections.abc import Callable
from datetime import UTC, datetime
from types import TracebackType
from typing import Self

from langchain_core.messages import AIMessage, BaseMessage, HumanMessage

from agent.answer import ModelCost
from agent.planners.contract import Calls, Decline, Planned, Say, Step, ToolCall, Turn
from agent.planners.model_chat import Chat
from agent.planners.model_failure import FOREIGN, Failure, explain
from agent.planners.model_http import client
from agent.planners.model_messages import call_id, messages
from agent.planners.model_price import price, together
from agent.planners.model_prompt import EMPTY, NOTHING
from agent.planners.model_references import inwards_of, known_aliases
from agent.planners.model_reply import MOST_CALLS, MOST_TEXT, Reply, arguments_of, assemble
from agent.planners.model_settings import ModelSettings
from agent.planners.model_tools import offered, tool_schemas
from finops.ports import Clock

__all__ = ["LONGEST_WAIT", "ModelPlanner", "ModelSettings"]

LONGEST_WAIT = 20.0
"""Seconds a Retry-After may ask for; beyond it the endpoint counts as not serving."""


def _utc_now() -> datetime:
    return datetime.now(UTC)


class ModelPlanner:
    """A planner on one endpoint and model. `plan` raises `Unavailable` where the endpoint does not serve."""

    def __init__(
        self, settings: ModelSettings, *, clock: Clock = _utc_now, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        self._settings, self._clock, self._sleep = settings, clock, sleep
        http = client(loopback=settings.loopback)
        self._chat = Chat.to(settings, http)
        # Connections are kept between steps; a planner that is dropped closes them.
        self._finalizer = weakref.finalize(self, http.close)

    @property
    def name(self) -> str:
        """The model's name."""
        return self._settings.model

    def close(self) -> None:
        """Close the connections to the endpoint."""
        self._finalizer()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def plan(self, turn: Turn) -> Planned:
        """Choose the next step; a model that says nothing is asked once more, then the turn is declined."""
        asked, deadline = messages(turn), time.monotonic() + self._settings.timeout
        tools = tool_schemas(offered(turn))
        replies = [self._ask(asked, tools, deadline)]
        step = self._step(replies[0], turn)
        if step is None:
            asked = [*asked, AIMessage(NOTHING), HumanMessage(EMPTY)]
            replies.append(self._ask(asked, tools, deadline))
            step = self._step(replies[1], turn)
        return Planned(
            step=step or self._decline("gave no answer", "ask again, or choose another model with TOLL_MODEL"),
            tokens=sum(reply.spent.tokens for reply in replies),
            cost=together([self._price(reply) for reply in replies]),
        )

    def _price(self, reply: Reply) -> ModelCost:
        return price(reply.spent, model=self.name, base_url=self._settings.base_url, at=self._clock())

    def _step(self, reply: Reply, turn: Turn) -> Step | None:
        if reply.too_long:
            return self._decline(f"answered with more than {MOST_TEXT:,} characters", "ask a narrower question")
        if reply.calls:
            return _calls(reply, turn)
        if reply.ended == "length":
            return self._decline(
                "was cut off at its length limit", "ask a narrower question, or raise TOLL_MODEL_MAX_TOKENS"
            )
        if reply.ended == "content_filter":
            return self._decline("was stopped by its provider's content filter", "put the question in other words")
        return Say(text=reply.prose) if reply.prose else None

    def _decline(self, what: str, fix: str) -> Decline:
        return Decline(reason=f"the model `{self.name}` {what}; {fix}")

    def _ask(self, asked: list[BaseMessage], tools: list[dict[str, object]], deadline: float) -> Reply:
        attempt = 0
        while True:
            result = self._attempt(asked, tools, deadline)
            if isinstance(result, Reply):
                return result
            wait = 0.5 * 2**attempt if result.wait is None else result.wait
            last = attempt >= self._settings.retries or not result.again
            if last or wait > LONGEST_WAIT or time.monotonic() + wait >= deadline:
                # Raised outside any handler: the SDK's own exception, which holds the request, is not its context.
                raise result.error
            self._sleep(wait)
            attempt += 1

    def _attempt(self, asked: list[BaseMessage], tools: list[dict[str, object]], deadline: float) -> Reply | Failure:
        try:
            return assemble(self._chat.pieces(asked, tools, seconds=max(deadline - time.monotonic(), 0.1)))
        except FOREIGN as raised:
            return explain(raised, self._settings)


def _calls(reply: Reply, turn: Turn) -> Calls:
    aliases, known = known_aliases(turn.outcomes), {tool.name for tool in turn.tools}
    calls = tuple(
        ToolCall(
            id=call_id(turn.outcomes, index),
            tool=raw.tool,
            input=inwards_of(raw.tool, arguments_of(raw.arguments), aliases),
        )
        for index, raw in enumerate(reply.calls[:MOST_CALLS])
    )
    names = sorted({call.tool for call in calls} & known)
    return Calls(calls=calls, understood=f"asks {', '.join(names)}" if names else "")
