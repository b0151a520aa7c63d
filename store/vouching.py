"""How the audit log vouches for a row: the digests that both the records and who reads them without the ORM hold against each other."""

from collections.abc import Mapping, Sequence

from finops.canonical import digest


def record_digest(table: str, columns: Mapping[str, object]) -> str:
    """Return the hash of a row's stored columns."""
    return digest({"table": table, "row": dict(columns)})


def event_digest(fields: Sequence[object]) -> str:
    """Return the hash of an event's columns in their order: seq, at, actor, kind, subject, payload, previous."""
    return digest(list(fields))
