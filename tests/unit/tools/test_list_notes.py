"""`list_notes`: which notes bear on the days and values asked for."""

from datetime import UTC, date, datetime

import pytest

from finops.books import books_of
from finops.notes import Note
from tests.unit.tools.fake_data import FakeData, bill_row
from tools.list_notes import list_notes
from tools.notes_contract import ListNotes, NotesResult


def note(number: int, first: str, last: str | None = None, **scope: str) -> Note:
    return Note(
        id=f"n-{number:08x}", day=date.fromisoformat(first), until=date.fromisoformat(last) if last else None,
        text=f"note {number}", scope=scope, person="ana", recorded=datetime(2026, 11, 1, tzinfo=UTC),
    )  # fmt: skip


NOTES = (
    note(1, "2026-10-31"), note(2, "2026-09-20", "2026-10-01", ServiceName="EC2"), note(3, "2026-11-01"),
    note(4, "2026-10-05", ServiceName="S3"), note(5, "2026-10-06", RegionId="us-east-1"),
)  # fmt: skip


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        (ListNotes(), [2, 4, 5, 1, 3]),
        (ListNotes(since=date(2026, 10, 1), until=date(2026, 10, 31)), [2, 4, 5, 1]),
        (ListNotes(since=date(2026, 10, 31)), [1, 3]),
        (ListNotes(until=date(2026, 9, 20)), [2]),
    ],
)
def test_notes_of_the_days(asked: ListNotes, found: list[int]) -> None:
    context = FakeData([bill_row(date(2026, 10, 1), "1")]).context(books=books_of(notes=NOTES))
    finding = list_notes(asked, context)
    assert isinstance(finding.result, NotesResult)
    assert [one.text for one in finding.result.notes] == [f"note {number}" for number in found]
    assert finding.figures[0].value == finding.result.matches
    assert context.books.used == {"notes"}


def test_days_the_wrong_way_round_are_refused() -> None:
    with pytest.raises(ValueError, match="before `since`"):
        ListNotes(since=date(2026, 10, 2), until=date(2026, 10, 1))
