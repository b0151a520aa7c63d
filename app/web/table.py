"""A table as it is shown, and the same as CSV."""

import csv
import io
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Column:
    """One column; numeric ones are set right, in tabular numerals."""

    label: str
    numeric: bool = False


@dataclass(frozen=True, slots=True)
class Cell:
    """What a cell shows."""

    text: str


@dataclass(frozen=True, slots=True)
class Grid:
    """Columns, rows, and totals below them."""

    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    totals: tuple[tuple[Cell, ...], ...] = ()


def as_csv(table: Grid) -> str:
    """Return the table as CSV. A cell that a spreadsheet would run as a formula is set in quotes with an apostrophe."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([_inert(column.label) for column in table.columns])
    for row in (*table.rows, *table.totals):
        writer.writerow(
            [
                cell.text.replace(",", "") if column.numeric else _inert(cell.text)
                for cell, column in zip(row, table.columns, strict=True)
            ]
        )
    return out.getvalue()


def _inert(text: str) -> str:
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text
