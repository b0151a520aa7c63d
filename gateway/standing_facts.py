"""The door to standing facts: said, confirmed by the person, listed, forgotten. Costs the ORM; `gateway.facts_read` only reads."""

import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Final

from sqlmodel import Session

from finops.errors import BadInput, StateConflict
from finops.people import Principal, require
from finops.standing_facts import Fact, Scope, StandingFact, about, in_words, source_words
from gateway.home import Home
from gateway.people import acting, open_records
from store.records import Records, standing_facts
from store.records.guard import all_intact
from store.records.tables import StandingFactRow

MOST_CONFIRMED: Final = 100
MOST_PENDING: Final = 20


@dataclass(frozen=True, slots=True)
class StandingFacts:
    """Facts by person. `records` is called when first needed."""

    records: Callable[[], Records]

    def state(self, principal: Principal, fact: Fact, said: str) -> StandingFact:
        """Record what a person said, to be confirmed; an older pending one about the same is dropped. What holds already is given back."""
        records = self.records()
        with records.write() as session:
            actor, at = acting(session, principal), records.clock()
            require(actor, "ask")
            own = _own(session, actor.name)
            same = next(
                (one for one in own if one.about == about(fact) and one.state == standing_facts.CONFIRMED), None
            )
            if same and _of(same).fact == fact:
                return _of(same)
            pending = [one for one in own if one.state == standing_facts.PENDING]
            # Bounded: what nobody confirmed makes room, the oldest first.
            spare = pending[: max(0, len(pending) - MOST_PENDING + 1)]
            for one in {id(one): one for one in (*spare, *(o for o in pending if o.about == about(fact)))}.values():
                standing_facts.remove(session, one, actor=actor.name, kind="fact.dropped", at=at)
            row = standing_facts.state(
                session, fact_id=f"f-{secrets.token_hex(4)}", person=actor.name, fact=fact, said=said[:300],
                replaces=same.id if same else "", at=at,
            )  # fmt: skip
            return _of(row)

    def confirm(
        self, principal: Principal, fact_id: str, *, team: bool = False, replacing: str = ""
    ) -> tuple[StandingFact, StandingFact | None]:
        """Let a pending fact of the person's own hold, and return it with the one it replaces. Done already, it changes nothing.

        With `team` it holds for everybody, which takes an admin. Raises `StateConflict` where it would replace another fact than the
        person was shown: the one named when it was said, or `replacing`.
        """
        records = self.records()
        with records.write() as session:
            actor, at = acting(session, principal), records.clock()
            require(actor, "set_team_facts" if team else "ask")
            row = standing_facts.get(session, fact_id, reader=actor.name)
            if row.state == standing_facts.CONFIRMED:
                return _of(row), None
            scope: Scope = "team" if team else "person"
            others = [
                one
                for one in standing_facts.of_reader(session, actor.name)
                if one.scope == scope and one.state == standing_facts.CONFIRMED
            ]
            old = next((one for one in others if one.about == row.about), None)
            shown = (replacing or row.replaces) if not team else replacing
            if old and old.id != shown:
                raise _unseen(_of(old), _of(row), team=team)
            if not old and len(others) >= MOST_CONFIRMED:
                raise BadInput(f"{MOST_CONFIRMED} facts are kept already", fix="forget one with `toll facts forget ID`")
            before = _of(old) if old else None
            if old:
                standing_facts.remove(session, old, actor=actor.name, kind="fact.replaced", at=at)
            row.replaces = old.id if old else ""
            return _of(standing_facts.confirm(session, row, scope=scope, actor=actor.name, at=at)), before

    def drop(self, principal: Principal, fact_id: str) -> StandingFact:
        """Drop a pending fact of the person's own. Raises `StateConflict` for one that holds."""
        records = self.records()
        with records.write() as session:
            actor = acting(session, principal)
            row = standing_facts.get(session, fact_id, reader=actor.name)
            found = _of(row)
            if found.state == "confirmed":
                raise StateConflict(
                    f"fact `{fact_id}` is confirmed", fix=f"forget it with `toll facts forget {fact_id}`"
                )
            standing_facts.remove(session, row, actor=actor.name, kind="fact.dropped", at=records.clock())
            return found

    def forget(self, principal: Principal, fact_id: str) -> StandingFact:
        """Forget a fact, confirmed or not: one's own, or with the right to set them one that holds for everybody."""
        records = self.records()
        with records.write() as session:
            actor = acting(session, principal)
            row = standing_facts.get(session, fact_id, reader=actor.name)
            if row.scope == "team":
                require(actor, "set_team_facts")
            found = _of(row)
            standing_facts.remove(session, row, actor=actor.name, kind="fact.forgotten", at=records.clock())
            return found

    def list(self, principal: Principal) -> tuple[StandingFact, ...]:
        """Return the person's own facts, pending ones too, and those that hold for everybody."""
        with self.records().read() as session:
            return tuple(_of(row) for row in all_intact(session, standing_facts.of_reader(session, principal.name)))


def open_facts(home: Home) -> StandingFacts:
    """Return the door to the facts in the home's records."""
    return StandingFacts(cache(lambda: open_records(home)))


def _own(session: Session, person: str) -> list[StandingFactRow]:
    return [one for one in standing_facts.of_reader(session, person) if one.person == person and one.scope == "person"]


def _of(row: StandingFactRow) -> StandingFact:
    columns: dict[str, object] = row.model_dump(exclude={"body", "about", "confirmed"})
    return StandingFact.model_validate({**columns, "fact": json.loads(row.body), "confirmed": row.confirmed or None})


def _unseen(old: StandingFact, new: StandingFact, *, team: bool) -> StateConflict:
    fix = (
        f"give --replace {old.id} to put the new one in its place"
        if team
        else "say it again, and confirm what is shown then"
    )
    return StateConflict(
        f"{in_words(old.fact)} ({old.id}, {source_words(old)}), and `{new.id}` would replace it: {in_words(new.fact)}",
        fix=fix,
    )
