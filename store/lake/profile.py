"""Describe a table state when it is loaded: days, currencies, dimensions with their values, so that reading need not look.

Dimension values are counted once for each data file, when it arrives; a state's dimensions are those counts put together.
"""

from collections.abc import Iterable, Sequence
from uuid import uuid4

import duckdb

from finops.focus import BY_NAME
from finops.ports import DimensionInfo, TableInfo
from finops.relational import Table
from finops.tables import COST_COLUMNS, Part
from store.lake.engine import file_quoted, quoted, relation
from store.lake.layout import Layout

MAX_VALUES = 1000
MAX_KEYS = 200
_DAY = {"cost": "ChargePeriodStart", "metrics": "Timestamp"}
_PREFIXES = {"Tags": "tag:", "SkuPriceDetails": "sku:"}


def describe(
    connection: duckdb.DuckDBPyConnection, table: Table, files: Sequence[str], parts: Sequence[Part]
) -> TableInfo | None:
    """Return what these files hold, None where there is no file."""
    if not files:
        return None
    day = f'"{_DAY[table]}"'
    found = connection.execute(
        f"SELECT count(*), CAST(min({day}) AS DATE), CAST(max({day}) AS DATE) FROM {relation(table, files)}"  # noqa: S608
    ).fetchall()[0]
    return TableInfo(
        rows=found[0],
        first_day=found[1],
        last_day=found[2],
        currencies=tuple(sorted({currency for part in parts for currency in part.totals})),
        sources=tuple(sorted({part.source for part in parts})),
        scales=_most(part.scales for part in parts),
        caveats=_all(part.caveats for part in parts),
    )


def _most(scales: Iterable[dict[str, int]]) -> dict[str, int]:
    result: dict[str, int] = {}
    for one in scales:
        for name, scale in one.items():
            result[name] = max(result.get(name, 0), scale)
    return dict(sorted(result.items()))


def _all(caveats: Iterable[dict[str, tuple[str, ...]]]) -> dict[str, tuple[str, ...]]:
    result: dict[str, set[str]] = {}
    for one in caveats:
        for name, texts in one.items():
            result.setdefault(name, set()).update(texts)
    return {name: tuple(sorted(texts)) for name, texts in sorted(result.items())}


def count_values(connection: duckdb.DuckDBPyConnection, layout: Layout, files: Sequence[str]) -> None:
    """Count the dimension values of cost files that were not counted before."""
    new = sorted(set(files) - _counted(connection, layout))
    if not new:
        return
    source = relation("cost", new, filename=True)
    columns = [
        name for name in COST_COLUMNS if name == "x_Source" or (name in BY_NAME and BY_NAME[name].type == "String")
    ]
    queries = [
        f'SELECT filename AS file, {quoted(name)} AS dimension, "{name}" AS value, count(*) AS rows FROM {source} '  # noqa: S608
        f'WHERE "{name}" IS NOT NULL GROUP BY ALL'
        for name in columns
    ]
    queries += [_keys(source, column, prefix) for column, prefix in _PREFIXES.items()]
    layout.vocabulary().mkdir(parents=True, exist_ok=True)
    target = layout.vocabulary() / f"{uuid4().hex}.parquet"
    draft = target.with_suffix(".draft")
    connection.execute(
        f"COPY ({' UNION ALL '.join(queries)}) TO {quoted(str(draft))} (FORMAT parquet, COMPRESSION zstd)"
    )
    draft.replace(target)


def _keys(source: str, column: str, prefix: str) -> str:
    pointer = "'/' || replace(replace(k, '~', '~0'), '/', '~1')"
    return (
        f"SELECT file, {quoted(prefix)} || k AS dimension, json_extract_string(doc, {pointer}) AS value, sum(n)::BIGINT AS rows "  # noqa: S608
        f'FROM (SELECT filename AS file, "{column}" AS doc, count(*) AS n FROM {source} WHERE "{column}" IS NOT NULL GROUP BY ALL), '
        "unnest(json_keys(doc)) AS keys(k) WHERE value IS NOT NULL GROUP BY ALL"
    )


def _vocabulary(layout: Layout) -> list[str]:
    folder = layout.vocabulary()
    return sorted(str(path) for path in folder.glob("*.parquet")) if folder.is_dir() else []


def _from(paths: Sequence[str]) -> str:
    return f"read_parquet([{', '.join(map(file_quoted, paths))}], hive_partitioning = false)"


def _counted(connection: duckdb.DuckDBPyConnection, layout: Layout) -> set[str]:
    paths = _vocabulary(layout)
    if not paths:
        return set()
    return {str(row[0]) for row in connection.execute(f"SELECT DISTINCT file FROM {_from(paths)}").fetchall()}  # noqa: S608


def dimensions(
    connection: duckdb.DuckDBPyConnection, layout: Layout, files: Sequence[str]
) -> tuple[DimensionInfo, ...]:
    """Return every dimension that has a value in these files, each with its values by rows, most first."""
    if not files:
        return ()
    count_values(connection, layout, files)
    listed = ", ".join(quoted(path) for path in files)
    rows = connection.execute(
        f"WITH v AS (SELECT dimension, value, sum(rows) AS n FROM {_from(_vocabulary(layout))} "  # noqa: S608
        f"WHERE file IN ({listed}) GROUP BY ALL) "
        f"SELECT dimension, count(*), sum(n) AS total, list(value ORDER BY n DESC, value)[1:{MAX_VALUES}] FROM v "
        "GROUP BY dimension ORDER BY total DESC, dimension"
    ).fetchall()
    named = [
        (str(name), DimensionInfo(name=str(name), distinct=distinct, values=tuple(values)))
        for name, distinct, _, values in rows
    ]
    plain = sorted((info for name, info in named if ":" not in name), key=lambda info: info.name)
    keyed: list[DimensionInfo] = []
    for prefix in _PREFIXES.values():
        keyed += sorted(
            [info for name, info in named if name.startswith(prefix)][:MAX_KEYS], key=lambda info: info.name
        )
    return (*plain, *keyed)
