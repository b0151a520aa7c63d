"""Fifty who act at once on one PostgreSQL database and together ask for more than each limit allows."""

import json
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import IO, Literal, cast

from sqlmodel import select

from evals.bench.actions_door import APPROVERS, SetClock, add_people, door, facts, propose, resize
from evals.bench.report import Row
from evals.postgres_server import postgres_server
from finops.actions import COUNTED, IN_FLIGHT, Action, Facts
from finops.errors import TollError, Unavailable
from store.records import Records, audit
from store.records.tables import ExecutionRow, ProposalRow

PROCESSES, THREADS = 5, 10
Limit = Literal["amount", "fleet", "flight", "hour"]
# What the built-in rules allow: USD a day, resources of one owner's fleet of 40, runs an hour, actions in flight on a resource.
ALLOWED: dict[Limit, int] = {"amount": 10_000, "fleet": 10, "hour": 20, "flight": 1}
_WORDS: dict[Limit, str] = {
    "amount": "USD a day beyond the limit", "fleet": "resources of a fleet beyond the limit",
    "hour": "runs an hour beyond the limit", "flight": "in flight on one resource beyond the limit",
}  # fmt: skip


def facts_of(limit: Limit, action: Action) -> Facts:
    """Return facts under which the others of the limits are far away."""
    name = action.target.resource_id
    owner, saving = ("one" if limit == "fleet" else f"owner of {name}"), (480 if limit == "amount" else 10)
    return facts(owner=owner, saving=saving, fleet_size=40, newest=SetClock()())


def at_once(tell: Callable[[str], None]) -> tuple[Row, ...]:
    """Return a row for each limit: by how much it was exceeded, and the decisions a second."""
    try:
        with postgres_server() as server:
            tell(f"{PROCESSES * THREADS} at once on PostgreSQL")
            return tuple(_row(limit, server.make(f"bench_{limit}")) for limit in ALLOWED)
    except (Unavailable, ModuleNotFoundError) as error:
        goal = f"0 beyond with {PROCESSES * THREADS} at once on PostgreSQL: not measured, {error}"
        return (Row(measure="limits exceeded", value=0, unit="", goal=goal, met=False),)


def _row(limit: Limit, url: str) -> Row:
    records = Records.open(url, clock=SetClock())
    add_people(records)
    jobs = _prepared(limit, records)
    started = time.perf_counter()
    done = _together(url, limit, jobs)
    seconds = time.perf_counter() - started
    held, beyond = _beyond(limit, records)
    goal = (
        f"0 with {PROCESSES * THREADS} at once on PostgreSQL: {len(jobs)} asked, {held} of {ALLOWED[limit]} taken, {done['done']} done, "
        f"{done['refused']} refused, {len(jobs) / seconds:.0f} a second"
    )
    # A limit that nobody reached was not tried.
    return Row(
        measure=_WORDS[limit],
        value=float(beyond),
        unit="",
        goal=goal,
        met=beyond == 0 and held * 20 >= ALLOWED[limit] * 19,
    )


def _prepared(limit: Limit, records: Records) -> list[str]:
    """Return what is asked at once: resources to propose for, or ids to approve or to execute."""
    number = PROCESSES * THREADS
    if limit in ("amount", "fleet"):
        return [f"i-{one:04}" for one in range(number)]
    to = door(records, lambda action: facts_of(limit, action))
    if limit == "flight":
        return [propose(to, resize("i-one", f"m5.{one}large")) for one in range(3)] * (number // 3)
    ready = [propose(to, resize(f"i-{one:04}")) for one in range(number)]
    for one in ready:
        to.approve(APPROVERS[0], one)
    return ready


def _together(url: str, limit: Limit, jobs: list[str]) -> Counter[str]:
    command = [sys.executable, "-m", "evals.bench.actions_at_once", url, limit]
    workers = [
        subprocess.Popen([*command, *jobs[one::PROCESSES]], stdin=-1, stdout=-1, text=True) for one in range(PROCESSES)
    ]
    for worker in workers:
        cast(IO[str], worker.stdout).readline()
    found: Counter[str] = Counter()
    for worker in workers:
        stdin = cast(IO[str], worker.stdin)
        stdin.write("go\n")
        stdin.flush()
    for worker in workers:
        found.update(json.loads(worker.communicate(timeout=300)[0]))
    return found


def _beyond(limit: Limit, records: Records) -> tuple[int, int]:
    """Return how much of a limit is taken, and how much beyond it, by what the records hold."""
    with records.read() as session:
        audit.verify(session).require()
        rows = [row for row in session.exec(select(ProposalRow)) if row.state in COUNTED]
        runs = list(session.exec(select(ExecutionRow)))
    taken: dict[Limit, int] = {
        "amount": int(Decimal(sum(row.amount for row in rows)).scaleb(-6)),
        "fleet": len({row.resource for row in rows if row.owner == "one"}),
        "flight": max(Counter(row.resource for row in rows if row.state in IN_FLIGHT).values(), default=0),
        "hour": len(runs),
    }
    return taken[limit], max(0, taken[limit] - ALLOWED[limit])


def _work(url: str, limit: Limit, jobs: list[str]) -> Counter[str]:
    to = door(Records.open(url, clock=SetClock()), lambda action: facts_of(limit, action))
    take: dict[Limit, Callable[[str], object]] = {
        "amount": lambda job: to.get(propose(to, resize(job))).state == "pending",
        "fleet": lambda job: to.get(propose(to, resize(job))).state == "pending",
        "flight": lambda job: to.approve(APPROVERS[1], job),
        "hour": lambda job: to.execute(APPROVERS[1], job),
    }

    def one(job: str) -> str:
        try:
            return "done" if take[limit](job) else "refused"
        except TollError:
            return "refused"

    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.readline()
    with ThreadPoolExecutor(THREADS) as pool:
        return Counter(pool.map(one, jobs))


if __name__ == "__main__":
    counted = _work(sys.argv[1], cast(Limit, sys.argv[2]), sys.argv[3:])
    sys.stdout.write(json.dumps(counted) + "\n")
