"""Read one state of the lake: its cached description and DuckDB over its files; nothing heavier unless the cache is gone."""

from collections.abc import Iterable
from importlib import import_module
from pathlib import Path
from typing import Protocol, cast

from finops.errors import UnknownName
from finops.ports import DimensionInfo, TableInfo
from finops.relational import Question, Rows, Table
from store.lake.engine import Engine
from store.lake.layout import TABLES, Layout, metadata_locations
from store.lake.manifest import Dimensions, Manifest, StatePointer, dimensions_path
from store.lake.plans import Plans, bound

EMPTY = "empty"


class _Rebuilder(Protocol):
    def rebuild(self, layout: Layout, table: Table, metadata_location: str) -> Manifest: ...
    def find_state(self, layout: Layout, table: Table, state: str) -> tuple[str, Manifest] | None: ...


class LakeHandle:
    """One state of the lake, both tables together; implements `finops.ports.DataHandle`."""

    def __init__(self, layout: Layout, plans: Path, manifests: dict[Table, tuple[str, Manifest]]) -> None:
        self._layout = layout
        self._manifests = manifests
        self._plans = Plans(plans)
        self._dimensions: tuple[DimensionInfo, ...] | None = None
        self._engine = Engine(layout.spill, {table: manifest.files for table, (_, manifest) in manifests.items()})

    @property
    def snapshot(self) -> str:
        """Id of this state, derived from its content; `empty` where nothing is loaded."""
        states = [self._state(table) for table in TABLES]
        return "-".join(("lake", *states)) if any(state != "0" for state in states) else EMPTY

    @property
    def cost(self) -> TableInfo | None:
        """What the cost table holds."""
        return self._info("cost")

    @property
    def metrics(self) -> TableInfo | None:
        """What the metrics table holds."""
        return self._info("metrics")

    @property
    def dimensions(self) -> tuple[DimensionInfo, ...]:
        """Every dimension that has a value, tags included, with its most frequent values."""
        if self._dimensions is None:
            self._dimensions = self._load_dimensions()
        return self._dimensions

    def _load_dimensions(self) -> tuple[DimensionInfo, ...]:
        if "cost" not in self._manifests:
            return ()
        location, _ = self._manifests["cost"]
        path = dimensions_path(self._layout.manifest(location))
        if not path.exists():
            _rebuilder().rebuild(self._layout, "cost", location)
        return Dimensions.model_validate_json(path.read_bytes()).dimensions

    def ask(self, question: Question) -> Rows:
        """Answer one question, exactly and ordered by its keys. Raises `UnknownName` for a column that is none."""
        plan = self._plans.plan(question)
        columns, rows = self._engine.run(question.table, plan.sql, bound(plan, question))
        return Rows(columns=columns, rows=tuple(rows), query=plan.sql)

    def prewarm(self, questions: Iterable[Question]) -> None:
        """Compile the shapes of these questions now, so that none of them waits for Ibis later."""
        self._plans.prewarm(questions)

    def files(self, table: Table) -> tuple[str, ...]:
        """Return the Parquet files of a table in this state."""
        return self._manifests[table][1].files if table in self._manifests else ()

    def _info(self, table: Table) -> TableInfo | None:
        return self._manifests[table][1].info if table in self._manifests else None

    def _state(self, table: Table) -> str:
        return self._manifests[table][1].state if table in self._manifests else "0"


def open_lake(home_lake: Path, plans: Path, *, snapshot: str | None = None) -> LakeHandle:
    """Open the present state, or the earlier one called `snapshot`; raises `UnknownName` for one that never was."""
    layout = Layout(home_lake)
    locations = metadata_locations(layout)
    if snapshot is None:
        found: dict[Table, tuple[str, Manifest]] = {
            table: (location, _manifest(layout, table, location)) for table, location in locations.items()
        }
        return LakeHandle(layout, plans, found)
    if snapshot == EMPTY:
        return LakeHandle(layout, plans, {})
    parts = snapshot.split("-")
    if len(parts) != 1 + len(TABLES) or parts[0] != "lake" or not all(part.isalnum() for part in parts):
        raise UnknownName("snapshot", snapshot, _known(layout, plans))
    manifests: dict[Table, tuple[str, Manifest]] = {}
    for table, state in zip(TABLES, parts[1:], strict=True):
        if state != "0":
            found_state = _of_state(layout, table, state) if table in locations else None
            if found_state is None:
                raise UnknownName("snapshot", snapshot, _known(layout, plans))
            manifests[table] = found_state
    return LakeHandle(layout, plans, manifests)


def _known(layout: Layout, plans: Path) -> list[str]:
    return [open_lake(layout.root, plans).snapshot]


def _manifest(layout: Layout, table: Table, location: str) -> Manifest:
    path = layout.manifest(location)
    if not path.exists():
        return _rebuilder().rebuild(layout, table, location)
    return Manifest.model_validate_json(path.read_bytes())


def _of_state(layout: Layout, table: Table, state: str) -> tuple[str, Manifest] | None:
    pointer = layout.state(table, state)
    if pointer.exists():
        location = StatePointer.model_validate_json(pointer.read_bytes()).metadata_location
        return location, _manifest(layout, table, location)
    return _rebuilder().find_state(layout, table, state)


def _rebuilder() -> _Rebuilder:
    # A load that died between its commit and its manifest: only then does reading open Iceberg.
    return cast(_Rebuilder, import_module("store.lake.rebuild"))
