"""What the import benchmark runs in processes of their own: `python -m evals.bench.import_run <what> <from> <to>`.

Each prints the most memory its process held, in MiB, as JSON.
"""

import csv
import json
import resource
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import duckdb

from connectors.billing.load import stage_bills
from finops.errors import BadInput
from finops.tables import COST_COLUMNS
from gateway.process import set_up
from store.lake.commit.writing import commit, writing
from store.lake.rollups.build import build_rollups

# The kernel counts KiB, but Darwin's counts bytes.
_PER_MIB = 1 << 20 if sys.platform == "darwin" else 1 << 10


def copy(bill: Path, target: Path) -> None:
    """Rewrite a CSV as Parquet by DuckDB's own COPY with the lake's types: no check, no sum, no order, no commit."""
    with bill.open(encoding="utf-8", newline="") as stream:
        types = {name: COST_COLUMNS.get(name, "VARCHAR") for name in next(csv.reader(stream))}
    with duckdb.connect() as connection:
        connection.execute("SET preserve_insertion_order = false")
        connection.execute(
            f"COPY (FROM read_csv({_text(bill)}, auto_detect = false, header = true, columns = {types})) "
            f"TO {_text(target)} (FORMAT parquet)"
        )


def load(bill: Path, lake: Path) -> None:
    """Bring a bill into the lake: checked, converted, proven and committed with its manifest, as `toll ingest` does it."""
    with writing(lake) as scratch:
        staged = stage_bills([bill], scratch, source=None, progress=lambda _text, _share: None)
        commit(lake, {"cost": staged.parts, "metrics": ()})


def roll_up(_bill: Path, lake: Path) -> None:
    """Sum the lake by day and month, which a load does after its commit."""
    build_rollups(lake)


def _text(path: Path) -> str:
    return "'" + str(path).replace("'", "''") + "'"


RUNS: Mapping[str, Callable[[Path, Path], None]] = {"copy": copy, "load": load, "roll_up": roll_up}


def main(arguments: list[str]) -> None:
    """Do one of `RUNS` and print the memory it took. Raises `BadInput` for anything else."""
    if len(arguments) != 3 or arguments[0] not in RUNS:
        raise BadInput("give what to run, from and to", fix=f"run one of {', '.join(RUNS)}")
    set_up()
    RUNS[arguments[0]](Path(arguments[1]), Path(arguments[2]))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / _PER_MIB
    print(json.dumps({"peak_mib": round(peak, 1)}))  # noqa: T201 - read by the process that measures


if __name__ == "__main__":
    main(sys.argv[1:])
