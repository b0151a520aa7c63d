"""What is known of one table state without opening Iceberg: its files and what they hold, cached as JSON."""

import os
from pathlib import Path
from uuid import uuid4

from finops.ports import DimensionInfo, TableInfo
from finops.query import Frozen
from finops.relational import Table


class Manifest(Frozen):
    """One table state. `state` is derived from its content; `info` is None where it holds no rows."""

    table: Table
    state: str
    snapshot_id: int
    files: tuple[str, ...]
    info: TableInfo | None


class Dimensions(Frozen):
    """The dimensions of one cost table state, in a file of their own so that reading a total need not load them."""

    dimensions: tuple[DimensionInfo, ...]


class StatePointer(Frozen):
    """Where the manifest of a state is."""

    metadata_location: str


def dimensions_path(manifest: Path) -> Path:
    """Return the file beside a manifest that holds its dimensions."""
    return manifest.with_suffix(".dimensions.json")


def write_json(path: Path, value: Frozen) -> None:
    """Write a file whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{uuid4().hex}")
    with draft.open("w", encoding="utf-8") as stream:
        stream.write(value.model_dump_json())
        stream.flush()
        os.fsync(stream.fileno())
    draft.replace(path)
