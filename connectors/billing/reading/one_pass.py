"""Read a bill once, batch by batch: count everything that is wrong or odd about it, add it up, and hand its rows on converted."""

from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from decimal import Decimal
from threading import local
from typing import Protocol

import duckdb
import numpy as np
import numpy.typing as npt

from connectors.billing.files.source import BillFile
from connectors.billing.reading.amounts import Amounts, read_amounts, read_beside, surely_broken
from connectors.billing.reading.arrow import Array, Batch, as_codes_if_repeating, as_text, pc
from connectors.billing.reading.batches import Doubtful, readable_by_arrow, text_batches
from connectors.billing.reading.contents import Contents
from connectors.billing.reading.groups import MAX_SOURCE, Groups, Spellings
from connectors.billing.reading.known import Coded, Column, Known, moments_of, query
from connectors.billing.reading.text_sums import BILLED, CostSums
from connectors.billing.sql.expressions import NULL_TEXT, Raw
from connectors.billing.sql.measures import (
    PAIRS,
    REFUSING,
    Measure,
    column_condition,
    condition,
    measures_of,
    never_null,
    raws_of,
)
from connectors.billing.sql.session import text
from finops.focus import BY_NAME, substitutes
from finops.query import COST_METRICS
from finops.tables import COST_COLUMNS, MAX_DECIMALS

__all__ = ["MAX_SOURCE", "REFUSING", "Checked", "Column", "Rows", "Sink", "check", "condition", "never_null", "raws_of"]

# A column with more different texts than this is converted anew in each batch: keeping them would fill the memory.
_MOST_KNOWN = 1 << 18
_PLACING = ("ProviderName", "BillingAccountId", "BillingPeriodStart", "BillingCurrency")
_MOST_SCALE = 64
_CONVERTING = 3
# Amounts a bill may carry rounded to whole numbers beside an exact BilledCost.
ROUNDABLE = ("EffectiveCost", "ListCost", "ContractedCost")
_SUBSTITUTED = ("ProviderName", "PublisherName")


@dataclass(slots=True)
class Checked:
    """The counts of one file. `sums` are its costs by source, month and currency, each added up from the text.

    `contents` are the numbers of the parts' rows (see `contents.py`), where there was a sink that took them.

    `broken` are sources and amount columns with a value that is no whole number, all but certainly all there are; `tags` are
    the different texts of Tags, None where they are too many to be known.
    """

    rows: int = 0
    counts: dict[Measure, int] = field(default_factory=dict[Measure, int])
    scales: dict[tuple[str, str], dict[str, int]] = field(default_factory=dict[tuple[str, str], dict[str, int]])
    part_rows: dict[tuple[str, str], int] = field(default_factory=dict[tuple[str, str], int])
    sums: dict[tuple[str, str, str], dict[str, Decimal]] = field(
        default_factory=dict[tuple[str, str, str], dict[str, Decimal]]
    )
    broken: set[tuple[str, str]] = field(default_factory=set[tuple[str, str]])
    tags: Array | None = None
    contents: dict[tuple[str, str], int] = field(default_factory=dict[tuple[str, str], int])

    def count(self, kind: str, column: str) -> int:
        """Return how many rows have this oddity in this column."""
        return self.counts.get((kind, column), 0)

    @property
    def refused(self) -> bool:
        """Whether something was counted that refuses the file."""
        return any(
            count and kind in REFUSING and never_null((kind, name)) for (kind, name), count in self.counts.items()
        )


@dataclass(frozen=True, slots=True)
class Rows:
    """A converted batch: the lake's columns that the file has, and for each row the number of its part.

    `sources` are the names of the sources, by number of part, as far as they are known.
    """

    columns: Mapping[str, Column]
    parts: npt.NDArray[np.int32]
    sources: tuple[str, ...]


class Sink(Protocol):
    """What takes converted rows, once each."""

    def add(self, rows: Rows) -> None:
        """Take a batch."""
        ...

    def clear(self) -> None:
        """Forget everything: the file is read again from its start."""
        ...


def check(
    connection: duckdb.DuckDBPyConnection,
    file: BillFile,
    source: str | None,
    sink: Sink | None = None,
    spellings: Spellings | None = None,
) -> Checked:
    """Read the file once and count its measures; every row goes to `sink` unless it is refused. `spellings` are of sources.

    Raises duckdb.Error where the file cannot be read to its end.
    """
    # Faults and oddities are found again by DuckDB: a name it cannot be given is refused before anything else.
    file.relation()
    if readable_by_arrow(file):
        try:
            return _Pass(connection, file, source, sink, spellings).run(arrow=True)
        except Doubtful:
            if sink is not None:
                sink.clear()
    return _Pass(connection, file, source, sink, spellings).run(arrow=False)


class _Pass:
    """One reading of one file."""

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        file: BillFile,
        source: str | None,
        sink: Sink | None,
        spellings: Spellings | None,
    ) -> None:
        self._connection, self._file, self._sink = connection, file, sink
        self._cursors = local()
        self._opened: list[duckdb.DuckDBPyConnection] = []
        self._pool = ThreadPoolExecutor(_CONVERTING)
        self._noting: Future[None] | None = None
        self._raws = raws_of(file)
        self._kinds = self._measured_kinds()
        self._known = {
            name: self._fresh(name) for name in self._raws if name in BY_NAME and not BY_NAME[name].is_metric
        }
        self._groups = Groups(source, spellings)
        self._costs = CostSums(self._raws)
        self._contents = Contents()
        self._amounts = [BILLED, *(name for name in self._raws if name != BILLED and _is_amount(name))]
        self._scales: dict[str, npt.NDArray[np.bool_]] = {}
        self._broken: dict[str, set[int]] = {name: set() for name in ROUNDABLE}
        self._result = Checked(counts=dict.fromkeys(measures_of(self._raws), 0))

    def _measured_kinds(self) -> dict[str, list[str]]:
        kinds: dict[str, list[str]] = {name: [] for name in self._raws}
        for kind, name in measures_of(self._raws):
            if kind != "ends_early":
                kinds[name].append(kind)
        return kinds

    def _fresh(self, name: str) -> Known:
        raw = Raw(name, "VARCHAR")
        return Known(raw, {kind: column_condition(kind, raw) for kind in self._kinds[name]})

    def run(self, *, arrow: bool) -> Checked:
        try:
            with text_batches(self._connection, self._file, arrow=arrow) as batches:
                for batch in batches:
                    if batch.num_rows:
                        self._take(batch)
                    # Gone before the next one is waited for.
                    del batch
            self._noted()
        finally:
            self._pool.shutdown()
            for cursor in self._opened:
                cursor.close()
        self._finish()
        return self._result

    def _take(self, batch: Batch) -> None:
        # Most of the work lets go of the interpreter: two columns at a time keep both it and the reader's core busy.
        coded = self._pool.map(self._converted, self._known, map(batch.column, self._known))
        amounts = self._amounts_of(batch)
        columns: dict[str, Column] = {name: one.values for name, one in amounts.items()}
        columns.update(zip(self._known, coded, strict=True))
        self._count_amounts(amounts)
        self._count_beyond(batch)
        self._count_early(columns)
        groups = self._grouped(columns, batch.num_rows)
        taken = self._sink is not None and not self._result.refused
        rows = self._rows(columns, groups, batch) if taken else None
        self._noted()
        self._noting = self._pool.submit(self._note, groups, amounts, rows, len(self._groups))
        self._result.rows += batch.num_rows
        if self._sink is not None and rows is not None:
            self._sink.add(rows)

    def _amounts_of(self, batch: Batch) -> dict[str, Amounts]:
        raws = self._raws
        billed = read_amounts(self._connected(), raws[BILLED], batch.column(BILLED))

        def read(name: str) -> Amounts:
            work = self._connected()
            if name in COST_METRICS and raws[name].type == raws[BILLED].type:
                return read_beside(work, raws[name], batch.column(name), billed)
            # The text of a cost is added up row by row; prices and quantities repeat.
            return read_amounts(work, raws[name], as_codes_if_repeating(batch.column(name)))

        others = self._amounts[1:]
        return {BILLED: billed, **dict(zip(others, self._pool.map(read, others), strict=True))}

    def _connected(self) -> duckdb.DuckDBPyConnection:
        """Return this thread's own cursor: one cannot be used by two at once."""
        if not hasattr(self._cursors, "own"):
            self._cursors.own = self._connection.cursor()
            self._cursors.own.execute("SET TimeZone = 'UTC'")
            self._opened.append(self._cursors.own)
        return self._cursors.own

    def _converted(self, name: str, column: Array) -> Column:
        known = self._known[name]
        wide = len(known) > _MOST_KNOWN and name not in _PLACING
        known = self._fresh(name) if wide else known
        coded = Coded(known, known.codes(self._connected(), column))
        for kind, flags in known.flags.items():
            if flags.any():
                # Each column counts under its own name, and one thread has it at a time.
                self._result.counts[kind, name] += int(np.count_nonzero(flags.take(coded.codes)))
        return coded.plain if wide else coded

    def _count_amounts(self, amounts: Mapping[str, Amounts]) -> None:
        for name, one in amounts.items():
            for kind, flags in (
                ("null", one.absent),
                ("null_text", one.null_text),
                ("bad_number", one.bad),
                ("too_fine", one.fine),
            ):
                if flags is not None and (kind, name) in self._result.counts:
                    self._result.counts[kind, name] += int(np.count_nonzero(flags))

    def _count_beyond(self, batch: Batch) -> None:
        for name in self._raws:
            if name not in BY_NAME and ("null_text", name) in self._result.counts:
                same = pc.equal(as_text(batch.column(name)), NULL_TEXT)
                self._result.counts["null_text", name] += pc.sum(same).as_py() or 0

    def _count_early(self, columns: Mapping[str, Column]) -> None:
        for last, first in PAIRS.items():
            if last in columns and first in columns:
                early = _moments(columns[last]) < _moments(columns[first])
                self._result.counts["ends_early", last] += int(np.count_nonzero(early))

    def _grouped(self, columns: Mapping[str, Column], rows: int) -> npt.NDArray[np.int32]:
        placing: list[Coded] = []
        for name in _PLACING:
            column = columns[next(one for one in (name, *substitutes(name)) if one in columns)]
            placing.append(column)
        return self._groups.of(placing, rows)

    def _note(
        self, groups: npt.NDArray[np.int32], amounts: Mapping[str, Amounts], rows: Rows | None, count: int
    ) -> None:
        """Note what a batch's amounts are and sum to, of `count` groups so far, while the next batch is converted."""
        self._note_scales(groups, amounts, count)
        self._note_broken(groups, amounts, count)
        self._costs.add(self._connected(), groups, amounts)
        if rows is not None:
            self._contents.add(self._connected(), rows.columns, rows.parts)

    def _noted(self) -> None:
        """Wait for the batch before: one at a time changes what is noted."""
        if self._noting is not None:
            self._noting.result()

    def _note_scales(self, groups: npt.NDArray[np.int32], amounts: Mapping[str, Amounts], count: int) -> None:
        first, size = groups.astype(np.int64) * _MOST_SCALE, count * _MOST_SCALE
        for name, one in amounts.items():
            code = first + np.clip(one.scales, 0, MAX_DECIMALS)
            seen = np.bincount(code[~one.absent] if one.absent.any() else code, minlength=size) > 0
            before = self._scales.get(name, np.zeros(0, bool))
            seen[: before.size] |= before
            self._scales[name] = seen

    def _note_broken(self, groups: npt.NDArray[np.int32], amounts: Mapping[str, Amounts], count: int) -> None:
        for name, found in self._broken.items():
            if name in amounts and len(found) < count:
                broken = np.zeros(count, bool)
                broken[groups[surely_broken(amounts[name].values)]] = True
                found.update(np.flatnonzero(broken).tolist())

    def _rows(self, columns: dict[str, Column], groups: npt.NDArray[np.int32], batch: Batch) -> Rows:
        found: dict[str, Column] = dict(columns)
        for name in _SUBSTITUTED:
            other = next((one for one in substitutes(name) if one in columns), None)
            if name not in columns and other is not None:
                found[name] = columns[other]
        extra = [name for name in self._raws if name not in BY_NAME]
        if extra:
            found["x_Columns"] = self._beyond(extra, batch)
        present = {name: found[name] for name in COST_COLUMNS if name in found}
        return Rows(present, self._groups.parts_of(groups), tuple(source for source, _ in self._groups.parts))

    def _beyond(self, extra: list[str], batch: Batch) -> Array:
        """Return a JSON object of the columns beyond FOCUS, row by row, and count them."""
        raws = [Raw(name, "VARCHAR") for name in extra]
        pairs = ", ".join(f"{text(raw.name)}, {raw.clean}" for raw in raws)
        texts = {name: as_text(batch.column(name)) for name in extra}
        return query(self._connected(), texts, [f"CAST(json_object({pairs}) AS VARCHAR)"])[0]

    def _finish(self) -> None:
        result = self._result
        tags = self._known.get("Tags")
        if tags is not None and len(tags) <= _MOST_KNOWN:
            result.tags = tags.values
        result.contents = {part: self._contents.of(number) for number, part in enumerate(self._groups.parts)}
        for number, (source, month, currency) in enumerate(self._groups.keys):
            part = (source, month)
            result.part_rows[part] = result.part_rows.get(part, 0) + self._groups.rows[number]
            result.broken |= {(source, name) for name, found in self._broken.items() if number in found}
            scales = result.scales.setdefault(part, {})
            for name, seen in self._scales.items():
                places = np.flatnonzero(seen[number * _MOST_SCALE : (number + 1) * _MOST_SCALE])
                if places.size:
                    scales[name] = max(scales.get(name, 0), int(places[-1]))
            result.sums[source, month, currency] = self._costs.by_group(number)


def _is_amount(name: str) -> bool:
    return name in BY_NAME and BY_NAME[name].is_metric


def _moments(column: Column) -> npt.NDArray[np.datetime64]:
    return column.known.moments.take(column.codes) if isinstance(column, Coded) else moments_of(column)
