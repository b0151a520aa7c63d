"""One demo estate for all tests of a run, read with plain SQL over its files, never through the product."""

import tempfile
from collections.abc import Sequence
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import duckdb

from evals.estate.make import Estate, make_estate

SEED = 7
END = date(2026, 11, 1)
_SCRATCH = tempfile.TemporaryDirectory(prefix="estate-")


@cache
def estate() -> Estate:
    """Return the estate; no test may change it."""
    return make_estate(Path(_SCRATCH.name) / "estate", SEED, END)


def query(sql: str, parameters: Sequence[object] = (), *, of: Estate | None = None) -> list[tuple[Any, ...]]:
    """Return the rows of a query over the views `bill` and `metrics` of the estate's files."""
    folder = (of or estate()).folder
    with duckdb.connect() as connection:
        for view, kind in (("bill", "bills"), ("metrics", "metrics")):
            connection.execute(f"CREATE VIEW {view} AS SELECT * FROM read_parquet('{folder}/{kind}/*.parquet')")
        return connection.execute(sql, list(parameters)).fetchall()
