"""Opening the records: schema, modes, locks, and what cannot be opened."""

import sqlite3
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import CreateTable

from finops.errors import BadInput, CheckFailed
from store.migrations import HEAD
from store.records import Records, people
from store.records.database import utc_now
from store.records.tables import METADATA
from store.records.upgrade import config


def opened(tmp_path: Path) -> Records:
    return Records.open(f"sqlite:///{tmp_path / 'records.db'}")


def add(records: Records, name: str) -> None:
    with records.write() as session:
        people.add(session, name=name, role="analyst", origin="added", secret="", actor="test", at=utc_now())


def names(records: Records) -> list[str]:
    with records.read() as session:
        return [person.name for person in people.all_people(session)]


def test_a_new_database_has_the_schema_of_the_tables(tmp_path: Path) -> None:
    with opened(tmp_path).engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), METADATA) == []


def test_the_newest_revision_is_the_one_the_package_names() -> None:
    assert ScriptDirectory.from_config(config()).get_current_head() == HEAD


def test_every_table_can_be_made_on_postgresql() -> None:
    for table in METADATA.sorted_tables:
        assert "CREATE TABLE" in str(CreateTable(table).compile(dialect=postgresql.dialect()))


def test_the_database_is_in_wal_mode_and_for_its_owner_only(tmp_path: Path) -> None:
    opened(tmp_path)
    path = tmp_path / "records.db"
    connection = sqlite3.connect(path)
    assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    connection.close()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_opening_again_keeps_what_is_there(tmp_path: Path) -> None:
    add(opened(tmp_path), "ana")
    assert names(opened(tmp_path)) == ["ana"]


def test_opening_a_current_database_does_not_load_alembic(tmp_path: Path) -> None:
    opened(tmp_path)
    script = (
        "import sys; from store.records import Records; Records.open(sys.argv[1]); "
        "sys.exit(any(name.startswith('alembic') for name in sys.modules))"
    )
    command = [sys.executable, "-c", script, f"sqlite:///{tmp_path / 'records.db'}"]
    assert subprocess.run(command, check=False, cwd=Path(__file__).parents[3]).returncode == 0


def test_a_path_with_odd_characters_is_kept_as_it_is(tmp_path: Path) -> None:
    folder = tmp_path / "a?b%20c"
    folder.mkdir()
    add(opened(folder), "ana")
    assert (folder / "records.db").exists()


def add_and_fail(records: Records) -> None:
    with records.write() as session:
        people.add(session, name="ana", role="analyst", origin="added", secret="", actor="test", at=utc_now())
        raise BadInput("no")


def test_a_write_that_raises_keeps_nothing(tmp_path: Path) -> None:
    records = opened(tmp_path)
    with pytest.raises(BadInput):
        add_and_fail(records)
    assert names(records) == []


def test_threads_that_write_at_once_all_get_their_turn(tmp_path: Path) -> None:
    records = opened(tmp_path)
    threads = [threading.Thread(target=add, args=(records, f"p{number:02}")) for number in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert names(records) == [f"p{number:02}" for number in range(12)]


def test_processes_that_open_a_new_database_at_once_all_succeed(tmp_path: Path) -> None:
    script = (
        "import sys; from store.records import Records, people; from store.records.database import utc_now\n"
        "records = Records.open(sys.argv[1])\n"
        "with records.write() as session:\n"
        "    people.add(session, name=sys.argv[2], role='admin', origin='added', secret='', actor='t', at=utc_now())"
    )
    url = f"sqlite:///{tmp_path / 'records.db'}"
    cwd = Path(__file__).parents[3]
    running = [subprocess.Popen([sys.executable, "-c", script, url, f"p{number}"], cwd=cwd) for number in range(4)]
    assert [process.wait() for process in running] == [0, 0, 0, 0]
    assert names(opened(tmp_path)) == ["p0", "p1", "p2", "p3"]


def test_a_lock_has_one_holder_at_a_time(tmp_path: Path) -> None:
    records = opened(tmp_path)
    with records.exclusive("p-1") as first, records.exclusive("p-1") as second, records.exclusive("p-2") as other:
        assert [one is not None for one in (first, second, other)] == [True, False, True]
    with records.exclusive("p-1") as again:
        assert again


def test_a_dead_process_holds_no_lock(tmp_path: Path) -> None:
    records = opened(tmp_path)
    script = (
        "import os, sys; from store.records import Records\n"
        "with Records.open(sys.argv[1]).exclusive('p-1') as held:\n    os._exit(0 if held else 1)"
    )
    command = [sys.executable, "-c", script, f"sqlite:///{tmp_path / 'records.db'}"]
    assert subprocess.run(command, check=False, cwd=Path(__file__).parents[3]).returncode == 0
    with records.exclusive("p-1") as held:
        assert held


def test_a_file_that_is_no_database_is_said_to_be_damaged(tmp_path: Path) -> None:
    (tmp_path / "records.db").write_bytes(b"this is no database" * 100)
    with pytest.raises(CheckFailed, match="are damaged: file is not a database"):
        opened(tmp_path)


def test_a_schema_of_a_later_version_is_refused(tmp_path: Path) -> None:
    opened(tmp_path)
    connection = sqlite3.connect(tmp_path / "records.db")
    connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.commit()
    connection.close()
    with pytest.raises(CheckFailed, match="upgrade tollkeeper"):
        opened(tmp_path)


@pytest.mark.parametrize("url", ["", "nonsense", "mysql://host/db", "sqlite://", "postgresql://host"])
def test_what_is_no_database_of_ours_is_refused(url: str) -> None:
    with pytest.raises(BadInput):
        Records.open(url)


@pytest.mark.parametrize("name", ["../../evil", "/evil", "a/b", "", "x" * 300, "\udcff", "a\0b"])
def test_a_lock_may_have_any_name_and_stays_in_its_folder(tmp_path: Path, name: str) -> None:
    records = opened(tmp_path / "home")
    with records.exclusive(name) as held, records.exclusive(name) as again, records.exclusive("another") as other:
        assert [one is not None for one in (held, again, other)] == [True, False, True]
    assert [path.name for path in tmp_path.iterdir()] == ["home"]
    assert all(path.parent == tmp_path / "home" / "locks" for path in tmp_path.rglob("locks/**/*"))


_ADDS = (
    "import sys; from tests.unit.store.test_records_database import add, names, opened; from pathlib import Path; "
    "records = opened(Path(sys.argv[1])); add(records, sys.argv[2]); print(*names(records))"
)


def test_opening_them_again_in_a_process_takes_nothing_from_those_that_are_open(tmp_path: Path) -> None:
    # A server opens them anew for each request while a command comes and goes: closing any descriptor of the file would drop
    # SQLite's locks, and the command would delete the log that the server still writes to.
    first = opened(tmp_path)
    add(first, "ann")
    second = opened(tmp_path)
    for turn in range(3):
        done = subprocess.run(
            [sys.executable, "-c", _ADDS, str(tmp_path), f"command{turn}"], capture_output=True, text=True, check=True
        )
        assert f"command{turn}" in done.stdout
        assert (tmp_path / "records.db-wal").exists()
        add(first, f"first{turn}")
        add(second, f"second{turn}")
        opened(tmp_path)
    with sqlite3.connect(tmp_path / "records.db") as database:
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    database.close()
    assert len(names(first)) == 10
