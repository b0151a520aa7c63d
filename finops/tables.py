"""The lake's tables as data: their columns, and what a loaded part of one says of itself.

A part is one source in one billing month: the unit that a later load replaces whole.
"""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal, localcontext
from typing import Literal

from pydantic import Field

from finops.canonical import digest
from finops.focus import COLUMNS, ColumnType
from finops.money import EXACT, plain, trimmed
from finops.query import Frozen
from finops.relational import Table

SqlType = Literal["VARCHAR", "DECIMAL(38,18)", "TIMESTAMP", "DOUBLE", "INTEGER"]
# 2: the columns of FOCUS 1.3 and 1.4, after those that version 1 had.
SCHEMA_VERSION = 2
MAX_DECIMALS = 18

_SQL: dict[ColumnType, SqlType] = {
    "String": "VARCHAR", "Decimal": "DECIMAL(38,18)", "Date/Time": "TIMESTAMP", "JSON": "VARCHAR",
}  # fmt: skip

# FOCUS 1.2, the source (provider/billing account), a JSON object of every column the bill has beyond FOCUS, then what later
# versions brought. INVARIANT: a column's place never changes, for a stored table's columns are known by it; new ones go last.
COST_COLUMNS: dict[str, SqlType] = {
    **{column.name: _SQL[column.type] for column in COLUMNS if column.since <= "1.2"},
    "x_Source": "VARCHAR", "x_Columns": "VARCHAR",
    **{column.name: _SQL[column.type] for column in COLUMNS if column.since > "1.2"},
}  # fmt: skip
METRICS_COLUMNS: dict[str, SqlType] = {
    "ResourceId": "VARCHAR", "x_Metric": "VARCHAR", "Timestamp": "TIMESTAMP", "Value": "DOUBLE",
    "x_StepSeconds": "INTEGER", "x_Source": "VARCHAR",
}  # fmt: skip
# A roll-up: cost columns, the rows summed, the extremes of what it cut to a day or a month, and one tag's value.
TAG_COLUMN = "x_Tag"
ROLLUP_COLUMNS: dict[str, SqlType] = {
    **COST_COLUMNS, "x_Rows": "INTEGER", "x_FirstStart": "TIMESTAMP", "x_LastStart": "TIMESTAMP",
    TAG_COLUMN: "VARCHAR",
}  # fmt: skip
TABLE_COLUMNS: dict[Table, dict[str, SqlType]] = {
    "cost": COST_COLUMNS, "metrics": METRICS_COLUMNS, "rollup": ROLLUP_COLUMNS,
}  # fmt: skip
# The moment that decides a row's month.
MONTH_COLUMN: dict[Table, str] = {"cost": "BillingPeriodStart", "metrics": "Timestamp"}


class LoadWarning(Frozen):
    """Something odd in a file that was loaded all the same."""

    code: str = Field(description="stable name of the kind of oddity, such as null_text")
    message: str
    rows: int = 0
    examples: tuple[str, ...] = ()
    file: str = ""


class Part(Frozen):
    """What one source in one month holds. `content` is the same for the same rows in any order.

    It is the sum of a hash of each row over all its values: it tells a reload of the same from a restatement. It is no
    seal, and another schema or version of DuckDB may give another, so that the next reload replaces what it need not.
    """

    source: str
    month: str = Field(pattern=r"^\d{4}-\d{2}$")
    rows: int
    content: str
    totals: dict[str, str] = Field(default={}, description="BilledCost by currency, exact")
    scales: dict[str, int] = Field(default={}, description="most decimals written, by metric")
    caveats: dict[str, tuple[str, ...]] = {}
    loaded_at: datetime | None = Field(default=None, description="when this content was loaded, UTC")
    seen_at: datetime | None = Field(default=None, description="when it was last loaded again unchanged, UTC")

    @property
    def key(self) -> tuple[str, str]:
        """What it replaces: source and month."""
        return self.source, self.month

    def same_as(self, other: "Part") -> bool:
        """Tell whether both hold the same rows."""
        return (self.rows, self.content, self.totals) == (other.rows, other.content, other.totals)


class StagedPart(Frozen):
    """A part whose Parquet files, with columns of the canonical schema, wait to be committed; a column without values may lack."""

    part: Part
    paths: tuple[str, ...]


def state_of(parts: Iterable[Part]) -> str:
    """Return the id of a table's content: equal for equal rows, whenever and wherever they were loaded."""
    contents = sorted((*part.key, part.rows, part.content) for part in parts)
    return digest([SCHEMA_VERSION, contents])[:12] if contents else "0"


def add_totals(totals: Iterable[dict[str, str]]) -> dict[str, str]:
    """Add amounts currency by currency, exactly."""
    result: dict[str, Decimal] = {}
    with localcontext(EXACT):
        for one in totals:
            for currency, amount in one.items():
                result[currency] = result.get(currency, Decimal(0)) + Decimal(amount)
    return {currency: exact_text(result[currency]) for currency in sorted(result)}


def exact_text(amount: Decimal) -> str:
    """Return an amount as text without zeros at its end, two decimals at least."""
    return plain(trimmed(amount))


def merge_parts(parts: list[Part]) -> Part:
    """Return one part for several of the same source and month."""
    first = parts[0]
    if len(parts) == 1:
        return first
    content = sum(int(part.content, 16) for part in parts)
    scales = {name: max(p.scales.get(name, 0) for p in parts) for name in sorted({n for p in parts for n in p.scales})}
    caveats = {
        name: tuple(sorted({text for p in parts for text in p.caveats.get(name, ())}))
        for name in sorted({n for p in parts for n in p.caveats})
    }
    return Part(
        source=first.source, month=first.month, rows=sum(p.rows for p in parts), content=f"{content:x}",
        totals=add_totals(p.totals for p in parts), scales=scales, caveats=caveats,
    )  # fmt: skip
