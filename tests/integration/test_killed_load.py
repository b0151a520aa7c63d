"""A load that is killed leaves the state before it or the state after it, whichever step, and whichever moment, it is killed at."""

import json
import random
import shutil
import subprocess
import sys
import time
from collections.abc import Generator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import pytest

from finops.relational import Aggregate, Question
from gateway.home import Home
from gateway.ingest import ingest
from store.lake.reader import open_lake
from tests.integration.test_ingest import ADMIN, unheard
from tests.unit.connectors.bills import row, write_bill

POINTS = 20
# After each so manieth kill a next load is made too.
_NEXT = 4
# What a reader finds: the id of the state, how many rows, and their exact sum.
State = tuple[str, int, str]


@dataclass(frozen=True, slots=True)
class Ended:
    """How a load ended, and which steps it took."""

    killed: bool
    steps: list[str]


class Loader:
    """Starts loads in processes of their own, which kill themselves where they are told to."""

    def __init__(self, server: "subprocess.Popen[str]", home: Path) -> None:
        self._server, self._home = server, home

    def load(self, bill: Path, *, kill: int | None = None, after: float | None = None) -> Ended:
        """Load; die by SIGKILL just before a step, or after so many seconds."""
        assert self._server.stdin is not None
        assert self._server.stdout is not None
        asked = {"home": str(self._home), "bill": str(bill), "kill": kill, "after": after}
        self._server.stdin.write(json.dumps(asked) + "\n")
        self._server.stdin.flush()
        told = json.loads(self._server.stdout.readline())
        assert not told["failed"]
        return Ended(told["killed"], told["steps"])


@pytest.fixture
def loader(tmp_path: Path) -> Generator[Loader]:
    """Give a process that has everything imported, so that a load costs only itself."""
    command = [sys.executable, "-m", "tests.integration.load_worker"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
        yield Loader(server, tmp_path / "home")


def bill(path: Path, cents: int) -> Path:
    """Write two sources of two months, 25 rows each."""
    spans = [("2026-01", "2026-02"), ("2026-02", "2026-03")]
    return write_bill(path, [
        row(
            BilledCost=f"{cents * number}.01", BillingAccountId=account, ResourceId=f"i-{number}",
            BillingPeriodStart=f"{first}-01T00:00:00Z", BillingPeriodEnd=f"{next_}-01T00:00:00Z",
            ChargePeriodStart=f"{first}-05T00:00:00Z", ChargePeriodEnd=f"{first}-06T00:00:00Z",
        )
        for account in ("1", "2") for first, next_ in spans for number in range(25)
    ])  # fmt: skip


def found(home: Path) -> State:
    """Return what a reader that has just come finds."""
    opened = Home.open({"TOLL_HOME": str(home)})
    lake = open_lake(opened.lake, opened.plans)
    question = Question("cost", (Aggregate("rows", "count"), Aggregate("total", "sum", "BilledCost")))
    ((rows, total),) = lake.ask(question).rows
    assert isinstance(rows, int)
    assert isinstance(total, Decimal)
    return lake.snapshot, rows, str(total.normalize())


def points(steps: list[str]) -> list[int]:
    """Return where to kill: evenly over the whole load, and as closely again in its commit, its publishing among it."""
    begun, published, ended = (
        next(number for number, name in enumerate(steps) if name.startswith(wanted))
        for wanted in ("ingest.begun", "os.rename catalogue", "summing")
    )
    within = [begun, *range(published - 3, published + 3), ended]
    rest = [number for number in range(ended + 1) if number not in within]
    count = POINTS - len(within)
    return sorted([*within, *(rest[number * (len(rest) - 1) // (count - 1)] for number in range(count))])


def test_a_load_killed_at_any_step_leaves_the_state_before_or_after(loader: Loader, tmp_path: Path) -> None:
    home, kept = tmp_path / "home", tmp_path / "kept"
    old, new = bill(tmp_path / "old.csv", 1), bill(tmp_path / "new.csv", 2)
    ingest(Home.open({"TOLL_HOME": str(home)}), ADMIN, [old], audit=unheard)
    before = found(home)
    shutil.copytree(home, kept)
    whole = loader.load(new).steps
    after = found(home)
    assert (before[1:], after[1:]) == ((100, "1201"), (100, "2401"))
    left: list[State] = []
    for number, point in enumerate(points(whole)):
        shutil.rmtree(home)
        shutil.copytree(kept, home)
        ended = loader.load(new, kill=point)
        assert ended.killed, f"not killed at step {point}, {whole[point]}"
        left.append(found(home))
        assert left[-1] in (before, after), f"killed at step {point}, {whole[point]}"
        if number % _NEXT == 0:
            loader.load(new)
            assert found(home) == after
    assert (len(left), left[0], left[-1]) == (POINTS, before, after)
    # Once it is published it stays so, and not before.
    assert left == sorted(left, key=lambda state: state == after)


def test_a_load_killed_at_any_moment_leaves_the_state_before_or_after(loader: Loader, tmp_path: Path) -> None:
    """Twenty moments by chance over the time a load takes: inside the engine's own writing too, which no step tells of."""
    home, kept = tmp_path / "home", tmp_path / "kept"
    old, new = bill(tmp_path / "old.csv", 1), bill(tmp_path / "new.csv", 2)
    ingest(Home.open({"TOLL_HOME": str(home)}), ADMIN, [old], audit=unheard)
    before = found(home)
    shutil.copytree(home, kept)
    started = time.perf_counter()
    loader.load(new)
    whole, after = time.perf_counter() - started, found(home)
    dice, killed = random.Random(7), 0
    for number in range(POINTS):
        shutil.rmtree(home)
        shutil.copytree(kept, home)
        killed += loader.load(new, after=dice.random() * whole).killed
        assert found(home) in (before, after)
        if number % _NEXT == 0:
            loader.load(new)
            assert found(home) == after
    # Some loads end sooner than the one that was timed.
    assert killed >= POINTS // 2
