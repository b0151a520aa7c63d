"""Amounts of a batch: converted by Arrow, which refuses what is not exact, and added up apart from that by DuckDB from the text."""

from dataclasses import dataclass
from decimal import Decimal, localcontext

import duckdb
import numpy as np
import numpy.typing as npt

from connectors.billing.arrow import AMOUNT, Array, Flags, Integers, as_text, numbers, pa, pc
from connectors.billing.expressions import BLANKS, NULL_TEXT, Raw, bad_number, decimals, exponent, too_fine
from connectors.billing.known import query
from finops.money import EXACT
from finops.tables import MAX_DECIMALS

# INVARIANT: HUGEINT holds 38 digits; a sum of so many shorter numbers stays below them.
_SHORT = 28
_NINE = ord("9")


@dataclass(frozen=True, slots=True)
class Amounts:
    """One amount column of a batch: its values, their decimals as written, and which rows are odd."""

    texts: Array
    values: Array
    scales: Integers
    absent: Flags
    null_text: Flags | None
    bad: Flags | None = None
    fine: Flags | None = None

    @property
    def plain(self) -> bool:
        """Whether every text is digits, a sign and a point, or absent."""
        return self.bad is None


def read_amounts(work: duckdb.DuckDBPyConnection, raw: Raw, column: Array) -> Amounts:
    """Convert a batch of amounts; texts that Arrow does not take as exact are judged by DuckDB."""
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


class TextSums:
    """The sums of an amount column by group, from its text: whole numbers added up, never the type they are compared with."""

    def __init__(self, raw: Raw) -> None:
        self._raw = Raw(raw.name, "VARCHAR")
        self.sums: dict[int, Decimal] = {}

    def add(self, work: duckdb.DuckDBPyConnection, groups: npt.NDArray[np.int32], amounts: Amounts) -> None:
        """Add a batch, each row to its group."""
        work.register("fresh", pa.table({"g": groups, self._raw.name: amounts.texts}))
        longest = pc.max(pc.binary_length(amounts.texts)).as_py() or 0
        rows = _short_sums(work, self._raw.name) if amounts.plain and longest <= _SHORT else self._long_sums(work)
        work.unregister("fresh")
        with localcontext(EXACT):
            for group, places, digits in rows:
                amount = Decimal(digits or 0).scaleb(-int(places))
                self.sums[group] = self.sums.get(group, Decimal(0)) + amount

    def _long_sums(self, work: duckdb.DuckDBPyConnection) -> list[tuple[int, int, Decimal | int | None]]:
        clean = self._raw.clean
        whole, fraction = _digits(clean)
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
        return rows


def _short_sums(work: duckdb.DuckDBPyConnection, name: str) -> list[tuple[int, int, Decimal | int | None]]:
    column = f'"{name}"'
    return work.execute(
        f"SELECT g, CASE WHEN contains({column}, '.') THEN length({column}) - instr({column}, '.') ELSE 0 END AS k, "  # noqa: S608
        f"sum(TRY_CAST(replace({column}, '.', '') AS HUGEINT)) FROM fresh GROUP BY g, k"
    ).fetchall()


def _digits(billed: str) -> tuple[str, str]:
    """Return the sums of whole parts and of fractions as integers."""
    plain = f"NOT {exponent(billed)}"
    fraction = f"TRY_CAST(rpad(rtrim(split_part({billed}, '.', 2)), {MAX_DECIMALS}, '0') AS HUGEINT)"
    sign = f"CASE WHEN starts_with(ltrim({billed}), '-') THEN -1 ELSE 1 END"
    return (
        f"sum(CASE WHEN {plain} THEN TRY_CAST(split_part({billed}, '.', 1) AS HUGEINT) END)",
        f"sum(CASE WHEN {plain} THEN {sign} * {fraction} END)",
    )
