"""Rows that the log vouches for: each is written with an event that carries its digest, and read back against it."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import TypeVar, cast

from pydantic import JsonValue
from sqlalchemy import inspect
from sqlmodel import Session, SQLModel, asc, col, desc, select

from finops.canonical import canonical
from finops.errors import BadInput, CheckFailed
from store.records.tables import LATER, AuditEvent, AuditHead, Guarded
from store.vouching import event_digest, record_digest

ZERO = "0" * 64
# Clocks of several machines may differ by this much.
CLOCKS_APART = timedelta(minutes=2)
Row = TypeVar("Row", bound=Guarded)
# Under what a session keeps the log's head and last event for as long as its one transaction holds the head locked.
_HEAD, _LAST = "audit head", "last audit event"
# What the log says instead of a digest of a row that was taken out: a row of that name that is there after all is a fault.
GONE = "gone"


def stamp(at: datetime) -> str:
    """Return a moment as it is stored: UTC with microseconds, so that text sorts as time."""
    if at.tzinfo is None:
        raise BadInput(f"`{at}` has no time zone", fix="hand in a moment in UTC")
    return at.astimezone(UTC).isoformat(timespec="microseconds")


def storable(what: str, text: str, *, most: int = 2000) -> str:
    """Return `text` where every database can keep it; refuse it where it is too long or no Unicode text."""
    if len(text) > most or "\0" in text or not _encodes(text):
        raise BadInput(f"{what} is longer than {most} characters or holds what is no text", fix="shorten or retype it")
    return text


def subject_of(row: Guarded) -> str:
    """Return the name of a row in the log, such as `proposal/p-0a1b2c3d`."""
    key = "/".join(str(part) for part in inspect(type(row)).primary_key_from_instance(row))
    return f"{row.__tablename__}/{key}"


def columns(row: SQLModel) -> dict[str, object]:
    """Return every stored column of a row by name, as it was read."""
    return {column.key: getattr(row, column.key) for column in inspect(type(row)).columns}


def sound(row: SQLModel) -> bool:
    """Tell whether every column still is a whole number or text, which alone can be hashed."""
    return all(type(value) is int or (type(value) is str and _encodes(value)) for value in columns(row).values())


def _encodes(text: str) -> bool:
    return not any("\ud800" <= letter <= "\udfff" for letter in text)


def row_digest(row: Guarded) -> str:
    """Return the hash of every stored column of a row."""
    later = LATER.get(str(row.__tablename__), {})
    kept = {name: value for name, value in columns(row).items() if name not in later or later[name] != value}
    return record_digest(str(row.__tablename__), kept)


def event_hash(event: AuditEvent, *, seq: int | None = None) -> str:
    """Return the hash an event should have; `seq` asks as if it stood elsewhere."""
    place = event.seq if seq is None else seq
    return event_digest([place, event.at, event.actor, event.kind, event.subject, event.payload, event.previous])


def head_of(session: Session) -> AuditHead | None:
    """Return the log's head, locked for the transaction of `session`; asked for once in it, since nobody else can move it."""
    head: AuditHead | None = session.info.get(_HEAD)
    if head is None:
        # One order of locks for all: on PostgreSQL this row is what BEGIN IMMEDIATE is on SQLite.
        head = session.info[_HEAD] = session.exec(select(AuditHead).with_for_update()).first()
    return head


def append(
    session: Session, *, at: datetime, actor: str, kind: str, subject: str = "", payload: Mapping[str, JsonValue]
) -> AuditEvent:
    """Append one event to the log, in the transaction of `session`."""
    head = head_of(session)
    if head is None:
        raise CheckFailed("the audit log has lost its head", fix="see `toll audit verify`; nothing was done")
    _not_set_back(session, head.seq, at)
    event = AuditEvent(
        seq=head.seq + 1, at=stamp(at), actor=actor, kind=kind, subject=subject, payload=canonical(dict(payload)),
        previous=head.hash, hash="",
    )  # fmt: skip
    event.hash = event_hash(event)
    head.seq, head.hash = event.seq, event.hash
    session.add(event)
    session.add(head)
    session.flush()
    session.info[_LAST] = event
    return event


def _not_set_back(session: Session, seq: int, at: datetime) -> None:
    """Refuse to write before what is written: with a clock set back, approvals and limits that ended would hold again."""
    last: AuditEvent | None = session.info.get(_LAST) or session.get(AuditEvent, seq)
    if last is None:
        return
    earlier = datetime.fromisoformat(last.at) - at
    if earlier > CLOCKS_APART:
        raise CheckFailed(
            f"the clock says {stamp(at)}, {int(earlier.total_seconds())} s before the last event on record",
            fix="set this machine's clock right, or that of whoever wrote it; nothing was done",
        )


def keep(
    session: Session,
    row: Guarded,
    *,
    at: datetime,
    actor: str,
    kind: str,
    detail: Mapping[str, JsonValue] | None = None,
) -> AuditEvent:
    """Write a row together with the event that vouches for it. The one way to write a guarded row."""
    session.add(row)
    session.flush()
    payload: dict[str, JsonValue] = {"record": row_digest(row), **(detail or {})}
    return append(session, at=at, actor=actor, kind=kind, subject=subject_of(row), payload=payload)


def drop(
    session: Session,
    row: Guarded,
    *,
    at: datetime,
    actor: str,
    kind: str,
    detail: Mapping[str, JsonValue] | None = None,
) -> AuditEvent:
    """Take a row out together with the event that says so; what the log said of it before stays."""
    subject = subject_of(row)
    session.delete(row)
    session.flush()
    return append(session, at=at, actor=actor, kind=kind, subject=subject, payload={"record": GONE, **(detail or {})})


def intact(session: Session, row: Row) -> Row:
    """Return `row` where the log vouches for it as it stands; raises `CheckFailed`."""
    subject = subject_of(row)
    last = session.exec(
        select(AuditEvent).where(AuditEvent.subject == subject).order_by(desc(col(AuditEvent.seq))).limit(1)
    ).first()
    _vouch(subject, row, last)
    return row


def all_intact(session: Session, rows: Sequence[Row]) -> list[Row]:
    """Return rows of one kind where the log vouches for each as it stands; raises `CheckFailed`. One question for all."""
    subjects = {subject_of(row): row for row in rows}
    query = select(AuditEvent).where(col(AuditEvent.subject).in_(subjects)).order_by(asc(col(AuditEvent.seq)))
    last = {event.subject: event for event in session.exec(query)} if subjects else {}
    for subject, row in subjects.items():
        _vouch(subject, row, last.get(subject))
    return list(rows)


def _vouch(subject: str, row: Guarded, last: AuditEvent | None) -> None:
    if last is None or event_hash(last) != last.hash or vouched(last) != row_digest(row):
        raise CheckFailed(
            f"`{subject}` is not what the log says it is", fix="see `toll audit verify`; nothing was done"
        )


def vouched(event: AuditEvent) -> str | None:
    """Return the digest of the row an event speaks of, None where it speaks of none."""
    try:
        payload: object = json.loads(event.payload)
    except ValueError:
        return None
    record = cast(dict[str, object], payload).get("record") if isinstance(payload, dict) else None
    return record if isinstance(record, str) else None
