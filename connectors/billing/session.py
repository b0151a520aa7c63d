"""One DuckDB session for reading files people hand in: offline, in UTC, spilling into the folder it is given."""

import os
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import duckdb


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
