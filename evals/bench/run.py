"""Run one benchmark, or all."""

from collections.abc import Callable, Mapping

from evals.bench.policy import policy
from evals.bench.report import Benchmark
from evals.bench.startup import startup
from finops.errors import BadInput

ALL = "all"
BENCHMARKS: Mapping[str, Callable[[], Benchmark]] = {"policy": policy, "startup": startup}


def bench(
    name: str, tell: Callable[[str], None], known: Mapping[str, Callable[[], Benchmark]] = BENCHMARKS
) -> Benchmark:
    """Return the benchmark called `name`, or for `all` every row there is, each measure with its benchmark's name before it.

    Raises `BadInput` for an unknown name.
    """
    if name != ALL and name not in known:
        raise BadInput(f"unknown benchmark `{name}`", fix=f"known are {', '.join(f'`{n}`' for n in known)} and `{ALL}`")
    if name != ALL:
        tell(f"measuring {name}")
        return known[name]()
    rows = [(one, row) for one in known for row in bench(one, tell, known).rows]
    return Benchmark(
        name=ALL, rows=tuple(row.model_copy(update={"measure": f"{one}: {row.measure}"}) for one, row in rows)
    )
