"""The model planner: any OpenAI-compatible endpoint chooses tool calls and words. Imported only where a model is configured."""

import time
import weakref
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import TracebackType
from typing import Self

from langchain_core.messages import AIMessage, BaseMessage, HumanMessage

from agent.answer import ModelCost
from agent.planners.contract import Calls, Decline, EndpointFailed, Planned, Say, Step, ToolCall, Turn
from agent.planners.guard import Guard
from agent.planners.model_chat import Chat
from agent.planners.model_failure import FOREIGN, Failure, explain
from agent.planners.model_http import client
from agent.planners.model_messages import call_id, messages
from agent.planners.model_price import together
from agent.planners.model_prompt import EMPTY, FINISH, NOTHING
from agent.planners.model_references import inwards_of, known_aliases
from agent.planners.model_reply import MOST_CALLS, MOST_TEXT, Reply, arguments_of, assemble
from agent.planners.model_settings import ModelSettings
from agent.planners.model_till import Till
from agent.planners.model_tools import offered, tool_schemas
from finops.errors import Capped, Unavailable
from finops.ports import Clock

__all__ = ["LONGEST_WAIT", "ModelPlanner", "ModelSettings"]

LONGEST_WAIT = 20.0
"""Seconds a Retry-After may ask for; beyond it the endpoint counts as not serving."""


def _utc_now() -> datetime:
    return datetime.now(UTC)


class ModelPlanner:
    """A planner on one endpoint and model. `plan` raises `Unavailable` where the endpoint does not serve, `Capped` by the guard."""

    def __init__(
        self,
        settings: ModelSettings,
        *,
        clock: Clock = _utc_now,
        sleep: Callable[[float], None] = time.sleep,
        guard: Callable[[], Guard] | None = None,
    ) -> None:
        self._settings, self._sleep = settings, sleep
        self._till = Till(settings, clock, guard)
        http = client(loopback=settings.loopback, azure_key=settings.api_key if settings.azure_api_version else "")
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
        asked = messages(turn)
        asking = _Asking(self._chat, self._till, self._settings, self._sleep, turn, tool_schemas(offered(turn)))
        step = self._step(asking.ask(asked), turn)
        if step is None:
            try:
                step = self._step(asking.ask([*asked, AIMessage(NOTHING), HumanMessage(EMPTY)]), turn)
            except Capped as capped:
                # What the first reply took is told with the decline; a larger model meets the same cap.
                asking.notes.append(str(capped))
        fix = f"ask again, or choose another model with {self._settings.named('model')}"
        return Planned(
            step=step or self._decline("gave no answer", fix),
            tokens=asking.tokens, cost=together(asking.costs), notes=tuple(dict.fromkeys(asking.notes)),
        )  # fmt: skip

    def _step(self, reply: Reply, turn: Turn) -> Step | None:
        if reply.too_long:
            return self._decline(f"answered with more than {MOST_TEXT:,} characters", "ask a narrower question")
        if reply.calls:
            return _calls(reply, turn)
        if reply.ended == "length":
            return self._decline(
                "was cut off at its length limit",
                f"ask a narrower question, or raise {self._settings.named('max_tokens')}",
            )
        if reply.ended == "content_filter":
            return self._decline("was stopped by its provider's content filter", "put the question in other words")
        return Say(text=reply.prose) if reply.prose else None

    def _decline(self, what: str, fix: str) -> Decline:
        return Decline(reason=f"the model `{self.name}` {what}; {fix}")


@dataclass(slots=True)
class _Asking:
    """One step's requests: each set aside before it is sent and booked after, tried again where that can help."""

    chat: Chat
    till: Till
    settings: ModelSettings
    sleep: Callable[[float], None]
    turn: Turn
    tools: list[dict[str, object]]
    tokens: int = 0
    costs: list[ModelCost] = field(default_factory=list[ModelCost])
    notes: list[str] = field(default_factory=list[str])
    deadline: float = 0

    def ask(self, asked: list[BaseMessage]) -> Reply:
        """Return the reply. Raises `EndpointFailed` with what was spent on the way, `Capped`."""
        self.deadline = self.deadline or time.monotonic() + self.settings.timeout
        attempt, failed = 0, None
        while True:
            try:
                result = self._attempt(asked)
            except Capped as capped:
                # A retry that no cap carries: what failed before is what the person is told.
                if failed is None:
                    raise
                raise self._raised(failed.error, also=str(capped)) from None
            if isinstance(result, Reply):
                return result
            wait = 0.5 * 2**attempt if result.wait is None else result.wait
            last = attempt >= self.settings.retries or not result.again
            if last or wait > LONGEST_WAIT or time.monotonic() + wait >= self.deadline:
                # Raised outside any handler: the SDK's own exception, which holds the request, is not its context.
                raise self._raised(result.error)
            self.sleep(wait)
            attempt, failed = attempt + 1, result

    def _attempt(self, asked: list[BaseMessage]) -> Reply | Failure:
        seconds = max(self.deadline - time.monotonic(), 0.1)
        finish = HumanMessage(FINISH)
        size = self.chat.size([*asked, finish], self.tools)
        ticket = self.till.open(self.turn.account, size, seconds)
        # With nothing found yet there is nothing to finish with: it may call tools, and what they find is shown as it is.
        told = bool(ticket.near and self.turn.outcomes)
        sent = [*asked, finish] if told else asked
        try:
            reply = assemble(self.chat.pieces(sent, self.tools, seconds=seconds))
        except FOREIGN as raised:
            failure = explain(raised, self.settings)
        else:
            cost, note = self.till.served(ticket, reply.spent)
            self.tokens += reply.spent.tokens
            self.costs.append(cost)
            self.notes += [note] if note else []
            self.notes += [f"`{self.settings.model}` was told to finish, since {ticket.near}"] if told else []
            return reply
        self.till.failed(ticket, unserved=failure.unserved)
        if not failure.unserved:
            # Something was asked and may be charged: what the answer says it cost is a lower bound.
            self.costs.append(ModelCost(priced=False))
        return failure

    def _raised(self, error: Unavailable, *, also: str = "") -> EndpointFailed:
        message = f"{error.message}, and it is not asked again: {also}" if also else error.message
        return EndpointFailed(message, fix="" if also else error.fix, tokens=self.tokens, cost=together(self.costs))


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
