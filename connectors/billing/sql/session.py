"""One DuckDB session for reading files people hand in: offline, in UTC, spilling into the folder it is given."""

import os
import re
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from finops.errors import BadFile
from finops.tables import COST_COLUMNS


@contextmanager
def session(scratch: Path) -> Generator[duckdb.DuckDBPyConnection]:
    """Open a session whose temporary files go to `scratch`; it is closed when the block ends."""
    connection = duckdb.connect(
        config={
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
            "temp_directory": str(scratch / "spill"),
            "preserve_insertion_order": False,
            "threads": max(1, os.cpu_count() or 1),
        }
    )
    try:
        connection.execute("SET TimeZone = 'UTC'; SET enable_progress_bar = false")
        yield connection
    finally:
        connection.close()


def quoted(name: str) -> str:
    """Return a column's name as an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def text(value: str) -> str:
    """Return a value as an SQL string."""
    return "'" + value.replace("'", "''") + "'"


def file_text(path: Path) -> str:
    """Return a path as an SQL string that stands for this file alone: DuckDB reads `*`, `?` and `[` as patterns.

    Raises `BadFile` where there is no way to say it.
    """
    written = str(path)
    if any("\ud800" <= letter <= "\udfff" for letter in written):
        shown = os.fsencode(path).decode(errors="replace")
        raise BadFile(f"the name `{shown}` is not UTF-8", fix="rename it")
    if "\\" in written and re.search(r"[*?\[]", written):
        raise BadFile(f"`{path}` holds a backslash and one of `*?[`, which DuckDB cannot open", fix="rename it")
    return text(re.sub(r"([*?\[])", r"[\1]", written))


def staged_rows(files: str, *, filename: bool = False) -> str:
    """Return the rows of staged Parquet files, an SQL string or list, as a table expression with every cost column.

    A column that a bill does not have is not in its files; here it is there, without values.
    """
    # Of nothing, the other side has what is missing; which is left out again when the query is planned.
    columns = ", ".join(f"CAST(NULL AS {kind}) AS {quoted(name)}" for name, kind in COST_COLUMNS.items())
    return (
        f"(SELECT {columns} WHERE false UNION ALL BY NAME "  # noqa: S608
        f"FROM read_parquet({files}, hive_partitioning = false, union_by_name = true, filename = {str(filename).lower()}))"
    )


def files_text(folder: Path) -> str:
    """Return the Parquet files below a folder, at any depth, as an SQL list."""
    return f"[{', '.join(map(file_text, sorted(folder.rglob('*.parquet'))))}]"
