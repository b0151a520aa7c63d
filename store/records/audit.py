"""Read the log, export it, and prove it whole."""

from collections.abc import Iterator
from typing import Any, cast

from sqlalchemy.exc import DatabaseError
from sqlmodel import Session, asc, col, desc, select

from finops.canonical import canonical
from finops.errors import CheckFailed
from store.records.chain import Chain
from store.records.faults import MOST_FAULTS, Fault, Head, Verification
from store.records.guard import GONE, columns, row_digest, sound, subject_of
from store.records.tables import GUARDED, ApprovalRow, AuditEvent, AuditHead, ExecutionRow


def head(session: Session) -> Head:
    """Return the log's present head; export it and keep it where the database's keeper cannot write."""
    row = session.exec(select(AuditHead)).first()
    if row is None:
        raise CheckFailed("the audit log has lost its head", fix="see `toll audit verify`")
    return Head(seq=row.seq, hash=row.hash)


def events(session: Session, *, subject: str | None = None) -> Iterator[AuditEvent]:
    """Give the events in order: all, or those about one row (`proposal/p-0a1b2c3d`)."""
    query = select(AuditEvent).order_by(asc(col(AuditEvent.seq)))
    if subject is not None:
        query = query.where(AuditEvent.subject == subject)
    yield from session.exec(query.execution_options(yield_per=1000))


def events_of(session: Session, proposal_id: str) -> list[AuditEvent]:
    """Return the events about a proposal, its approvals and its runs, in order."""
    runs = session.exec(select(ExecutionRow.key).where(ExecutionRow.proposal == proposal_id)).all()
    given = session.exec(select(ApprovalRow.id).where(ApprovalRow.proposal == proposal_id)).all()
    subjects = [f"proposal/{proposal_id}", *(f"execution/{key}" for key in runs), *(f"approval/{one}" for one in given)]
    return list(
        session.exec(select(AuditEvent).where(col(AuditEvent.subject).in_(subjects)).order_by(asc(col(AuditEvent.seq))))
    )


def last(session: Session, most: int) -> list[AuditEvent]:
    """Return the last events, the newest first."""
    return list(session.exec(select(AuditEvent).order_by(desc(col(AuditEvent.seq))).limit(most)))


def export(session: Session) -> Iterator[str]:
    """Give the log as JSON lines, one event each, every column in it; raises `CheckFailed` where one is no text."""
    for event in events(session):
        if not sound(event):
            raise CheckFailed(f"event {event.seq} cannot be exported: it was changed", fix="see `toll audit verify`")
        yield canonical(columns(event))


def verify(session: Session, exported: Head | None = None) -> Verification:
    """Prove the log and the rows it vouches for; with an exported head also that nothing up to it was rewritten."""
    _read_bytes_as_they_are(session)
    chain = Chain(exported)
    rows: list[Fault] = []
    try:
        chain.walk(events(session))
        chain.ended(list(session.exec(select(AuditHead))))
        rows = _rows(session, dict(chain.vouched))
        rows += _integrity(session)
    except (DatabaseError, UnicodeDecodeError) as error:
        said = error.orig if isinstance(error, DatabaseError) else error
        rows.append(Fault(seq=chain.last_seq + 1, what="database", detail=f"it cannot be read on: {said}"))
    faults = (*sorted(chain.faults, key=lambda fault: fault.seq), *rows)
    last = Head(seq=chain.last_seq, hash=chain.last_hash)
    return Verification(ok=not faults, events=chain.count, head=last, faults=faults[:MOST_FAULTS])


def _read_bytes_as_they_are(session: Session) -> None:
    """Let SQLite hand out text that is no UTF-8 any more, so that the check can say where it is."""
    if session.get_bind().dialect.name == "sqlite":
        driver = cast(Any, session.connection().connection.driver_connection)
        driver.text_factory = _as_is


def _as_is(raw: bytes) -> str:
    return raw.decode(errors="surrogateescape")


def _rows(session: Session, vouched: dict[str, tuple[int, str | None]]) -> list[Fault]:
    """Compare every guarded row with the last event about it."""
    found: list[Fault] = []
    for table in GUARDED:
        for row in session.exec(select(table).execution_options(yield_per=1000)):
            # A name that is no text any more is a name the log does not know.
            seq, digest = vouched.pop(subject_of(row), (0, ""))
            if seq == 0:
                found.append(
                    Fault(seq=0, what="record", detail=f"`{subject_of(row)!a}` was added or renamed past the gateway")
                )
            elif digest is not None and not (sound(row) and row_digest(row) == digest):
                found.append(Fault(seq=seq, what="record", detail=f"`{subject_of(row)}` is not as this event left it"))
    for subject, (seq, digest) in vouched.items():
        if digest not in (None, GONE):
            found.append(Fault(seq=seq, what="record", detail=f"`{subject}` is missing"))
    return found


def _integrity(session: Session) -> list[Fault]:
    """Ask SQLite whether its file is whole."""
    if session.get_bind().dialect.name != "sqlite":
        return []
    said = [str(row[0]) for row in session.connection().exec_driver_sql("PRAGMA integrity_check")]
    return [Fault(seq=0, what="database", detail=f"SQLite finds: {line}") for line in said if line != "ok"]
