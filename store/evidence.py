"""Evidence as files, one JSON each, named by its id: written whole or not at all, and refused once a byte has changed."""

import os
import re
from dataclasses import dataclass
from heapq import nlargest
from pathlib import Path
from uuid import uuid4

from pydantic import ValidationError

from finops.errors import CheckFailed, UnknownName
from finops.evidence import Evidence, intact

_ID = re.compile(r"ev-[0-9a-f]{16}")


@dataclass(frozen=True, slots=True, order=True)
class Kept:
    """One evidence of a listing: when it was stored, in nanoseconds since 1970, and how many bytes it takes."""

    at: int
    id: str
    size: int


@dataclass(frozen=True, slots=True)
class FileEvidence:
    """Implements `finops.ports.EvidenceStore` in one folder."""

    folder: Path

    def put(self, evidence: Evidence) -> None:
        """Store it; storing it again changes nothing. Raises `CheckFailed` where its id is not that of its content."""
        if not intact(evidence):
            raise CheckFailed(f"evidence `{evidence.id}` does not match its id", fix="seal it again")
        path = self._path(evidence.id)
        content = evidence.model_dump_json()
        if path.exists() and path.read_text(encoding="utf-8") == content:
            return
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        draft = self.folder / f".{evidence.id}.{uuid4().hex}"
        with draft.open("w", encoding="utf-8") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        draft.replace(path)

    def get(self, evidence_id: str) -> Evidence:
        """Return it whole; raises `UnknownName` where it is not there, `CheckFailed` where its file was changed."""
        path = self._path(evidence_id)
        try:
            content = path.read_bytes()
        except FileNotFoundError:
            raise UnknownName("evidence", evidence_id, self._ids()) from None
        try:
            evidence = Evidence.model_validate_json(content)
        except ValidationError as error:
            raise _changed(evidence_id) from error
        if evidence.id != evidence_id or not intact(evidence):
            raise _changed(evidence_id)
        return evidence

    def recent(self, most: int) -> list[Kept]:
        """Return the `most` that were stored last, the newest first; none is opened."""
        if not self.folder.is_dir():
            return []
        with os.scandir(self.folder) as entries:
            return nlargest(most, (one for entry in entries if (one := _kept(entry)) is not None))

    def _path(self, evidence_id: str) -> Path:
        if not _ID.fullmatch(evidence_id):
            raise UnknownName("evidence", evidence_id[:100], self._ids())
        return self.folder / f"{evidence_id}.json"

    def _ids(self) -> list[str]:
        return sorted(path.stem for path in self.folder.glob("ev-*.json")) if self.folder.is_dir() else []


def _kept(entry: "os.DirEntry[str]") -> Kept | None:
    name, _, ending = entry.name.partition(".")
    if ending != "json" or not _ID.fullmatch(name):
        return None
    found = entry.stat()
    return Kept(at=found.st_mtime_ns, id=name, size=found.st_size)


def _changed(evidence_id: str) -> CheckFailed:
    return CheckFailed(f"the file of evidence `{evidence_id}` was changed", fix="ask the question again")
