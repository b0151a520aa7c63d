"""Collect converted rows and write them as Parquet in the lake's schema: row groups by part, in the order of their days."""

import os
from collections.abc import Collection, Mapping, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Thread
from typing import Any, cast
from uuid import uuid4

import numpy as np
import numpy.typing as npt

from connectors.billing.reading.arrow import TEXT, TYPES, Array, Flags, Integers, numbers, pa, parquet, pc
from connectors.billing.reading.known import Coded, Column, Known
from connectors.billing.reading.one_pass import Rows
from finops.query import COST_METRICS
from finops.tables import COST_COLUMNS

_COMPRESSION = "snappy"
# What may be held back: the more, the larger the row groups.
_MOST_BYTES = 224 << 20
# So many files are kept open at once; a bill of more parts gets several files for a part.
_MOST_OPEN = 400
_THREADS = 2
_SORTED_BY = "ChargePeriodStart"
# Least and most value are kept of what queries narrow down by; of text they would cost more than they save.
_MEASURED = tuple(name for name, kind in COST_COLUMNS.items() if kind != "VARCHAR" or name == "x_Source")
# Of so many times more values than rows, those that the rows have are found by the rows.
_SPARSE = 8
_SAMPLE = 1000
_SHARE = 0.5


class Staging:
    """Takes batches of rows and leaves Parquet files, each of one part, in a folder of its own below `scratch`."""

    def __init__(self, scratch: Path) -> None:
        self.folder = scratch / uuid4().hex
        self.folder.mkdir(parents=True)
        self._held: dict[str, list[Column]] = {}
        self._parts: list[npt.NDArray[np.int32]] = []
        self._sources: tuple[str, ...] = ()
        self._bytes = 0
        self._writers: dict[int, Any] = {}
        self._repeating: list[str] | None = None
        self._pool = ThreadPoolExecutor(_THREADS)
        self._writing: list[Future[None]] = []

    def add(self, rows: Rows) -> None:
        """Take a batch."""
        narrow = {name: _narrow(column) for name, column in rows.columns.items()}
        if self._parts and _shape(narrow) != {name: _known(columns[0]) for name, columns in self._held.items()}:
            self.flush()
            self._close()
        for name, column in narrow.items():
            self._held.setdefault(name, []).append(column)
            self._bytes += _size(column)
        self._parts.append(rows.parts)
        self._sources = rows.sources
        if self._bytes > _MOST_BYTES:
            self.flush()

    def clear(self) -> None:
        """Forget everything that was taken."""
        self._held, self._parts, self._bytes = {}, [], 0
        self._close()
        self._pool.shutdown()
        self._pool = ThreadPoolExecutor(_THREADS)
        for path in self.folder.glob("*.parquet"):
            path.unlink()

    def finish(self) -> Path:
        """Write what is left; return the folder."""
        self.flush()
        self._close()
        self._pool.shutdown()
        Thread(target=_settle, args=(sorted(self.folder.glob("*.parquet")),), daemon=True).start()
        return self.folder

    def _close(self) -> None:
        self._wait()
        for writer in self._writers.values():
            writer.close()
        self._writers.clear()

    def _wait(self) -> None:
        """Wait for what is being written: one lot at a time, so that no more is held than that and what comes after it."""
        writing, self._writing = self._writing, []
        for one in writing:
            one.result()

    def flush(self) -> None:
        """Write what is held back, a row group for each part, while the next batches are taken."""
        if not self._parts:
            return
        self._wait()
        if len(self._writers) > _MOST_OPEN:
            self._close()
        held, all_parts, sources = self._held, self._parts, self._sources
        self._held, self._parts, self._bytes = {}, [], 0
        parts = np.concatenate(all_parts)
        order = _order(parts, held.get(_SORTED_BY, []))
        ends = np.cumsum(np.bincount(parts))
        ordered = _Ordered.of(self._pool, held, order, sources)
        bounds = [
            (part, int(start), int(end)) for part, (start, end) in enumerate(zip([0, *ends[:-1]], ends, strict=True))
        ]
        self._writing = [self._pool.submit(self._write, ordered, *one) for one in bounds if one[1] < one[2]]

    def _write(self, rows: "_Ordered", part: int, start: int, end: int) -> None:
        table = rows.table(part, start, end)
        writer = self._writers.get(part)
        if writer is None:
            path = self.folder / f"{part}-{uuid4().hex[:8]}.parquet"
            if self._repeating is None:
                self._repeating = [name for name in table.column_names if _repeats(table.column(name))]
            writer = parquet.ParquetWriter(
                str(path), table.schema, compression=_COMPRESSION, store_schema=False, write_statistics=rows.measured(),
                use_dictionary=self._repeating,
            )  # fmt: skip
            self._writers[part] = writer
        writer.write_table(table, row_group_size=end - start)


def _settle(paths: Sequence[Path]) -> None:
    """Begin to have files on the disk while they are proven: a commit waits for the disk, and finds little left to wait for."""
    for path in paths:
        # What is gone was rewritten or refused; the commit sees to what it commits.
        with suppress(OSError), path.open("rb") as stream:
            os.fsync(stream.fileno())


@dataclass(frozen=True, slots=True)
class _Ordered:
    """Rows in the order of their parts."""

    columns: Mapping[str, "_LookedUp | Array"]
    sources: Sequence[str]

    @classmethod
    def of(
        cls,
        pool: Executor,
        held: dict[str, list[Column]],
        order: npt.NDArray[np.int64],
        sources: Sequence[str],
    ) -> "_Ordered":
        """Put what was held in order, a few columns at a time: what was held of them is free before the next take its place."""

        def gather(name: str) -> "_LookedUp | Array":
            return _looked_up(_gathered(held.pop(name), order))

        names = list(held)
        columns = dict(zip(names, pool.map(gather, names), strict=True))
        return cls(columns, sources)

    def table(self, part: int, start: int, end: int) -> Any:
        """Return the rows of one part, in those of the lake's columns that the bill has, and every cost."""
        found = {name: self._column(name, start, end) for name in COST_COLUMNS if name in self._names}
        zeros = pa.array(np.zeros(end - start, np.int32))
        found["x_Source"] = pa.DictionaryArray.from_arrays(zeros, pa.array([self.sources[part]], TEXT))
        return pa.table(found)

    def measured(self) -> list[str]:
        """Return the columns whose extremes and absent values are counted."""
        return [name for name in _MEASURED if name in self._names]

    @property
    def _names(self) -> Collection[str]:
        # How many rows lack a cost is read from the files' own counts.
        return self.columns.keys() | COST_METRICS | {"x_Source"}

    def _column(self, name: str, start: int, end: int) -> Array:
        column = self.columns.get(name)
        if column is None:
            return pa.nulls(end - start, TYPES[COST_COLUMNS[name]])
        return column.rows(start, end) if isinstance(column, _LookedUp) else column.slice(start, end - start)


def _narrow(column: Column) -> Column:
    """Return a column with places of as few bytes as they need."""
    if not isinstance(column, Coded):
        return column
    size = len(column.known)
    kind = np.uint8 if size <= 1 << 8 else np.uint16 if size <= 1 << 16 else np.int32
    return Coded(column.known, cast(Integers, column.codes.astype(kind)))


def _size(column: Column) -> int:
    return column.codes.nbytes if isinstance(column, Coded) else int(column.nbytes)


def _known(column: Column) -> Known | None:
    return column.known if isinstance(column, Coded) else None


def _shape(columns: Mapping[str, Column]) -> dict[str, Known | None]:
    return {name: _known(column) for name, column in columns.items()}


def _repeats(column: Array) -> bool:
    """Tell by the first values whether a dictionary is worth its while."""
    first = column.slice(0, _SAMPLE)
    return pa.types.is_dictionary(column.type) or int(pc.count_distinct(first).as_py()) <= len(first) * _SHARE


def _order(parts: npt.NDArray[np.int32], days: list[Column]) -> npt.NDArray[np.int64]:
    """Return the order of rows by part and, where it can be had cheaply, by the start of their charge period."""
    key, size = parts.astype(np.int64), int(parts.max()) + 1
    coded = [column for column in days if isinstance(column, Coded)]
    if coded and len(coded) == len(days):
        moments = coded[0].known.moments
        ranks = np.empty(moments.size, np.int64)
        ranks[np.argsort(moments, kind="stable")] = np.arange(moments.size)
        key = key * moments.size + ranks[np.concatenate([column.codes for column in coded])]
        size *= moments.size
    # NumPy sorts two bytes by radix, in one go.
    return np.argsort(key.astype(np.uint16) if size <= 1 << 16 else key, kind="stable")


def _gathered(columns: list[Column], order: npt.NDArray[np.int64]) -> Column:
    first = columns[0]
    if isinstance(first, Coded):
        codes = np.concatenate([column.codes for column in columns if isinstance(column, Coded)])
        return Coded(first.known, codes.take(order))
    return (
        pa.chunked_array(columns).combine_chunks().take(pa.array(order))
        if len(columns) > 1
        else first.take(pa.array(order))
    )


@dataclass(frozen=True, slots=True)
class _LookedUp:
    """A column as places in its different values, as they were when it was put in order: it may learn more meanwhile.

    `absent` tells which of the values are none.
    """

    values: Array
    absent: Flags
    codes: Integers

    def rows(self, start: int, end: int) -> Array:
        """Return some rows; text as a dictionary of the values that are among them."""
        codes = self.codes[start:end]
        if self.values.type != TEXT:
            return self.values.take(pa.array(codes))
        among, places = _different(codes, self.absent.size)
        gone, mask = self.absent.take(among), None
        if gone.any():
            mask = gone.take(places)
            places, among = (np.cumsum(~gone, dtype=np.int32) - 1).take(places), among[~gone]
        values = self.values if among.size == self.absent.size else self.values.take(pa.array(among))
        # Not checked again: every place is one of those looked up, or of a row without a value.
        return pa.DictionaryArray.from_arrays(pa.array(places, mask=mask), values, safe=False)


def _different(codes: Integers, size: int) -> tuple[Integers, npt.NDArray[np.int32]]:
    """Return the different codes, which are below `size`, and for each row the place of its own among them."""
    if size > codes.size * _SPARSE:
        encoded = pa.array(codes).dictionary_encode()
        return numbers(encoded.dictionary), cast(npt.NDArray[np.int32], numbers(encoded.indices))
    present = np.bincount(codes, minlength=size) > 0
    among = np.flatnonzero(present)
    if among.size == size:
        return among, codes.astype(np.int32)
    return among, (np.cumsum(present, dtype=np.int32) - 1).take(codes)


def _looked_up(column: Column) -> _LookedUp | Array:
    if not isinstance(column, Coded):
        return column
    values = column.known.values
    absent = np.asarray(pc.is_null(values).to_numpy(zero_copy_only=False), bool)
    return _LookedUp(values, absent, column.codes)
