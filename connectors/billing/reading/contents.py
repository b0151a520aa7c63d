"""One number for the rows of a part: the same for the same rows, in whatever order, batches, files and encodings they come.

A row's number is DuckDB's hash of the exclusive or of its values' hashes, a part's the sum of its rows'. `row_hash` says it in
SQL, for files; `Contents` adds up the same from a bill's batches, where each different text is hashed once.
"""

from collections.abc import Iterable, Mapping
from typing import TypeAlias

import duckdb
import numpy as np
import numpy.typing as npt

from connectors.billing.reading.arrow import AMOUNT, Array, numbers, pc
from connectors.billing.reading.known import Coded, Column, Known, query
from connectors.billing.sql.session import quoted, text
from finops.tables import COST_COLUMNS

Hashes: TypeAlias = npt.NDArray[np.uint64]

# How DuckDB hashes a number and combines two hashes, and its hash of NULL; a test holds both against DuckDB.
_FACTOR, _HALF = np.uint64(0xD6E8FEB86659FD93), np.uint64(32)
_NULL = np.uint64(0xBF58476D1CE4E5B9)
_LOW = np.uint64(0xFFFFFFFF)


def row_hash(names: Iterable[str]) -> str:
    """Return a row's number as SQL over these cost columns; a column without a value counts as one that is not there."""
    found = "CAST(0 AS UBIGINT)"
    for name in names:
        found = f"xor({found}, {_value_hash(name, quoted(name))})"
    return f"hash({found})"


def _value_hash(name: str, value: str) -> str:
    """Return the hash of a value of a column as SQL, zero for none. The name comes first, so that two columns alike differ."""
    # DuckDB's hash forgets some differences in the last byte of each eight: a restated tag would go unnoticed. Moved on by one
    # byte, they are somewhere else. What is no text is combined once more too, or the name would fall out of an exclusive or.
    last = f"'x' || {value}" if COST_COLUMNS[name] == "VARCHAR" else "''"
    nothing = f"CAST(NULL AS {COST_COLUMNS[name]})"
    last_nothing = "CAST(NULL AS VARCHAR)" if COST_COLUMNS[name] == "VARCHAR" else "''"
    return f"xor(hash({text(name)}, {value}, {last}), hash({text(name)}, {nothing}, {last_nothing}))"


class Contents:
    """The numbers of a bill's parts, from its batches. One thread at a time adds to it."""

    def __init__(self) -> None:
        self._sums: dict[int, int] = {}
        self._tables: dict[tuple[str, Known], Hashes] = {}
        self._names: dict[str, np.uint64] = {}
        # Held, for memory that is asked for anew in each batch comes page by page.
        self._places = np.zeros(0, np.int64)
        self._held: tuple[Hashes, ...] = ()

    def of(self, part: int) -> int:
        """Return the number of a part."""
        return self._sums.get(part, 0)

    def add(self, work: duckdb.DuckDBPyConnection, columns: Mapping[str, Column], parts: npt.NDArray[np.int32]) -> None:
        """Add a batch, each row to its part."""
        if self._places.size < parts.size:
            self._places = np.zeros(parts.size, np.int64)
            self._held = tuple(np.zeros(parts.size, np.uint64) for _ in range(3))
        row, value, spare = (held[: parts.size] for held in self._held)
        places = self._places[: parts.size]
        row.fill(0)
        for name, column in columns.items():
            if isinstance(column, Coded):
                np.copyto(places, column.codes)
                np.take(self._table(work, name, column.known), places, out=value, mode="clip")
            elif column.type == AMOUNT:
                self._amounts(work, name, column, value, spare)
            else:
                value[:] = _hashes(work, name, column)
            np.bitwise_xor(row, value, out=row)
        _mix(row, spare)
        self._sum(row, spare, parts)

    def _sum(self, row: Hashes, spare: Hashes, parts: npt.NDArray[np.int32]) -> None:
        # INVARIANT: half a number of as many rows as a batch has stays below 2 to the 53rd, where doubles count exactly.
        np.bitwise_and(row, _LOW, out=spare)
        low = np.bincount(parts, weights=spare)
        np.right_shift(row, _HALF, out=spare)
        high = np.bincount(parts, weights=spare)
        for part in np.flatnonzero(np.bincount(parts)).tolist():
            self._sums[part] = self._sums.get(part, 0) + (int(high[part]) << 32) + int(low[part])

    def _table(self, work: duckdb.DuckDBPyConnection, name: str, known: Known) -> Hashes:
        """Return the hashes of the different values known of a column, of which only the new ones are looked at."""
        table = self._tables.get((name, known), np.zeros(0, np.uint64))
        if table.size < len(known):
            table = np.concatenate([table, _hashes(work, name, known.values.slice(table.size))])
            self._tables[name, known] = table
        return table

    def _amounts(self, work: duckdb.DuckDBPyConnection, name: str, column: Array, value: Hashes, spare: Hashes) -> None:
        """Put the hashes of a batch of amounts into `value`."""
        if name not in self._names:
            self._names[name] = np.uint64(work.execute(f"SELECT hash({text(name)})").fetchall()[0][0])
        words = np.frombuffer(column.buffers()[1], np.uint64)[2 * column.offset : 2 * (column.offset + len(column))]
        first = _combined(self._names[name])
        np.copyto(value, words[0::2])
        _mix(value, spare)
        # Most amounts fit the lower word, and the hash of nothing in the upper one is zero.
        large = np.flatnonzero(words[1::2])
        high = words[1::2].take(large)
        _mix(high, spare[: large.size])
        value[large] ^= high
        np.bitwise_xor(value, first, out=value)
        _combine(value, spare)
        np.bitwise_xor(value, _combined(first ^ _NULL), out=value)
        if column.null_count:
            value[np.asarray(pc.is_null(column).to_numpy(zero_copy_only=False), bool)] = 0


def _hashes(work: duckdb.DuckDBPyConnection, name: str, values: Array) -> Hashes:
    """Return the hash of each value."""
    return numbers(query(work, {"value": values}, [_value_hash(name, quoted("value"))])[0]).astype(np.uint64)


def _mix(numbers: Hashes, spare: Hashes) -> None:
    """Put DuckDB's hash of each number in its place."""
    for _ in range(2):
        _combine(numbers, spare)
    np.right_shift(numbers, _HALF, out=spare)
    np.bitwise_xor(numbers, spare, out=numbers)


def _combine(hashes: Hashes, spare: Hashes) -> None:
    """Make each hash ready to take in another by exclusive or."""
    np.right_shift(hashes, _HALF, out=spare)
    np.bitwise_xor(hashes, spare, out=hashes)
    np.multiply(hashes, _FACTOR, out=hashes)


def _combined(hash_: np.uint64) -> np.uint64:
    one = np.array([hash_], np.uint64)
    _combine(one, np.empty(1, np.uint64))
    return np.uint64(one[0])
