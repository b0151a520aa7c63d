"""Put the reading half of the door together. Light: no records, no PyIceberg, no Ibis unless a question needs a new plan."""

from datetime import date, datetime

from gateway.books import open_shelf, shelf_of
from gateway.home import Home
from gateway.lakes import present_lake
from gateway.questions import Questions
from store.evidence import FileEvidence
from store.lake.reader import open_lake


def open_questions(home: Home, *, snapshot: str | None = None, as_of: date | datetime | None = None) -> Questions:
    """Return the questions over the lake's present state and the books in force, or over the earlier ones `snapshot` names.

    A snapshot is the lake's state, then the books that were used: `lake-…-…+a0123456789ab`. With `as_of` the lake is as it was
    known at that moment (of a date: at its end, in UTC); raises `BadInput` before the first load.
    """
    state, plus, marks = (snapshot or "").partition("+")
    if snapshot is None and as_of is None:
        lake = present_lake(home)
    else:
        earlier = state if snapshot else None
        lake = open_lake(home.lake, home.plans, snapshot=earlier, as_of=as_of, engine=home.lake_engine)
    shelf = open_shelf(home) if snapshot is None else shelf_of(home, plus + marks)
    return Questions(lake, FileEvidence(home.evidence), shelf)
