"""Read and prove the audit log."""

from collections.abc import Iterator
from dataclasses import dataclass

from pydantic import ValidationError

from finops.errors import BadInput
from finops.people import Principal, require
from store.records import Records, audit
from store.records.faults import Fault, Head, Verification

__all__ = ["Audit", "Fault", "Head", "Verification", "parse_head"]


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
