"""Conversations: one's own only, deleted for good, and the log stays whole."""

from pathlib import Path

import pytest

from finops.errors import UnknownName
from finops.people import Principal
from gateway.conversations import Conversations, Exchange
from store.records import audit, conversations
from tests.unit.gateway.fakes import ANA, BEN, Stage

ADMIN = Principal(name="root", role="admin")


@pytest.fixture
def door(stage: Stage) -> Conversations:
    return Conversations(lambda: stage.records)


def exchange(question: str) -> Exchange:
    return Exchange(question=question, answer={"answer": "USD 1.00", "evidence": ["ev-1"]})


def test_an_exchange_comes_back_as_it_was_with_when_it_was_kept(stage: Stage, door: Conversations) -> None:
    door.keep(ANA, "c-1", exchange("what?"))
    (kept,) = door.exchanges(ANA, "c-1")
    assert (kept.question, kept.answer["answer"], kept.at) == ("what?", "USD 1.00", stage.records.clock())
    (listed,) = door.list(ANA)
    assert (listed.title, listed.exchanges, listed.updated) == ("what?", 1, kept.at)


@pytest.mark.parametrize("other", [BEN, ADMIN], ids=["another", "an admin"])
def test_nobody_else_sees_goes_on_with_or_deletes_it(door: Conversations, other: Principal) -> None:
    door.keep(ANA, "c-1", exchange("what?"))
    assert door.list(other) == ()
    for attempt in (
        lambda: door.get(other, "c-1"),
        lambda: door.exchanges(other, "c-1"),
        lambda: door.keep(other, "c-1", exchange("and?")),
        lambda: door.delete(other, "c-1"),
    ):
        with pytest.raises(UnknownName, match="unknown conversation `c-1`"):
            attempt()
    assert len(door.exchanges(ANA, "c-1")) == 1


def test_what_was_deleted_is_gone_from_the_records_and_the_log_is_whole(stage: Stage, door: Conversations) -> None:
    for question in ("a secret plan?", "and the month before?"):
        door.keep(ANA, "c-1", exchange(question))
    door.keep(ANA, "c-2", exchange("kept"))
    assert door.delete(ANA, "c-1") == 2
    assert [one.id for one in door.list(ANA)] == ["c-2"]
    with pytest.raises(UnknownName):
        door.exchanges(ANA, "c-1")
    with stage.records.read() as session:
        assert audit.verify(session).ok
        (last,) = audit.last(session, 1)
        assert (last.kind, last.actor, last.subject) == ("conversation.deleted", "ana", "conversation/c-1")


def test_not_a_word_of_a_deleted_conversation_is_left_in_the_file(
    stage: Stage, door: Conversations, tmp_path: Path
) -> None:
    door.keep(ANA, "c-1", exchange("zanzibarquestion"))
    door.delete(ANA, "c-1")
    with stage.records.engine.connect() as connection:
        if stage.records.sqlite:
            connection.exec_driver_sql("COMMIT")
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
            connection.exec_driver_sql("BEGIN")
    for path in tmp_path.rglob("records.db*"):
        assert b"zanzibarquestion" not in path.read_bytes()


def test_an_answer_under_way_does_not_bring_back_what_was_deleted(door: Conversations) -> None:
    door.keep(ANA, "c-1", exchange("what?"))
    door.delete(ANA, "c-1")
    with pytest.raises(UnknownName):
        door.keep(ANA, "c-1", exchange("late"))
    assert door.list(ANA) == ()


def test_a_message_put_back_past_the_gateway_shows(stage: Stage, door: Conversations) -> None:
    door.keep(ANA, "c-1", exchange("what?"))
    door.delete(ANA, "c-1")
    with stage.records.write() as session:
        session.add(conversations.ConversationRow(id="c-1", person="ana", title="forged", created="now"))
    with stage.records.read() as session:
        (fault,) = audit.verify(session).faults
    assert "conversation/c-1" in fault.detail
