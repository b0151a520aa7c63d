"""`list_notes`: deploys, launches and the like, as people recorded them. What coincides with a change need not be its cause."""

from finops.notes import Note
from tools.contract import Finding, ToolContext
from tools.notes_contract import ListNotes, NoteRow, NotesResult
from tools.scope import count_figure

_MOST = 200


def list_notes(asked: ListNotes, context: ToolContext) -> Finding:
    """Return the notes that bore on the period, by day; of many the newest."""
    found = [one for one in context.books.notes if _within(one, asked)]
    found.sort(key=lambda one: one.day)
    result = NotesResult(
        since=asked.since, until=asked.until, notes=tuple(map(_row, found[-_MOST:])), matches=len(found)
    )
    return Finding(
        result=result,
        figures=(count_figure("notes", len(found)),),
        rows_read=len(context.books.notes),
        formula="notes whose days meet the period, as people recorded them",
        sources=tuple(row.id for row in result.notes),
    )


def _within(note: Note, asked: ListNotes) -> bool:
    return (asked.until is None or note.day <= asked.until) and (asked.since is None or note.last_day >= asked.since)


def _row(note: Note) -> NoteRow:
    return NoteRow(
        id=note.id, day=note.day, last_day=note.last_day, kind=note.kind, text=note.text, scope=dict(note.scope),
        person=note.person,
    )  # fmt: skip
