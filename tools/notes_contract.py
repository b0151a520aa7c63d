"""What `list_notes` takes and returns."""

from datetime import date
from typing import Literal

from pydantic import Field

from finops.notes import NoteKind
from finops.periods import Period
from finops.query import Frozen


class ListNotes(Frozen):
    """What people recorded of some days."""

    period: Period | None = Field(default=None, description="none = all days")


class NoteRow(Frozen):
    """One note, as its person wrote it. `scope` is dimension to value; empty is everything."""

    id: str
    day: date
    last_day: date
    kind: NoteKind
    text: str
    scope: dict[str, str]
    person: str


class NotesResult(Frozen):
    """Notes that bore on the days asked for, by day. Figures: `notes` is how many there are."""

    status: Literal["ok"] = "ok"
    period: Period | None = None
    notes: tuple[NoteRow, ...]
    matches: int = Field(description="how many there are, the newest of which are listed")
