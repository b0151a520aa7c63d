"""What is known of one table state without opening Iceberg: its files and what they hold, cached as JSON."""

import os
from collections.abc import Iterable
from datetime import date, datetime
from pathlib import Path
from uuid import uuid4

from finops.canonical import digest
from finops.ports import DimensionInfo, TableInfo
from finops.query import Frozen
from finops.relational import Table
from finops.tables import SCHEMA_VERSION

# Raised where what a roll-up holds changes, so that those made before are made again.
SUMMARY_VERSION = 2


class DataFile(Frozen):
    """One Parquet file: whose part it is of, and what is known of its rows. The path is from the lake's root, so that it may move.

    `first` and `last` are the extremes of ChargePeriodStart (of Timestamp, for metrics), UTC; `loaded_at` is when it was last found so;
    `lacks` are the columns of today's schema that the file was written before; `invoiced` is whether every row has its InvoiceId;
    `missing` counts the rows without a cost, by metric.
    """

    path: str
    source: str
    month: str
    rows: int
    first: datetime | None
    last: datetime | None
    lacks: tuple[str, ...] = ()
    invoiced: bool = False
    loaded_at: datetime | None = None
    missing: dict[str, int] = {}

    @property
    def part(self) -> tuple[str, str]:
        """The part it is of: source and month."""
        return self.source, self.month


class Manifest(Frozen):
    """One table state. `state` is derived from its content; `info` is None where it holds no rows."""

    table: Table
    state: str
    snapshot_id: int
    schema_version: int
    files: tuple[DataFile, ...]
    info: TableInfo | None


class Kept(Frozen):
    """A roll-up that was kept: its name, the tag it is by, its rows."""

    name: str
    tag: str | None = None
    rows: int

    @property
    def label(self) -> str:
        """What it is called where a tag matters."""
        return self.name if self.tag is None else f"{self.name}[{self.tag}]"


class DayCost(Frozen):
    """Effective cost of usage of one part on one day, for completeness."""

    part: str
    day: date
    currency: str
    cost: str


class Summary(Frozen):
    """What was summed beforehand for some parts together, named by their ids."""

    parts: tuple[str, ...]
    rows: int
    rollups: tuple[Kept, ...]
    days: tuple[DayCost, ...] = ()


class Summaries(Frozen):
    """The summaries that hold a part of one cost table state, by the name of their folder."""

    batches: dict[str, Summary]


class Dimensions(Frozen):
    """The dimensions of one cost table state, in a file of their own so that reading a total need not load them."""

    dimensions: tuple[DimensionInfo, ...]


class StatePointer(Frozen):
    """Where the manifest of a state is."""

    metadata_location: str


def dimensions_path(manifest: Path) -> Path:
    """Return the file beside a manifest that holds its dimensions."""
    return manifest.with_suffix(".dimensions.json")


def summaries_path(manifest: Path) -> Path:
    """Return the file beside a manifest that says which roll-ups its parts have."""
    return manifest.with_suffix(".rollups.json")


def by_part(files: Iterable[DataFile]) -> dict[tuple[str, str], list[DataFile]]:
    """Group files by their part, in order."""
    parts: dict[tuple[str, str], list[DataFile]] = {}
    for file in sorted(files, key=lambda one: (one.source, one.month, one.path)):
        parts.setdefault(file.part, []).append(file)
    return parts


def part_id(files: Iterable[DataFile]) -> str:
    """Return the id of a part's content as stored: another load of it has other files."""
    return digest([SUMMARY_VERSION, SCHEMA_VERSION, sorted(file.path for file in files)])[:24]


def write_json(path: Path, value: Frozen) -> None:
    """Write a file whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{uuid4().hex}")
    with draft.open("w", encoding="utf-8") as stream:
        stream.write(value.model_dump_json())
        stream.flush()
        os.fsync(stream.fileno())
    draft.replace(path)
