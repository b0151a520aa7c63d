"""Limits under concurrency: threads and two processes on one database do anything at once, and no limit is ever exceeded.

On SQLite and on PostgreSQL. What is looked at after each burst is what the records and the cloud hold, not what callers were told.
"""

import json
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from itertools import count
from pathlib import Path
from typing import cast

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from sqlmodel import select

from evals.postgres_server import PostgresServer
from finops.actions import COUNTED, IN_FLIGHT, TRANSITIONS, State
from store.records import audit
from store.records.guard import stamp
from store.records.tables import ExecutionRow, ProposalRow
from tests.integration.shared_cloud import AMOUNT_A_DAY, PEOPLE, RESOURCES, RUNS_AN_HOUR, Step, door_at, take
from tests.unit.gateway.fakes import ANA, BEN, EVE, FakeClock, records_at

_NUMBERS = count(1)
Worker = subprocess.Popen[str]


@pytest.fixture(scope="module")
def worker() -> Iterator[Worker]:
    command = [sys.executable, "-m", "tests.integration.limits_worker"]
    with subprocess.Popen(command, cwd=Path(__file__).parents[2], text=True, stdin=-1, stdout=-1) as process:
        yield process
        process.kill()


class Limits(RuleBasedStateMachine):
    """Bursts of steps, half in threads here and half in the other process."""

    worker: Worker
    postgres: PostgresServer | None
    reached: Counter[str]

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        path = Path(self.folder.name)
        self.clock, self.cloud = FakeClock(), path / "cloud.db"
        self.url = (
            self.postgres.make(f"limits_{next(_NUMBERS)}", like="empty")
            if self.postgres
            else f"sqlite:///{path / 'records.db'}"
        )
        self.records = records_at(path, self.clock, ANA, BEN, EVE, url=self.url)
        self.door = door_at(self.url, self.cloud, self.clock)
        self.pool = ThreadPoolExecutor(3)

    def teardown(self) -> None:
        self.pool.shutdown()
        self.folder.cleanup()

    def burst(self, steps: list[Step]) -> None:
        """Do all of them at once."""
        here, there = steps[::2], steps[1::2]
        assert self.worker.stdin is not None
        assert self.worker.stdout is not None
        self.worker.stdin.write(json.dumps([self.url, str(self.cloud), self.clock().isoformat(), there]) + "\n")
        self.worker.stdin.flush()
        done = list(self.pool.map(partial(take, self.door), here))
        done += json.loads(self.worker.stdout.readline())
        for said in done:
            self.reached[said.partition(":")[0].split("-")[0]] += 1

    def ids(self, *states: State) -> list[str]:
        return [one.id for one in self.door.list() if one.state in states]

    @rule(numbers=st.lists(st.integers(0, RESOURCES - 1), min_size=2, max_size=8))
    def propose(self, numbers: list[int]) -> None:
        self.burst([("propose", "ana", f"i-{number}") for number in numbers])

    @rule(twice=st.booleans())
    def approve(self, *, twice: bool) -> None:
        waiting = self.ids("pending")
        self.burst([("approve", who, one) for one in waiting for who in ("ben", "eve")[: 1 + twice]])

    @rule(twice=st.booleans())
    def execute(self, *, twice: bool) -> None:
        ready = self.ids("approved", "executing")
        self.burst([("execute", who, one) for one in ready for who in ("ben", "eve")[: 1 + twice]])

    @rule(pick=st.integers(0, 9))
    def undo_and_execute_at_once(self, pick: int) -> None:
        ran, ready = self.ids("verified", "failed"), self.ids("approved")
        undone = [("undo", "ben", ran[pick % len(ran)])] * 2 if ran else []
        self.burst([*undone, *[("execute", "eve", one) for one in ready]])

    @rule(data=st.data())
    def anything_at_once(self, data: st.DataObject) -> None:
        known = self.ids("pending", "approved", "verified", "failed", "denied", "rejected")
        proposing = st.tuples(st.just("propose"), st.just("ana"), st.sampled_from([f"i-{n}" for n in range(RESOURCES)]))
        acting = st.tuples(
            st.sampled_from(["approve", "reject", "execute", "undo"]), st.sampled_from(sorted(PEOPLE)),
            st.sampled_from(known or ["p-none"]),
        )  # fmt: skip
        self.burst(data.draw(st.lists(proposing | acting, min_size=2, max_size=8)))

    @rule(hours=st.sampled_from([0.5, 1, 5, 12, 24, 24 * 8, 24 * 31]))
    def wait(self, hours: float) -> None:
        self.clock.now += timedelta(hours=hours)

    @invariant()
    def no_limit_is_exceeded(self) -> None:
        now = self.clock()
        with self.records.read() as session:
            rows = session.exec(select(ProposalRow)).all()
            runs = session.exec(select(ExecutionRow).where(ExecutionRow.kind == "apply")).all()
        day, hour = stamp(now - timedelta(hours=24)), stamp(now - timedelta(hours=1))
        amount = sum(row.amount for row in rows if row.state in COUNTED and row.reserved > day)
        assert amount <= AMOUNT_A_DAY * 10**6
        assert sum(run.at > hour for run in runs) <= RUNS_AN_HOUR
        flying = Counter(row.resource for row in rows if row.state in IN_FLIGHT)
        assert all(number == 1 for number in flying.values())

    @invariant()
    def the_log_is_whole_and_only_the_table_of_states_was_taken(self) -> None:
        with self.records.read() as session:
            assert audit.verify(session).ok
            steps = [(one.subject, json.loads(one.payload)) for one in audit.events(session)]
        for subject, payload in steps:
            if subject.startswith("proposal/") and "from" in payload:
                assert payload["to"] in TRANSITIONS[cast(State, payload["from"])]

    @invariant()
    def each_run_called_once(self) -> None:
        with self.records.read() as session:
            runs = session.exec(select(ExecutionRow)).all()
        assert all(len(json.loads(run.calls)) <= 1 for run in runs)


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_threads_and_processes_that_act_at_once_never_exceed_a_limit(
    worker: Worker, database: str, request: pytest.FixtureRequest
) -> None:
    server = cast(PostgresServer, request.getfixturevalue("postgres")) if database == "postgresql" else None
    reached: Counter[str] = Counter()
    machine = cast(type[Limits], type("Machine", (Limits,), {"worker": worker, "postgres": server, "reached": reached}))
    machine.TestCase.settings = settings(max_examples=6, stateful_step_count=12, deadline=None, derandomize=True)
    machine.TestCase("runTest").debug()
    # It came as far as runs, their undo, and refusals for each.
    assert reached["True"] >= 5, reached
    assert reached["StateConflict"] >= 5, reached
