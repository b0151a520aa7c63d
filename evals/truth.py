"""Truth computed apart from the product: DuckDB over the raw files' text. Imports no tool, no store, no connector."""

from decimal import Decimal
from pathlib import Path

import duckdb

from finops.errors import BadInput

Expected = frozenset[tuple[Decimal, str]]

# What a raw file writes where it has no value, beside nothing at all.
_NULLS = ("NULL", "")


class RawBill:
    """The raw text of one or more bills, as the view `bill`; `amount(x)` reads exact decimals."""

    def __init__(self, paths: list[Path]) -> None:
        self._connection = duckdb.connect()
        names = ", ".join(f"'{path}'" for path in paths)
        self._connection.execute("SET TimeZone = 'UTC'")
        self._connection.execute("CREATE MACRO amount(x) AS CAST(x AS DECIMAL(38,18))")
        reader = "read_parquet" if paths[0].suffix == ".parquet" else "read_csv"
        options = ", union_by_name = true" + (
            "" if reader == "read_parquet" else f", all_varchar = true, header = true, nullstr = {list(_NULLS)}"
        )
        self._connection.execute(f"CREATE VIEW bill AS SELECT * FROM {reader}([{names}]{options})")  # noqa: S608

    def expected(self, sql: str) -> Expected:
        """Return the values and units that `sql` finds; an empty truth is an error of the case."""
        rows: list[tuple[object, ...]] = self._connection.execute(sql).fetchall()
        if not rows or any(len(row) != 2 or row[0] is None for row in rows):
            raise BadInput(f"truth `{sql}` finds no value and unit", fix="select value and unit, for at least one row")
        return frozenset((Decimal(str(value)), str(unit)) for value, unit in rows)
