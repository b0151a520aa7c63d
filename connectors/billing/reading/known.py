"""Convert a column once for each different text in it, and keep what each text became for the batches to come."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, cast

import duckdb
import numpy as np
import numpy.typing as npt

from connectors.billing.reading.arrow import (
    TEXT,
    TYPES,
    Array,
    Flags,
    Integers,
    as_codes,
    as_text,
    numbers,
    pa,
    pc,
    whole,
)
from connectors.billing.sql.expressions import Raw, converted
from connectors.billing.sql.session import quoted
from finops.tables import COST_COLUMNS


class Known:
    """The different texts of a column so far: what each becomes (`values`) and which conditions it meets (`flags`)."""

    def __init__(self, raw: Raw, conditions: dict[str, str]) -> None:
        self.raw = raw
        self.values: Array = pa.array([], TYPES[COST_COLUMNS[raw.name]])
        self.flags: dict[str, Flags] = {kind: np.zeros(0, bool) for kind in conditions}
        self._texts: Array = pa.array([], TEXT)
        self._conditions = conditions
        self._moments: npt.NDArray[np.datetime64] | None = None

    def __len__(self) -> int:
        return len(self._texts)

    def codes(self, work: duckdb.DuckDBPyConnection, column: Array) -> Integers:
        """Return for each row the place of its text, taking texts in that were not seen before."""
        if pa.types.is_dictionary(column.type):
            encoded = as_codes(column)
            return self._places(work, encoded.dictionary).take(numbers(encoded.indices))
        # Text in pieces stays so.
        plain = column.type == TEXT and not column.null_count
        return self._places(work, column if plain else as_text(column))

    def _places(self, work: duckdb.DuckDBPyConnection, texts: Array) -> Integers:
        places = pc.index_in(texts, value_set=self._texts)
        if places.null_count:
            self._learn(work, texts.filter(pc.is_null(places)).unique())
            places = pc.index_in(texts, value_set=self._texts)
        return numbers(places)

    def _learn(self, work: duckdb.DuckDBPyConnection, texts: Array) -> None:
        found = query(work, {self.raw.name: texts}, [
            f"CAST({converted(self.raw)} AS {COST_COLUMNS[self.raw.name]})",
            *(f"coalesce({condition}, false)" for condition in self._conditions.values()),
        ])  # fmt: skip
        self._texts = pa.concat_arrays([self._texts, texts])
        self.values = pa.concat_arrays([self.values, found[0]])
        for kind, column in zip(self.flags, found[1:], strict=True):
            self.flags[kind] = np.concatenate([self.flags[kind], cast(Flags, column.to_numpy(zero_copy_only=False))])
        self._moments = None

    @property
    def moments(self) -> npt.NDArray[np.datetime64]:
        """The values of a column of moments, NaT where there is none."""
        if self._moments is None:
            self._moments = moments_of(self.values)
        return self._moments


@dataclass(frozen=True)
class Coded:
    """One column of a batch: the texts known, and for each row the place of its own."""

    known: Known
    codes: Integers

    @cached_property
    def plain(self) -> Array:
        """The values row by row."""
        return self.known.values.take(pa.array(self.codes))


Column = Coded | Array


def moments_of(values: Array) -> npt.NDArray[np.datetime64]:
    """Return moments as NumPy has them, NaT where there is none."""
    return cast(npt.NDArray[np.datetime64], values.to_numpy(zero_copy_only=False)).astype("datetime64[us]")


def query(work: duckdb.DuckDBPyConnection, columns: dict[str, Array], select: Sequence[str]) -> list[Array]:
    """Return expressions over named columns of text, row by row."""
    size = len(next(iter(columns.values())))
    work.register("fresh", pa.table({**columns, " row": pa.array(np.arange(size))}))
    listed = ", ".join(f"{expression} AS c{number}" for number, expression in enumerate(select))
    sql = f"SELECT {listed} FROM fresh ORDER BY {quoted(' row')}"  # noqa: S608
    table = cast(Any, work.sql(sql)).to_arrow_table()
    work.unregister("fresh")
    return [_plain_text(whole(column)) for column in table.columns]


def _plain_text(column: Array) -> Array:
    return (
        column.cast(TEXT) if pa.types.is_large_string(column.type) or pa.types.is_string_view(column.type) else column
    )
