"""Load allocation rules and exchange rates for a person: checked, kept for good, put in force, on record. Costs the ORM."""

import json
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Literal

from pydantic import Field, JsonValue

from finops.books import AllocationBook, LoadedKind, RateBook
from finops.errors import BadFile
from finops.people import Principal, require
from finops.query import Frozen
from gateway.allocation_file import parse_allocation
from gateway.books import digest_of, keep, open_shelf, put_in_force, text_of
from gateway.clock import clock_of
from gateway.home import Home
from gateway.people import acting
from gateway.rates_file import MOST_BYTES, parse_rates
from store.records import Records, audit
from store.records.guard import append


class Loaded(Frozen):
    """What a load did. `changed` is false where this book was in force already."""

    kind: LoadedKind
    file: str
    book: str = Field(description="the book's digest")
    before: str = Field(default="", description="digest of the book it took the place of")
    changed: bool


class BookEvent(Frozen):
    """One load of a book, as the audit log has it."""

    at: datetime
    person: str
    file: str
    book: str


def read_allocation(path: Path) -> AllocationBook:
    """Return the rules in a YAML file. Raises `BadFile` with the line and the fix."""
    return AllocationBook(file=path.name, content=parse_allocation(path.name, text_of_file(path)))


def read_rates(
    path: Path,
    *,
    max_age_days: int = 7,
    inverse: bool = False,
    through: str | None = None,
    basis: Literal["day", "month_end"] = "day",
) -> RateBook:
    """Return the rates in a CSV file with what is declared of them. Raises `BadFile` with the line and the fix."""
    content = parse_rates(
        path.name, text_of_file(path), max_age_days=max_age_days, inverse=inverse, through=through, basis=basis
    )
    return RateBook(file=path.name, content=content)


def load_book(home: Home, principal: Principal, book: AllocationBook | RateBook) -> Loaded:
    """Put a book in force, on record before it is. Raises `Unauthenticated` or `Forbidden` unless the person may ingest."""
    require(principal, "ingest")
    text = text_of(book)
    before = open_shelf(home).present.get(book.kind, "")
    done = Loaded(
        kind=book.kind, file=book.file, book=digest_of(text), before=before, changed=digest_of(text) != before
    )
    records = Records.open(home.database_url, clock=clock_of(home))
    with records.write() as session:
        require(acting(session, principal), "ingest")
        if not done.changed:
            return done
        keep(home, text)
        payload: dict[str, JsonValue] = {
            "person": principal.name,
            "file": done.file,
            "book": done.book,
            "before": before,
        }
        append(session, at=records.clock(), actor=principal.name, kind=_kind(book.kind), payload=payload)
    put_in_force(home, book.kind, done.book)
    return done


def book_history(home: Home, principal: Principal, kind: LoadedKind) -> tuple[BookEvent, ...]:
    """Return every load of this kind of book, the newest first."""
    require(principal, "read_audit")
    records = Records.open(home.database_url)
    with records.read() as session:
        events = [event for event in audit.events(session) if event.kind == _kind(kind)]
    return tuple(_event(event.at, event.actor, json.loads(event.payload)) for event in reversed(events))


def _event(at: str, actor: str, payload: Mapping[str, object]) -> BookEvent:
    return BookEvent(at=datetime.fromisoformat(at), person=actor, file=str(payload["file"]), book=str(payload["book"]))


def _kind(kind: LoadedKind) -> str:
    return f"{kind}.load"


def text_of_file(path: Path) -> str:
    """Return the text of a file people keep beside their bills. Raises `BadFile` where it cannot be read."""
    try:
        if path.stat().st_size > MOST_BYTES:
            raise BadFile(f"`{path}` is larger than {MOST_BYTES // 1024**2} MiB", fix="give a smaller file")
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise BadFile(f"`{path}` is not UTF-8 at byte {error.start}", fix="save it as UTF-8") from error
    except OSError as error:
        raise BadFile(f"`{path}` cannot be read, {error.strerror or error}", fix="name a file") from error
