"""Standing facts in the records: pending until their person confirms them, and gone once dropped or forgotten."""

from datetime import datetime

from pydantic import JsonValue
from sqlmodel import Session, asc, col, or_, select

from finops.canonical import canonical
from finops.errors import UnknownName
from finops.standing_facts import Fact, Scope, about
from store.records.guard import drop, intact, keep, stamp, storable
from store.records.tables import StandingFactRow

PENDING, CONFIRMED = "pending", "confirmed"


def state(
    session: Session, *, fact_id: str, person: str, fact: Fact, said: str, replaces: str, at: datetime
) -> StandingFactRow:
    """Record what a person said; it holds for nothing before it is confirmed."""
    row = StandingFactRow(
        id=fact_id, person=person, scope="person", about=about(fact), body=canonical(fact.model_dump(mode="json")),
        said=storable("the statement", said, most=300), state=PENDING, stated=stamp(at), confirmed="", confirmed_by="",
        replaces=replaces,
    )  # fmt: skip
    keep(session, row, at=at, actor=person, kind="fact.stated")
    return row


def confirm(session: Session, row: StandingFactRow, *, scope: Scope, actor: str, at: datetime) -> StandingFactRow:
    """Let a fact hold from now on. What it says goes to the log, so that later answers can be understood."""
    row.state, row.scope, row.confirmed, row.confirmed_by = CONFIRMED, scope, stamp(at), actor
    detail: dict[str, JsonValue] = {"about": row.about, "fact": row.body, "scope": scope, "replaces": row.replaces}
    keep(session, row, at=at, actor=actor, kind="fact.confirmed", detail=detail)
    return row


def remove(session: Session, row: StandingFactRow, *, actor: str, kind: str, at: datetime) -> None:
    """Take a fact out: `fact.dropped`, `fact.replaced` or `fact.forgotten`."""
    drop(session, row, at=at, actor=actor, kind=kind, detail={"about": row.about})


def get(session: Session, fact_id: str, *, reader: str) -> StandingFactRow:
    """Return a fact that `reader` may see, as the log vouches for it. Raises `UnknownName` for any other."""
    row = session.get(StandingFactRow, fact_id)
    if row is None or not (row.person == reader or row.scope == "team"):
        raise UnknownName("fact", fact_id, [one.id for one in of_reader(session, reader)])
    return intact(session, row)


def of_reader(session: Session, reader: str) -> list[StandingFactRow]:
    """Return a person's own facts and everybody's, the oldest first."""
    query = select(StandingFactRow).where(or_(StandingFactRow.person == reader, StandingFactRow.scope == "team"))
    return list(session.exec(query.order_by(asc(col(StandingFactRow.stated)), asc(col(StandingFactRow.id)))))
