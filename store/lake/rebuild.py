"""Write the cached description of a table state, also where a load died before it could. Heavy: imports PyIceberg."""

from collections.abc import Sequence
from contextlib import closing

import duckdb

from finops.relational import Table
from finops.tables import Part
from store.lake.engine import connect
from store.lake.iceberg import STATE, files_of, parts_of, static_table
from store.lake.layout import Layout
from store.lake.manifest import Dimensions, Manifest, StatePointer, dimensions_path, write_json
from store.lake.profile import describe, dimensions


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
    """Write manifest, dimensions and state pointer; the manifest last, since it is what a reader looks for."""
    manifest = Manifest(
        table=table,
        state=state,
        snapshot_id=snapshot_id,
        files=tuple(files),
        info=describe(connection, table, files, parts),
    )
    path = layout.manifest(metadata_location)
    if table == "cost":
        write_json(dimensions_path(path), Dimensions(dimensions=dimensions(connection, layout, files)))
    write_json(layout.state(table, state), StatePointer(metadata_location=metadata_location))
    write_json(path, manifest)
    return manifest


def rebuild(layout: Layout, table: Table, metadata_location: str) -> Manifest:
    """Read one state from Iceberg and write its description again."""
    iceberg = static_table(metadata_location)
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


def find_state(layout: Layout, table: Table, state: str) -> tuple[str, Manifest] | None:
    """Look for a state among the table's metadata files, None where it never was."""
    for path in sorted((layout.warehouse / table / "metadata").glob("*.metadata.json")):
        if static_table(str(path)).properties.get(STATE) == state:
            return str(path), rebuild(layout, table, str(path))
    return None
