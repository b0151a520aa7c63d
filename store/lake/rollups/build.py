"""Make the roll-ups and the dimensions of the present state, after its commit: it is readable before, only slower."""

import fcntl
import shutil
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import duckdb

from finops.canonical import digest
from finops.query import Frozen
from store.lake.completeness.sightings import stored_summaries
from store.lake.engines.embedded import connect
from store.lake.layout import Layout, metadata_locations
from store.lake.rollups.summing import sum_batch
from store.lake.rollups.vocabulary import VALUES, dimensions
from store.lake.states.described import manifest_of
from store.lake.states.manifest import (
    DataFile,
    Dimensions,
    Manifest,
    Summaries,
    by_part,
    dimensions_path,
    part_id,
    summaries_path,
    write_json,
)

# Fewer rows than this are read row by row as fast.
LEAST_ROWS = 20_000
# Rows summed in one query: enough to make its own cost small, few enough for its groups to fit memory.
_BATCH_ROWS = 2_000_000
_MEMORY = "1GB"


class RollupReport(Frozen):
    """What `build_rollups` left: parts with roll-ups that it made now, and that are there in all, with their rows."""

    made: int
    parts: int
    files: int
    rows: int


def build_rollups(
    root: Path, *, least_rows: int = LEAST_ROWS, progress: Callable[[float], None] | None = None
) -> RollupReport:
    """Sum the parts of the present state that are not summed yet, and write its dimensions. May be called at any time.

    Readers see each part's roll-ups when all are done; a process that dies in between leaves what it finished, to be used by
    the next. `progress` is told the share done.
    """
    layout = Layout(root)
    location = metadata_locations(layout).get("cost")
    if location is None:
        return RollupReport(made=0, parts=0, files=0, rows=0)
    with layout.summaries_lock.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        for draft in layout.summaries.glob(".draft-*"):
            shutil.rmtree(draft, ignore_errors=True)
        manifest = manifest_of(layout, "cost", location)
        with closing(connect(layout.spill)) as connection:
            connection.execute(f"SET memory_limit = '{_MEMORY}'; SET preserve_insertion_order = false")
            made = _sum_missing(connection, layout, manifest, least_rows, progress or _silent)
            summaries = write_summaries(layout, manifest, location)
            write_dimensions(connection, layout, manifest, location)
    rolled = [one for one in summaries.batches.values() if one.rollups]
    return RollupReport(
        made=made,
        parts=sum(len(one.parts) for one in rolled),
        files=sum(len(one.rollups) for one in rolled),
        rows=sum(kept.rows for one in rolled for kept in one.rollups),
    )


def _sum_missing(
    connection: duckdb.DuckDBPyConnection,
    layout: Layout,
    manifest: Manifest,
    least_rows: int,
    progress: Callable[[float], None],
) -> int:
    done = {part for summary in stored_summaries(layout).values() for part in summary.parts}
    missing = {part_id(files): files for files in by_part(manifest.files).values()}
    missing = {identity: files for identity, files in missing.items() if identity not in done}
    total = sum(file.rows for files in missing.values() for file in files)
    summed = 0
    for batch in _batches(missing):
        files = [file for identity in batch for file in missing[identity]]
        sum_batch(connection, layout.root, files, layout.summaries / digest(sorted(batch))[:24], least_rows)
        summed += sum(file.rows for file in files)
        progress(summed / total)
    return len(missing)


def _batches(parts: dict[str, list[DataFile]]) -> list[list[str]]:
    """Return the parts put together, months in order, so that each batch has about as many rows as suits one query."""
    batches: list[list[str]] = []
    room = 0
    for identity, files in sorted(parts.items(), key=lambda one: (one[1][0].month, one[1][0].source)):
        rows = sum(file.rows for file in files)
        if rows > room:
            batches.append([])
            room = _BATCH_ROWS
        batches[-1].append(identity)
        room -= rows
    return batches


def write_summaries(layout: Layout, manifest: Manifest, location: str) -> Summaries:
    """Write which summaries hold a part of a state, by what is there."""
    parts = {part_id(files) for files in by_part(manifest.files).values()}
    found = {
        folder: summary.model_copy(update={"days": ()})
        for folder, summary in stored_summaries(layout).items()
        if parts & set(summary.parts)
    }
    summaries = Summaries(batches=found)
    write_json(summaries_path(layout.manifest(location)), summaries)
    return summaries


def write_dimensions(
    connection: duckdb.DuckDBPyConnection, layout: Layout, manifest: Manifest, location: str
) -> Dimensions:
    """Count the values of a state's dimensions, from its parts' own counts where they have some, and write them."""
    places = {
        part: layout.summaries / folder / VALUES
        for folder, summary in stored_summaries(layout).items()
        for part in summary.parts
        if (layout.summaries / folder / VALUES).exists()
    }
    counted: dict[Path, list[tuple[str, str]]] = {}
    others: list[DataFile] = []
    for key, files in by_part(manifest.files).items():
        place = places.get(part_id(files))
        if place is None:
            others += files
        else:
            counted.setdefault(place, []).append(key)
    found = Dimensions(dimensions=dimensions(connection, layout, others, counted))
    write_json(dimensions_path(layout.manifest(location)), found)
    return found


def describe_dimensions(layout: Layout, manifest: Manifest, location: str) -> Dimensions:
    """Write the dimensions of a state that nobody has described yet."""
    with closing(connect(layout.spill)) as connection:
        return write_dimensions(connection, layout, manifest, location)


def _silent(_share: float) -> None:
    """Show no progress."""
