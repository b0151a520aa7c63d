"""The lake: how fast a bill comes in, whether it comes in whole, and how fast it is asked, on generated and on real bills."""

import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from evals.bench.bills import GENERATOR, generate
from evals.bench.lake_import import import_rows
from evals.bench.lake_questions import questions_rows, same_rows, unasked_row
from evals.bench.lake_sums import sums_rows
from evals.bench.report import Benchmark, Row, known_row
from evals.bench.settings import Settings
from evals.spark_cluster import INSTALL_SPARK, spark_cluster, spark_missing
from finops.errors import BadInput
from finops.people import Principal
from gateway.acting import audit_of_loads
from gateway.home import Home
from gateway.ingest import ingest
from gateway.people import ensure_local_person
from store.lake.engines.spark import close_spark

IMPORT_ROWS, QUESTION_ROWS = 10_000_000, 50_000_000
_RUNS = 5


def lake(settings: Settings, tell: Callable[[str], None]) -> Benchmark:
    """Measure import, sums and the ten questions. Raises `BadInput` where the generator of bills is not beside the checkout."""
    if not GENERATOR.is_file():
        raise BadInput(
            "the generator of bills (../shared/generators/bill.py) is not here", fix="put it beside the checkout"
        )
    rows = [*sums_rows(), *import_rows(int(IMPORT_ROWS * settings.share), seed=settings.seed, tell=tell)]
    with TemporaryDirectory(prefix="toll-bench-") as folder:
        rows += _asked(Path(folder), settings, tell)
    return Benchmark(name="lake", rows=tuple(rows))


def _asked(folder: Path, settings: Settings, tell: Callable[[str], None]) -> list[Row]:
    rows, seed = int(QUESTION_ROWS * settings.share), settings.seed
    home = Home.open({"TOLL_HOME": str(folder / "home")})
    person, _ = ensure_local_person(home)
    bill = folder / "bill.parquet"
    tell(f"generating {rows:,} rows of seed {seed}")
    generate(bill, rows, seed)
    tell("loading them, and summing them by day and month")
    started = time.perf_counter()
    ingest(home, person, [bill], audit=audit_of_loads(home, person))
    taken = round(time.perf_counter() - started, 1)
    loaded = known_row(f"load {rows:,} rows of Parquet, roll-ups included", taken, "s")
    bill.unlink()
    found = [loaded, *questions_rows(home, person, runs=_RUNS, tell=tell)]
    return found if settings.without_spark else [*found, _on_spark(home, person, tell)]


def _on_spark(home: Home, person: Principal, tell: Callable[[str], None]) -> Row:
    """Return the row of Spark, which is not met where there is none."""
    if lacks := spark_missing():
        tell(f"the questions are not asked of Spark: {lacks}; {INSTALL_SPARK}")
        return unasked_row(lacks)
    with spark_cluster() as address:
        try:
            return same_rows(home, person, address, tell)
        finally:
            close_spark()
