"""Compile a `Question` through Ibis into DuckDB SQL with its values as parameters.

Loaded only for a shape that was never compiled here: importing Ibis takes longer than answering. Each value enters the
expression as a sentinel text, cast to its column's type, and every sentinel becomes a parameter in the syntax tree.
"""

from functools import reduce
from typing import Any, cast

import ibis as untyped_ibis
import ibis.expr.types as ir
import sqlglot.expressions as sge
from ibis.backends.sql.compilers.duckdb import compiler

from finops.errors import UnknownName
from finops.periods import Grain
from finops.relational import Aggregate, Condition, Key, Question, Table
from finops.tables import TABLE_COLUMNS, SqlType

_IBIS: dict[SqlType, str] = {
    "VARCHAR": "string", "DECIMAL(38,18)": "decimal(38, 18)", "TIMESTAMP": "timestamp(6)", "DOUBLE": "float64", "INTEGER": "int32",
}  # fmt: skip
_UNITS: dict[Grain, Any] = {"day": "D", "week": "W", "month": "M", "quarter": "Q", "year": "Y"}
_SENTINEL = "toll:value:"
# Ibis carries no complete types: its edge is this module.
ibis = cast(Any, untyped_ibis)


@ibis.udf.scalar.builtin
def json_extract_string(document: str, pointer: str) -> str:  # pyright: ignore[reportReturnType]
    """Return the value a JSON pointer leads to as text, None where there is none."""


@ibis.udf.agg.builtin
def quantile_disc(values: float, share: float) -> float:  # pyright: ignore[reportReturnType]
    """Return the discrete quantile: one of the values."""


def compile_question(question: Question) -> tuple[str, tuple[int, ...]]:
    """Return the SQL and, for each parameter in order, the index of the value it takes. Raises `UnknownName` for a column."""
    table = ibis.table({name: _IBIS[kind] for name, kind in TABLE_COLUMNS[question.table].items()}, name=question.table)
    first = 0
    for condition in question.where:
        table = table.filter(_condition(question.table, table, condition, first))
        first += len(condition.values)
    keys = [_key(question.table, table, key).name(key.name) for key in question.keys]
    aggregates: list[Any] = []
    for one in question.aggregates:
        kept: list[Any] = []
        for condition in one.where:
            kept.append(_condition(question.table, table, condition, first))
            first += len(condition.values)
        aggregates.append(_aggregate(question.table, table, one, kept).name(one.name))
    answer: Any = table.aggregate(aggregates, by=keys) if keys else table.aggregate(aggregates)
    if keys:
        answer = answer.order_by([ibis.asc(key.name, nulls_first=False) for key in question.keys])
    return _with_parameters(compiler.to_sqlglot(answer))


def _with_parameters(tree: Any) -> tuple[str, tuple[int, ...]]:
    order: list[int] = []

    def replace(node: Any) -> Any:
        if isinstance(node, sge.Literal) and str(node.this).startswith(_SENTINEL):
            order.append(int(str(node.this).removeprefix(_SENTINEL)))
            return sge.Parameter(this=sge.Literal.number(len(order)))
        return node

    return tree.transform(replace).sql(dialect="duckdb"), tuple(order)


def _column(table: Table, relation: ir.Table, name: str) -> Any:
    if name not in TABLE_COLUMNS[table]:
        raise UnknownName("column", name, TABLE_COLUMNS[table])
    return relation[name]


def _key(table: Table, relation: ir.Table, key: Key) -> Any:
    if key.rules:
        return _virtual(table, relation, key)
    column = _column(table, relation, key.column)
    if key.json_key is not None:
        escaped = key.json_key.replace("~", "~0").replace("/", "~1")
        return json_extract_string(column, ibis.literal(f"/{escaped}"))
    return column.truncate(_UNITS[key.grain]).date() if key.grain else column


def _virtual(table: Table, relation: ir.Table, key: Key) -> Any:
    branches: list[Any] = []
    for rule in key.rules:
        value = ibis.literal(rule.value) if rule.copy is None else _key(table, relation, rule.copy)
        tests = [_compared(_key(table, relation, one.key), one, _literals(one)) for one in rule.where]
        tests += [value.notnull()] if rule.copy else []
        branches.append((_all_of(tests) if tests else ibis.literal(True), value))
    return ibis.cases(*branches, else_=ibis.null("string"))


def _literals(condition: Condition) -> list[Any]:
    return [ibis.literal(value) for value in condition.values]


def _value(key: Key, column: Any, index: int) -> Any:
    sentinel = ibis.literal(f"{_SENTINEL}{index}")
    return sentinel if column.type().is_string() else sentinel.cast("date" if key.grain else column.type())


def _condition(table: Table, relation: ir.Table, condition: Condition, first: int) -> Any:
    column = _key(table, relation, condition.key)
    return _compared(
        column, condition, [_value(condition.key, column, first + index) for index in range(len(condition.values))]
    )


def _compared(column: Any, condition: Condition, values: list[Any]) -> Any:
    match condition.operator:
        case "is":
            return column.isin(values)
        case "is_not":
            return ~column.isin(values) | column.isnull()
        case "contains":
            lowered = [value.cast("string").lower() for value in values]
            return _any_of([column.cast("string").lower().contains(value) for value in lowered])
        case "starts":
            return _any_of([column.cast("string").lower().startswith(value.cast("string").lower()) for value in values])
        case "missing":
            return column.isnull()
        case "present":
            return column.notnull()
        case "from":
            return column >= values[0]
        case "before":
            return column < values[0]
        case "through":
            return column <= values[0]


def _any_of(tests: list[Any]) -> Any:
    return reduce(lambda left, right: left | right, tests)


def _all_of(tests: list[Any]) -> Any:
    return reduce(lambda left, right: left & right, tests)


def _aggregate(table: Table, relation: ir.Table, aggregate: Aggregate, kept: list[Any]) -> Any:
    where = _all_of(kept) if kept else None
    if aggregate.function == "count" and not aggregate.column:
        return relation.count(where=where)
    column = _column(table, relation, aggregate.column)
    if aggregate.json_key is not None:
        column = _key(table, relation, Key(aggregate.column, aggregate.json_key)).try_cast("decimal(38, 18)")
    match aggregate.function:
        case "sum":
            # A sum of doubles depends on the order of the threads; as decimals it does not.
            return (column.cast("decimal(38, 6)") if column.type().is_floating() else column).sum(where=where)
        case "count":
            return column.count(where=where)
        case "min":
            return column.min(where=where)
        case "max":
            return column.max(where=where)
        case "distinct":
            return column.nunique(where=where)
        case "quantile":
            return quantile_disc(column, ibis.literal(aggregate.argument))
        case "count_over":
            return relation.count(where=column > ibis.literal(aggregate.argument))
