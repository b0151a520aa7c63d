"""The door to notes: recorded, read from a file, withdrawn, on record before they hold. Costs the ORM."""

import csv
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from io import StringIO
from pathlib import Path

from pydantic import JsonValue, ValidationError

from finops.errors import BadFile, BadInput, UnknownName
from finops.notes import KINDS, Note, NoteKind
from finops.people import Principal, require
from finops.ports import DataHandle
from finops.query import VIRTUAL, dimension_key, standard_dimension
from finops.relational import Aggregate, Condition, Question
from gateway import notes_log
from gateway.bookkeeping import text_of_file
from gateway.clock import clock_of
from gateway.compose import open_questions
from gateway.home import Home
from gateway.people import acting
from store.records import Records
from store.records.guard import append

MOST_NOTES = 20_000
_COLUMNS = ("Day", "Until", "Kind", "Text")
_HEADER = "Day, Until, Kind, Text, then a column for each dimension, such as ServiceName or tag:team"


@dataclass(frozen=True, slots=True)
class Wording:
    """A note as its person words it."""

    day: date
    text: str
    kind: NoteKind = "note"
    until: date | None = None
    scope: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Notes:
    """The notes of one home."""

    home: Home

    def list(self) -> tuple[Note, ...]:
        """Return the notes that stand, by day."""
        head = notes_log.head_of(self.home.books)
        found = notes_log.notes_at(self.home.books, head) if head else ()
        return tuple(sorted(found, key=lambda one: one.day))

    def add(self, principal: Principal, wordings: Sequence[Wording]) -> tuple[Note, ...]:
        """Record notes, all or none, and return them; one that stands already in the same words is not recorded twice.

        Raises `BadInput` for a note that cannot be one, `UnknownName` for a dimension that the bills that are loaded do not have,
        `Forbidden` without the right to ask.
        """
        require(principal, "ask")
        self._check_names({name for one in wordings for name in one.scope or {}})
        records = Records.open(self.home.database_url, clock=clock_of(self.home))
        with notes_log.alone(self.home.books):
            with records.write() as session:
                made = self._made(acting(session, principal), records.clock(), wordings)
                for note in made:
                    payload: dict[str, JsonValue] = {"note": note.model_dump(mode="json")}
                    append(session, at=note.recorded, actor=note.person, kind="note.recorded", payload=payload)
            # INVARIANT: on record before it holds. Who dies in between told nobody that it does, and records it again.
            if made:
                notes_log.add(self.home.books, made)
        return made

    def withdraw(self, principal: Principal, note_id: str) -> Note:
        """Take a note back: one's own, or with the right to set what holds for everybody any. Earlier answers keep it.

        Raises `UnknownName`, `Forbidden`.
        """
        records = Records.open(self.home.database_url, clock=clock_of(self.home))
        with notes_log.alone(self.home.books):
            standing = {one.id: one for one in self.list()}
            if note_id not in standing:
                raise UnknownName("note", note_id, standing)
            found = standing[note_id]
            with records.write() as session:
                actor = acting(session, principal)
                require(actor, "ask" if found.person == actor.name else "set_team_facts")
                append(session, at=records.clock(), actor=actor.name, kind="note.withdrawn", payload={"note": note_id})
            notes_log.add(self.home.books, [note_id])
        return found

    def _made(self, actor: Principal, at: datetime, wordings: Sequence[Wording]) -> tuple[Note, ...]:
        require(actor, "ask")
        standing = self.list()
        known = {one.said for one in standing}
        made: dict[tuple[object, ...], Note] = {}
        for one in wordings:
            note = _note(one, actor.name, at.isoformat())
            if note.said not in known:
                made.setdefault(note.said, note)
        if len(standing) + len(made) > MOST_NOTES:
            raise BadInput(f"a home keeps at most {MOST_NOTES:,} notes", fix="withdraw old ones first")
        return tuple(made.values())

    def unheard_of(self, note: Note) -> tuple[str, ...]:
        """Return what a note concerns and no charge has so far, as `ServiceName=AmazonEC2`: perhaps new, perhaps another spelling."""
        data = open_questions(self.home).data if note.scope else None
        if data is None or data.cost is None:
            return ()
        return tuple(
            f"{name}={value}"
            for name, value in note.scope.items()
            if not name.startswith(VIRTUAL) and not _has(data, name, value)
        )

    def _check_names(self, names: set[str]) -> None:
        """Refuse a dimension that no bill has: a note on it would never be told beside what it concerns."""
        data = open_questions(self.home).data if names else None
        if data is None or data.cost is None:
            return
        known = [info.name for info in data.dimensions]
        for name in sorted(names):
            if standard_dimension(name) not in known and not name.startswith(VIRTUAL):
                raise UnknownName("dimension", name, known)


def _has(data: DataHandle, dimension: str, value: str) -> bool:
    is_value = Condition(dimension_key(dimension), "is", (value,))
    found = data.ask(Question("cost", (Aggregate("rows", "count"),), where=(is_value,)))
    return any(int(str(row["rows"])) for row in found.records())


def read_notes(path: Path) -> tuple[Wording, ...]:
    """Return the notes in a CSV file. Raises `BadFile` with the line and the fix."""
    return parse_notes(path.name, text_of_file(path))


def parse_notes(name: str, text: str) -> tuple[Wording, ...]:
    """Return the notes in a CSV file, faults named by line. Raises `BadFile`."""
    rows = csv.DictReader(StringIO(text.removeprefix("\ufeff")), strict=True)
    found: list[Wording] = []
    try:
        header = [str(one).strip() for one in rows.fieldnames or ()]
        rows.fieldnames = header
        if "Day" not in header or "Text" not in header:
            raise BadFile(f"`{name}` has no column Day or no column Text", fix=f"give it the header {_HEADER}")
        for row in rows:
            if None in row or None in row.values():
                raise BadFile(f"`{name}` line {rows.line_num} has other columns than the header", fix="mend the row")
            cells = {key: value.strip() for key, value in row.items()}
            found.append(_wording(f"`{name}` line {rows.line_num}", cells))
    except csv.Error as error:
        raise BadFile(f"`{name}` line {rows.line_num} is no CSV, {error}", fix="close the quotes") from error
    if not found:
        raise BadFile(f"`{name}` holds no note", fix=f"give it the header {_HEADER}, and a row a note")
    return tuple(found)


def _wording(where: str, cells: Mapping[str, str]) -> Wording:
    scope = {name: value for name, value in cells.items() if name not in _COLUMNS and value}
    wording = Wording(
        day=_day(where, cells["Day"]), text=cells["Text"], kind=_kind(where, cells.get("Kind") or "note"),
        until=_day(where, cells["Until"]) if cells.get("Until") else None, scope=scope,
    )  # fmt: skip
    try:
        _note(wording, "somebody", "2000-01-01T00:00:00Z")
    except BadInput as error:
        raise BadFile(f"{where}: {error.message}", fix=error.fix) from error
    return wording


def _day(where: str, text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise BadFile(f"{where}: `{text[:40]}` is no day", fix="write it as 2026-10-12") from error


def _kind(where: str, text: str) -> NoteKind:
    known: dict[str, NoteKind] = {kind: kind for kind in KINDS}
    found = known.get(text.lower())
    if found is None:
        raise BadFile(f"{where}: `{text[:40]}` is no kind of note", fix=f"write one of {', '.join(KINDS)}")
    return found


def _note(wording: Wording, person: str, at: str) -> Note:
    try:
        return Note.model_validate(
            {
                "id": f"n-{secrets.token_hex(4)}", "day": wording.day, "until": wording.until, "kind": wording.kind,
                "text": wording.text, "scope": dict(wording.scope or {}), "person": person, "recorded": at,
            }
        )  # fmt: skip
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False)[0]
        said = first["msg"].removeprefix("Value error, ")
        where = {"text": "the text", "scope": "what it concerns"}.get(str(first["loc"][0]) if first["loc"] else "", "")
        raise BadInput(
            f"{where}: {said}" if where else said, fix="mend the note; `toll notes add --help` says what it may hold"
        ) from error
