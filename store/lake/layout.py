"""Where the lake keeps its files, and the pointer to the present state, read without PyIceberg."""

import sqlite3
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from finops.relational import Table

NAMESPACE = "toll"
CATALOGUE = "catalogue.db"
TABLES: tuple[Table, ...] = ("cost", "metrics")
EMPTY = "empty"


@dataclass(frozen=True, slots=True)
class Layout:
    """The folders of a lake."""

    root: Path

    @property
    def catalogue(self) -> Path:
        """SQLite file of the Iceberg catalogue; replacing it whole is what makes a load visible."""
        return self.root / CATALOGUE

    @property
    def staged_catalogue(self) -> Path:
        """The copy a load works on until it is done."""
        return self.root / f"{CATALOGUE}.staged"

    @property
    def warehouse(self) -> Path:
        """Data and metadata of the tables."""
        return self.root / "warehouse"

    @property
    def scratch(self) -> Path:
        """Files of a load that is not committed yet."""
        return self.root / "scratch"

    @property
    def spill(self) -> Path:
        """Where DuckDB spills what does not fit memory."""
        return self.root / "spill"

    @property
    def lock(self) -> Path:
        """File whose lock the one writer holds."""
        return self.root / "write.lock"

    def manifest(self, metadata_location: str) -> Path:
        """Return the cached description of one table state, named by its Iceberg metadata file."""
        location = Path(metadata_location)
        return (
            self.root
            / "manifests"
            / f"{location.parent.parent.name}-{location.name.removesuffix('.metadata.json')}.json"
        )

    def state(self, table: Table, state: str) -> Path:
        """Return the pointer from a state's id to its manifest."""
        return self.root / "manifests" / f"{table}-state-{state}.json"

    def vocabulary(self) -> Path:
        """Return the folder of the counted dimension values, one Parquet file a load."""
        return self.root / "vocabulary"

    @property
    def summaries(self) -> Path:
        """Roll-ups: a folder for each part, named by its content; may be deleted, which costs speed only."""
        return self.root / "rollups"

    @property
    def summaries_lock(self) -> Path:
        """File whose lock the one maker of roll-ups holds."""
        return self.root / "rollups.lock"

    def metadata(self, table: Table, location: str) -> Path:
        """Return a table's metadata file as it lies in this lake, which may have moved since it was written."""
        return self.warehouse / table / "metadata" / Path(location).name

    def relative(self, path: str) -> str:
        """Return a data file's path from the root on; a path written when the lake lay elsewhere is taken by its end."""
        return path[path.rindex(f"/{self.warehouse.name}/") + 1 :]


def metadata_locations(layout: Layout) -> dict[Table, str]:
    """Return the metadata file of each table's present state, nothing for a table that does not exist yet."""
    if not layout.catalogue.exists():
        return {}
    with closing(sqlite3.connect(f"{layout.catalogue.absolute().as_uri()}?mode=ro", uri=True)) as connection:
        rows = connection.execute(
            "SELECT table_name, metadata_location FROM iceberg_tables WHERE table_namespace = ?", (NAMESPACE,)
        ).fetchall()
    found = {str(name): str(location) for name, location in rows}
    return {table: found[table] for table in TABLES if table in found}


def snapshot_of(states: Mapping[Table, str]) -> str:
    """Return the id of a state of the lake from those of its tables."""
    ids = [states.get(table, "0") for table in TABLES]
    return "-".join(("lake", *ids)) if any(state != "0" for state in ids) else EMPTY
