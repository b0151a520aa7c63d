"""The books of a home as files: allocation rules and exchange rates, each kept for good under its digest, and the log of notes. Light.

`TOLL_HOME/books/<digest>.json` is a book, `books/allocation` and `books/rates` name the ones in force. `gateway.bookkeeping` loads
them; `gateway.notes` records notes, whose state is named by the head of their chain.
"""

import hashlib
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar
from uuid import uuid4

from pydantic import ValidationError

from finops.books import AllocationBook, Books, Kind, LoadedKind, RateBook
from finops.canonical import canonical
from finops.errors import CheckFailed, UnknownName
from finops.notes import Note
from gateway import notes_log
from gateway.home import Home

_LOADED: tuple[LoadedKind, ...] = ("allocation", "rates")
KINDS: tuple[Kind, ...] = (*_LOADED, "notes")
_LETTER: dict[Kind, str] = {"allocation": "a", "rates": "r", "notes": "n"}
_MARK = re.compile(r"[arn][0-9a-f]{12}")
_SHORT = 12
Book = TypeVar("Book", AllocationBook, RateBook)


def text_of(book: AllocationBook | RateBook) -> str:
    """Return the one text of a book: what its digest is of."""
    return canonical({"kind": book.kind, **book.model_dump(mode="json", by_alias=True, exclude_defaults=True)})


def digest_of(text: str) -> str:
    """Return the SHA-256 of a book's text."""
    return hashlib.sha256(text.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class BookShelf:
    """The books of one moment, by digest or the first 12 digits of it; implements `gateway.questions.Shelf`."""

    folder: Path
    present: Mapping[Kind, str]

    def books(self) -> Books:
        """Return them, none opened yet. Opening raises `CheckFailed` where a file was changed, `UnknownName` where it is gone."""
        return Books(self.allocation, self.rates, self.notes)

    def mark(self, used: frozenset[Kind]) -> str:
        """Return what the snapshot's id ends in where these books were used."""
        return "".join(f"+{_LETTER[k]}{self.present[k][:_SHORT]}" for k in KINDS if k in used and k in self.present)

    def allocation(self) -> AllocationBook | None:
        """Open the allocation rules, None where there are none."""
        text = self._text("allocation")
        return None if text is None else _parsed(AllocationBook, text)

    def rates(self) -> RateBook | None:
        """Open the exchange rates, None where there are none."""
        text = self._text("rates")
        return None if text is None else _parsed(RateBook, text)

    def notes(self) -> tuple[Note, ...]:
        """Return the notes that stand, none where none were recorded."""
        head = self.present.get("notes")
        return notes_log.notes_at(self.folder, head) if head else ()

    def _text(self, kind: LoadedKind) -> str | None:
        digest = self.present.get(kind)
        if digest is None:
            return None
        paths = sorted(self.folder.glob(f"{digest}*.json"))
        if len(paths) != 1:
            raise UnknownName(f"{kind} book", digest, (path.stem[:_SHORT] for path in self.folder.glob("*.json")))
        text = paths[0].read_text(encoding="utf-8")
        if digest_of(text) != paths[0].stem:
            raise CheckFailed(
                f"the file of the {kind} book `{digest[:_SHORT]}` was changed", fix="load its source again"
            )
        return text


def _parsed(kind: type[Book], text: str) -> Book:
    try:
        return kind.model_validate_json(text)
    except ValidationError as error:
        raise CheckFailed("a book was written by another version of Tollkeeper", fix="load its source again") from error


def open_shelf(home: Home) -> BookShelf:
    """Return the books in force. Raises `CheckFailed` where a pointer was changed."""
    present: dict[Kind, str] = {}
    for kind in _LOADED:
        digest = _named(home, kind)
        if digest is not None:
            present[kind] = digest
    if head := notes_log.head_of(home.books):
        present["notes"] = head
    return BookShelf(home.books, present)


def shelf_of(home: Home, marks: str) -> BookShelf:
    """Return the books that the end of a snapshot's id names, such as `+a0123456789ab`; raises `UnknownName` for anything else."""
    parts = [part for part in marks.split("+") if part]
    if not all(_MARK.fullmatch(part) for part in parts):
        raise UnknownName("books of a snapshot", marks[:100], ())
    by_letter: dict[str, Kind] = {letter: kind for kind, letter in _LETTER.items()}
    return BookShelf(home.books, {by_letter[part[0]]: part[1:] for part in parts})


def _named(home: Home, kind: LoadedKind) -> str | None:
    try:
        digest = _pointer(home, kind).read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        return None
    if not re.fullmatch(r"[0-9a-f]{64}", digest):
        raise CheckFailed(f"`{_pointer(home, kind)}` names no book", fix=f"load one again with `toll {kind} load FILE`")
    return digest


def keep(home: Home, text: str) -> str:
    """Write a book under its digest, whole or not at all, and return the digest."""
    digest = digest_of(text)
    home.books.mkdir(parents=True, exist_ok=True, mode=0o700)
    _write(home.books / f"{digest}.json", text)
    return digest


def put_in_force(home: Home, kind: LoadedKind, digest: str) -> None:
    """Name the book that questions use from now on."""
    _write(_pointer(home, kind), digest + "\n")


def _pointer(home: Home, kind: LoadedKind) -> Path:
    return home.books / kind


def _write(path: Path, text: str) -> None:
    draft = path.with_name(f".{path.name}.{uuid4().hex}")
    with draft.open("w", encoding="utf-8") as stream:
        stream.write(text)
        stream.flush()
        os.fsync(stream.fileno())
    draft.replace(path)
