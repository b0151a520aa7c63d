"""Describe a table state when it is loaded: its files, days, currencies, what is incomplete, so that reading need not look."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime

import duckdb

from finops.ports import IncompleteDay, OpenMonth, TableInfo
from finops.query import COST_METRICS
from finops.relational import Table
from finops.tables import MONTH_COLUMN, TABLE_COLUMNS, Part
from store.lake.ask.relations import files_relation
from store.lake.engines.embedded import file_quoted, quoted
from store.lake.layout import Layout
from store.lake.states.manifest import DataFile

_MOMENT: dict[Table, str] = {"cost": "ChargePeriodStart", "metrics": "Timestamp"}


def inspect(
    connection: duckdb.DuckDBPyConnection,
    layout: Layout,
    table: Table,
    paths: Sequence[str],
    *,
    known: Mapping[str, DataFile],
    loaded_at: Mapping[tuple[str, str], datetime | None],
) -> tuple[DataFile, ...]:
    """Return what is known of each file, by path from the lake's root; those in `known` are not looked at again."""
    new = [path for path in paths if path not in known]
    # A part that was loaded again unchanged has its files of before, seen later.
    found = {
        path: known[path].model_copy(update={"loaded_at": loaded_at.get(known[path].part)})
        for path in paths
        if path in known
    }
    if new:
        found |= {file.path: file for file in _look_at(connection, layout, table, new, loaded_at)}
    return tuple(found[path] for path in sorted(found))


def _look_at(
    connection: duckdb.DuckDBPyConnection,
    layout: Layout,
    table: Table,
    paths: Sequence[str],
    loaded_at: Mapping[tuple[str, str], datetime | None],
) -> list[DataFile]:
    blank = [
        DataFile(path=path, source="", month="", rows=0, first=None, last=None, lacks=lacks)
        for path, lacks in _lacks(connection, layout, table, paths).items()
    ]
    invoiced = "count(InvoiceId) = count(*)" if table == "cost" else "false"
    moment = f'"{_MOMENT[table]}"'
    rows = connection.execute(
        f"SELECT filename, min(x_Source), strftime(min(\"{MONTH_COLUMN[table]}\"), '%Y-%m'), count(*), min({moment}), max({moment}), "  # noqa: S608
        f"{invoiced} FROM {files_relation(layout.root, table, blank, filename=True)} GROUP BY filename"
    ).fetchall()
    lacks = {one.path: one.lacks for one in blank}
    missing = _missing(connection, layout, paths) if table == "cost" else {}
    return [
        DataFile(
            path=(path := layout.relative(str(row[0]))), source=str(row[1]), month=str(row[2]), rows=row[3], first=row[4],
            last=row[5], lacks=lacks[path], invoiced=row[6], loaded_at=loaded_at.get((str(row[1]), str(row[2]))),
            missing=missing.get(path, {}),
        )
        for row in rows
    ]  # fmt: skip


def _missing(connection: duckdb.DuckDBPyConnection, layout: Layout, paths: Sequence[str]) -> dict[str, dict[str, int]]:
    """Return how many rows of each file lack a cost, from Parquet's own counts: no row is read."""
    listed = ", ".join(file_quoted(str(layout.root / path)) for path in paths)
    costs = ", ".join(quoted(name) for name in sorted(COST_METRICS))
    rows = connection.execute(
        "SELECT file_name, path_in_schema, CAST(sum(stats_null_count) AS BIGINT) AS n "  # noqa: S608
        f"FROM parquet_metadata([{listed}]) WHERE path_in_schema IN ({costs}) GROUP BY 1, 2 HAVING n > 0 ORDER BY 1, 2"
    ).fetchall()
    found: dict[str, dict[str, int]] = {}
    for path, name, count in rows:
        found.setdefault(layout.relative(str(path)), {})[str(name)] = count
    return found


def _lacks(
    connection: duckdb.DuckDBPyConnection, layout: Layout, table: Table, paths: Sequence[str]
) -> dict[str, tuple[str, ...]]:
    listed = ", ".join(file_quoted(str(layout.root / path)) for path in paths)
    rows = connection.execute(
        f"SELECT file_name, list(name) FROM parquet_schema([{listed}]) GROUP BY file_name"  # noqa: S608
    ).fetchall()
    return {
        layout.relative(str(path)): tuple(one for one in TABLE_COLUMNS[table] if one not in names)
        for path, names in rows
    }


def describe(
    files: Sequence[DataFile],
    parts: Sequence[Part],
    *,
    incomplete: Sequence[IncompleteDay] = (),
    open_months: Sequence[OpenMonth] = (),
) -> TableInfo | None:
    """Return what these files hold, None where there is no row."""
    firsts = [file.first for file in files if file.first is not None]
    lasts = [file.last for file in files if file.last is not None]
    if not firsts or not lasts:
        return None
    return TableInfo(
        rows=sum(file.rows for file in files),
        first_day=_day(min(firsts)),
        last_day=_day(max(lasts)),
        currencies=tuple(sorted({currency for part in parts for currency in part.totals})),
        sources=tuple(sorted({part.source for part in parts})),
        months=_months(parts),
        scales=_most(part.scales for part in parts),
        caveats=_all(part.caveats for part in parts),
        missing=_by_source(files),
        incomplete=tuple(incomplete),
        open_months=tuple(open_months),
    )


def _months(parts: Iterable[Part]) -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    for source, month in sorted(part.key for part in parts):
        found.setdefault(source, []).append(month)
    return {source: tuple(months) for source, months in found.items()}


def _by_source(files: Iterable[DataFile]) -> dict[str, dict[str, int]]:
    """Add up the rows that lack a cost, by metric and source."""
    result: dict[str, dict[str, int]] = {}
    for file in files:
        for name, count in file.missing.items():
            by_source = result.setdefault(name, {})
            by_source[file.source] = by_source.get(file.source, 0) + count
    return {name: dict(sorted(by_source.items())) for name, by_source in sorted(result.items())}


def _day(moment: datetime) -> date:
    return moment.date()


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
