"""Ask in a conversation and keep what was answered, the same on every face that talks."""

from collections.abc import Callable, Iterator
from typing import Protocol, cast

from pydantic import JsonValue

from agent.answer import Answer, Answered, Event
from finops.errors import Unavailable, UnknownName
from finops.people import Principal
from gateway.conversations import Exchange


class Streams(Protocol):
    """Answers one question of a conversation."""

    def stream(self, principal: Principal, question: str, conversation: str | None = None) -> Iterator[Event]:
        """Yield events as they happen, `Answered` last."""
        ...


class Keeps(Protocol):
    """Keeps exchanges by person."""

    def keep(self, principal: Principal, conversation: str, exchange: Exchange) -> None:
        """Add an exchange; raises `UnknownName` where the conversation is somebody else's or was deleted."""
        ...


def kept(question: str, answer: Answer) -> Exchange:
    """Return an exchange as it is kept: evidence and proposals as ids, since they have their own place and fate."""
    body = cast("dict[str, JsonValue]", answer.model_dump(mode="json", exclude={"evidence", "proposals"}))
    body["evidence"] = [item.id for item in answer.evidence]
    body["proposals"] = [item.id for item in answer.proposals]
    return Exchange(question=question, answer=body)


def ask_and_keep(
    assistant: Streams,
    keeper: Keeps,
    principal: Principal,
    question: str,
    conversation: str,
    *,
    forget: Callable[[Principal, str], None],
) -> Iterator[Event]:
    """Yield what happens, and keep the exchange before `Answered` is shown.

    Where the conversation was deleted while the answer was under way, `forget` takes what the graph wrote of it out again.
    """
    for event in assistant.stream(principal, question, conversation):
        if not isinstance(event, Answered):
            yield event
            continue
        lost = ""
        try:
            keeper.keep(principal, conversation, kept(question, event.answer))
        except UnknownName:
            forget(principal, conversation)
            raise
        except Unavailable as error:
            # It was answered, and perhaps paid for: nobody gains where it is withheld.
            lost = f"this answer was not kept in the conversation: {error}"
        yield Answered(answer=_noted(event.answer, lost))


def _noted(answer: Answer, note: str) -> Answer:
    return answer.model_copy(update={"notes": (*answer.notes, note)}) if note else answer
