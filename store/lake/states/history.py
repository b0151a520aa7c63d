"""What was loaded when: the states of the lake, and the one there was at a moment."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Literal

from finops.errors import BadInput
from finops.query import Frozen
from finops.relational import Table
from finops.tables import Part
from store.lake.layout import Layout, metadata_locations, snapshot_of
from store.lake.states.versions import Version, versions


class PartChange(Frozen):
    """What a load did to one part. The `before` are of what it replaced or of what was forgotten."""

    table: Table
    source: str
    month: str
    status: Literal["loaded", "replaced", "forgotten"]
    rows: int
    rows_before: int
    totals: dict[str, str]
    totals_before: dict[str, str]


class LakeState(Frozen):
    """One state of the lake: its id, when it was made (UTC), and what that load changed."""

    snapshot: str
    committed_at: datetime
    changes: tuple[PartChange, ...]


def history(home_lake: Path) -> list[LakeState]:
    """Return every state from the first load on."""
    layout = Layout(home_lake)
    states: list[LakeState] = []
    present: dict[Table, Version] = {}
    for load in _loads(layout, metadata_locations(layout)):
        changes = tuple(change for one in load for change in _changes(present.get(one.table), one))
        present |= {one.table: one for one in load}
        states.append(LakeState(snapshot=_snapshot(present), committed_at=load[0].at, changes=changes))
    return states


def state_as_of(
    layout: Layout, present: Mapping[Table, str], as_of: date | datetime, snapshot: str | None
) -> dict[Table, str]:
    """Return the metadata file of each table's state at a moment. Raises `BadInput` before the first load."""
    if snapshot is not None:
        raise BadInput("both a snapshot and a moment were named", fix="name one of them")
    loads = _loads(layout, present)
    limit = _limit(as_of)
    found: dict[Table, str] = {}
    for load in loads:
        if load[0].at <= limit:
            found |= {one.table: one.location for one in load}
    if found:
        return found
    if not loads:
        raise BadInput("nothing was loaded yet", fix="load a bill with `toll ingest PATH`")
    first = min(load[0].at for load in loads)
    day = as_of if not isinstance(as_of, datetime) else limit
    raise BadInput(
        f"nothing was loaded before {day.day} {day:%B %Y}",
        fix=f"the first load was on {first.day} {first:%B %Y at %H:%M} UTC",
    )


def _limit(as_of: date | datetime) -> datetime:
    if isinstance(as_of, datetime):
        return as_of.astimezone(UTC) if as_of.tzinfo else as_of.replace(tzinfo=UTC)
    return datetime.combine(as_of + timedelta(days=1), time(), UTC) - timedelta(microseconds=1)


def _loads(layout: Layout, present: Mapping[Table, str]) -> list[list[Version]]:
    """Return the loads in order, each with the table states it made."""
    loads: dict[str, list[Version]] = {}
    for table, location in present.items():
        for one in versions(layout, table, location):
            loads.setdefault(one.load, []).append(one)
    return sorted(loads.values(), key=lambda load: max(one.committed for one in load))


def _changes(before: Version | None, after: Version) -> list[PartChange]:
    earlier = {part.key: part for part in before.parts} if before else {}
    kept = {part.key for part in after.parts}
    gone = [_forgotten(after.table, part) for key, part in earlier.items() if key not in kept]
    return gone + [
        _change(after.table, earlier.get(part.key), part)
        for part in after.parts
        if _differs(earlier.get(part.key), part)
    ]


def _forgotten(table: Table, before: Part) -> PartChange:
    return PartChange(
        table=table, source=before.source, month=before.month, status="forgotten", rows=0, rows_before=before.rows,
        totals={}, totals_before=before.totals,
    )  # fmt: skip


def _differs(before: Part | None, after: Part) -> bool:
    return before is None or not after.same_as(before)


def _change(table: Table, before: Part | None, after: Part) -> PartChange:
    return PartChange(
        table=table, source=after.source, month=after.month, status="replaced" if before else "loaded", rows=after.rows,
        rows_before=before.rows if before else 0, totals=after.totals, totals_before=before.totals if before else {},
    )  # fmt: skip


def _snapshot(present: Mapping[Table, Version]) -> str:
    return snapshot_of({table: one.state for table, one in present.items()})
