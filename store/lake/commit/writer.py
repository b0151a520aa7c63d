"""Commit staged parts: replaced parts out and new ones in, both tables at once or not at all. Heavy: imports PyIceberg.

A load works on a copy of the catalogue and then renames it over the old one, so what a reader finds is either the state
before or the state after, and a crash in between leaves files that nothing refers to.
"""

import logging
import os
import sqlite3
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import duckdb
from pyiceberg.catalog.sql import SqlCatalog
from pyiceberg.table import Table as IcebergTable
from pyiceberg.table import Transaction

from finops.canonical import canonical
from finops.errors import BadInput, CheckFailed
from finops.periods import Period
from finops.relational import Table
from finops.tables import Part, StagedPart, state_of
from store.lake.commit.iceberg import DataFiles, files_of, missing_columns, open_catalogue, open_table, parts_of
from store.lake.commit.writing import Committed
from store.lake.completeness.days import FINAL
from store.lake.engines.embedded import connect
from store.lake.layout import TABLES, Layout, metadata_locations
from store.lake.rollups.build import write_summaries
from store.lake.states.rebuild import record
from store.lake.states.versions import AT, LOAD, PARTS, STATE, version_at

# It warns of each column of each file without extremes; staged text has none, by intent.
logging.getLogger("pyiceberg.io.pyarrow").setLevel(logging.ERROR)

# Iceberg names a table's earlier metadata in each new one, by default the last 100 only; history needs them all.
_KEPT_VERSIONS = {"write.metadata.previous-versions-max": "1000000"}


@dataclass(frozen=True, slots=True)
class _Load:
    """One load: its id, the same for both tables, and the moment it is made at."""

    id: str
    at: datetime


def commit(
    root: Path,
    staged: Mapping[Table, Sequence[StagedPart]],
    *,
    at: datetime | None = None,
    forget: Collection[tuple[str, str]] = (),
) -> tuple[Committed, ...]:
    """Make staged parts the lake's present state, within `writing`. Parts with the content they already have are left alone.

    A part that was still growing when it was last seen, and is the same now, is noted as seen, which makes no new state. Parts of
    the cost table in `forget`, by source and month, go; every earlier state keeps them. `at` is when the load is made, UTC: what
    history, completeness and `as_of` go by; this machine's clock where it is absent. Raises `BadInput` where it is a day before
    the last load, for what was known at a moment would then hold what came later.
    """
    layout = Layout(root)
    load = _Load(uuid4().hex, _dated(layout, (at or datetime.now(UTC)).astimezone(UTC)))
    present = _metadata_files(layout)
    _copy_catalogue(layout)
    catalogue = open_catalogue(layout, layout.staged_catalogue)
    moved: list[Path] = []
    try:
        done: list[Committed] = []
        changed: list[IcebergTable] = []
        for table in TABLES:
            gone = forget if table == "cost" else ()
            if staged.get(table) or gone:
                news = staged.get(table, ())
                found = _commit_table(catalogue, layout, table, news, moved=moved, load=load, forget=gone)
                done += found[0]
                changed += [found[1]] if found[1] is not None else []
    except BaseException:
        for path in moved:
            path.unlink(missing_ok=True)
        raise
    finally:
        catalogue.engine.dispose()
    if changed:
        _flush([*moved, *(_metadata_files(layout) - present)])
        _publish(layout)
        # The load is done: what describes it can be made again by whoever reads.
        with suppress(duckdb.Error, OSError):
            _describe(layout, changed)
    return tuple(done)


def _dated(layout: Layout, at: datetime) -> datetime:
    """Return when a load counts as made: never before the last one. A clock that went back within the day stood still."""
    versions = [version_at(layout, table, location) for table, location in metadata_locations(layout).items()]
    last = max((one.at for one in versions if one is not None), default=at)
    if at.date() < last.date():
        raise BadInput(
            f"this load is dated `{at:%Y-%m-%d}`, before the last one, of {last:%Y-%m-%d}",
            fix="set this machine's clock right",
        )
    return max(at, last)


def _metadata_files(layout: Layout) -> set[Path]:
    return {path for table in TABLES for path in (layout.warehouse / table / "metadata").glob("*")}


def _flush(paths: Iterable[Path]) -> None:
    """Have files, and the folders that name them, on the disk before anything refers to them."""
    listed = list(paths)
    for path in [*listed, *sorted({path.parent for path in listed})]:
        place = os.open(path, os.O_RDONLY)
        try:
            os.fsync(place)
        finally:
            os.close(place)


def _copy_catalogue(layout: Layout) -> None:
    if layout.catalogue.exists():
        with (
            closing(sqlite3.connect(layout.catalogue)) as present,
            closing(sqlite3.connect(layout.staged_catalogue)) as copy,
        ):
            present.backup(copy)


def _publish(layout: Layout) -> None:
    _flush([layout.staged_catalogue])
    layout.staged_catalogue.replace(layout.catalogue)
    _flush([layout.catalogue])


def _describe(layout: Layout, changed: Sequence[IcebergTable]) -> None:
    with closing(connect(layout.spill)) as connection:
        for iceberg in changed:
            snapshot = iceberg.current_snapshot()
            table: Table = "cost" if iceberg.name()[-1] == "cost" else "metrics"
            manifest = record(
                connection,
                layout,
                table,
                metadata_location=iceberg.metadata_location,
                snapshot_id=snapshot.snapshot_id if snapshot else 0,
                state=iceberg.properties[STATE],
                files=files_of(iceberg),
                parts=parts_of(iceberg),
            )
            if table == "cost":
                # The parts that stay keep their roll-ups; those of the new ones follow.
                write_summaries(layout, manifest, iceberg.metadata_location)


def _commit_table(
    catalogue: SqlCatalog,
    layout: Layout,
    table: Table,
    staged: Sequence[StagedPart],
    *,
    moved: list[Path],
    load: _Load,
    forget: Collection[tuple[str, str]],
) -> tuple[list[Committed], IcebergTable | None]:
    iceberg = open_table(catalogue, layout, table)
    present = {part.key: part for part in parts_of(iceberg)}
    done = [_status(table, one.part, present.get(one.part.key)) for one in staged]
    news = [one for one, result in zip(staged, done, strict=True) if result.status != "unchanged"]
    seen = [
        one.part.key for one in done if one.status == "unchanged" and _still_growing(table, present[one.part.key], load)
    ]
    loaded = {one.part.key: one.part.model_copy(update={"loaded_at": load.at}) for one in news}
    parts = {**present, **loaded, **{key: present[key].model_copy(update={"seen_at": load.at}) for key in seen}}
    left = [parts[key] for key in sorted(parts) if key not in forget]
    gone = {key for key in forget if key in present}
    if news or gone:
        _replace(iceberg, layout, table, news, parts=left, moved=moved, load=load, gone=gone)
    elif seen:
        with iceberg.transaction() as transaction:
            transaction.set_properties({PARTS: _described(left)})
    return done, iceberg if news or gone or seen else None


def _still_growing(table: Table, part: Part, load: _Load) -> bool:
    """Tell whether a part was last seen on an earlier day, and so early that it could still change."""
    last = part.seen_at or part.loaded_at
    if table != "cost" or last is None:
        return False
    return last.date() < load.at.date() and last.date() < Period.parse(part.month).end + timedelta(days=FINAL)


def _described(parts: Sequence[Part]) -> str:
    return canonical([part.model_dump(mode="json") for part in parts])


def _status(table: Table, part: Part, before: Part | None) -> Committed:
    if before is None:
        return Committed(table, part, "loaded")
    return Committed(table, part, "unchanged" if part.same_as(before) else "replaced", before)


def _replace(
    iceberg: IcebergTable,
    layout: Layout,
    table: Table,
    news: Sequence[StagedPart],
    *,
    parts: Sequence[Part],
    moved: list[Path],
    load: _Load,
    gone: Collection[tuple[str, str]],
) -> None:
    replaced = {*(one.part.key for one in news), *gone}
    keys = {(_months(month), source) for source, month in replaced}
    state = state_of(parts)
    tasks = list(iceberg.scan().plan_files()) if iceberg.current_snapshot() else []
    with iceberg.transaction() as transaction:
        _add_columns(transaction, iceberg, table)
        said = {PARTS: _described(parts), STATE: state, AT: load.at.isoformat(), LOAD: load.id}
        transaction.set_properties({**said, **_KEPT_VERSIONS})
        with transaction.update_snapshot(snapshot_properties={STATE: state}).overwrite() as producer:
            for task in tasks:
                if (task.file.partition[0], task.file.partition[1]) in keys:
                    producer.delete_data_file(task.file)
            files = DataFiles(iceberg.io, transaction.table_metadata)
            for one in news:
                for path in _into_warehouse(layout, table, one, moved):
                    file = files.described(str(path))
                    if (file.partition[0], file.partition[1]) != (_months(one.part.month), one.part.source):
                        raise CheckFailed(
                            f"`{path}` is not of {one.part.source} {one.part.month}", fix="report this as a bug"
                        )
                    producer.append_data_file(file)


def _add_columns(transaction: Transaction, iceberg: IcebergTable, table: Table) -> None:
    """Give a table made by an earlier version the columns that came since; its rows have no value in them."""
    missing = missing_columns(iceberg, table)
    if missing:
        with transaction.update_schema() as update:
            for name, kind in missing.items():
                update.add_column(name, kind)


def _into_warehouse(layout: Layout, table: Table, staged: StagedPart, moved: list[Path]) -> list[Path]:
    folder = layout.warehouse / table / "data" / staged.part.month
    folder.mkdir(parents=True, exist_ok=True)
    targets: list[Path] = []
    for path in staged.paths:
        target = folder / f"{uuid4().hex}.parquet"
        moved.append(target)
        Path(path).replace(target)
        targets.append(target)
    return targets


def _months(month: str) -> int:
    """Return a month as Iceberg's month transform counts: months since January 1970."""
    year, number = month.split("-")
    return (int(year) - 1970) * 12 + int(number) - 1
