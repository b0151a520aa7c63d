"""Import of utilisation metrics: CSV or Parquet with ResourceId, x_Metric, Timestamp, Value and x_StepSeconds."""

from collections.abc import Sequence
from pathlib import Path
from uuid import uuid4

import duckdb

from connectors.billing.files.source import SourceFile, open_file, rows_in
from connectors.billing.judged.faults import unreadable
from connectors.billing.sql.expressions import Raw, bad_moment
from connectors.billing.sql.session import files_text, quoted, session, text
from finops.errors import BadFile
from finops.tables import METRICS_COLUMNS, Part, StagedPart, merge_parts

FILE_COLUMNS = tuple(name for name in METRICS_COLUMNS if name != "x_Source")
# Metrics of one place replace each other by month; a place with several collectors names each by `--source`.
DEFAULT_SOURCE = "metrics"


def stage_metrics(paths: Sequence[Path], scratch: Path, *, source: str | None) -> tuple[StagedPart, ...]:
    """Check and convert metrics files into Parquet below `scratch`, by month. Raises `BadFile` for the first unusable one."""
    staged: dict[tuple[str, str], list[StagedPart]] = {}
    with session(scratch) as connection:
        for path in paths:
            file = open_file(connection, path)
            try:
                parts = _stage(connection, file, scratch, source or DEFAULT_SOURCE)
            except duckdb.Error as error:
                raise unreadable(connection, file, error) from error
            for one in parts:
                staged.setdefault(one.part.key, []).append(one)
    return tuple(
        StagedPart(
            part=merge_parts([one.part for one in group]), paths=tuple(path for one in group for path in one.paths)
        )
        for _, group in sorted(staged.items())
    )


def _stage(connection: duckdb.DuckDBPyConnection, file: SourceFile, scratch: Path, source: str) -> list[StagedPart]:
    missing = [name for name in FILE_COLUMNS if name not in file.types]
    if missing:
        listed = ", ".join(f"`{name}`" for name in missing)
        raise BadFile(f"metrics file `{file.name}` lacks {listed}", fix=f"its columns are {', '.join(FILE_COLUMNS)}")
    raws = {name: Raw(name, kind) for name, kind in file.types.items()}
    _refuse_bad_rows(connection, file, raws)
    folder = scratch / uuid4().hex
    folder.mkdir(parents=True)
    columns = ", ".join(
        f"CAST({_converted(name, raws, source)} AS {kind}) AS {quoted(name)}" for name, kind in METRICS_COLUMNS.items()
    )
    connection.execute(
        f"COPY (SELECT *, strftime(\"Timestamp\", '%Y-%m') AS m FROM (SELECT {columns} FROM {file.relation()}) "  # noqa: S608
        f'ORDER BY ResourceId, x_Metric, "Timestamp") TO {text(str(folder))} (FORMAT parquet, COMPRESSION zstd, PARTITION_BY (m))'
    )
    names = ", ".join(quoted(name) for name in METRICS_COLUMNS)
    rows = connection.execute(
        f"SELECT filename, strftime(\"Timestamp\", '%Y-%m') AS m, count(*), sum(CAST(hash({names}) AS HUGEINT)) "  # noqa: S608
        f"FROM read_parquet({files_text(folder)}, hive_partitioning = false, filename = true) GROUP BY ALL ORDER BY ALL"
    ).fetchall()
    return [
        StagedPart(
            part=Part(source=source, month=str(month), rows=int(count), content=f"{int(content):x}"), paths=(str(path),)
        )
        for path, month, count, content in rows
    ]


def _converted(name: str, raws: dict[str, Raw], source: str) -> str:
    if name == "x_Source":
        return text(source)
    return raws[name].moment if name == "Timestamp" else raws[name].clean


def _refuse_bad_rows(connection: duckdb.DuckDBPyConnection, file: SourceFile, raws: dict[str, Raw]) -> None:
    value, step = (raws[name].clean for name in ("Value", "x_StepSeconds"))
    faults = {
        "ResourceId": (f"{raws['ResourceId'].clean} IS NULL", "every row needs one"),
        "x_Metric": (f"{raws['x_Metric'].clean} IS NULL", "every row needs one, such as cpu_percent"),
        "Timestamp": (
            f"{raws['Timestamp'].clean} IS NULL OR {bad_moment(raws['Timestamp'])}",
            "write it as 2024-09-01T00:00:00Z, from 2000 to 2099",
        ),
        "Value": (
            f"NOT coalesce(isfinite(TRY_CAST({value} AS DOUBLE)), false)",
            "write a finite number, or leave the row out",
        ),
        "x_StepSeconds": (
            f"NOT coalesce(TRY_CAST({step} AS INTEGER) > 0, false)",
            "give the seconds between two samples",
        ),
    }
    select = ", ".join(f"count(*) FILTER ({where})" for where, _ in faults.values())
    counted = connection.execute(f"SELECT count(*), {select} FROM {file.relation()}").fetchall()[0]  # noqa: S608
    if not counted[0]:
        raise BadFile(f"`{file.name}` holds a header and no rows", fix="export a period that has samples")
    for (name, (where, fix)), count in zip(faults.items(), counted[1:], strict=True):
        if count:
            row = rows_in(connection, file, f"left({raws[name].as_text}, 60)", where, 1)[0]
            raise BadFile(f"`{file.name}` row {row[0]}: {name} `{row[1] or ''}` cannot be used", fix=fix)
