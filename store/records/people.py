"""People in the records."""

from datetime import datetime

from sqlmodel import Session, asc, col, func, select

from store.records.guard import intact, keep, stamp
from store.records.tables import PersonRow


def count(session: Session) -> int:
    """Return how many people there are."""
    return session.exec(select(func.count()).select_from(PersonRow)).one()


def find(session: Session, name: str) -> PersonRow | None:
    """Return the person called `name` as the log vouches for them; raises `CheckFailed`."""
    row = session.get(PersonRow, name)
    return intact(session, row) if row else None


def all_people(session: Session) -> list[PersonRow]:
    """Return everybody, by name."""
    return list(session.exec(select(PersonRow).order_by(asc(col(PersonRow.name)))))


def add(session: Session, *, name: str, role: str, origin: str, secret: str, actor: str, at: datetime) -> PersonRow:
    """Add one person; `secret` is empty or already hashed."""
    row = PersonRow(name=name, role=role, origin=origin, secret=secret, created=stamp(at))
    keep(session, row, at=at, actor=actor, kind="person.added", detail={"role": role, "origin": origin})
    return row


def set_secret(session: Session, row: PersonRow, *, secret: str, actor: str, at: datetime) -> None:
    """Give one person a new secret, already hashed."""
    row.secret = secret
    keep(session, row, at=at, actor=actor, kind="person.secret_changed")
