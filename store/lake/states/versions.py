"""The states a table had, read from its Iceberg metadata files without PyIceberg."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import cast

from finops.relational import Table
from finops.tables import Part
from store.lake.layout import Layout

PARTS = "toll.parts"
STATE = "toll.state"
# When the load was made (the clock was handed in), and which load it was: one may change both tables.
AT = "toll.at"
LOAD = "toll.load"


@dataclass(frozen=True, slots=True)
class Version:
    """One state of one table. `committed` is Iceberg's own clock, which orders them; `at` is when the load says it was made."""

    table: Table
    location: str
    at: datetime
    committed: int
    load: str
    state: str
    parts: tuple[Part, ...]


def version_at(layout: Layout, table: Table, location: str) -> Version | None:
    """Return the one state that a metadata file describes."""
    return _version(table, location, _metadata(layout, table, location))


def _metadata(layout: Layout, table: Table, location: str) -> Mapping[str, object]:
    return cast(Mapping[str, object], json.loads(layout.metadata(table, location).read_bytes()))


def versions(layout: Layout, table: Table, location: str) -> list[Version]:
    """Return every state from the first to the one `location` describes; a change of schema alone is none."""
    found: list[Version] = []
    place: str | None = location
    while place is not None:
        if not layout.metadata(table, place).exists():
            break
        metadata = _metadata(layout, table, place)
        one = _version(table, place, metadata)
        if one is not None:
            found.append(one)
        log = cast(list[Mapping[str, object]], metadata.get("metadata-log") or [])
        place = str(log[-1]["metadata-file"]) if log else None
    found.reverse()
    return [
        one for before, one in zip([None, *found], found, strict=False) if before is None or before.load != one.load
    ]


def _version(table: Table, location: str, metadata: Mapping[str, object]) -> Version | None:
    properties = cast(Mapping[str, str], metadata.get("properties") or {})
    snapshots = cast(list[Mapping[str, object]], metadata.get("snapshots") or [])
    current = next((one for one in snapshots if one["snapshot-id"] == metadata.get("current-snapshot-id")), None)
    if current is None or STATE not in properties:
        return None
    committed = int(str(current["timestamp-ms"]))
    at = properties.get(AT)
    parts = cast(list[object], json.loads(properties.get(PARTS, "[]")))
    return Version(
        table=table,
        location=location,
        at=datetime.fromisoformat(at) if at else datetime.fromtimestamp(committed / 1000, UTC),
        committed=committed,
        load=properties.get(LOAD) or str(current["snapshot-id"]),
        state=properties[STATE],
        parts=tuple(Part.model_validate(one) for one in parts),
    )
