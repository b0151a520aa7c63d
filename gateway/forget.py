"""Take months of a source out of the cost data for a person; every earlier state keeps them."""

import re
from collections.abc import Callable
from typing import Literal, cast

from pydantic import JsonValue

from finops.errors import BadInput
from finops.people import Principal, require
from finops.ports import Clock
from finops.query import Frozen
from finops.tables import Part
from gateway.clock import clock_of
from gateway.home import Home
from store.lake.commit.writing import commit, writing
from store.lake.reader import open_lake

Audit = Callable[[Literal["forget.begun", "forget"], dict[str, JsonValue]], None]
"""Puts an event on record; `gateway.acting.audit_of_loads` gives one."""
_MONTH = re.compile(r"\d{4}-(0[1-9]|1[0-2])")


class Forgotten(Frozen):
    """The parts that go, and the states of the lake before and after; without a state after, nothing was changed."""

    parts: tuple[Part, ...]
    snapshot_before: str
    snapshot: str | None


def forgettable(home: Home, principal: Principal, *, source: str, month: str | None) -> Forgotten:
    """Return what `forget` would take out. Raises `BadInput` where nothing is loaded of that source and month."""
    require(principal, "ingest")
    lake = open_lake(home.lake, home.plans)
    return Forgotten(parts=_parts(home, source, month), snapshot_before=lake.snapshot, snapshot=None)


def forget(
    home: Home, principal: Principal, *, source: str, month: str | None, audit: Audit, clock: Clock | None = None
) -> Forgotten:
    """Take one month of a source out of the cost data, or all its months; earlier states stay and can be asked.

    `audit` is told before and after. Raises `Forbidden` without the role, `BadInput` where nothing is loaded of it.
    """
    require(principal, "ingest")
    with writing(home.lake):
        parts = _parts(home, source, month)
        before = open_lake(home.lake, home.plans).snapshot
        gone = cast(list[JsonValue], [f"cost {part.source} {part.month}" for part in parts])
        event: dict[str, JsonValue] = {"person": principal.name, "parts": gone, "snapshot_before": before}
        audit("forget.begun", event)
        commit(home.lake, {}, at=(clock or clock_of(home))(), forget=[part.key for part in parts])
    after = open_lake(home.lake, home.plans).snapshot
    audit("forget", {**event, "snapshot": after})
    return Forgotten(parts=parts, snapshot_before=before, snapshot=after)


def _parts(home: Home, source: str, month: str | None) -> tuple[Part, ...]:
    if month is not None and not _MONTH.fullmatch(month):
        raise BadInput(f"`{month}` is no month", fix="write it as 2026-01")
    loaded = open_lake(home.lake, home.plans).parts("cost")
    found = tuple(part for part in loaded if part.source == source and month in (None, part.month))
    if not found:
        known = ", ".join(f"`{one}`" for one in sorted({part.source for part in loaded})[:5])
        span = f" in {month}" if month else ""
        raise BadInput(
            f"nothing is loaded of source `{source}`{span}", fix=f"loaded are {known}" if known else "nothing is loaded"
        )
    return found
