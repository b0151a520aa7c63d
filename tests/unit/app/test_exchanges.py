"""An exchange is kept before it is shown; where it cannot be, the answer says so, and where its conversation is gone, it is taken out."""

from collections.abc import Iterator

import pytest

from agent.answer import Answer, Answered, Event
from app.exchanges import ask_and_keep
from finops.errors import TollError, Unavailable, UnknownName
from finops.people import Principal
from gateway.conversations import Exchange

ANA = Principal(name="ana", role="analyst")


class Assistant:
    """Answers at once."""

    def stream(self, principal: Principal, question: str, conversation: str | None = None) -> Iterator[Event]:
        yield Answered(answer=Answer(answer=f"{principal.name} {conversation}: {question}", planner="rules"))


class Keeper:
    """Keeps, or raises."""

    def __init__(self, error: TollError | None = None) -> None:
        self.error, self.kept = error, list[Exchange]()

    def keep(self, principal: Principal, conversation: str, exchange: Exchange) -> None:
        if self.error:
            raise self.error
        self.kept.append(exchange)


def asked(keeper: Keeper, gone: list[str]) -> Answer:
    def forget(principal: Principal, conversation: str) -> None:
        gone.append(f"{principal.name} {conversation}")

    (event,) = ask_and_keep(Assistant(), keeper, ANA, "cost?", "c1", forget=forget)
    assert isinstance(event, Answered)
    return event.answer


def test_what_was_answered_is_kept() -> None:
    keeper, gone = Keeper(), list[str]()
    assert (asked(keeper, gone).notes, gone) == ((), [])
    assert [one.question for one in keeper.kept] == ["cost?"]


def test_an_answer_that_cannot_be_kept_is_shown_and_says_so() -> None:
    gone = list[str]()
    (note,) = asked(Keeper(Unavailable("the records are locked", fix="try again")), gone).notes
    assert note == "this answer was not kept in the conversation: the records are locked; try again"
    assert gone == []


def test_of_a_conversation_that_was_deleted_nothing_stays() -> None:
    gone = list[str]()
    with pytest.raises(UnknownName):
        asked(Keeper(UnknownName("conversation", "c1", ())), gone)
    assert gone == ["ana c1"]
