"""What people asked and were answered, kept by person. Nobody sees another's."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from pydantic import JsonValue

from finops.errors import UnknownName
from finops.people import Principal, require
from finops.query import Frozen
from store.records import Records, conversations


class Conversation(Frozen):
    """One conversation of a person's own; `title` is its first question."""

    id: str
    title: str
    created: datetime


class Exchange(Frozen):
    """One question and its answer as JSON."""

    question: str
    answer: dict[str, JsonValue]


@dataclass(frozen=True, slots=True)
class Conversations:
    """Keeps and lists conversations; `records` is called when first needed."""

    records: Callable[[], Records]

    def keep(self, principal: Principal, conversation: str, exchange: Exchange) -> None:
        """Add an exchange; the first one starts the conversation. Raises `UnknownName` where it is somebody else's."""
        require(principal, "ask")
        records = self.records()
        with records.write() as session:
            at = records.clock()
            owned = conversations.owner(session, conversation)
            if owned is None:
                conversations.start(
                    session, conversation_id=conversation, person=principal.name, title=exchange.question, at=at
                )
            elif owned != principal.name:
                raise _unknown(conversation)
            body = cast(JsonValue, exchange.model_dump(mode="json"))
            conversations.say(session, conversation, author=principal.name, body=body, at=at)

    def list(self, principal: Principal) -> tuple[Conversation, ...]:
        """Return the person's conversations, the newest first."""
        with self.records().read() as session:
            return tuple(
                Conversation(id=row.id, title=row.title, created=datetime.fromisoformat(row.created))
                for row in conversations.of_person(session, principal.name)
            )

    def exchanges(self, principal: Principal, conversation: str) -> tuple[Exchange, ...]:
        """Return what was asked and answered, the oldest first. Raises `UnknownName` where it is not the person's own."""
        with self.records().read() as session:
            if conversations.owner(session, conversation) != principal.name:
                raise _unknown(conversation)
            rows = conversations.messages(session, conversation)
            return tuple(Exchange.model_validate(json.loads(row.body)) for row in rows)


def _unknown(conversation: str) -> UnknownName:
    return UnknownName("conversation", conversation, ())
