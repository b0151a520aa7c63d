"""Start-up: what a person waits for before the first answer, beside importing the graph library alone."""

import json
import sys
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from evals.bench.report import Benchmark, below_row, ratio_row
from evals.bench.timing import in_turn, run_once
from evals.estate.make import make_estate
from evals.estates import END, SAMPLE, SEED

_HELP_SECONDS = 0.4
_ASK_RATIO = 2.0
_TOOL_RATIO = 0.7
_SURFACE_CHARACTERS = 12_000
_BASELINE = "`import langgraph.graph`"


@dataclass(frozen=True, slots=True)
class Loaded:
    """What is asked about: a bill, a question on it, and the month of that question."""

    bill: Path
    question: str
    period: str


def bill_to_ask(folder: Path) -> Loaded:
    """Return the real sample where it is beside the checkout, else the first month of a demo estate made in `folder`."""
    if SAMPLE.is_file():
        return Loaded(SAMPLE, "What did each provider cost in September 2024?", "2024-09")
    first = make_estate(folder / "estate", SEED, END).bills[0]
    return Loaded(first, f"What did each provider cost in {first.stem}?", first.stem)


def startup(*, runs: int = 7) -> Benchmark:
    """Measure help, one question and one tool run on a loaded bill, each in turn with the baseline."""
    with TemporaryDirectory(prefix="toll-bench-") as name:
        return _measured(Path(name), runs)


def _measured(folder: Path, runs: int) -> Benchmark:
    toll, home = str(Path(sys.executable).with_name("toll")), {"TOLL_HOME": str(folder / "home")}
    loaded = bill_to_ask(folder)
    run_once([toll, "ingest", str(loaded.bill)], home, folder)
    query = folder / "query.json"
    query.write_text(json.dumps({"period": loaded.period, "group_by": ["ProviderName"]}), encoding="utf-8")
    commands = {
        "baseline": [sys.executable, "-c", "import langgraph.graph"],
        "help": [toll, "--help"],
        "ask": [toll, "ask", loaded.question, "--json"],
        "tool": [toll, "tool", "run", "cost_query", "--input", str(query), "--json"],
    }
    timed = {name: partial(_seconds, command, home, folder) for name, command in commands.items()}
    taken = {name: round(seconds, 3) for name, seconds in in_turn(timed, runs=runs).items()}
    surface = len(run_once([toll, "tool", "list", "--json"], home, folder).stdout)
    base = taken["baseline"]
    return Benchmark(name="startup", rows=(
        below_row("toll --help", taken["help"], "s", most=_HELP_SECONDS),
        ratio_row("toll ask", taken["ask"], "s", base, _BASELINE, most=_ASK_RATIO),
        ratio_row("toll tool run cost_query", taken["tool"], "s", base, _BASELINE, most=_TOOL_RATIO),
        below_row("toll tool list --json", surface, "characters", most=_SURFACE_CHARACTERS),
    ))  # fmt: skip


def _seconds(command: list[str], home: dict[str, str], folder: Path) -> float:
    return run_once(command, home, folder).seconds
