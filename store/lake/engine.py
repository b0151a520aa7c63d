"""Run SQL on DuckDB over the files of one state: offline, in UTC, plain Python values out."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from threading import Lock

import duckdb

from finops.relational import Table
from finops.tables import TABLE_COLUMNS


def connect(spill: Path) -> duckdb.DuckDBPyConnection:
    """Open a DuckDB that loads no extension from anywhere and spills into `spill`."""
    connection = duckdb.connect(
        config={
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
            "temp_directory": str(spill),
        }
    )
    connection.execute("SET TimeZone = 'UTC'; SET enable_progress_bar = false")
    return connection


def quoted(value: str) -> str:
    """Return a value as an SQL string."""
    return "'" + value.replace("'", "''") + "'"


def file_quoted(path: str) -> str:
    """Return a path as an SQL string that stands for this file alone: DuckDB reads `*`, `?` and `[` as patterns."""
    return quoted(re.sub(r"([*?\[])", r"[\1]", path))


def relation(table: Table, paths: Sequence[str], *, filename: bool = False) -> str:
    """Return the SQL table expression over a table's files."""
    if paths:
        listed = ", ".join(map(file_quoted, paths))
        return f"read_parquet([{listed}], hive_partitioning = false, filename = {str(filename).lower()})"
    columns = ", ".join(f'CAST(NULL AS {kind}) AS "{name}"' for name, kind in TABLE_COLUMNS[table].items())
    return f"(SELECT {columns} WHERE false)"


class Engine:
    """One database over one state, opened at the first question; may be asked from several threads."""

    def __init__(self, spill: Path, files: Mapping[Table, Sequence[str]]) -> None:
        self._spill = spill
        self._files = files
        self._lock = Lock()
        self._connection: duckdb.DuckDBPyConnection | None = None
        self._exposed: set[Table] = set()

    def run(
        self, table: Table, sql: str, parameters: Sequence[str]
    ) -> tuple[tuple[str, ...], list[tuple[object, ...]]]:
        """Return the column names and every row of a query over `table`, its values bound."""
        with self._cursor(table) as cursor:
            found = cursor.execute(sql, list(parameters))
            columns = tuple(str(column[0]) for column in found.description or ())
            return columns, found.fetchall()

    def _cursor(self, table: Table) -> duckdb.DuckDBPyConnection:
        with self._lock:
            if self._connection is None:
                self._connection = connect(self._spill)
            if table not in self._exposed:
                self._connection.execute(f"CREATE VIEW {table} AS FROM {relation(table, self._files.get(table, ()))}")
                self._exposed.add(table)
            return self._connection.cursor()
