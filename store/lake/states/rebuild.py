"""Write the cached description of a table state, also where a load died before it could. Heavy: imports PyIceberg."""

from collections.abc import Sequence
from contextlib import closing

import duckdb

from finops.relational import Table
from finops.tables import SCHEMA_VERSION, Part
from store.lake.commit.iceberg import files_of, parts_of, static_table
from store.lake.completeness.days import curves, incomplete_days, open_months
from store.lake.completeness.sightings import sightings
from store.lake.engines.embedded import connect
from store.lake.layout import Layout
from store.lake.states.described import stored_manifest
from store.lake.states.manifest import DataFile, Manifest, StatePointer, write_json
from store.lake.states.profile import describe, inspect
from store.lake.states.versions import STATE, versions


def record(
    connection: duckdb.DuckDBPyConnection,
    layout: Layout,
    table: Table,
    *,
    metadata_location: str,
    snapshot_id: int,
    state: str,
    files: Sequence[str],
    parts: Sequence[Part],
) -> Manifest:
    """Write manifest and state pointer; the manifest last, since it is what a reader looks for."""
    known = {file.path: file for file in _before(layout, table, metadata_location)}
    looked = inspect(
        connection,
        layout,
        table,
        [layout.relative(path) for path in files],
        known=known,
        loaded_at={part.key: part.seen_at or part.loaded_at for part in parts},
    )
    earlier = curves(sightings(layout, metadata_location)) if table == "cost" else {}
    manifest = Manifest(
        table=table,
        state=state,
        snapshot_id=snapshot_id,
        schema_version=SCHEMA_VERSION,
        files=looked,
        info=describe(
            looked,
            parts,
            incomplete=incomplete_days(looked, earlier) if table == "cost" else (),
            open_months=open_months(looked) if table == "cost" else (),
        ),
    )
    write_json(layout.state(table, state), StatePointer(metadata_location=metadata_location))
    write_json(layout.manifest(metadata_location), manifest)
    return manifest


def _before(layout: Layout, table: Table, location: str) -> tuple[DataFile, ...]:
    """Return the files of what was described before, which need no second look."""
    earlier = [one for one in versions(layout, table, location) if one.location != location]
    manifest = stored_manifest(layout, earlier[-1].location) if earlier else None
    return manifest.files if manifest else ()


def rebuild(layout: Layout, table: Table, metadata_location: str) -> Manifest:
    """Read one state from Iceberg and write its description again."""
    iceberg = static_table(layout, metadata_location)
    snapshot = iceberg.current_snapshot()
    with closing(connect(layout.spill)) as connection:
        return record(
            connection,
            layout,
            table,
            metadata_location=metadata_location,
            snapshot_id=snapshot.snapshot_id if snapshot else 0,
            state=iceberg.properties.get(STATE, "0"),
            files=files_of(iceberg),
            parts=parts_of(iceberg),
        )
