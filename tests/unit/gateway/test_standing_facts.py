"""Standing facts in the records: one's own, confirmed by their person, bounded, and on record."""

import pytest

from finops.errors import BadInput, Forbidden, StateConflict, UnknownName
from finops.people import Principal
from finops.standing_facts import Alias, CostDefinition, Fact, FiscalYear, StandingFact, in_force
from gateway import standing_facts
from gateway.standing_facts import StandingFacts
from store.records import audit
from tests.unit.gateway.fakes import ANA, BEN, Stage

APRIL, JULY = FiscalYear(start_month=4), FiscalYear(start_month=7)


@pytest.fixture
def door(stage: Stage) -> StandingFacts:
    return StandingFacts(lambda: stage.records)


def root(stage: Stage) -> Principal:
    from store.records import people

    with stage.records.write() as session:
        people.add(session, name="root", role="admin", origin="added", secret="", actor="t", at=stage.records.clock())
    return Principal(name="root", role="admin")


def kept(door: StandingFacts, person: Principal, fact: Fact) -> str:
    found = door.state(person, fact, "said so")
    door.confirm(person, found.id)
    return found.id


def test_a_fact_holds_once_its_person_confirmed_it(stage: Stage, door: StandingFacts) -> None:
    pending = door.state(ANA, APRIL, "our fiscal year starts in April")
    assert (pending.state, in_force(door.list(ANA))) == ("pending", ())
    found, old = door.confirm(ANA, pending.id)
    assert (found.fact, found.confirmed, found.confirmed_by, old) == (APRIL, stage.records.clock(), "ana", None)
    assert in_force(door.list(ANA)) == (found,)


def test_who_confirmed_what_is_in_the_log_and_the_log_is_whole(stage: Stage, door: StandingFacts) -> None:
    fact_id = kept(door, ANA, APRIL)
    door.forget(ANA, fact_id)
    with stage.records.read() as session:
        events = list(audit.events(session, subject=f"standing_fact/{fact_id}"))
        assert audit.verify(session).ok
    assert [(one.kind, one.actor) for one in events] == [
        ("fact.stated", "ana"), ("fact.confirmed", "ana"), ("fact.forgotten", "ana"),
    ]  # fmt: skip
    assert "start_month" in events[1].payload


def test_nobody_else_sees_confirms_or_forgets_it(door: StandingFacts) -> None:
    pending = door.state(ANA, APRIL, "said")
    assert door.list(BEN) == ()
    for attempt in (door.confirm, door.drop, door.forget):
        with pytest.raises(UnknownName):
            attempt(BEN, pending.id)


def test_a_contradiction_replaces_the_one_that_was_shown(door: StandingFacts) -> None:
    first = kept(door, ANA, APRIL)
    pending = door.state(ANA, JULY, "July")
    assert pending.replaces == first
    found, old = door.confirm(ANA, pending.id)
    assert (found.fact, old.id if old else "") == (JULY, first)
    assert [one.fact for one in door.list(ANA)] == [JULY]


def test_what_was_kept_meanwhile_is_not_replaced_unseen(door: StandingFacts, monkeypatch: pytest.MonkeyPatch) -> None:
    pending = door.state(ANA, JULY, "July")
    with monkeypatch.context() as patch:

        def other_thing(fact: Fact) -> str:
            return f"not {fact.kind}"

        # What a second statement about the same would drop stays, as where two are stated at once.
        patch.setattr(standing_facts, "about", other_thing)
        other = door.state(ANA, APRIL, "April")
    door.confirm(ANA, other.id)
    with pytest.raises(StateConflict, match="fiscal year starts in April"):
        door.confirm(ANA, pending.id)


def test_confirming_twice_changes_nothing(door: StandingFacts) -> None:
    fact_id = kept(door, ANA, APRIL)
    assert door.confirm(ANA, fact_id)[0].confirmed == door.list(ANA)[0].confirmed
    with pytest.raises(StateConflict):
        door.drop(ANA, fact_id)


def test_an_admin_sets_what_holds_for_everybody_and_a_persons_own_comes_first(
    stage: Stage, door: StandingFacts
) -> None:
    admin = root(stage)
    pending = door.state(admin, APRIL, "April")
    door.confirm(admin, pending.id, team=True)
    assert [one.fact for one in in_force(door.list(ANA))] == [APRIL]
    kept(door, ANA, JULY)
    assert [one.fact for one in in_force(door.list(ANA))] == [JULY]
    assert [one.fact for one in in_force(door.list(BEN))] == [APRIL]
    with pytest.raises(Forbidden):
        door.forget(ANA, pending.id)


def test_who_is_no_admin_sets_nothing_for_everybody(door: StandingFacts) -> None:
    pending = door.state(ANA, APRIL, "April")
    with pytest.raises(Forbidden, match="may not set team facts"):
        door.confirm(ANA, pending.id, team=True)


def test_a_fact_of_everybody_is_replaced_only_by_name(stage: Stage, door: StandingFacts) -> None:
    admin = root(stage)
    first = door.state(admin, APRIL, "April")
    door.confirm(admin, first.id, team=True)
    second = door.state(admin, JULY, "July")
    with pytest.raises(StateConflict, match=f"give --replace {first.id}"):
        door.confirm(admin, second.id, team=True)
    assert door.confirm(admin, second.id, team=True, replacing=first.id)[0].fact == JULY


def test_pending_facts_make_room_and_confirmed_ones_are_bounded(
    stage: Stage, door: StandingFacts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(standing_facts, "MOST_PENDING", 2)
    monkeypatch.setattr(standing_facts, "MOST_CONFIRMED", 1)
    said: list[StandingFact] = []
    for number in range(4):
        stage.clock.forward(hours=1)
        said.append(door.state(ANA, Alias(word=f"w{number}", dimension="RegionId", values=("a",)), "said"))
    assert {one.id for one in door.list(ANA)} == {one.id for one in said[2:]}
    door.confirm(ANA, said[3].id)
    other = door.state(ANA, CostDefinition(metric="ListCost"), "said")
    with pytest.raises(BadInput, match="facts are kept already"):
        door.confirm(ANA, other.id)
