"""The questions a store answers: filter, group, sum, quantile, count over a threshold. Judgement stays in the tools.

A `Question` has a shape (what is asked) apart from its values (what is asked for), so that a store can compile each shape once
and bind the values to it.
"""

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Literal

from finops.periods import Grain

Table = Literal["cost", "metrics"]
Scalar = str | int | Decimal | date | datetime
# `is` and `is_not` take several values; `is_not` keeps rows without a value; `contains` is case-blind.
Operator = Literal["is", "is_not", "contains", "missing", "present", "from", "before"]
Function = Literal["sum", "count", "min", "max", "distinct", "quantile", "count_over"]


@dataclass(frozen=True, slots=True)
class Key:
    """What to group or filter by: a column, a key inside a JSON column (`json_key`), or a time bucket (`grain`)."""

    column: str
    json_key: str | None = None
    grain: Grain | None = None

    @property
    def name(self) -> str:
        """Name of the column in the answer."""
        if self.json_key is not None:
            return f"{self.column}.{self.json_key}"
        return f"{self.column}.{self.grain}" if self.grain else self.column


@dataclass(frozen=True, slots=True)
class Condition:
    """One filter; conditions are joined with AND, the values of one with OR."""

    key: Key
    operator: Operator
    values: tuple[Scalar, ...] = ()


@dataclass(frozen=True, slots=True)
class Aggregate:
    """One column of the answer. `argument` is the quantile (0 to 1) or the threshold.

    Sums of DECIMAL columns are exact. `quantile` is the discrete one: a value that was measured, so that no float is averaged.
    """

    name: str
    function: Function
    column: str = ""
    argument: float | None = None


@dataclass(frozen=True, slots=True)
class Question:
    """One question to one table. Without keys the answer is one row; rows come ordered by their keys, absent ones last."""

    table: Table
    aggregates: tuple[Aggregate, ...]
    keys: tuple[Key, ...] = ()
    where: tuple[Condition, ...] = ()

    def shape(self) -> object:
        """Return everything but the values filtered by: what a compiled form depends on."""
        return (
            self.table,
            [(a.name, a.function, a.column, a.argument) for a in self.aggregates],
            [(k.column, k.json_key, k.grain) for k in self.keys],
            [
                (c.key.column, c.key.json_key, c.key.grain, c.operator, [type(v).__name__ for v in c.values])
                for c in self.where
            ],
        )

    def values(self) -> tuple[Scalar, ...]:
        """Return the values filtered by, in the order of the conditions."""
        return tuple(value for condition in self.where for value in condition.values)


@dataclass(frozen=True, slots=True)
class Rows:
    """An answer in full: exact Decimals, UTC dates, None where the data has no value."""

    columns: tuple[str, ...]
    rows: tuple[tuple[object, ...], ...]
    query: str = field(default="", compare=False)

    def column(self, name: str) -> list[object]:
        """Return one column's values."""
        index = self.columns.index(name)
        return [row[index] for row in self.rows]

    def records(self) -> list[dict[str, object]]:
        """Return each row as a mapping from column name to value."""
        return [dict(zip(self.columns, row, strict=True)) for row in self.rows]
