"""Start-up: what a person waits for before the first answer, beside importing the graph library alone."""

import json
import sys
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory

from evals.bench.report import Benchmark, Row
from evals.bench.timing import in_turn, run_once
from finops.money import divide

_HELP_SECONDS = Decimal("0.4")
_ASK_RATIO = Decimal(2)
_TOOL_RATIO = Decimal("0.7")
_SURFACE_CHARACTERS = 12_000


def _ratio_row(measure: str, value: Decimal, baseline: Decimal, most: Decimal) -> Row:
    ratio = divide(value, baseline, places=2)
    goal = f"at most {most} times `import langgraph.graph`"
    return Row(measure=measure, value=value, unit="s", baseline=baseline, ratio=ratio, goal=goal, met=ratio <= most)


def _surface(toll: str, folder: Path) -> Row:
    target = folder / "surface.json"
    run_once(["sh", "-c", '"$0" tool list --json > "$1"', toll, str(target)], {}, folder)
    size = len(target.read_text(encoding="utf-8"))
    goal = f"under {_SURFACE_CHARACTERS} characters"
    return Row(
        measure="toll tool list --json",
        value=Decimal(size),
        unit="characters",
        goal=goal,
        met=size < _SURFACE_CHARACTERS,
    )


def startup(bill: Path, question: str, period: str, *, runs: int = 7) -> Benchmark:
    """Measure help, one question and one tool run on `bill`, each in turn with the baseline."""
    toll = str(Path(sys.executable).with_name("toll"))
    with TemporaryDirectory() as name:
        folder = Path(name)
        home = {"TOLL_HOME": str(folder / "home")}
        run_once([toll, "ingest", str(bill)], home, folder)
        query = folder / "query.json"
        query.write_text(json.dumps({"period": period, "group_by": ["ProviderName"]}), encoding="utf-8")
        commands = {
            "baseline": [sys.executable, "-c", "import langgraph.graph"],
            "help": [toll, "--help"],
            "ask": [toll, "ask", question, "--json"],
            "tool": [toll, "tool", "run", "cost_query", "--input", str(query), "--json"],
        }
        taken = in_turn(commands, home, folder, runs=runs)
        base = taken["baseline"]
        helped = taken["help"]
        return Benchmark(
            name="startup",
            rows=(
                Row(
                    measure="toll --help",
                    value=helped,
                    unit="s",
                    goal=f"under {_HELP_SECONDS} s",
                    met=helped < _HELP_SECONDS,
                ),
                _ratio_row("toll ask", taken["ask"], base, _ASK_RATIO),
                _ratio_row("toll tool run cost_query", taken["tool"], base, _TOOL_RATIO),
                _surface(toll, folder),
            ),
        )
