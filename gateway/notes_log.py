"""The notes of a home as an append-only log, each line chained to the one before: any earlier state of it can be read again. Light.

`TOLL_HOME/books/notes.jsonl`: a line is a note or the id of one that was withdrawn, with the head of the chain up to it. Lines that were
recorded together hold together: only the last of them `ends` what was recorded, and lines that nothing ends are not there.
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
# Longer than any line: a note of 300 characters with five dimensions and values of 200, each letter as up to 12 in JSON.
_TAIL = 64 * 1024


def head_of(folder: Path) -> str:
    """Return the head of the chain, empty where nothing was recorded yet. Reads the end of the file only."""
    try:
        with (folder / FILE).open("rb") as stream:
            size = os.fstat(stream.fileno()).st_size
            stream.seek(max(0, size - _TAIL))
            tail = _ended(stream.read())
            if not tail and size > _TAIL:
                # A long file of notes was being recorded by a process that died.
                stream.seek(0)
                tail = _ended(stream.read())
    except FileNotFoundError:
        return ""
    return str(_read(tail.splitlines()[-1])["head"]) if tail else ""


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
    head, lines, together = head_of(folder), list[str](), list(entries)
    for one in together:
        body: dict[str, object] = {"withdrawn": one} if isinstance(one, str) else {"note": one.model_dump(mode="json")}
        body["ends"] = one is together[-1]
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
            if (kept := len(_ended(data))) != len(data):
                os.truncate(path, kept)
        yield


def _entries(folder: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    head = ""
    try:
        lines = _ended((folder / FILE).read_bytes()).splitlines()
    except FileNotFoundError:
        return
    for number, line in enumerate(lines, 1):
        entry = _read(line)
        said = str(entry.pop("head", ""))
        head = _chained(head, entry)
        if said != head:
            raise CheckFailed(f"line {number} of `{folder / FILE}` was changed", fix="put the file back from a backup")
        yield head, entry


def _ended(data: bytes) -> bytes:
    """Return `data` up to the last line that ends what was recorded."""
    end = data.rfind(b"\n") + 1
    while end and not _ends(data[data.rfind(b"\n", 0, end - 1) + 1 : end]):
        end = data.rfind(b"\n", 0, end - 1) + 1
    return data[:end]


def _ends(line: bytes) -> bool:
    # What cannot be read was changed, not left half done: `_read` says so.
    return b'"ends":false' not in line


def _read(line: bytes) -> dict[str, Any]:
    try:
        found = json.loads(line)
        return {"head": str(found["head"]), **found}
    except (ValueError, KeyError, TypeError) as error:
        raise CheckFailed("the log of notes was changed", fix="put the file back from a backup") from error


def _note(body: object) -> Note:
    try:
        return Note.model_validate(body)
    except ValidationError as error:
        raise CheckFailed(
            "a note was written by another version of Tollkeeper", fix="use that version, or remove the log of notes"
        ) from error


def _chained(head: str, entry: object) -> str:
    return hashlib.sha256((head + canonical(entry)).encode()).hexdigest()
