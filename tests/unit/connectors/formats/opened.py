"""Open an export in a test and read it as FOCUS rows."""

from collections.abc import Generator
from contextlib import contextmanager
from decimal import Decimal, localcontext
from pathlib import Path

import duckdb

from connectors.billing.files.source import ROW
from connectors.billing.formats import Bill, Format, open_bill
from connectors.billing.sql.session import session
from finops.money import EXACT


@contextmanager
def opened(path: Path, format: Format | None = None) -> Generator[tuple[duckdb.DuckDBPyConnection, Bill]]:  # noqa: A002
    """Open a file that is to be read through a mapping."""
    with session(path.parent) as connection:
        connection.execute("SET preserve_insertion_order = true")
        bill = open_bill(connection, path, format)
        assert isinstance(bill, Bill)
        yield connection, bill


def focus_rows(path: Path, format: Format | None = None) -> list[dict[str, str | None]]:  # noqa: A002
    """Return the file's rows as FOCUS columns of text, in their order."""
    with opened(path, format) as (connection, bill):
        element = ', "credit" NULLS FIRST' if "credit" in bill.types else ""
        rows = connection.execute(f'FROM {bill.numbered()} ORDER BY "{ROW}"{element}').fetchall()
        return [dict(zip((*bill.columns, ROW), row, strict=True)) for row in rows]


def column(path: Path, name: str) -> list[str | None]:
    """Return one column of a file's FOCUS rows."""
    return [row[name] for row in focus_rows(path)]


def total(path: Path, name: str) -> Decimal:
    """Return the exact sum of an amount over a file's FOCUS rows, added up in Python."""
    with localcontext(EXACT):
        return sum((Decimal(value) for value in column(path, name) if value is not None), Decimal(0))


def raw_total(path: Path) -> dict[str, Decimal]:
    """Return what a file says it sums to."""
    with opened(path) as (_, bill):
        return bill.raw_total()
