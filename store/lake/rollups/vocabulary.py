"""The values of each dimension, counted once when rows arrive; a state's dimensions are those counts put together.

The counts of a part that has roll-ups lie in its own folder. Files without are counted together, one Parquet file a time.
"""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from uuid import uuid4

import duckdb

from finops.canonical import digest
from finops.focus import BY_NAME
from finops.ports import DimensionInfo
from finops.tables import COST_COLUMNS
from store.lake.ask.relations import files_relation
from store.lake.engines.embedded import file_quoted, quoted
from store.lake.layout import Layout
from store.lake.states.manifest import DataFile

MAX_VALUES = 1000
MAX_KEYS = 200
VALUES = "values.parquet"
JSON_COLUMNS = {"Tags": "tag:", "SkuPriceDetails": "sku:"}
TEXT_COLUMNS = tuple(
    name for name in COST_COLUMNS if name == "x_Source" or (name in BY_NAME and BY_NAME[name].type == "String")
)


# What a part is known by in the rows.
PART = "x_Source AS source, strftime(BillingPeriodStart, '%Y-%m') AS month"


def keyed_values(source: str, column: str, where: str, *, rows: str = "count(*)") -> str:
    """Return the query for the values under each key of a JSON column, by `where` they are; each document is read once.

    `rows` is how many rows of the bill some rows of `source` are.
    """
    # Taken apart as a map: one document may hold thousands of keys, and is not to be copied for each.
    members = "unnest(map_entries(json_transform(doc, '\"MAP(VARCHAR, VARCHAR)\"')))"
    return (
        f'WITH n AS MATERIALIZED (SELECT {where}, "{column}" AS doc, {rows} AS n FROM {source} '  # noqa: S608
        f'WHERE "{column}" IS NOT NULL GROUP BY ALL), '
        "d AS (SELECT md5(doc) AS id, any_value(doc) AS doc FROM n GROUP BY id), "
        f"kv AS (SELECT id, {quoted(JSON_COLUMNS[column])} || e.key AS dimension, e.value AS value "
        f"FROM (SELECT id, {members} AS e FROM d)) "
        "SELECT n.* EXCLUDE (doc, n), dimension, value, CAST(sum(n.n) AS BIGINT) AS rows FROM n JOIN kv ON md5(n.doc) = kv.id "
        "WHERE value IS NOT NULL GROUP BY ALL"
    )


def count_batch(
    connection: duckdb.DuckDBPyConnection,
    raw: str,
    columns: Iterable[str],
    tables: Mapping[str, str],
    documents: Iterable[str],
    *,
    target: Path,
) -> None:
    """Write the counts of some parts: of `columns`, from the counts in `tables` or else from rows, and of `documents` as counted."""
    queries = [
        f'SELECT {PART}, {quoted(name)} AS dimension, "{name}" AS value, '  # noqa: S608
        + (
            f"CAST(sum(x_Rows) AS BIGINT) AS rows FROM {tables[name]}"
            if name in tables
            else f"count(*) AS rows FROM {raw}"
        )
        + f' WHERE "{name}" IS NOT NULL GROUP BY ALL'
        for name in columns
    ]
    queries += [f"FROM {table}" for table in documents]
    connection.execute(
        f"COPY ({' UNION ALL '.join(queries)}) TO {quoted(str(target))} (FORMAT parquet, COMPRESSION zstd)"
    )


def _count_files(connection: duckdb.DuckDBPyConnection, layout: Layout, files: Sequence[DataFile]) -> None:
    known = _counted(connection, layout)
    new = [file for file in files if file.path not in known]
    if not new:
        return
    source = files_relation(layout.root, "cost", new, filename=True)
    queries = [
        f'SELECT filename, {quoted(name)} AS dimension, "{name}" AS value, count(*) AS rows FROM {source} '  # noqa: S608
        f'WHERE "{name}" IS NOT NULL GROUP BY ALL'
        for name in TEXT_COLUMNS
    ]
    queries += [f"FROM ({keyed_values(source, column, 'filename')})" for column in JSON_COLUMNS]
    layout.vocabulary().mkdir(parents=True, exist_ok=True)
    # Named by what it counts: two readers who count the same files write the same.
    target = layout.vocabulary() / f"{digest(sorted(file.path for file in new))[:24]}.parquet"
    # The draft is each reader's own: one of two must not move away what the other is still writing.
    draft = target.with_name(f"{target.stem}.{uuid4().hex}.draft")
    connection.execute(
        f"COPY (SELECT * EXCLUDE filename, substr(filename, {len(str(layout.root)) + 2}) AS file "  # noqa: S608
        f"FROM ({' UNION ALL '.join(queries)})) TO {quoted(str(draft))} (FORMAT parquet, COMPRESSION zstd)"
    )
    draft.replace(target)


def _vocabulary(layout: Layout) -> list[str]:
    folder = layout.vocabulary()
    return sorted(str(path) for path in folder.glob("*.parquet")) if folder.is_dir() else []


def _from(paths: Sequence[str], more: str = "") -> str:
    return f"read_parquet([{', '.join(map(file_quoted, paths))}], hive_partitioning = false{more})"


def _counted(connection: duckdb.DuckDBPyConnection, layout: Layout) -> dict[str, str]:
    """Return the file of counts that each data file is counted in."""
    paths = _vocabulary(layout)
    if not paths:
        return {}
    rows = connection.execute(f"SELECT file, min(filename) FROM {_from(paths, ', filename = true')} GROUP BY file")  # noqa: S608
    return {str(file): str(path) for file, path in rows.fetchall()}


def _pairs(pairs: Sequence[tuple[str, str]]) -> str:
    return ", ".join(f"({quoted(first)}, {quoted(second)})" for first, second in pairs)


def dimensions(
    connection: duckdb.DuckDBPyConnection,
    layout: Layout,
    files: Sequence[DataFile],
    counted: Mapping[Path, Sequence[tuple[str, str]]],
) -> tuple[DimensionInfo, ...]:
    """Return every dimension that has a value, each with its values by rows, most first.

    `counted` are the counts of parts (source and month) by file; `files` are those that no such count holds.
    """
    sources = [
        f"SELECT dimension, value, rows FROM {_from([str(path)])} WHERE (source, month) IN ({_pairs(parts)})"  # noqa: S608
        for path, parts in sorted(counted.items())
    ]
    if files:
        _count_files(connection, layout, files)
        places = _counted(connection, layout)
        pairs = _pairs([(file.path, places[file.path]) for file in files])
        sources.append(
            f"SELECT dimension, value, rows FROM {_from(_vocabulary(layout), ', filename = true')} "  # noqa: S608
            f"WHERE (file, filename) IN ({pairs})"
        )
    if not sources:
        return ()
    rows = connection.execute(
        f"WITH v AS (SELECT dimension, value, sum(rows) AS n FROM ({' UNION ALL '.join(sources)}) GROUP BY ALL) "  # noqa: S608
        f"SELECT dimension, count(*), sum(n) AS total, list(value ORDER BY n DESC, value)[1:{MAX_VALUES}] FROM v "
        "GROUP BY dimension ORDER BY total DESC, dimension"
    ).fetchall()
    named = [
        (str(name), DimensionInfo(name=str(name), distinct=distinct, values=tuple(values)))
        for name, distinct, _, values in rows
    ]
    plain = sorted((info for name, info in named if ":" not in name), key=lambda info: info.name)
    keyed: list[DimensionInfo] = []
    for prefix in JSON_COLUMNS.values():
        keyed += sorted(
            [info for name, info in named if name.startswith(prefix)][:MAX_KEYS], key=lambda info: info.name
        )
    return (*plain, *keyed)
