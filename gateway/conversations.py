"""What people asked and were answered, kept by person. Nobody sees, goes on with or deletes another's, whatever their role."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from pydantic import Field, JsonValue
from sqlmodel import Session

from finops.errors import UnknownName
from finops.people import Principal, require
from finops.query import Frozen
from store.records import Records, conversations
from store.records.guard import all_intact
from store.records.tables import ConversationRow


class Conversation(Frozen):
    """One conversation of a person's own; `title` is its first question."""

    id: str
    title: str
    created: datetime
    exchanges: int = 0
    updated: datetime | None = Field(default=None, description="when the last exchange was kept")


class Exchange(Frozen):
    """One question and its answer as JSON."""

    question: str
    answer: dict[str, JsonValue]
    at: datetime | None = Field(default=None, description="when it was kept; the records say it")


@dataclass(frozen=True, slots=True)
class Conversations:
    """Keeps, lists and deletes conversations; `records` is called when first needed."""

    records: Callable[[], Records]

    def keep(self, principal: Principal, conversation: str, exchange: Exchange) -> None:
        """Add an exchange; the first one starts the conversation. Raises `UnknownName` where it is somebody else's or was deleted."""
        require(principal, "ask")
        records = self.records()
        with records.write() as session:
            at = records.clock()
            owned = conversations.owner(session, conversation)
            # An answer that was under way while its conversation was deleted does not bring it back.
            if owned is None and not conversations.was_deleted(session, conversation):
                conversations.start(
                    session, conversation_id=conversation, person=principal.name, title=exchange.question, at=at
                )
            elif owned != principal.name:
                raise _unknown(session, principal, conversation)
            body = cast(JsonValue, exchange.model_dump(mode="json", exclude={"at"}))
            conversations.say(session, conversation, author=principal.name, body=body, at=at)

    def list(self, principal: Principal) -> tuple[Conversation, ...]:
        """Return the person's conversations, the newest first."""
        with self.records().read() as session:
            extents = conversations.extents(session, principal.name)
            return tuple(_of(row, extents) for row in conversations.of_person(session, principal.name))

    def get(self, principal: Principal, conversation: str) -> Conversation:
        """Return one of the person's own. Raises `UnknownName` for any other."""
        found = self.list(principal)
        known = {one.id: one for one in found}
        if conversation not in known:
            raise UnknownName("conversation", conversation, known)
        return known[conversation]

    def exchanges(self, principal: Principal, conversation: str) -> tuple[Exchange, ...]:
        """Return what was asked and answered, the oldest first. Raises `UnknownName` where it is not the person's own."""
        with self.records().read() as session:
            if conversations.owner(session, conversation) != principal.name:
                raise _unknown(session, principal, conversation)
            rows = all_intact(session, conversations.messages(session, conversation))
            return tuple(
                Exchange.model_validate({**json.loads(row.body), "at": datetime.fromisoformat(row.at)}) for row in rows
            )

    def delete(self, principal: Principal, conversation: str) -> int:
        """Delete one of the person's own for good, and return how many exchanges it had. Raises `UnknownName` for any other.

        Proposals, evidence and the audit log stay: other answers and approvals rest on them. Delete the graph's thread first.
        """
        records = self.records()
        with records.write() as session:
            if conversations.owner(session, conversation) != principal.name:
                raise _unknown(session, principal, conversation)
            return conversations.delete(session, conversation, actor=principal.name, at=records.clock())


def _of(row: ConversationRow, extents: dict[str, tuple[int, str]]) -> Conversation:
    count, last = extents.get(row.id, (0, row.created))
    return Conversation(
        id=row.id, title=row.title, created=datetime.fromisoformat(row.created), exchanges=count,
        updated=datetime.fromisoformat(last),
    )  # fmt: skip


def _unknown(session: Session, principal: Principal, conversation: str) -> UnknownName:
    """Say the same of somebody else's as of one that never was, with the nearest of the person's own."""
    own = [row.id for row in conversations.of_person(session, principal.name)]
    return UnknownName("conversation", conversation, own)
