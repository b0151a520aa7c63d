"""The description of a table state: from its cached file, or made again from Iceberg where that is gone."""

from importlib import import_module
from typing import Protocol, cast

from pydantic import ValidationError

from finops.relational import Table
from finops.tables import SCHEMA_VERSION
from store.lake.layout import Layout
from store.lake.states.manifest import Manifest, StatePointer
from store.lake.states.versions import versions


class _Rebuilder(Protocol):
    def rebuild(self, layout: Layout, table: Table, metadata_location: str) -> Manifest: ...


def stored_manifest(layout: Layout, location: str) -> Manifest | None:
    """Return the cached description, None where there is none of today's form."""
    try:
        found = Manifest.model_validate_json(layout.manifest(location).read_bytes())
    except (FileNotFoundError, ValidationError):
        return None
    # One written before months were kept is written again.
    whole = found.info is None or bool(found.info.months)
    return found if whole and found.schema_version == SCHEMA_VERSION else None


def manifest_of(layout: Layout, table: Table, location: str) -> Manifest:
    """Return the description of the state that a metadata file describes."""
    found = stored_manifest(layout, location)
    # A load that died between its commit and its manifest, or another version's: only then does reading open Iceberg.
    return found or cast(_Rebuilder, import_module("store.lake.states.rebuild")).rebuild(layout, table, location)


def location_of(layout: Layout, table: Table, state: str, present: str) -> str | None:
    """Return the metadata file of a state by its id, None where the table, presently at `present`, never was in it."""
    try:
        location = StatePointer.model_validate_json(layout.state(table, state).read_bytes()).metadata_location
        if layout.metadata(table, location).exists():
            return location
    except (FileNotFoundError, ValidationError):
        pass
    return next((one.location for one in versions(layout, table, present) if one.state == state), None)
