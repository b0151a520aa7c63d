"""PyArrow as the import uses it; it ships no types, so its edge is here. Heavy: only loads and validation import it."""

from typing import Any, TypeAlias, cast

import numpy as np
import numpy.typing as npt
import pyarrow
import pyarrow.compute
import pyarrow.csv
import pyarrow.parquet

pa = cast(Any, pyarrow)
pc = cast(Any, pyarrow.compute)
csv = cast(Any, pyarrow.csv)
parquet = cast(Any, pyarrow.parquet)

# Arrow's usual pool gives memory back to the kernel between two batches, and asks for it again page by page; this one keeps it
# for so many milliseconds, in which several batches come and go, on a busy machine too.
_KEPT_FOR = 60_000
if "jemalloc" in pa.supported_memory_backends():
    pa.set_memory_pool(pa.jemalloc_memory_pool())
    pa.jemalloc_set_decay_ms(_KEPT_FOR)

# The share of different texts among the first so many from which a dictionary is not worth its while.
_SAMPLE, _VARIOUS = 4000, 0.3

Array: TypeAlias = Any
Batch: TypeAlias = Any
Buffer: TypeAlias = Any
Integers: TypeAlias = npt.NDArray[np.signedinteger[Any]]
Flags: TypeAlias = npt.NDArray[np.bool_]

TEXT = pa.string()
AMOUNT = pa.decimal128(38, 18)
MOMENT = pa.timestamp("us")
TYPES = {"VARCHAR": TEXT, "DECIMAL(38,18)": AMOUNT, "TIMESTAMP": MOMENT}


def whole(column: Array) -> Array:
    """Return a column in one piece."""
    if not isinstance(column, pa.ChunkedArray):
        return column
    return column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()


def as_text(column: Array) -> Array:
    """Return a column as plain text in one piece, absent values as empty text."""
    column = whole(column)
    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    if column.type != TEXT:
        column = column.cast(TEXT)
    return pc.fill_null(column, "") if column.null_count else column


def as_codes(column: Array) -> Array:
    """Return a text column as a dictionary of its different texts and a place for each row, absent values as empty text."""
    column = whole(column)
    if pa.types.is_dictionary(column.type) and not column.null_count:
        return column
    return as_text(column).dictionary_encode()


def as_codes_if_repeating(column: Array) -> Array:
    """Return a text column as a dictionary where the first of its texts repeat, so that each is converted once; else as it is."""
    first = column.slice(0, _SAMPLE)
    if pa.types.is_dictionary(column.type) or int(pc.count_distinct(first).as_py()) > len(first) * _VARIOUS:
        return column
    return as_codes(column)


def numbers(column: Array) -> Integers:
    """Return an integer column without nulls as NumPy has it."""
    return cast(Integers, whole(column).to_numpy(zero_copy_only=False))
