"""The agent: falsehoods caught, what a turn costs beside a bare loop, and tokens sent beside a plain ReAct agent's."""

import tempfile
from collections.abc import Callable
from pathlib import Path

from evals.bench.agent_heldout import held_out
from evals.bench.agent_judged import ANSWERS, held_out_rows, judge, rows
from evals.bench.agent_overhead import RUNS, overhead
from evals.bench.agent_scenes import scenes
from evals.bench.agent_tokens import token_rows
from evals.bench.report import Benchmark
from evals.bench.settings import Settings
from evals.estates import load_estate, missing
from gateway.compose import open_questions
from gateway.home import Home

_MONTHS, _SAMPLE_MONTHS = ("2026-07", "2026-08", "2026-09", "2026-10"), ("2024-09",)


def agent(settings: Settings, tell: Callable[[str], None]) -> Benchmark:
    """Measure over the demo estate, and over the real sample bill where it is at hand; `seed` is that of the answers."""
    with tempfile.TemporaryDirectory(prefix="toll-bench-") as folder:
        demo = open_questions(Home.open({"TOLL_HOME": str(load_estate("demo", Path(folder) / "demo", tell).home)}))
        written_on = scenes(demo, _MONTHS)
        if why := missing("sample"):
            tell(f"answers are of the demo estate alone: {why}")
        else:
            home = load_estate("sample", Path(folder) / "sample", tell).home
            written_on += scenes(open_questions(Home.open({"TOLL_HOME": str(home)})), _SAMPLE_MONTHS)
        count = max(10, int(ANSWERS * settings.share))
        tell(f"writing {count} true and {count} false answers on {len(written_on)} results")
        judged = judge(written_on, settings.seed, count)
        unheard = held_out_rows(held_out(written_on, settings.seed), tell)
        measured = overhead(demo, tell, runs=max(8, int(RUNS * settings.share)))
        return Benchmark(name="agent", rows=(*rows(judged, tell), *unheard, *measured, *token_rows(demo, tell)))
