"""Sums of a bill's costs from its text, made apart from the conversion they prove: digits added up as whole numbers.

Short plain numbers are taken apart by NumPy, eight digits at a time for all rows together; everything else is added up by DuckDB.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal, localcontext

import duckdb
import numpy as np
import numpy.typing as npt

from connectors.billing.reading.amounts import Amounts
from connectors.billing.reading.arrow import Array, Flags, Integers, pa
from connectors.billing.sql.expressions import Raw, bad_number, exponent
from finops.money import EXACT
from finops.query import COST_METRICS
from finops.tables import MAX_DECIMALS

BILLED = "BilledCost"
Groups = npt.NDArray[np.int32]
Bytes = npt.NDArray[np.uint8]
Words = npt.NDArray[np.uint64]
# A number written with more characters than this is left to DuckDB.
_SHORT = 28
# INVARIANT: so many digits of as many rows as a batch has stay below 2 to the 53rd, where doubles count exactly.
_AT_ONCE, _MOST_ROWS = 8, 1 << 22
_MOST_PLACES = 4
# So many rows at once stay in the processor's cache.
_SLICE = 1 << 14
_POINT, _MINUS, _PLUS, _NINE = map(ord, ".-+9")
# What is left of eight digits in a word without what makes them letters.
_VALUES = np.uint64(0x0F0F0F0F0F0F0F0F)
# How numbers of one, two and four digits in the parts of a word become numbers of twice as many.
_JOINED = tuple(
    (np.uint64((10**digits << 8 * digits) + 1), np.uint64(8 * digits), np.uint64(mask))
    for digits, mask in ((1, 0x00FF00FF00FF00FF), (2, 0x0000FFFF0000FFFF), (4, 0x00000000FFFFFFFF))
)


class CostSums:
    """The sums of every cost of a bill by group, from its text. A cost written as BilledCost in a row is not summed twice."""

    def __init__(self, raws: Mapping[str, Raw]) -> None:
        self._sums = {name: _TextSums(raws[name]) for name in sorted(COST_METRICS) if name in raws}

    def add(self, work: duckdb.DuckDBPyConnection, groups: Groups, amounts: Mapping[str, Amounts]) -> None:
        """Add a batch, each row to its group."""
        billed, of = amounts[BILLED], self._sums[BILLED].of
        whole = of(work, groups, billed.texts, plain=billed.plain)
        for name, sums in self._sums.items():
            one = amounts[name]
            if name == BILLED:
                sums.add(whole)
            elif one.alike is None:
                sums.add(sums.of(work, groups, one.texts, plain=one.plain))
            else:
                sums.add(whole)
                if not one.alike.all():
                    others, mine = pa.array(~one.alike), groups[~one.alike]
                    sums.add(of(work, mine, billed.texts.filter(others), plain=billed.plain), less=True)
                    sums.add(sums.of(work, mine, one.texts.filter(others), plain=one.plain))

    def by_group(self, group: int) -> dict[str, Decimal]:
        """Return each cost's sum of one group."""
        return {name: one.sums.get(group, Decimal(0)) for name, one in self._sums.items()}


class _TextSums:
    """The sums of one amount column by group."""

    def __init__(self, raw: Raw) -> None:
        self._raw = Raw(raw.name, "VARCHAR")
        self.sums: dict[int, Decimal] = {}

    def add(self, found: Mapping[int, Decimal], *, less: bool = False) -> None:
        """Add what a batch sums to, or take it off."""
        with localcontext(EXACT):
            for group, amount in found.items():
                self.sums[group] = self.sums.get(group, Decimal(0)) + (-amount if less else amount)

    def of(self, work: duckdb.DuckDBPyConnection, groups: Groups, texts: Array, *, plain: bool) -> dict[int, Decimal]:
        """Return what a batch sums to by group; `plain` says that every text is digits, a sign and a point, or absent."""
        rows = _digit_sums(groups, texts) if plain else None
        found: dict[int, Decimal] = {}
        with localcontext(EXACT):
            for group, places, digits in self._by_duckdb(work, groups, texts) if rows is None else rows:
                found[group] = found.get(group, Decimal(0)) + Decimal(digits or 0).scaleb(-int(places))
        return found

    def _by_duckdb(
        self, work: duckdb.DuckDBPyConnection, groups: Groups, texts: Array
    ) -> list[tuple[int, int, Decimal | int | None]]:
        work.register("fresh", pa.table({"g": groups, self._raw.name: texts}))
        clean = self._raw.clean
        whole, fraction = _whole_and_fraction(clean)
        rows: list[tuple[int, int, Decimal | int | None]] = []
        for group, first, second in work.execute(
            f"SELECT g, {whole}, {fraction} FROM fresh GROUP BY g"  # noqa: S608
        ).fetchall():
            rows += [(group, 0, first), (group, MAX_DECIMALS, second)]
        with localcontext(EXACT):
            for group, written, count in work.execute(
                f"SELECT g, {clean}, count(*) FROM fresh WHERE {exponent(clean)} "  # noqa: S608
                f"AND NOT {bad_number(self._raw)} GROUP BY ALL"
            ).fetchall():
                rows.append((group, 0, Decimal(str(written).strip()) * int(count)))
        work.unregister("fresh")
        return rows


def _whole_and_fraction(billed: str) -> tuple[str, str]:
    """Return the sums of whole parts and of fractions as integers."""
    plain = f"NOT {exponent(billed)}"
    fraction = f"TRY_CAST(rpad(rtrim(split_part({billed}, '.', 2)), {MAX_DECIMALS}, '0') AS HUGEINT)"
    sign = f"CASE WHEN starts_with(ltrim({billed}), '-') THEN -1 ELSE 1 END"
    return (
        f"sum(CASE WHEN {plain} THEN TRY_CAST(split_part({billed}, '.', 1) AS HUGEINT) END)",
        f"sum(CASE WHEN {plain} THEN {sign} * {fraction} END)",
    )


def _digit_sums(groups: Groups, texts: Array) -> list[tuple[int, int, int]] | None:
    """Return, by group and number of decimals, the sum of plain numbers without their point; None where that is not to be had."""
    if not len(texts):
        return []
    data, starts, ends = _bytes_of(texts)
    if len(texts) > _MOST_ROWS or int((ends - starts).max()) > _SHORT:
        return None
    # Before the first number too there is something to read.
    data = np.concatenate([np.zeros(_AT_ONCE, np.uint8), data])
    sums: dict[tuple[int, int], npt.NDArray[np.float64]] = {}
    size = int(groups.max()) + 1
    for start in range(0, len(texts), _SLICE):
        rows = slice(start, start + _SLICE)
        numbers = _Numbers.of(data, starts[rows] + _AT_ONCE, ends[rows] + _AT_ONCE)
        for places, chosen in numbers.by_places():
            for power, part in numbers.limbs(chosen, places):
                held = sums.setdefault((places, power), np.zeros(size))
                np.add(held, np.bincount(groups[rows][chosen], weights=part, minlength=size), out=held)
        if len({places for places, _ in sums}) > _MOST_PLACES:
            return None
    return [
        (group, places, int(one[group]) * 10**power)
        for (places, power), one in sums.items()
        for group in np.flatnonzero(one).tolist()
    ]


@dataclass(frozen=True, slots=True)
class _Numbers:
    """Plain numbers in a text: where each has its first digit, its point (its end where there is none) and its end.

    `data` begins with bytes of no number, so many as are read at once.
    """

    data: Bytes
    negative: Flags
    starts: Integers
    points: Integers
    ends: Integers

    @classmethod
    def of(cls, data: Bytes, starts: Integers, ends: Integers) -> "_Numbers":
        """Find signs and points. The text `NULL` is no number: it has no digits."""
        first = np.where(ends > starts, data.take(starts, mode="clip"), 0)
        negative = first == _MINUS
        starts = np.where(first > _NINE, ends, starts + (negative | (first == _PLUS)))
        return cls(data, negative, starts, cls._points(data, starts, ends), ends)

    @staticmethod
    def _points(data: Bytes, starts: Integers, ends: Integers) -> Integers:
        # A plain number has no more than one point, and most bills write every cost with the same number of decimals.
        at = int(ends[0]) - 1
        while at > starts[0] and data[at] != _POINT:
            at -= 1
        alike = ends - (int(ends[0]) - at)
        if bool((alike >= starts).all()) and bool((data.take(alike) == _POINT).all()):
            return alike
        points = ends.copy()
        for back in range(int((ends - starts).max())):
            place = ends - back - 1
            np.copyto(points, place, where=(data.take(place, mode="clip") == _POINT) & (place >= starts))
        return points

    def by_places(self) -> Iterator[tuple[int, Flags | slice]]:
        """Give each number of decimals that there is with the numbers that have it."""
        places = np.maximum(self.ends - self.points - 1, 0)
        different = np.flatnonzero(np.bincount(places)).tolist()
        for one in different:
            yield one, slice(None) if len(different) == 1 else places == one

    def limbs(self, chosen: Flags | slice, places: int) -> Iterator[tuple[int, npt.NDArray[np.float64]]]:
        """Give the chosen numbers, which have so many decimals, some digits at a time, each with the power of ten it counts by."""
        starts, points, ends = self.starts[chosen], self.points[chosen], self.ends[chosen]
        sign = np.where(self.negative[chosen], -1.0, 1.0)
        for done in range(0, places, _AT_ONCE):
            yield done, _number(self._digits(ends - done), min(places - done, _AT_ONCE)) * sign
        left = points - starts
        for done in range(0, int(left.max()), _AT_ONCE):
            count = np.minimum(np.maximum(left - done, 0), _AT_ONCE)
            yield places + done, _number(self._digits(points - done), count) * sign

    def _digits(self, ends: Integers) -> Words:
        """Return the eight digits before each of `ends`, a byte each, the last one the highest."""
        at_eight = np.ndarray((self.data.size - _AT_ONCE + 1,), "V8", self.data, strides=(1,))
        # The end of what has been read to its start may be before the first byte; of it no digit counts.
        return at_eight[np.maximum(ends - _AT_ONCE, 0)].view(np.uint64)


def _number(digits: Words, count: int | Integers) -> npt.NDArray[np.float64]:
    """Return what the last `count` of eight digits stand for, zero for none; the digits are used up."""
    digits &= _VALUES
    # A shift by the whole word is none; two shifts by half of it are.
    half = np.asarray((_AT_ONCE - count) * 4, np.uint64)
    for shift in (np.right_shift, np.left_shift):
        shift(digits, half, out=digits)
        shift(digits, half, out=digits)
    # Neighbours become one number in all parts of a word at once: digits pairs, pairs fours, fours the whole.
    for factor, places, mask in _JOINED:
        digits *= factor
        digits >>= places
        digits &= mask
    return digits.astype(np.float64)


def _bytes_of(texts: Array) -> tuple[Bytes, Integers, Integers]:
    """Return the bytes of an array of texts and where each begins and ends in them."""
    offsets = np.frombuffer(texts.buffers()[1], dtype=np.int32)[texts.offset : texts.offset + len(texts) + 1]
    held = texts.buffers()[2]
    data = np.frombuffer(held, dtype=np.uint8) if held is not None else np.zeros(0, np.uint8)
    return data, offsets[:-1], offsets[1:]
