"""Exemptions in the records: resources whose owner wants them left alone until a date."""

from datetime import date, datetime

from sqlmodel import Session, asc, col, select

from finops.errors import StateConflict, UnknownName
from store.records.guard import intact, keep, stamp
from store.records.tables import ExemptionRow


def add(session: Session, *, resource_id: str, until: date, reason: str, person: str, at: datetime) -> ExemptionRow:
    """Record an exemption through `until`."""
    number = len(session.exec(select(ExemptionRow.id)).all()) + 1
    row = ExemptionRow(
        id=f"x-{number}",
        resource_id=resource_id,
        until=until.isoformat(),
        reason=reason,
        person=person,
        at=stamp(at),
        lifted="",
    )
    keep(
        session, row, at=at, actor=person, kind="exemption.added", detail={"resource": resource_id, "until": row.until}
    )
    return row


def lift(session: Session, exemption_id: str, *, actor: str, at: datetime) -> ExemptionRow:
    """Take an exemption back. Raises `UnknownName`, and `StateConflict` where that was done already."""
    row = session.get(ExemptionRow, exemption_id)
    if row is None:
        raise UnknownName("exemption", exemption_id, session.exec(select(ExemptionRow.id).limit(1000)))
    intact(session, row)
    if row.lifted:
        raise StateConflict(f"exemption `{exemption_id}` was lifted already", fix="see `toll exempt list`")
    row.lifted = f"{stamp(at)} {actor}"
    keep(session, row, at=at, actor=actor, kind="exemption.lifted", detail={"resource": row.resource_id})
    return row


def in_force(session: Session, day: date) -> list[ExemptionRow]:
    """Return the exemptions that hold on `day`, by resource and end, as the log vouches for them."""
    query = select(ExemptionRow).where(ExemptionRow.until >= day.isoformat(), ExemptionRow.lifted == "")
    ordered = query.order_by(
        asc(col(ExemptionRow.resource_id)), asc(col(ExemptionRow.until)), asc(col(ExemptionRow.id))
    )
    return [intact(session, row) for row in session.exec(ordered)]


def everything(session: Session) -> list[ExemptionRow]:
    """Return every exemption there ever was, in the order they were made."""
    return list(session.exec(select(ExemptionRow).order_by(asc(col(ExemptionRow.at)), asc(col(ExemptionRow.id)))))
