"""Put the reading half of the door together. Light: no records, no PyIceberg, no Ibis unless a question needs a new plan."""

from gateway.home import Home
from gateway.questions import Questions
from store.evidence import FileEvidence
from store.lake.reader import open_lake


def open_questions(home: Home, *, snapshot: str | None = None) -> Questions:
    """Return the questions over the lake's present state, or over the earlier one called `snapshot`."""
    return Questions(open_lake(home.lake, home.plans, snapshot=snapshot), FileEvidence(home.evidence))
