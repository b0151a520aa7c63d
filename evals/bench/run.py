"""Run one benchmark, or all."""

from collections.abc import Callable, Mapping

from evals.bench.actions import actions
from evals.bench.agent import agent
from evals.bench.lake import lake
from evals.bench.policy import policy
from evals.bench.report import Benchmark
from evals.bench.settings import Settings
from evals.bench.startup import startup
from finops.errors import BadInput

ALL = "all"
Tell = Callable[[str], None]
Measured = Callable[[Settings, Tell], Benchmark]
BENCHMARKS: Mapping[str, Measured] = {
    "actions": actions,
    "agent": agent,
    "lake": lake,
    "policy": lambda _settings, _tell: policy(),
    "startup": lambda _settings, _tell: startup(),
}


def bench(
    name: str, tell: Tell, known: Mapping[str, Measured] = BENCHMARKS, *, settings: Settings | None = None
) -> Benchmark:
    """Return the benchmark called `name`, or for `all` every row there is, each measure with its benchmark's name before it.

    Raises `BadInput` for an unknown name.
    """
    if name != ALL and name not in known:
        raise BadInput(f"unknown benchmark `{name}`", fix=f"known are {', '.join(f'`{n}`' for n in known)} and `{ALL}`")
    if name != ALL:
        tell(f"measuring {name}")
        return known[name](settings or Settings(), tell)
    rows = [(one, row) for one in known for row in bench(one, tell, known, settings=settings).rows]
    return Benchmark(
        name=ALL, rows=tuple(row.model_copy(update={"measure": f"{one}: {row.measure}"}) for one, row in rows)
    )
