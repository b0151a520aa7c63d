"""Conversations in the records: what was asked and answered, in order."""

from datetime import datetime

from pydantic import JsonValue
from sqlmodel import Session, asc, col, desc, func, select

from finops.canonical import canonical
from finops.errors import UnknownName
from store.records.guard import drop, keep, stamp, storable, subject_of
from store.records.tables import AuditEvent, ConversationRow, MessageRow


def start(session: Session, *, conversation_id: str, person: str, title: str, at: datetime) -> ConversationRow:
    """Start a conversation of one person."""
    row = ConversationRow(
        id=conversation_id, person=person, title=storable("the title", title[:200]), created=stamp(at)
    )
    keep(session, row, at=at, actor=person, kind="conversation.started")
    return row


def say(session: Session, conversation_id: str, *, author: str, body: JsonValue, at: datetime) -> MessageRow:
    """Add the next message. Raises `UnknownName` where there is no such conversation."""
    conversation = session.get(ConversationRow, conversation_id)
    if conversation is None:
        raise UnknownName("conversation", conversation_id, ())
    last = session.exec(
        select(func.max(MessageRow.position)).where(MessageRow.conversation == conversation_id)
    ).one()  # fmt: skip
    text = storable("the message", canonical(body), most=1_000_000)
    row = MessageRow(conversation=conversation_id, position=(last or 0) + 1, author=author, at=stamp(at), body=text)
    keep(session, row, at=at, actor=conversation.person, kind="conversation.message")
    return row


def delete(session: Session, conversation_id: str, *, actor: str, at: datetime) -> int:
    """Take a conversation out with all its messages, and return how many those were. The log keeps that it was there, not a word of it."""
    row = session.get(ConversationRow, conversation_id)
    if row is None:
        raise UnknownName("conversation", conversation_id, ())
    if session.get_bind().dialect.name == "sqlite":
        # What was deleted is overwritten in the file, instead of staying there until the space is needed.
        session.connection().exec_driver_sql("PRAGMA secure_delete=ON")
    found = messages(session, conversation_id)
    for message in found:
        drop(session, message, at=at, actor=actor, kind="conversation.message_deleted")
    drop(session, row, at=at, actor=actor, kind="conversation.deleted", detail={"messages": len(found)})
    return len(found)


def was_deleted(session: Session, conversation_id: str) -> bool:
    """Tell whether there was a conversation of this id that somebody deleted."""
    name = subject_of(ConversationRow(id=conversation_id, person="", title="", created=""))
    query = select(AuditEvent.seq).where(AuditEvent.subject == name, AuditEvent.kind == "conversation.deleted")
    return session.exec(query.limit(1)).first() is not None


def messages(session: Session, conversation_id: str) -> list[MessageRow]:
    """Return the messages of a conversation in order."""
    query = select(MessageRow).where(MessageRow.conversation == conversation_id)
    return list(session.exec(query.order_by(asc(col(MessageRow.position)))))


def of_person(session: Session, person: str) -> list[ConversationRow]:
    """Return a person's conversations, the newest first."""
    query = select(ConversationRow).where(ConversationRow.person == person)
    return list(session.exec(query.order_by(desc(col(ConversationRow.created)), asc(col(ConversationRow.id)))))


def extents(session: Session, person: str) -> dict[str, tuple[int, str]]:
    """Return of each of a person's conversations how many messages it has and when the last was added."""
    query = (
        select(MessageRow.conversation, func.count(), func.max(MessageRow.at))
        .join(ConversationRow, col(ConversationRow.id) == col(MessageRow.conversation))
        .where(ConversationRow.person == person)
        .group_by(MessageRow.conversation)
    )
    return {conversation: (count, last) for conversation, count, last in session.exec(query)}


def owner(session: Session, conversation_id: str) -> str | None:
    """Return whose conversation it is, None where there is none."""
    row = session.get(ConversationRow, conversation_id)
    return row.person if row else None
