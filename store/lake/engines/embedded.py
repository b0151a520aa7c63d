"""Run SQL over the files of one state: on DuckDB in this process, offline and in UTC, or on another engine."""

import re
from collections.abc import Mapping, Sequence
from importlib import import_module
from pathlib import Path
from threading import Lock
from typing import Literal, Protocol, cast

import duckdb

from finops.errors import BadInput, ToolError
from finops.relational import Table
from finops.tables import TABLE_COLUMNS
from store.lake.rollups.held import HeldRollups

EMBEDDED = "duckdb"
# Data files never change, so each footer is read once; what asks puts the rows in order, not the scan.
_SETTINGS = "SET GLOBAL parquet_metadata_cache = true; SET GLOBAL preserve_insertion_order = false"
Dialect = Literal["duckdb", "spark", "trino", "athena", "clickhouse", "bigquery", "snowflake"]
Answer = list[tuple[object, ...]]


def connect(spill: Path) -> duckdb.DuckDBPyConnection:
    """Open a DuckDB that loads no extension from anywhere and spills into `spill`."""
    connection = duckdb.connect(
        config={
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
            "temp_directory": str(spill),
        }
    )
    # GLOBAL: a cursor is a connection of its own, which does not take over the settings of a session.
    connection.execute("SET GLOBAL TimeZone = 'UTC'; SET enable_progress_bar = false")
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


def mixed_relation(table: Table, paths: Sequence[str]) -> str:
    """Return the SQL table expression over files of a table of which some lack columns that others have; those are NULL."""
    listed = ", ".join(map(file_quoted, paths))
    return (
        f"(FROM {relation(table, ())} UNION ALL BY NAME "
        f"FROM read_parquet([{listed}], hive_partitioning = false, union_by_name = true))"
    )


class Engine(Protocol):
    """Runs the SQL of a compiled question over the files of one state; may be asked from several threads."""

    @property
    def dialect(self) -> Dialect:
        """What SQL it takes."""
        ...

    def run(self, table: Table, sql: str, parameters: Sequence[str]) -> Answer:
        """Return every row of a query over `table`, its values bound.

        Raises `ToolError` for a sum of more than 38 digits, `Unavailable` where the engine is not to be had.
        """
        ...


class DuckDb:
    """One database over one state, opened at the first question; each question gets a cursor of its own."""

    dialect: Dialect = "duckdb"

    def __init__(self, spill: Path, files: Mapping[Table, Sequence[str]]) -> None:
        self._spill = spill
        self._files = files
        self._lock = Lock()
        self._connection: duckdb.DuckDBPyConnection | None = None
        self._held = HeldRollups()

    def run(self, table: Table, sql: str, parameters: Sequence[str]) -> Answer:
        """Return every row of a query over `table`, its values bound."""
        return self.run_over(relation(table, self._files.get(table, ())), table, sql, parameters)

    def run_over(self, over: str, table: Table, sql: str, parameters: Sequence[str]) -> Answer:
        """Return every row of a query over `table`, for which the table expression `over` stands."""
        rest = f", {sql.removeprefix('WITH ')}" if sql.startswith("WITH ") else f" {sql}"
        try:
            with self._cursor() as cursor:
                return cursor.execute(f'WITH "{table}" AS (FROM {over}){rest}', list(parameters)).fetchall()
        except duckdb.OutOfRangeException as error:
            raise ToolError("a sum has more than 38 digits", fix="ask for a shorter period or fewer rows") from error

    def rollup(self, paths: Sequence[str], rows: int) -> str:
        """Return a table expression over the files of a roll-up, which have so many rows together."""
        files = f"read_parquet([{', '.join(map(file_quoted, paths))}], hive_partitioning = false)"
        with self._cursor() as cursor:
            return self._held.table(cursor, files, rows)

    def _cursor(self) -> duckdb.DuckDBPyConnection:
        with self._lock:
            if self._connection is None:
                self._connection = connect(self._spill)
                self._connection.execute(_SETTINGS)
            return self._connection.cursor()


class _Spark(Protocol):
    def open_spark(self, master: str, files: Mapping[Table, Sequence[str]]) -> Engine: ...


def open_engine(address: str, spill: Path, files: Mapping[Table, Sequence[str]]) -> Engine:
    """Return the engine at an address: `duckdb` (or nothing), or a Spark master such as spark://host:7077. Raises `BadInput`."""
    if address in ("", EMBEDDED):
        return DuckDb(spill, files)
    if re.fullmatch(r"spark://[^\s/,:]+:\d{1,5}(,[^\s/,:]+:\d{1,5})*", address):
        # Spark's client is heavy and optional, so its module is loaded as a whole and only here.
        return cast(_Spark, import_module("store.lake.engines.spark")).open_spark(address, files)
    raise BadInput(
        f"unknown lake engine `{address}`", fix="set TOLL_LAKE_ENGINE to `duckdb` or to spark://HOST:PORT, or unset it"
    )
