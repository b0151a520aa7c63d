"""Amounts of a batch, converted by Arrow, which refuses what is not exact; what it does not take is judged by DuckDB."""

from dataclasses import dataclass, replace
from typing import TypeVar

import duckdb
import numpy as np
import numpy.typing as npt

from connectors.billing.reading.arrow import AMOUNT, Array, Flags, Integers, as_codes, as_text, numbers, pa, pc, whole
from connectors.billing.reading.known import query
from connectors.billing.sql.expressions import BLANKS, NULL_TEXT, Raw, bad_number, decimals, too_fine
from finops.tables import MAX_DECIMALS

_NINE = ord("9")


@dataclass(frozen=True, slots=True)
class Amounts:
    """One amount column of a batch: its values, their decimals as written, and which rows are odd.

    `texts` are those of the rows, or only the different ones where the batch came with a dictionary, which no cost does.
    """

    texts: Array
    values: Array
    scales: Integers
    absent: Flags
    null_text: Flags | None
    bad: Flags | None = None
    fine: Flags | None = None
    # Rows whose text is that of the amounts these were read beside; None where they were read by themselves.
    alike: Flags | None = None

    @property
    def plain(self) -> bool:
        """Whether every text is digits, a sign and a point, or absent."""
        return self.bad is None


def read_amounts(work: duckdb.DuckDBPyConnection, raw: Raw, column: Array) -> Amounts:
    """Convert a batch of amounts; texts that Arrow does not take as exact are judged by DuckDB."""
    column = whole(column)
    if pa.types.is_dictionary(column.type):
        encoded = as_codes(column)
        return _each(read_amounts(work, raw, encoded.dictionary), numbers(encoded.indices))
    texts = as_text(column)
    lengths = numbers(pc.binary_length(texts))
    absent, null_text = lengths == 0, None
    if not _digits_only(texts):
        null_text = np.asarray(pc.equal(texts, NULL_TEXT).to_numpy(zero_copy_only=False), bool)
        absent = absent | null_text
    clean = pc.if_else(pa.array(absent), pa.scalar(None, texts.type), texts) if absent.any() else texts
    if null_text is None or _digits_only(pc.fill_null(clean, "")):
        try:
            return Amounts(texts, pc.cast(clean, AMOUNT), _scales(clean, typed=raw.typed_digits), absent, null_text)
        except pa.ArrowInvalid:
            pass
    trimmed = pc.ascii_trim(texts, BLANKS)
    # What is blank alone is no value to trim: it is judged as it is.
    trimmed = pc.if_else(pc.equal(trimmed, ""), texts, trimmed)
    if not trimmed.equals(texts):
        return read_amounts(work, raw, trimmed)
    return _judged(work, raw, texts, absent, null_text)


def _each(different: Amounts, codes: Integers) -> Amounts:
    """Return amounts row by row from those of the different texts."""

    def rows(flags: Flags | None) -> Flags | None:
        return None if flags is None else flags.take(codes)

    at = pa.array(codes)
    return Amounts(
        different.texts, different.values.take(at), different.scales.take(codes), different.absent.take(codes),
        rows(different.null_text), rows(different.bad), rows(different.fine),
    )  # fmt: skip


def read_beside(work: duckdb.DuckDBPyConnection, raw: Raw, column: Array, beside: Amounts) -> Amounts:
    """Convert a batch of amounts of which most are written as those `beside` in the same row, converting the others only."""
    texts = as_text(column)
    alike = np.asarray(pc.equal(texts, beside.texts).to_numpy(zero_copy_only=False), bool)
    if not beside.plain or np.count_nonzero(alike) * 2 < alike.size:
        return read_amounts(work, raw, texts)
    if alike.all():
        return replace(beside, texts=texts, alike=alike)
    others = pa.array(~alike)
    own = read_amounts(work, raw, texts.filter(others))
    if not own.plain:
        return read_amounts(work, raw, texts)
    return Amounts(
        texts, pc.replace_with_mask(beside.values, others, own.values), _where(alike, beside.scales, own.scales),
        _where(alike, beside.absent, own.absent), _flags(alike, beside.null_text, own.null_text), alike=alike,
    )  # fmt: skip


Kept = TypeVar("Kept", bound=np.generic)


def _where(alike: Flags, beside: npt.NDArray[Kept], own: npt.NDArray[Kept]) -> npt.NDArray[Kept]:
    found = beside.astype(own.dtype)
    found[~alike] = own
    return found


def _flags(alike: Flags, beside: Flags | None, own: Flags | None) -> Flags | None:
    if beside is None and own is None:
        return None
    nothing = np.zeros(alike.size, bool)
    mine = nothing[~alike] if own is None else own
    return _where(alike, nothing if beside is None else beside, mine)


def _digits_only(texts: Array) -> bool:
    """Tell whether no character is beyond the digit nine: no letter, hence no exponent and no NULL; and no underscore."""
    if not len(texts):
        return True
    offsets = np.frombuffer(texts.buffers()[1], dtype=np.int32)[texts.offset : texts.offset + len(texts) + 1]
    start, end = int(offsets[0]), int(offsets[-1])
    return start == end or int(np.frombuffer(texts.buffers()[2], dtype=np.uint8)[start:end].max()) <= _NINE


def _scales(clean: Array, *, typed: bool) -> Integers:
    shown = pc.utf8_rtrim(clean, "0") if typed else clean
    point, length = (
        numbers(pc.fill_null(found, -1)) for found in (pc.find_substring(shown, "."), pc.binary_length(shown))
    )
    return np.where(point < 0, 0, length - point - 1)


def _judged(work: duckdb.DuckDBPyConnection, raw: Raw, texts: Array, absent: Flags, null_text: Flags | None) -> Amounts:
    raw = Raw(raw.name, raw.type, texts=True)
    found = query(work, {raw.name: texts}, [
        raw.number, f"coalesce({bad_number(raw)}, false)", f"coalesce({too_fine(raw)}, false)",
        f"coalesce({decimals(raw.clean, trim=raw.typed_digits)}, 0)",
    ])  # fmt: skip
    bad, fine = (np.asarray(column.to_numpy(zero_copy_only=False), bool) for column in found[1:3])
    return Amounts(texts, found[0].cast(AMOUNT), numbers(found[3]), absent, null_text, bad, fine)


def surely_broken(amounts: Array) -> Flags:
    """Tell which amounts are surely no whole numbers: those that the low bits of 10 to the 18th show, which is nearly all."""
    low = np.frombuffer(amounts.buffers()[1], dtype=np.uint64)[0::2][amounts.offset : amounts.offset + len(amounts)]
    return (low & ((1 << MAX_DECIMALS) - 1)) != 0
