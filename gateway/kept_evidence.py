"""Read evidence that is kept, by id or the newest of it, for those who may ask. Needs neither the lake nor the records."""

from finops.evidence import Evidence
from finops.people import Principal, require
from gateway.home import Home
from store.evidence import FileEvidence, Kept


def read_evidence(home: Home, principal: Principal, evidence_id: str) -> Evidence:
    """Return one evidence, whole. Raises `UnknownName`, `CheckFailed` where its file was changed, and `Forbidden`."""
    require(principal, "ask")
    return FileEvidence(home.evidence).get(evidence_id)


def recent_evidence(home: Home, principal: Principal, most: int) -> list[Kept]:
    """Return the `most` that were kept last, the newest first. Raises `Forbidden`."""
    require(principal, "ask")
    return FileEvidence(home.evidence).recent(most)
