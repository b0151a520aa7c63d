"""Sums of a bill's costs from its text, made apart from the conversion they prove: digits added up as whole numbers.

Short plain numbers are taken apart by NumPy, a digit at a time for all rows together; everything else is added up by DuckDB.
"""

from collections.abc import Iterator, Mapping
from decimal import Decimal, localcontext

import duckdb
import numpy as np
import numpy.typing as npt

from connectors.billing.reading.amounts import Amounts
from connectors.billing.reading.arrow import Array, Integers, numbers, pa, pc
from connectors.billing.sql.expressions import Raw, bad_number, exponent
from finops.money import EXACT
from finops.query import COST_METRICS
from finops.tables import MAX_DECIMALS

BILLED = "BilledCost"
Groups = npt.NDArray[np.int32]
# A number written with more characters than this is left to DuckDB.
_SHORT = 28
# INVARIANT: so many digits of as many rows as a batch has stay below 2 to the 53rd, where doubles count exactly.
_LIMB, _MOST_ROWS = 9, 1 << 22
_MOST_PLACES = 4
_ZERO, _POINT, _MINUS = ord("0"), ord("."), ord("-")


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
    data, starts, ends = _bytes_of(texts)
    if not data.size:
        return []
    if len(texts) > _MOST_ROWS or int((ends - starts).max()) > _SHORT:
        return None
    point = numbers(pc.find_substring(texts, "."))
    places = np.where(point < 0, 0, ends - starts - point - 1)
    different = np.unique(places)
    if different.size > _MOST_PLACES:
        return None
    found: list[tuple[int, int, int]] = []
    for one in different.tolist():
        mine = places == one
        if mine.all():
            found += _summed(groups, data, starts, ends, one)
        else:
            found += _summed(groups[mine], data, starts[mine], ends[mine], one)
    return found


def _summed(
    groups: Groups, data: npt.NDArray[np.uint8], starts: Integers, ends: Integers, places: int
) -> list[tuple[int, int, int]]:
    """Add up rows of one number of decimals."""
    count = int(groups.max()) + 1
    negative = (data.take(np.minimum(starts, data.size - 1)) == _MINUS) & (ends > starts)
    totals = [0] * count
    for limb, part in enumerate(_limbs(data, starts, ends, places)):
        np.negative(part, out=part, where=negative)
        summed = np.bincount(groups, weights=part, minlength=count)
        scale = 10 ** (limb * _LIMB)
        totals = [total + int(one) * scale for total, one in zip(totals, summed.tolist(), strict=True)]
    present = np.flatnonzero(np.bincount(groups, minlength=count)).tolist()
    return [(group, places, totals[group]) for group in present]


def _limbs(
    data: npt.NDArray[np.uint8], starts: Integers, ends: Integers, places: int
) -> Iterator[npt.NDArray[np.float64]]:
    """Give the numbers nine digits at a time, the lowest first, read from their ends."""
    longest, shortest = int((ends - starts).max()), int((ends - starts).min())
    at, power = ends - 1, 0
    part = np.zeros(ends.size, np.int64)
    for back in range(longest):
        letters = data.take(at - back, mode="clip")
        if back >= shortest:
            letters = np.where(at - back >= starts, letters, _ZERO)
        if places and back == places:
            continue
        # A sign is no digit: what lies below the digits counts as nothing.
        digits = letters - np.uint8(_ZERO)
        digits[digits > 9] = 0
        part += digits * np.int64(10 ** (power % _LIMB))
        power += 1
        if power % _LIMB == 0:
            yield part.astype(np.float64)
            part = np.zeros(ends.size, np.int64)
    yield part.astype(np.float64)


def _bytes_of(texts: Array) -> tuple[npt.NDArray[np.uint8], Integers, Integers]:
    """Return the bytes of an array of texts and where each begins and ends in them."""
    offsets = np.frombuffer(texts.buffers()[1], dtype=np.int32)[texts.offset : texts.offset + len(texts) + 1].astype(
        np.int64
    )
    held = texts.buffers()[2]
    data = np.frombuffer(held, dtype=np.uint8) if held is not None else np.zeros(0, np.uint8)
    return data, offsets[:-1], offsets[1:]
