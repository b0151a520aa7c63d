"""What can be done to the database behind the log's back, and what the check then says."""

import json
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from finops.canonical import digest
from finops.errors import CheckFailed
from gateway.judging import Policy
from store.records import Records, audit, conversations
from store.records.faults import Head, Verification
from store.records.guard import ZERO
from tests.unit.gateway.fakes import BEN, Stage, engine, stage_at

Edit = Callable[[sqlite3.Connection], Any]


@pytest.fixture(scope="module")
def policy(tmp_path_factory: pytest.TempPathFactory) -> Policy:
    return engine(tmp_path_factory.mktemp("home"))


@pytest.fixture
def stage(tmp_path: Path, policy: Policy) -> Stage:
    """Records in which every guarded table has a row."""
    made = stage_at(tmp_path, policy)
    with made.records.write() as session:
        conversations.start(session, conversation_id="c-1", person="ana", title="Costs", at=made.clock())
        conversations.say(session, "c-1", author="ana", body={"question": "why?"}, at=made.clock())
    made.proposals.undo(BEN, made.executed())
    return made


def database(stage: Stage) -> Path:
    # Closed, so that all of it is in this one file.
    stage.records.engine.dispose()
    return Path(stage.records.engine.url.database or "")


def edit(stage: Stage, *statements: str, **values: object) -> None:
    connection = sqlite3.connect(database(stage))
    connection.text_factory = bytes
    try:
        for statement in statements:
            assert connection.execute(statement, values).rowcount != 0, statement
        connection.commit()
    finally:
        connection.close()


def fetch(stage: Stage, query: str) -> list[tuple[Any, ...]]:
    connection = sqlite3.connect(database(stage))
    try:
        return connection.execute(query).fetchall()
    finally:
        connection.close()


def verify(stage: Stage, exported: Head | None = None) -> Verification:
    with stage.records.read() as session:
        return audit.verify(session, exported)


def head(stage: Stage) -> Head:
    with stage.records.read() as session:
        return audit.head(session)


def faults(stage: Stage, exported: Head | None = None) -> list[tuple[int, str]]:
    found = verify(stage, exported)
    assert found.ok == (not found.faults)
    return [(fault.seq, fault.what) for fault in found.faults]


EVENT_COLUMNS = ["seq", "at", "actor", "kind", "subject", "payload", "previous", "hash"]


def test_a_log_nobody_touched_is_whole(stage: Stage) -> None:
    found = verify(stage, head(stage))
    assert found.ok
    assert found.events == found.head.seq == head(stage).seq > 10


def test_an_empty_log_is_whole(tmp_path: Path, policy: Policy) -> None:
    records = Records.open(f"sqlite:///{tmp_path / 'r.db'}")
    with records.read() as session:
        assert audit.verify(session) == Verification(ok=True, events=0, head=Head(seq=0, hash=ZERO))


@pytest.mark.parametrize("column", EVENT_COLUMNS[1:])
def test_a_changed_byte_of_any_column_of_any_event_is_found_where_it_is(stage: Stage, column: str) -> None:
    rows: list[tuple[int, str]] = [(row[0], row[1]) for row in fetch(stage, f"SELECT seq, {column} FROM audit_event")]
    for seq, value in rows:
        place = [0, len(value) // 2, max(0, len(value) - 1)][seq % 3]
        changed = value[:place] + ("x" if value[place : place + 1] != "x" else "y") + value[place + 1 :]
        edit(stage, f"UPDATE audit_event SET {column} = :changed WHERE seq = {seq}", changed=changed)
        assert faults(stage)[0] == (seq, "changed")
        edit(stage, f"UPDATE audit_event SET {column} = :value WHERE seq = {seq}", value=value)
    assert faults(stage) == []


@pytest.mark.parametrize(
    "value",
    ["CAST(actor AS BLOB)", "1", "1.5", "X'ff'", "CAST(X'62ff6e' AS TEXT)", "actor || X'00'", "upper(actor)", "''"],
)
def test_a_column_that_is_no_text_any_more_is_found(stage: Stage, value: str) -> None:
    edit(stage, f"UPDATE audit_event SET actor = {value} WHERE seq = 4")
    assert faults(stage)[0] == (4, "changed")


def test_a_renumbered_event_is_found(stage: Stage) -> None:
    edit(stage, "UPDATE audit_event SET seq = 1000 WHERE seq = 5")
    assert faults(stage)[0] == (5, "missing")


@pytest.mark.parametrize("seq", [1, 6])
def test_a_deleted_event_is_found_where_it_was(stage: Stage, seq: int) -> None:
    edit(stage, f"DELETE FROM audit_event WHERE seq = {seq}")
    assert faults(stage)[0] == (seq, "missing")


def test_several_deleted_events_are_one_gap(stage: Stage) -> None:
    edit(stage, "DELETE FROM audit_event WHERE seq BETWEEN 5 AND 7")
    assert verify(stage).faults[0].detail == "events 5 to 7 are missing"


def test_a_log_cut_off_at_the_end_is_found(stage: Stage) -> None:
    last = head(stage).seq
    edit(stage, f"DELETE FROM audit_event WHERE seq > {last - 2}")
    assert faults(stage)[0] == (last - 1, "cut_off")
    assert f"events {last - 1} to {last} are missing" in verify(stage).faults[0].detail


def test_a_log_cut_off_together_with_its_head_is_found_against_an_exported_head(stage: Stage) -> None:
    exported = head(stage)
    keep, hash_ = fetch(stage, "SELECT seq, hash FROM audit_event ORDER BY seq DESC LIMIT 1 OFFSET 1")[0]
    edit(stage, f"DELETE FROM audit_event WHERE seq > {keep}", "UPDATE audit_head SET seq = :keep, hash = :hash",
         keep=keep, hash=hash_)  # fmt: skip
    assert (keep + 1, "cut_off") in faults(stage, exported)


def test_an_emptied_log_is_found(stage: Stage) -> None:
    edit(stage, "DELETE FROM audit_event")
    assert faults(stage)[0] == (1, "cut_off")


def test_swapped_events_are_found_and_named(stage: Stage) -> None:
    edit(stage, "UPDATE audit_event SET seq = -1 WHERE seq = 3", "UPDATE audit_event SET seq = 3 WHERE seq = 7",
         "UPDATE audit_event SET seq = 7 WHERE seq = -1")  # fmt: skip
    found = verify(stage).faults
    assert [(fault.seq, fault.what) for fault in found[:2]] == [(3, "reordered"), (7, "reordered")]
    assert found[0].detail == "it holds what was event 7: reordered"


def test_an_added_event_is_found(stage: Stage) -> None:
    last = head(stage)
    edit(stage, f"INSERT INTO audit_event SELECT {last.seq + 1}, at, actor, kind, subject, payload, previous, hash "
                f"FROM audit_event WHERE seq = {last.seq}")  # fmt: skip
    assert (last.seq + 1, "reordered") in faults(stage)


@pytest.mark.parametrize(
    "change",
    ["UPDATE audit_head SET seq = seq + 1", "UPDATE audit_head SET seq = seq - 1", "UPDATE audit_head SET hash = 'x'",
     "UPDATE audit_head SET id = 2", "DELETE FROM audit_head", "INSERT INTO audit_head VALUES (2, 1, 'x')",
     "UPDATE audit_head SET hash = CAST(hash AS BLOB)"],
)  # fmt: skip
def test_a_changed_head_is_found(stage: Stage, change: str) -> None:
    last = head(stage).seq
    edit(stage, change)
    assert faults(stage) == [(last, "head")]


def rewrite(stage: Stage, change: Callable[[list[Any]], None], *, start: int) -> None:
    """Rewrite the log from event `start` so that it holds by itself: what someone with the database and this code can do."""
    connection = sqlite3.connect(database(stage))
    rows = [list(row) for row in connection.execute("SELECT * FROM audit_event ORDER BY seq")]
    previous = rows[start - 2][-1] if start > 1 else ZERO
    for row in rows[start - 1 :]:
        if row[0] == start:
            change(row)
        row[6] = previous
        row[7] = previous = digest(row[:7])
        connection.execute(
            "UPDATE audit_event SET actor=?, previous=?, hash=? WHERE seq=?", (row[2], row[6], row[7], row[0])
        )
    connection.execute("UPDATE audit_head SET hash = ?", (previous,))
    connection.commit()
    connection.close()


def blame_somebody_else(row: list[Any]) -> None:
    row[2] = "somebody"


def test_a_full_rewrite_holds_by_itself_and_is_found_against_an_exported_head(stage: Stage) -> None:
    exported = head(stage)
    rewrite(stage, blame_somebody_else, start=5)
    assert faults(stage) == []
    assert faults(stage, exported) == [(exported.seq, "rewritten")]


def test_a_rewrite_before_an_exported_head_in_the_middle_is_found(stage: Stage) -> None:
    seq, hash_ = fetch(stage, "SELECT seq, hash FROM audit_event WHERE seq = 6")[0]
    rewrite(stage, blame_somebody_else, start=5)
    assert faults(stage, Head(seq=seq, hash=hash_)) == [(6, "rewritten")]


def test_one_event_rewritten_with_its_hash_is_found_where_it_is(stage: Stage) -> None:
    row = list(fetch(stage, "SELECT * FROM audit_event WHERE seq = 5")[0])
    row[2] = "somebody"
    edit(stage, "UPDATE audit_event SET actor = :actor, hash = :hash WHERE seq = 5", actor=row[2], hash=digest(row[:7]))
    assert faults(stage) == [(5, "rewritten")]


GUARDED = ["person", "proposal", "approval", "execution", "conversation", "message"]


@pytest.mark.parametrize("table", GUARDED)
def test_a_changed_byte_of_any_column_of_a_recorded_row_is_found(stage: Stage, table: str) -> None:
    columns = [row[1] for row in fetch(stage, f"PRAGMA table_info({table})")]
    for rowid, *values in fetch(stage, f"SELECT rowid, * FROM {table}"):
        for column, value in zip(columns, values, strict=True):
            changed = value + 1 if isinstance(value, int) else value + " "
            edit(stage, f"UPDATE {table} SET {column} = :changed WHERE rowid = {rowid}", changed=changed)
            found = verify(stage).faults
            assert found, (table, column)
            assert all(fault.what == "record" for fault in found)
            assert any(f"{table}/" in fault.detail for fault in found)
            edit(stage, f"UPDATE {table} SET {column} = :value WHERE rowid = {rowid}", value=value)
    assert faults(stage) == []


@pytest.mark.parametrize("table", GUARDED)
def test_a_deleted_row_is_found(stage: Stage, table: str) -> None:
    edit(stage, f"DELETE FROM {table} WHERE rowid = (SELECT min(rowid) FROM {table})")
    assert [fault.what for fault in verify(stage).faults] == ["record"]
    assert verify(stage).faults[0].detail.endswith("is missing")


def test_a_row_added_past_the_gateway_is_found(stage: Stage) -> None:
    edit(stage, "INSERT INTO person VALUES ('mallory', 'admin', 'added', '', '')")
    assert "`'person/mallory'` was added" in verify(stage).faults[0].detail


def test_the_place_of_a_changed_row_is_the_last_event_about_it(stage: Stage) -> None:
    edit(stage, "UPDATE proposal SET state = 'approved'")
    last = fetch(stage, "SELECT max(seq) FROM audit_event WHERE subject LIKE 'proposal/%'")[0][0]
    assert faults(stage) == [(last, "record")]


def test_flipping_any_byte_of_the_log_in_the_file_itself_is_found(stage: Stage) -> None:
    path = database(stage)
    whole = path.read_bytes()
    for seq, *columns in fetch(stage, "SELECT * FROM audit_event"):
        # SQLite keeps the columns of a row one after the other.
        row = "".join(columns).encode()
        start = whole.index(row)
        for place in {start, start + len(row) - 1, *range(start + seq, start + len(row), 97)}:
            path.write_bytes(whole[:place] + bytes([whole[place] ^ (1 << seq % 8)]) + whole[place + 1 :])
            assert faults(stage)[0] == (seq, "changed"), place - start
    path.write_bytes(whole)
    assert verify(stage).ok


@pytest.mark.parametrize("size", [0, 100, 5000, 20000])
def test_a_cut_off_file_is_found(stage: Stage, size: int) -> None:
    path = database(stage)
    path.write_bytes(path.read_bytes()[:size])
    with pytest.raises(CheckFailed):
        verify(stage).require()


def test_a_fault_is_said_in_one_sentence(stage: Stage) -> None:
    edit(stage, "UPDATE audit_event SET actor = 'x' WHERE seq = 4")
    with pytest.raises(CheckFailed, match="audit log does not hold at event 4: a column of it was changed"):
        verify(stage).require()


def test_the_export_holds_every_column_of_every_event(stage: Stage) -> None:
    with stage.records.read() as session:
        lines = [json.loads(line) for line in audit.export(session)]
    assert len(lines) == head(stage).seq
    assert set(lines[0]) == set(EVENT_COLUMNS)
    previous = ZERO
    for line in lines:
        assert line["previous"] == previous
        assert digest([line[name] for name in EVENT_COLUMNS[:7]]) == line["hash"]
        previous = line["hash"]


def test_a_changed_event_is_not_exported(stage: Stage) -> None:
    edit(stage, "UPDATE audit_event SET actor = X'ff' WHERE seq = 4")
    with pytest.raises(CheckFailed), stage.records.read() as session:
        list(audit.export(session))
