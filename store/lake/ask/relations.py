"""SQL table expressions over a state's files: raw rows, whatever schema they were written in, and roll-ups beside them."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from finops.relational import Table
from finops.tables import TABLE_COLUMNS, TAG_COLUMN
from store.lake.engines.embedded import quoted, relation
from store.lake.rollups.catalogue import BY_NAME, EXTREMES, MEASURES, Rollup
from store.lake.rollups.rewrite import Rolled
from store.lake.states.manifest import DataFile


def files_relation(root: Path, table: Table, files: Sequence[DataFile], *, filename: bool = False) -> str:
    """Return the raw rows of these files; columns a file was written before are NULL."""
    groups: dict[tuple[str, ...], list[str]] = {}
    for file in files:
        groups.setdefault(file.lacks, []).append(str(root / file.path))
    if (len(groups) == 1 and () in groups) or not groups:
        return relation(table, groups.get((), ()), filename=filename)
    names = ", ".join([*(f'"{name}"' for name in TABLE_COLUMNS[table]), *(["filename"] if filename else [])])
    branches = [
        f"SELECT {names} FROM (SELECT *{_absent(table, lacks)} FROM {relation(table, paths, filename=filename)})"  # noqa: S608
        for lacks, paths in sorted(groups.items())
    ]
    return f"({' UNION ALL '.join(branches)})"


def _absent(table: Table, names: Iterable[str]) -> str:
    columns = TABLE_COLUMNS[table]
    return "".join(f', CAST(NULL AS {columns[name]}) AS "{name}"' for name in names if name in columns)


def rollup_relation(
    tables: Mapping[tuple[str, tuple[tuple[str, str], ...]], str], raw: str | None, asked: Rolled
) -> str:
    """Return what a question needs of roll-ups as one table, by name and by the only parts (source, month) to take, all without any.

    The parts that have none that serves are read row by row from `raw`.
    """
    branches = [
        f"SELECT {_projection(BY_NAME[name], asked)} FROM {table}{_only(parts)}"  # noqa: S608
        for (name, parts), table in sorted(tables.items())
    ]
    branches += [f"SELECT {_row_by_row(asked)} FROM {raw}"] if raw else []  # noqa: S608
    return f"({' UNION ALL '.join(branches)})"


def _only(parts: Sequence[tuple[str, str]]) -> str:
    if not parts:
        return ""
    listed = ", ".join(f"({quoted(source)}, {quoted(month)})" for source, month in parts)
    return f" WHERE (x_Source, strftime(BillingPeriodStart, '%Y-%m')) IN ({listed})"


def _projection(rollup: Rollup, asked: Rolled) -> str:
    tag = TAG_COLUMN if rollup.by_tag else f"CAST(NULL AS VARCHAR) AS {TAG_COLUMN}"
    return ", ".join([*_columns(asked), "x_Rows", *_extremes(asked), *([tag] if asked.tag is not None else [])])


def _row_by_row(asked: Rolled) -> str:
    extremes = [f'"{EXTREMES[name][1]}" AS {name}' for name in _extremes(asked)]
    tag = [] if asked.tag is None else [f"{tag_value(asked.tag)} AS {TAG_COLUMN}"]
    return ", ".join([*_columns(asked), "CAST(1 AS BIGINT) AS x_Rows", *extremes, *tag])


def _columns(asked: Rolled) -> list[str]:
    names = sorted(asked.columns | {"ChargePeriodStart"} | (asked.measures & set(MEASURES)))
    return [f'"{name}"' for name in names]


def _extremes(asked: Rolled) -> list[str]:
    return [name for name in EXTREMES if name in asked.measures]


def tag_value(tag: str | None) -> str:
    """Return the SQL of a tag's value, as a question over raw rows reads it; NULL without one."""
    if tag is None:
        return "CAST(NULL AS VARCHAR)"
    pointer = "/" + tag.replace("~", "~0").replace("/", "~1")
    return f"json_extract_string(Tags, '{pointer.replace(chr(39), chr(39) * 2)}')"
