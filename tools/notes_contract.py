"""What `list_notes` takes and returns."""

from datetime import date
from typing import Literal, Self

from pydantic import Field, model_validator

from finops.notes import NoteKind
from finops.query import Frozen


class ListNotes(Frozen):
    """What people recorded of some days."""

    since: date | None = None
    until: date | None = Field(default=None, description="this day too")

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.since and self.until and self.until < self.since:
            raise ValueError(f"`until` {self.until} is before `since` {self.since}")
        return self


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
    since: date | None = None
    until: date | None = None
    notes: tuple[NoteRow, ...]
    matches: int = Field(description="how many there are, the newest of which are listed")
