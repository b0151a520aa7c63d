"""The questions a store answers: filter, group, sum, quantile, count over a threshold. Judgement stays in the tools.

A `Question` has a shape (what is asked) apart from its values (what is asked for), so that a store can compile each shape once
and bind the values to it.
"""

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Literal

from finops.periods import Grain

# `rollup` is cost summed beforehand: a store may answer from it what was asked of `cost`; nobody asks it by name.
Table = Literal["cost", "metrics", "rollup"]
Scalar = str | int | Decimal | date | datetime
# `is` and `is_not` take several values; `is_not` keeps rows without a value; `contains` and `starts` are case-blind;
# `from` is at least, `before` less than, `through` at most, `above` more than the one value given, or than the column `other`.
Operator = Literal["is", "is_not", "contains", "starts", "missing", "present", "from", "before", "through", "above"]
Function = Literal["sum", "count", "min", "max", "distinct", "quantile", "count_over"]


@dataclass(frozen=True, slots=True)
class Key:
    """What to group or filter by: a column, a key inside a JSON column (`json_key`), a time bucket (`grain`), or a virtual
    dimension (`rules`), whose name `column` then is: the value of the first rule that holds, None where none does.
    """

    column: str
    json_key: str | None = None
    grain: Grain | None = None
    rules: tuple["Rule", ...] = ()

    @property
    def name(self) -> str:
        """Name of the column in the answer."""
        if self.json_key is not None:
            return f"{self.column}.{self.json_key}"
        return f"{self.column}.{self.grain}" if self.grain else self.column


@dataclass(frozen=True, slots=True)
class Condition:
    """One filter; conditions are joined with AND, the values of one with OR. `other` stands in the place of a value."""

    key: Key
    operator: Operator
    values: tuple[Scalar, ...] = ()
    other: Key | None = None


@dataclass(frozen=True, slots=True)
class Rule:
    """One line of a virtual dimension: where all conditions hold, the value is `value`, or what the row has in `copy`.

    A rule that copies an absent value does not hold, so the next one is tried.
    """

    where: tuple[Condition, ...]
    value: str | None = None
    copy: Key | None = None


@dataclass(frozen=True, slots=True)
class Aggregate:
    """One column of the answer. `argument` is the quantile (0 to 1) or the threshold.

    Sums of DECIMAL columns are exact. `quantile` is the discrete one: a value that was measured, so that no float is averaged.
    `where` counts only the rows that it keeps. With `json_key` a sum is over the numbers under that key of a JSON column.
    """

    name: str
    function: Function
    column: str = ""
    argument: float | None = None
    json_key: str | None = None
    where: tuple[Condition, ...] = ()


REST = "toll_rest"


@dataclass(frozen=True, slots=True)
class Top:
    """Keep the `count` groups with the largest sum `by` (the name of an aggregate), ties by key; add up the rest.

    A group is the values of all keys that are not in `apart` (units) or `along` (time). Groups are ranked within each value of
    `apart`, by their sum over `along`; the others are merged into one row for each value of `apart` and `along`, whose other
    keys are None. The answer has one more column at its end, `REST`: true where a row is merged.
    """

    by: str
    count: int
    apart: tuple[Key, ...] = ()
    along: tuple[Key, ...] = ()


@dataclass(frozen=True, slots=True)
class Question:
    """One question to one table. Without keys the answer is one row; rows come ordered by their keys, absent ones last.

    With `top`, aggregates must be such as can be added up: sums, counts, min and max.
    """

    table: Table
    aggregates: tuple[Aggregate, ...]
    keys: tuple[Key, ...] = ()
    where: tuple[Condition, ...] = ()
    top: Top | None = None

    def shape(self) -> tuple[object, ...]:
        """Return everything but the values filtered by: what a compiled form depends on. A rule's values belong to the shape."""
        aggregates = [(a.name, a.function, a.column, a.argument, a.json_key, _tests(a.where)) for a in self.aggregates]
        shape = self.table, tuple(aggregates), tuple([_form(key) for key in self.keys]), _tests(self.where)
        top = self.top
        if top is None:
            return shape
        return (*shape, top.by, tuple([key.name for key in (*top.apart, *top.along)]), len(top.along))

    def values(self) -> tuple[Scalar, ...]:
        """Return the values: filtered by in the question's conditions, then in each aggregate's, in order; the top's count."""
        conditions = (*self.where, *(one for aggregate in self.aggregates for one in aggregate.where))
        values = tuple(value for condition in conditions for value in condition.values)
        return values if self.top is None else (*values, self.top.count)


def _tests(conditions: tuple[Condition, ...]) -> tuple[object, ...]:
    return tuple(
        [
            (
                _form(one.key),
                one.operator,
                one.other and _form(one.other),
                tuple([type(v).__name__ for v in one.values]),
            )
            for one in conditions
        ]
    )


def _form(key: Key) -> object:
    if not key.rules:
        return key.column, key.json_key, key.grain, ()
    rules = [
        (
            tuple([(_form(one.key), one.operator, one.values) for one in rule.where]),
            rule.value,
            rule.copy and _form(rule.copy),
        )
        for rule in key.rules
    ]
    return key.column, key.json_key, key.grain, tuple(rules)


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
