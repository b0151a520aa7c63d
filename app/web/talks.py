"""Bring answers back that were kept: evidence and proposals are kept as ids, since they have their own place and fate."""

from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar, cast

from pydantic import JsonValue

from agent.answer import Answer
from app.web.services import Services
from finops.errors import TollError
from finops.evidence import Evidence
from finops.people import Principal

T = TypeVar("T")


def restored(services: Services, principal: Principal, conversation: str) -> Sequence[tuple[str, Answer]]:
    """Return a conversation's questions and answers, proposals as they are now. What cannot be read is noted, not hidden."""
    return [
        (exchange.question, _answer(services, principal, exchange.answer))
        for exchange in services.conversations.exchanges(principal, conversation)
    ]


def _answer(services: Services, principal: Principal, body: dict[str, JsonValue]) -> Answer:
    lost: list[str] = []

    def evidence(item: str) -> Evidence:
        return services.evidence(principal, item)

    found = {
        "evidence": _each(body.get("evidence"), evidence, lost),
        "proposals": _each(body.get("proposals"), services.proposals.get, lost),
    }
    answer = Answer.model_validate({**body, **found})
    fact = answer.fact if answer.fact and _waits(services, principal, answer.fact.id) else None
    return answer.model_copy(update={"notes": (*answer.notes, *lost), "fact": fact})


def _waits(services: Services, principal: Principal, fact_id: str) -> bool:
    """Tell whether a fact still waits to be confirmed; there is no button for one that does not."""
    return any(one.id == fact_id and one.state == "pending" for one in services.facts.list(principal))


def _each(ids: JsonValue, read: Callable[[str], T], lost: list[str]) -> tuple[T, ...]:
    found: list[T] = []
    for item in cast("Iterable[JsonValue]", ids if isinstance(ids, list) else ()):
        try:
            found.append(read(str(item)))
        except TollError as error:
            lost.append(str(error))
    return tuple(found)
