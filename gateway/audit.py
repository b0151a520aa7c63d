"""Read and prove the audit log."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from pydantic import ValidationError

from finops.errors import BadInput
from finops.people import Principal, require
from finops.query import Frozen
from store.records import Records, audit
from store.records.faults import Fault, Head, Verification

__all__ = ["Audit", "Event", "Fault", "Head", "Verification", "parse_head"]


class Event(Frozen):
    """One line of the log, without its payload."""

    seq: int
    at: datetime
    actor: str
    kind: str
    subject: str


@dataclass(frozen=True, slots=True)
class Audit:
    """The log of everything that was proposed, decided, approved, executed and undone."""

    records: Records

    def verify(self, principal: Principal, exported: Head | None = None) -> Verification:
        """Prove the log whole; `Verification.require()` raises where it is not."""
        require(principal, "read_audit")
        with self.records.read() as session:
            return audit.verify(session, exported)

    def head(self, principal: Principal) -> Head:
        """Return the last event's number and hash, to be kept elsewhere."""
        require(principal, "read_audit")
        with self.records.read() as session:
            return audit.head(session)

    def last(self, principal: Principal, most: int) -> tuple[Event, ...]:
        """Return the last events, the newest first."""
        require(principal, "read_audit")
        with self.records.read() as session:
            return tuple(
                Event(
                    seq=row.seq, at=datetime.fromisoformat(row.at), actor=row.actor, kind=row.kind, subject=row.subject
                )
                for row in audit.last(session, most)
            )

    def export(self, principal: Principal) -> Iterator[str]:
        """Give the log as JSON lines, one event each."""
        require(principal, "read_audit")
        with self.records.read() as session:
            yield from audit.export(session)


def parse_head(text: str) -> Head:
    """Read an exported head, `{"seq": 12, "hash": "..."}`; raises `BadInput`."""
    try:
        return Head.model_validate_json(text)
    except ValidationError as error:
        raise BadInput("this is no exported head", fix="give what `toll audit head --json` wrote") from error
