"""Small roll-ups that are asked again, held in memory: a question of one then opens no file, and groups by numbers for texts."""

from dataclasses import dataclass, field
from threading import Lock

import duckdb

# So many rows of one roll-up, and of all of a state's together, are held: some 150 bytes each.
_MOST_ROWS, _MOST_ROWS_IN_ALL = 200_000, 600_000
# A text column of more different values stays one of texts.
_MOST_VALUES = 10_000
# A process that asks once, as a command does, reads the files.
_ASKED_BEFORE = 2


@dataclass(slots=True)
class HeldRollups:
    """Tables of one connection, by the files they were read from. INVARIANT: files of a state never change, so no table is stale."""

    _asked: dict[str, int] = field(default_factory=dict[str, int])
    _tables: dict[str, str] = field(default_factory=dict[str, str])
    _rows: int = 0
    _lock: Lock = field(default_factory=Lock)

    def table(self, connection: duckdb.DuckDBPyConnection, files: str, rows: int) -> str:
        """Return a table expression that holds what `files` does, itself one over so many rows of files.

        Raises `duckdb.IOException` where a file is gone.
        """
        with self._lock:
            if (known := self._tables.get(files)) is not None:
                return known
            self._asked[files] = asked = self._asked.get(files, 0) + 1
            if asked <= _ASKED_BEFORE or rows > _MOST_ROWS or self._rows + rows > _MOST_ROWS_IN_ALL:
                return files
            name = f"held_{len(self._tables)}"
            _hold(connection, name, files)
            self._rows += rows
            self._tables[files] = name
            return name


def _hold(connection: duckdb.DuckDBPyConnection, name: str, files: str) -> None:
    """Make the table `name` of what `files` holds; a text is a number for its place among the column's values in order."""
    raw = f"{name}_raw"
    connection.execute(f"CREATE TEMP TABLE {raw} AS FROM {files}")
    columns = {str(column): str(kind) for column, kind, *_ in connection.execute(f"DESCRIBE {raw}").fetchall()}
    texts = [column for column, kind in columns.items() if kind == "VARCHAR"]
    counts = ", ".join(f'approx_count_distinct("{column}")' for column in texts)
    found = connection.execute(f"SELECT {counts} FROM {raw}").fetchall()[0] if texts else ()  # noqa: S608
    coded = {column for column, values in zip(texts, found, strict=True) if 0 < int(values) < _MOST_VALUES}
    for column in coded:
        # In order, so that what sorts or compares by it does so as by the texts.
        connection.execute(
            f'CREATE TYPE "{name}_{column}" AS ENUM '  # noqa: S608
            f'(SELECT DISTINCT "{column}" FROM {raw} WHERE "{column}" IS NOT NULL ORDER BY 1)'
        )
    kept = [
        f'CAST("{column}" AS "{name}_{column}") AS "{column}"' if column in coded else f'"{column}"'
        for column in columns
    ]
    connection.execute(f"CREATE TABLE {name} AS SELECT {', '.join(kept)} FROM {raw}")  # noqa: S608
    connection.execute(f"DROP TABLE {raw}")
