"""Read one state of the lake: its cached description and DuckDB over its files; nothing heavier unless the cache is gone."""

from collections.abc import Iterable
from datetime import date, datetime
from importlib import import_module
from pathlib import Path
from typing import Protocol, cast

import duckdb
from pydantic import ValidationError

from finops.errors import UnknownName
from finops.ports import DimensionInfo, TableInfo
from finops.relational import Question, Rows, Table
from finops.tables import Part
from store.lake.ask.plans import Plans, bound, heading
from store.lake.ask.prune import that_may_hold
from store.lake.ask.relations import files_relation
from store.lake.engines.embedded import EMBEDDED, DuckDb, open_engine
from store.lake.layout import EMPTY, TABLES, Layout, metadata_locations, snapshot_of
from store.lake.rollups.choose import Served, choose, relation_of
from store.lake.states.described import location_of, manifest_of
from store.lake.states.history import state_as_of
from store.lake.states.manifest import (
    DataFile,
    Dimensions,
    Manifest,
    Summaries,
    by_part,
    dimensions_path,
    part_id,
    summaries_path,
)
from store.lake.states.versions import version_at

StateKey = tuple[tuple[str, str, bool, bool], ...]
# So many answers of one row each are kept; a conversation asks a few dozen.
_MOST_TOTALS = 1_000


class _Describer(Protocol):
    def describe_dimensions(self, layout: Layout, manifest: Manifest, location: str) -> Dimensions: ...


class LakeHandle:
    """One state of the lake, both tables together; implements `finops.ports.DataHandle`."""

    def __init__(
        self, layout: Layout, plans: Path, manifests: dict[Table, tuple[str, Manifest]], engine: str = EMBEDDED
    ) -> None:
        self._layout = layout
        self._manifests = manifests
        self._dimensions: tuple[DimensionInfo, ...] | None = None
        self._summaries: Summaries | None = None
        self._totals: dict[Question, Rows] = {}
        self._parts: tuple[dict[str, tuple[str, str]], dict[tuple[str, str], list[DataFile]]] | None = None
        self._engine = open_engine(engine, layout.spill, {table: self.files(table) for table in manifests})
        self._plans = Plans(plans, self._engine.dialect)

    @property
    def snapshot(self) -> str:
        """Id of this state, derived from its content; `empty` where nothing is loaded."""
        return snapshot_of({table: manifest.state for table, (_, manifest) in self._manifests.items()})

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
        location, manifest = self._manifests["cost"]
        try:
            path = dimensions_path(self._layout.manifest(location))
            return Dimensions.model_validate_json(path.read_bytes()).dimensions
        except (FileNotFoundError, ValidationError):
            # A load whose roll-ups were not made yet.
            describer = cast(_Describer, import_module("store.lake.rollups.build"))
            return describer.describe_dimensions(self._layout, manifest, location).dimensions

    def ask(self, question: Question) -> Rows:
        """Answer one question, exactly and ordered by its keys. Raises `UnknownName` for a column that is none.

        It is answered from the smallest roll-ups that have what it asks for, where there are some: the digits are the same, and
        `query` says so.
        """
        if question.keys:
            return self._ask(question)
        # What a whole period holds is asked beside every grouping of it; a state never changes, so once is enough.
        if (known := self._totals.get(question)) is None:
            known = self._ask(question)
            if len(self._totals) < _MOST_TOTALS:
                self._totals[question] = known
        return known

    def _ask(self, question: Question) -> Rows:
        if isinstance(self._engine, DuckDb):
            served = self._served(question)
            rows = None if served is None else self._from_rollups(self._engine, question, served)
            return rows or self._from_rows(self._engine, question)
        plan = self._plans.plan(question)
        found = self._engine.run(question.table, plan.sql, bound(plan, question))
        return Rows(columns=heading(question), rows=tuple(found), query=plan.sql)

    def served_by(self, question: Question) -> tuple[str, ...]:
        """Return the roll-ups that answer a question, `rows` among them where some rows are read; only `rows` without any."""
        served = self._served(question) if isinstance(self._engine, DuckDb) else None
        return served.labels if served else ("rows",)

    def _served(self, question: Question) -> Served | None:
        summaries = self._load_summaries()
        if not summaries.batches or question.table != "cost":
            return None
        state, every = self._all_parts()
        wanted = by_part(self._asked(question)) if question.where else every
        return choose(question, state, wanted, summaries)

    def _all_parts(self) -> tuple[dict[str, tuple[str, str]], dict[tuple[str, str], list[DataFile]]]:
        """Return the parts by the id of their content, and the files by part."""
        if self._parts is None:
            every = by_part(self.data_files("cost"))
            self._parts = {part_id(files): key for key, files in every.items()}, every
        return self._parts

    def _from_rollups(self, engine: DuckDb, question: Question, served: Served) -> Rows | None:
        plan = self._plans.plan(served.rolled.question)
        try:
            over = relation_of(self._layout, served, engine.rollup)
            found = engine.run_over(over, "rollup", plan.sql, bound(plan, served.rolled.question))
        except (duckdb.IOException, duckdb.InvalidInputException):
            # A roll-up that is gone or damaged costs speed only: the rows answer.
            return None
        query = f"/* from roll-ups: {', '.join(served.labels)} */ {plan.sql}"
        return Rows(columns=heading(question), rows=served.rolled.rows(found), query=query)

    def _from_rows(self, engine: DuckDb, question: Question) -> Rows:
        plan = self._plans.plan(question)
        over = files_relation(self._layout.root, question.table, self._asked(question))
        found = engine.run_over(over, question.table, plan.sql, bound(plan, question))
        return Rows(columns=heading(question), rows=tuple(found), query=plan.sql)

    def _asked(self, question: Question) -> list[DataFile]:
        """Return the files that may hold rows the question asks about."""
        if question.table not in self._manifests:
            return []
        return that_may_hold(self._manifests[question.table][1].files, question)

    def _load_summaries(self) -> Summaries:
        if self._summaries is None:
            # Set once it is known: other threads ask meanwhile.
            self._summaries = self._read_summaries()
        return self._summaries

    def _read_summaries(self) -> Summaries:
        if "cost" in self._manifests:
            try:
                path = summaries_path(self._layout.manifest(self._manifests["cost"][0]))
                return Summaries.model_validate_json(path.read_bytes())
            except (FileNotFoundError, ValidationError):
                # None were made for this state yet; the rows answer.
                pass
        return Summaries(batches={})

    def prewarm(self, questions: Iterable[Question]) -> None:
        """Compile the shapes of these questions now, so that none of them waits for Ibis later."""
        for question in questions:
            served = self._served(question) if isinstance(self._engine, DuckDb) else None
            # Both: the same shape, at other bounds, may need the rows.
            self._plans.prewarm([question, served.rolled.question] if served else [question])

    def files(self, table: Table) -> tuple[str, ...]:
        """Return the Parquet files of a table in this state."""
        if table not in self._manifests:
            return ()
        return tuple(str(self._layout.root / file.path) for file in self._manifests[table][1].files)

    def data_files(self, table: Table) -> tuple[DataFile, ...]:
        """Return the Parquet files of a table in this state, with what is known of each."""
        return self._manifests[table][1].files if table in self._manifests else ()

    def parts(self, table: Table) -> tuple[Part, ...]:
        """Return the parts of a table in this state."""
        if table not in self._manifests:
            return ()
        version = version_at(self._layout, table, self._manifests[table][0])
        return version.parts if version else ()

    def _info(self, table: Table) -> TableInfo | None:
        return self._manifests[table][1].info if table in self._manifests else None


def state_key(home_lake: Path) -> StateKey:
    """Return what tells the present state from any other, and whether roll-ups and dimensions were made for it; reads one pointer and looks
    for two files a table.
    """
    layout = Layout(home_lake)
    found: list[tuple[str, str, bool, bool]] = []
    for table, location in metadata_locations(layout).items():
        manifest = layout.manifest(location)
        found.append((table, location, summaries_path(manifest).exists(), dimensions_path(manifest).exists()))
    return tuple(found)


def open_lake(
    home_lake: Path,
    plans: Path,
    *,
    snapshot: str | None = None,
    as_of: date | datetime | None = None,
    engine: str = EMBEDDED,
) -> LakeHandle:
    """Open the present state, the earlier one called `snapshot`, or the one there was at `as_of` (of a date: at its end, in UTC).

    Raises `UnknownName` for a snapshot that never was, `BadInput` for a moment before the first load or for both.
    `engine` is the address of what runs the questions; raises `BadInput` for one that is unknown.
    """
    layout = Layout(home_lake)
    locations = metadata_locations(layout)
    if as_of is not None:
        locations = state_as_of(layout, locations, as_of, snapshot)
    elif snapshot == EMPTY:
        locations = {}
    elif snapshot is not None:
        locations = _locations_of(layout, locations, snapshot)
    found: dict[Table, tuple[str, Manifest]] = {
        table: (location, manifest_of(layout, table, location)) for table, location in locations.items()
    }
    return LakeHandle(layout, plans, found, engine)


def _locations_of(layout: Layout, present: dict[Table, str], snapshot: str) -> dict[Table, str]:
    states = snapshot.split("-")
    if len(states) != 1 + len(TABLES) or states[0] != "lake" or not all(state.isalnum() for state in states):
        raise UnknownName("snapshot", snapshot, _known(layout, present))
    found: dict[Table, str] = {}
    for table, state in zip(TABLES, states[1:], strict=True):
        if state == "0":
            continue
        location = location_of(layout, table, state, present[table]) if table in present else None
        if location is None:
            raise UnknownName("snapshot", snapshot, _known(layout, present))
        found[table] = location
    return found


def _known(layout: Layout, present: dict[Table, str]) -> list[str]:
    return [snapshot_of({table: manifest_of(layout, table, location).state for table, location in present.items()})]
