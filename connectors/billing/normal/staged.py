"""Normalise the staged Parquet files of a bill where they lie: files in which nothing changes are not touched."""

from collections.abc import Collection
from pathlib import Path

import duckdb

from connectors.billing.normal.sql import Normalised, normalise
from connectors.billing.reading.arrow import Array
from connectors.billing.sql.session import file_text, files_text, staged_rows
from finops.focus import BY_NAME

_OPTIONS = "FORMAT parquet, COMPRESSION snappy"


def normalise_staged(
    connection: duckdb.DuckDBPyConnection, folder: Path, columns: Collection[str], *, tags: Array | None = None
) -> Normalised:
    """Give the rows of `folder`'s files, of the lake's columns, standard names; return what changed and is to be told of it.

    `columns` are those the bill has, `tags` the different texts of its Tags where they are known already. The rows of each file
    stay in it, sorted by their days; where nothing changes the cost is one scan of the columns concerned. Raises duckdb.Error
    where a file cannot be read or written.
    """
    files = sorted(folder.rglob("*.parquet"))
    if not files:
        return Normalised("", (), ())
    filled = {name for name in columns if name in BY_NAME} | {"ProviderName"}
    if not BY_NAME.keys() >= set(columns):
        filled.add("x_Columns")
    done = normalise(connection, staged_rows(files_text(folder)), filled, tags=tags)
    if done.changed:
        # What is sorted must be written in that order.
        connection.execute("SET preserve_insertion_order = true")
        for path in files:
            _rewrite(connection, path, done.applied(staged_rows(file_text(path))))
        connection.execute("SET preserve_insertion_order = false")
    return done


def _rewrite(connection: duckdb.DuckDBPyConnection, path: Path, relation: str) -> None:
    draft = path.with_suffix(".draft")
    # Sorted anew: a join keeps the order of its rows nearly always, and not always.
    sql = f"SELECT * FROM {relation} ORDER BY ChargePeriodStart"  # noqa: S608
    connection.execute(f"COPY ({sql}) TO {file_text(draft)} ({_OPTIONS})")
    draft.replace(path)
