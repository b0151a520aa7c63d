"""Rows of an answer against the rows of a reference: the same ones, as often, in any order, to the last digit."""

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal, localcontext
from typing import cast

from finops.money import EXACT, plain, trimmed

Cells = tuple[str | None, ...]
_RATIO = "ratio:"
_ALSO = "also:"
_AMOUNTS = ("value", "compare", "change", "gross", "credits")
_OF_THE_ROW = ("bucket", "unit", *_AMOUNTS)
_SHOWN = 3


def reference_cells(rows: Sequence[Sequence[object]], columns: Sequence[str]) -> list[Cells]:
    """Return a reference's rows as text."""
    return [tuple(_cell(value, name) for value, name in zip(row, columns, strict=True)) for row in rows]


def result_cells(rows: Sequence[Mapping[str, object]], columns: Sequence[str]) -> list[Cells]:
    """Return the same columns of an answer's rows, the rest beyond `top` left out."""
    return [tuple(_cell(_at(row, name), name) for name in columns) for row in rows if not row.get("other")]


def table_faults(found: Sequence[Cells], true: Sequence[Cells]) -> Iterator[str]:
    """Yield a reason for rows that should not be there, and for rows that are not."""
    wrong, lacking = Counter(found) - Counter(true), Counter(true) - Counter(found)
    for word, rows in (("has", wrong), ("lacks", lacking)):
        if rows:
            shown = "; ".join(str(row) for row in sorted(rows, key=str)[:_SHOWN])
            yield f"{word} {rows.total()} rows of {len(true)} that {'are not true' if word == 'has' else 'are'}: {shown}"


def _at(row: Mapping[str, object], name: str) -> object:
    if name in _OF_THE_ROW:
        return row[name]
    if name.startswith((_ALSO, _RATIO)):
        cell = cast(Mapping[str, Mapping[str, object]], row["also"])[name.partition(":")[2]]
        return cell["value"] if cell["date"] is None else cell["date"]
    return cast(Mapping[str, object], row["group"])[name]


def _cell(value: object, name: str) -> str | None:
    """Return a value as text: a moment at midnight as its day, an amount without zeros at its end, a ratio with six digits."""
    if value is None:
        return None
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == datetime.min.time() else f"{value.isoformat()}Z"
    if isinstance(value, date):
        return value.isoformat()
    if name.startswith(_RATIO):
        # A rate over zero is none; DuckDB divides decimals as doubles and calls it NaN or infinite.
        ratio = float(str(value))
        return f"{ratio:.6g}" if math.isfinite(ratio) else None
    if isinstance(value, int | float | Decimal) or name in _AMOUNTS or name.startswith(_ALSO):
        return _number(str(value))
    return str(value)


def _number(text: str) -> str:
    try:
        with localcontext(EXACT):
            return plain(trimmed(Decimal(text)))
    except ArithmeticError:
        return text
