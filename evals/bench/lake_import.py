"""Import: a generated CSV into the lake, checked and committed, beside DuckDB's bare rewrite of it as Parquet."""

import json
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from evals.bench.bills import generate
from evals.bench.report import Row, at_least_row, below_row, known_row
from evals.bench.timing import run_once

_CHECKOUT = Path(__file__).resolve().parents[2]
_LEAST_RATIO = 0.7
_MOST_MIB = 2048
# A big bill takes minutes, and its noise is small beside that.
_BIG, _ROUNDS_OF_BIG, _ROUNDS = 5_000_000, 2, 3


@dataclass(frozen=True, slots=True)
class _Measured:
    """One run: from the start of its process to its end, and the most memory that it held."""

    seconds: float
    peak_mib: float


def import_rows(rows: int, *, seed: int, tell: Callable[[str], None]) -> list[Row]:
    """Measure the import of a CSV of `rows` rows in turn with DuckDB's COPY, each run in a process of its own.

    Raises `CheckFailed` where a run fails.
    """
    with TemporaryDirectory(prefix="toll-bench-") as name:
        bill = Path(name) / "bill.csv"
        tell(f"generating {rows:,} rows of seed {seed} as CSV")
        generate(bill, rows, seed)
        copies, loads = _in_turn(bill, _ROUNDS_OF_BIG if rows >= _BIG else _ROUNDS, tell)
        tell("summing them by day and month")
        summed = _run("roll_up", bill, _lake(bill))
    speed, base = (round(rows / median(run.seconds for run in runs)) for runs in (loads, copies))
    return [
        at_least_row(
            f"import {rows:,} rows of CSV, committed", speed, "rows/s", base, "DuckDB's COPY", least=_LEAST_RATIO
        ),
        below_row(f"memory to import {rows:,} rows", max(run.peak_mib for run in loads), "MiB", most=_MOST_MIB),
        known_row(f"roll-ups of {rows:,} rows, after the commit", round(summed.seconds, 1), "s"),
    ]


def _in_turn(bill: Path, rounds: int, tell: Callable[[str], None]) -> tuple[list[_Measured], list[_Measured]]:
    """Run both so often, each with nothing left of its run before; the lake of the last stays."""
    copies: list[_Measured] = []
    loads: list[_Measured] = []
    copied, lake = bill.with_name("copied.parquet"), _lake(bill)
    for number in range(rounds):
        tell(f"importing them, round {number + 1} of {rounds}")
        copies.append(_run("copy", bill, copied))
        copied.unlink()
        shutil.rmtree(lake, ignore_errors=True)
        loads.append(_run("load", bill, lake))
    return copies, loads


def _lake(bill: Path) -> Path:
    return bill.with_name("lake")


def _run(what: str, bill: Path, target: Path) -> _Measured:
    command = [sys.executable, "-m", "evals.bench.import_run", what, str(bill), str(target)]
    done = run_once(command, {}, _CHECKOUT)
    return _Measured(done.seconds, float(json.loads(done.stdout)["peak_mib"]))
