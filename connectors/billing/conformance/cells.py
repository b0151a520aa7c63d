"""A bill's columns as SQL expressions over the text of the file: what counts as no value, and the number or moment a text stands for."""

from dataclasses import dataclass

from connectors.billing.files.source import SourceFile
from connectors.billing.sql.session import quoted

NULL_TEXT = "NULL"
_NUMERIC = ("DECIMAL", "DOUBLE", "FLOAT", "TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UTINYINT", "USMALLINT", "UINTEGER",
    "UBIGINT", "UHUGEINT")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Cells:
    """The columns of one file. Each is named twice in `relation()`: `X` as cleaned text, `X raw` as the file has it."""

    file: SourceFile

    def has(self, column: str) -> bool:
        """Whether the file has the column."""
        return column in self.file.types

    def is_text(self, column: str) -> bool:
        """Whether the file holds the column as text, as all of a CSV is."""
        return self.file.types[column] == "VARCHAR"

    def is_numeric(self, column: str) -> bool:
        """Whether a Parquet file declares the column a number."""
        return self.file.types[column].startswith(_NUMERIC)

    def is_moment(self, column: str) -> bool:
        """Whether a Parquet file declares the column a date and time."""
        return self.file.types[column].startswith("TIMESTAMP")

    def is_nested(self, column: str) -> bool:
        """Whether a Parquet file declares the column a map or a record."""
        return self.file.types[column].startswith(("MAP", "STRUCT"))

    def cell(self, column: str) -> str:
        """Return the text of a cell; NULL where it is absent, empty or the word `NULL`."""
        return quoted(column)

    def raw(self, column: str) -> str:
        """Return the text of a cell as the file has it."""
        return quoted(f"{column} raw")

    def double(self, column: str) -> str:
        """Return the nearest double of a cell's number, NULL where it is none."""
        return f"TRY_CAST({self.cell(column)} AS DOUBLE)"

    def moment(self, column: str) -> str:
        """Return the moment of a cell, NULL where it is none; a text without zone is taken as UTC."""
        cell = self.cell(column)
        # Only the cast to TIMESTAMPTZ applies an offset; it is slow, so the usual forms pass it by.
        plain = f"length({cell}) = 19 OR (length({cell}) = 20 AND ends_with({cell}, 'Z'))"
        zoned = f"CAST(TRY_CAST({cell} AS TIMESTAMPTZ) AS TIMESTAMP)"
        return f"CASE WHEN {plain} THEN TRY_CAST({cell} AS TIMESTAMP) ELSE {zoned} END"

    def relation(self, *, numbered: bool = False) -> str:
        """Return the subquery of all cells; `numbered` adds `row number`, where the header is row 1."""
        select = [part for name in self.file.types for part in self._both(name)]
        if numbered:
            select.append(f"row_number() OVER () + 1 AS {quoted('row number')}")
        return f"(SELECT {', '.join(select)} FROM {self.file.relation()})"  # noqa: S608

    def _both(self, name: str) -> tuple[str, str]:
        column = quoted(name)
        raw = column if self.is_text(name) else f"CAST({column} AS VARCHAR)"
        raw = f"CAST(to_json({column}) AS VARCHAR)" if self.is_nested(name) else raw
        return f"nullif(nullif({raw}, ''), '{NULL_TEXT}') AS {column}", f"{raw} AS {quoted(f'{name} raw')}"
