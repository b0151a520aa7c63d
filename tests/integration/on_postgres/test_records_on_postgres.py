"""Opening records in PostgreSQL: schema, locks, writers that wait for each other, and a log that shows what was done behind it."""

import subprocess
import sys
import time
from itertools import count
from pathlib import Path
from threading import Thread

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import text

from evals.postgres_server import PostgresServer
from finops.actions import Action
from finops.errors import BadInput, CheckFailed, Unavailable
from finops.ports import ExecutionReport, Observation, Run
from store.records import Records, audit, people
from store.records.database import utc_now
from store.records.tables import METADATA
from tests.unit.gateway.fakes import BEN, Stage

_NUMBERS = count(1)
_ROOT = Path(__file__).parents[3]


@pytest.fixture
def url(postgres: PostgresServer) -> str:
    return postgres.make(f"records_{next(_NUMBERS)}", like="empty")


def add(records: Records, name: str) -> None:
    with records.write() as session:
        people.add(session, name=name, role="analyst", origin="added", secret="", actor="test", at=utc_now())


def names(records: Records) -> list[str]:
    with records.read() as session:
        return [person.name for person in people.all_people(session)]


def test_a_new_database_has_the_schema_of_the_tables(url: str) -> None:
    with Records.open(url).engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), METADATA) == []


def test_the_driver_is_psycopg_whatever_the_url_says(url: str) -> None:
    assert Records.open(url).engine.dialect.driver == "psycopg"
    assert Records.open(url.replace("://", "+psycopg://")).engine.dialect.driver == "psycopg"


def test_threads_that_write_at_once_all_get_their_turn(url: str) -> None:
    records = Records.open(url)
    threads = [Thread(target=add, args=(records, f"p{number:02}")) for number in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert names(records) == [f"p{number:02}" for number in range(12)]
    with records.read() as session:
        assert audit.verify(session).ok


def test_processes_that_open_a_new_database_at_once_all_succeed(postgres: PostgresServer) -> None:
    url = postgres.make("opened_at_once")
    script = (
        "import sys; from store.records import Records, people; from store.records.database import utc_now\n"
        "records = Records.open(sys.argv[1])\n"
        "with records.write() as session:\n"
        "    people.add(session, name=sys.argv[2], role='admin', origin='added', secret='', actor='t', at=utc_now())"
    )
    running = [subprocess.Popen([sys.executable, "-c", script, url, f"p{number}"], cwd=_ROOT) for number in range(3)]
    assert [process.wait() for process in running] == [0, 0, 0]
    assert names(Records.open(url)) == ["p0", "p1", "p2"]


def test_a_lock_has_one_holder_at_a_time_and_dies_with_it(url: str) -> None:
    records = Records.open(url)
    with records.exclusive("p-1") as first, records.exclusive("p-1") as second, records.exclusive("p-2") as other:
        assert [one is not None for one in (first, second, other)] == [True, False, True]
    script = (
        "import os, sys; from store.records import Records\n"
        "with Records.open(sys.argv[1]).exclusive('p-1') as held:\n    os._exit(0 if held else 1)"
    )
    assert subprocess.run([sys.executable, "-c", script, url], check=False, cwd=_ROOT).returncode == 0
    with records.exclusive("p-1") as held:
        assert held


def drop_who_holds_locks(records: Records) -> None:
    """Do what an operator, a fail-over or a time limit of the server does to a connection."""
    dropping = text("SELECT count(pg_terminate_backend(pid, 5000)) FROM pg_locks WHERE locktype = 'advisory'")
    with records.engine.connect() as connection:
        assert connection.execute(dropping).scalar() == 1


def test_a_server_that_ends_idle_transactions_leaves_the_lock(url: str) -> None:
    database = url.rpartition("/")[2]
    with Records.open(url).engine.begin() as connection:
        connection.execute(text(f"ALTER DATABASE {database} SET idle_in_transaction_session_timeout = '100ms'"))
    records = Records.open(url)
    with records.exclusive("i-1") as confirm:
        assert confirm is not None
        time.sleep(0.5)
        with records.exclusive("i-1") as other:
            assert other is None
        confirm()


def test_a_lock_that_was_lost_is_not_confirmed_any_more(url: str) -> None:
    records = Records.open(url)
    with records.exclusive("i-1") as confirm:
        assert confirm is not None
        confirm()
        drop_who_holds_locks(records)
        for _ in range(2):
            with pytest.raises(CheckFailed, match="the lock on `i-1` was lost"):
                confirm()


def test_a_run_that_lost_its_lock_calls_nothing_and_is_finished_by_another(stage: Stage) -> None:
    proposal_id, apply = stage.approved(), stage.cloud.apply

    def cut_off(action: Action, before: Observation, run: Run) -> ExecutionReport:
        drop_who_holds_locks(stage.records)
        return apply(action, before, run)

    stage.cloud.apply = cut_off
    with pytest.raises(CheckFailed, match="was lost"):
        stage.proposals.execute(BEN, proposal_id)
    assert stage.cloud.calls == []
    assert stage.proposals.get(proposal_id).state == "executing"
    stage.cloud.apply = apply
    assert stage.proposals.execute(BEN, proposal_id).verified


def test_a_server_that_is_not_there_is_unavailable_and_its_password_is_not_shown() -> None:
    with pytest.raises(Unavailable) as refused:
        Records.open("postgresql://toll:hunter2@127.0.0.1:9/records")
    assert "hunter2" not in str(refused.value)


def test_a_driver_that_is_not_there_is_said() -> None:
    with pytest.raises(BadInput, match="install the extra `postgres`"):
        Records.open("postgresql+nothing://toll@127.0.0.1/records")


@pytest.mark.parametrize(
    ("statement", "what"),
    [
        ("UPDATE audit_event SET actor = 'x' WHERE seq = 3", "changed"),
        ("DELETE FROM audit_event WHERE seq = 4", "missing"),
        ("UPDATE audit_head SET hash = 'x'", "head"),
        ("UPDATE proposal SET state = 'approved'", "record"),
        ("DELETE FROM execution", "record"),
    ],
)
def test_what_is_done_behind_the_log_is_found(stage: Stage, statement: str, what: str) -> None:
    stage.proposals.undo(BEN, stage.executed())
    with stage.records.engine.begin() as connection:
        connection.exec_driver_sql(statement)
    with stage.records.read() as session:
        found = audit.verify(session)
    assert what in {fault.what for fault in found.faults}
