"""The notes of a home as an append-only log, each line chained to the one before: any earlier state of it can be read again. Light.

`TOLL_HOME/books/notes.jsonl`: a line is a note or the id of one that was withdrawn, with the head of the chain up to it.
"""

import fcntl
import hashlib
import json
import os
from collections.abc import Generator, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from finops.canonical import canonical
from finops.errors import CheckFailed, UnknownName
from finops.notes import Note

FILE = "notes.jsonl"
# A line is a note of 300 characters and its scope.
_LONGEST_LINE = 8192


def head_of(folder: Path) -> str:
    """Return the head of the chain, empty where nothing was recorded yet. Reads the end of the file only."""
    try:
        with (folder / FILE).open("rb") as stream:
            stream.seek(max(0, os.fstat(stream.fileno()).st_size - _LONGEST_LINE))
            lines = _whole(stream.read()).splitlines()
    except FileNotFoundError:
        return ""
    return str(_read(lines[-1])["head"]) if lines else ""


def notes_at(folder: Path, head: str) -> tuple[Note, ...]:
    """Return the notes that stood when the chain ended in `head` (or in what begins with it). Raises `CheckFailed`, `UnknownName`."""
    standing: dict[str, Note] = {}
    for found, entry in _entries(folder):
        if "withdrawn" in entry:
            standing.pop(str(entry["withdrawn"]), None)
        else:
            note = _note(entry["note"])
            standing[note.id] = note
        if found.startswith(head):
            return tuple(standing.values())
    raise UnknownName("state of the notes", head, ())


def add(folder: Path, entries: Iterable[Note | str]) -> str:
    """Append notes, or the ids of those withdrawn, and return the new head. Whoever calls it holds `alone`."""
    head, lines = head_of(folder), list[str]()
    for one in entries:
        body = {"withdrawn": one} if isinstance(one, str) else {"note": one.model_dump(mode="json")}
        head = _chained(head, body)
        lines.append(canonical({**body, "head": head}) + "\n")
    with (folder / FILE).open("ab") as stream:
        stream.write("".join(lines).encode())
        stream.flush()
        os.fsync(stream.fileno())
    return head


@contextmanager
def alone(folder: Path) -> Generator[None]:
    """Hold the log's lock; what a writer that died left of a line goes first, for nobody was told that it is there."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    with (folder / f".{FILE}.lock").open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        path = folder / FILE
        if path.exists():
            data = path.read_bytes()
            if (kept := len(_whole(data))) != len(data):
                os.truncate(path, kept)
        yield


def _entries(folder: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    head = ""
    try:
        lines = _whole((folder / FILE).read_bytes()).splitlines()
    except FileNotFoundError:
        return
    for number, line in enumerate(lines, 1):
        entry = _read(line)
        said = str(entry.pop("head", ""))
        head = _chained(head, entry)
        if said != head:
            raise CheckFailed(
                f"line {number} of `{folder / FILE}` was changed", fix="put the file back from a backup, or remove it"
            )
        yield head, entry


def _whole(data: bytes) -> bytes:
    return data[: data.rfind(b"\n") + 1]


def _read(line: bytes) -> dict[str, Any]:
    try:
        found = json.loads(line)
        return {"head": str(found["head"]), **found}
    except (ValueError, KeyError, TypeError) as error:
        raise CheckFailed(
            "the log of notes was changed", fix="put the file back from a backup, or remove it"
        ) from error


def _note(body: object) -> Note:
    try:
        return Note.model_validate(body)
    except ValidationError as error:
        raise CheckFailed(
            "a note was written by another version of Tollkeeper", fix="use that version, or remove the log of notes"
        ) from error


def _chained(head: str, entry: object) -> str:
    return hashlib.sha256((head + canonical(entry)).encode()).hexdigest()
