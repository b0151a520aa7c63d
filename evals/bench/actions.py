"""Actions: what a decision with its limits and its record costs, and whether limits hold with fifty who propose at once."""

import json
import os
import sqlite3
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from statistics import median, quantiles

from cedarpy import is_authorized  # pyright: ignore[reportUnknownVariableType] - only partly typed

from evals.bench.actions_at_once import at_once
from evals.bench.actions_door import RULES, SCHEMA, SetClock, TimedRecords, add_people, door, facts, propose, resize
from evals.bench.report import Benchmark, Row, known_row, ratio_row
from evals.bench.settings import Settings
from finops.actions import Action, Facts
from finops.errors import CheckFailed
from gateway.proposals import Proposals
from policies.context import context_of
from policies.request import Circumstances, PolicyRequest
from store.records import Records

_HISTORY, _DECISIONS = 1000, 300
_RATIO, _MEDIAN_MS, _P99_MS = 4.0, 2.0, 10.0


def actions(settings: Settings, tell: Callable[[str], None]) -> Benchmark:
    """Measure a decision beside a bare commit and a bare call of Cedar, then fifty proposers on PostgreSQL."""
    with tempfile.TemporaryDirectory(prefix="toll-bench-") as folder:
        rows = _decision_rows(Path(folder), settings, tell)
    return Benchmark(name="actions", rows=(*rows, *at_once(tell)))


def _decision_rows(folder: Path, settings: Settings, tell: Callable[[str], None]) -> tuple[Row, ...]:
    clock = SetClock()
    opened = Records.open(f"sqlite:///{folder / 'records.db'}", clock=clock)
    records = TimedRecords(opened.engine, opened.clock, opened.lock)
    add_people(records)
    to = door(records, lambda action: _facts(action, clock))
    history = max(20, int(_HISTORY * settings.share))
    tell(f"recording {history} proposals")
    for number in range(history):
        _propose(to, clock, number)
    decisions: list[float] = []
    bare: list[float] = []
    for number in range(max(20, int(_DECISIONS * settings.share))):
        _propose(to, clock, history + number)
        decisions.append(records.taken[-1] * 1000)
        bare.append((_bare_commit(folder) + _bare_call(to, clock)) * 1000)
    if to.list()[0].state != "pending":
        raise CheckFailed(
            "what is measured is not a proposal that waits for a person", fix="mend the benchmark's facts"
        )
    what = f"one bare SQLite WAL commit and one bare call of Cedar with {len(RULES)} rules"
    worst = quantiles(decisions, n=100)[-1]
    return (
        ratio_row(
            f"decision on record, after {history}",
            round(median(decisions), 3),
            "ms",
            round(median(bare), 3),
            what,
            most=_RATIO,
        ),
        # They measure this machine's disk as well.
        known_row("decision on record, median", round(median(decisions), 3), "ms", about=_MEDIAN_MS),
        known_row("decision on record, 99th percentile", round(worst, 3), "ms", about=_P99_MS),
    )


def _facts(action: Action, clock: SetClock) -> Facts:
    return facts(owner=f"owner of {action.target.resource_id}", saving=100, fleet_size=40, newest=clock())


def _propose(to: Proposals, clock: SetClock, number: int) -> str:
    # Far enough apart that no limit is in the way, and what waited too long expires.
    clock.now += timedelta(hours=1)
    return propose(to, resize(f"i-{number:06}"))


def _bare_commit(folder: Path) -> float:
    """Return the seconds of a commit of one small row, as durable as the records' own."""
    with closing(sqlite3.connect(folder / "bare.db", isolation_level=None)) as database:
        for statement in (
            "PRAGMA journal_mode=WAL",
            "PRAGMA synchronous=FULL",
            "CREATE TABLE IF NOT EXISTS t (x TEXT)",
        ):
            database.execute(statement)
        started = time.perf_counter()
        database.execute("BEGIN IMMEDIATE")
        database.execute("INSERT INTO t VALUES (?)", (os.urandom(16).hex(),))
        database.execute("COMMIT")
        return time.perf_counter() - started


def _bare_call(to: Proposals, clock: SetClock) -> float:
    """Return the seconds of one call with the text of the same rules, the schema and a request as large."""
    action = resize("i-bare")
    request = PolicyRequest(action=action, facts=_facts(action, clock), at=clock(), circumstances=Circumstances())
    asked = {
        "principal": 'Person::"nobody"', "action": 'Action::"resize_instance"', "resource": 'Resource::"i-bare"',
        "context": json.dumps(context_of(request, approvals=())),
    }  # fmt: skip
    text = "\n".join(RULES.values())
    started = time.perf_counter()
    is_authorized(asked, text, "[]", SCHEMA)
    return time.perf_counter() - started
