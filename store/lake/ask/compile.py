"""Compile a `Question` through Ibis into the SQL of an engine, with its values as parameters.

Loaded only for a shape that was never compiled here: importing Ibis takes longer than answering. Each value enters the
expression as a call that no text of a user can look like, cast to its column's type, and becomes a parameter in the SQL.
"""

import json
import re
from decimal import Decimal
from functools import cache, reduce
from inspect import Parameter, Signature
from threading import Lock
from typing import Any, cast
from uuid import uuid4

import ibis as untyped_ibis
import sqlglot as untyped_sqlglot
import sqlglot.expressions as sge
from ibis.backends.sql import compilers
from ibis.backends.sql.compilers.base import SQLGlotCompiler
from ibis.backends.sql.compilers.pyspark import PySparkCompiler

from finops.errors import UnknownName
from finops.relational import REST, Aggregate, Condition, Function, Key, Question, Top
from finops.tables import TABLE_COLUMNS, SqlType
from store.lake.ask.dialects import ARGUMENTS, SPELLINGS
from store.lake.ask.plans import Plan, bound
from store.lake.engines.embedded import Dialect

_IBIS: dict[SqlType, str] = {
    "VARCHAR": "string", "DECIMAL(38,18)": "decimal(38, 18)", "TIMESTAMP": "timestamp(6)", "DOUBLE": "float64", "INTEGER": "int32",
}  # fmt: skip
# Ibis keeps what it compared by the objects' addresses, unguarded: two threads that compile at once leave entries of objects that are
# gone, and another one at such an address would be taken for equal.
_COMPILING = Lock()
# Ibis and SQLGlot carry no complete types: their edge is this module.
ibis, sqlglot = cast(Any, untyped_ibis), cast(Any, untyped_sqlglot)


@cache
def _marker(kind: Any, name: str, given: tuple[str, ...], result: str) -> Any:
    """Return a function that Ibis passes through by name; `_spelled` then says it in the dialect."""

    def function() -> None: ...

    function.__name__ = f"toll_{name}"
    places = [Parameter(f"a{at}", Parameter.POSITIONAL_OR_KEYWORD) for at in range(len(given))]
    setattr(function, "__signature__", Signature(places))  # noqa: B010 - Ibis asks how many arguments it takes
    return kind.builtin(function, signature=(tuple([ibis.dtype(one) for one in given]), ibis.dtype(result)))


_SCALAR, _AGGREGATE = ibis.udf.scalar, ibis.udf.agg
_VALUE = _marker(_SCALAR, "value", ("int64",), "string")
_JSON_TEXT = _marker(_SCALAR, "json_text", ("string", "string"), "string")
_NUMBER = _marker(_SCALAR, "number", ("string",), "decimal(38, 18)")
_LOWER = _marker(_SCALAR, "lower", ("string",), "string")
_MICROS = _marker(_SCALAR, "micros", ("float64",), "decimal(38, 6)")
_TOTAL = _marker(_AGGREGATE, "total", ("decimal(38, 18)",), "decimal(38, 18)")
_IBIS_COMPILER = cast(Any, SQLGlotCompiler)


class _SparkCompiler(PySparkCompiler):
    """Ibis's, without its care for NaN: that reads a setting which only its backend, and so an installed PySpark, registers."""

    visit_Field = _IBIS_COMPILER.visit_Field  # noqa: N815 - the names are Ibis's
    visit_IsNull = _IBIS_COMPILER.visit_IsNull  # noqa: N815
    visit_NotNull = _IBIS_COMPILER.visit_NotNull  # noqa: N815

    def visit_NonNullLiteral(self, op: Any, *, value: Any, dtype: Any) -> Any:  # noqa: N802
        """Return a literal's SQL, None for what every engine writes alike."""
        inherited = cast(Any, super()).visit_NonNullLiteral
        return None if dtype.is_floating() else inherited(op, value=value, dtype=dtype)


def compile_question(
    question: Question, dialect: Dialect = "duckdb", *, pretty: bool = False
) -> tuple[str, tuple[int, ...]]:
    """Return the SQL and, for each parameter in order, the index of the value it takes. Raises `UnknownName` for a column.

    The columns of the answer are in the question's order, under names that any engine takes.
    """
    spelling = SPELLINGS[dialect]
    with _COMPILING:
        compiler = _SparkCompiler() if dialect == "spark" else getattr(compilers, spelling.compiler)()
        tree = _spelled(compiler.to_sqlglot(_Asked(question, dialect).answer()), dialect, compiler.dialect)
    return _with_parameters(tree, compiler.dialect, spelling.parameter, pretty=pretty)


def explain(question: Question, dialect: Dialect) -> str:
    """Return the SQL of a question in a dialect, laid out for reading, below a comment with each parameter's value."""
    sql, order = compile_question(question, dialect, pretty=True)
    values = bound(Plan(sql, order), question)
    name = SPELLINGS[dialect].parameter
    lines = [
        f"-- {name.format(at)} = {json.dumps(text, ensure_ascii=False)}" for at, text in enumerate(values, start=1)
    ]
    return "\n".join([*lines, sql])


def _with_parameters(tree: Any, dialect: Any, parameter: str, *, pretty: bool) -> tuple[str, tuple[int, ...]]:
    """Write the tree as text, each value's place first as a text that occurs nowhere else: so their order is the text's."""
    nonce = uuid4().hex
    for place in list(tree.find_all(sge.Anonymous)):
        if place.name.lower() == "toll_value":
            place.replace(sge.Literal.string(f"{nonce}:{place.expressions[0].name}"))
    order: list[int] = []

    def numbered(found: re.Match[str]) -> str:
        order.append(int(found[1]))
        return parameter.format(len(order))

    sql = re.sub(rf"'{nonce}:(\d+)'", numbered, tree.sql(dialect=dialect, pretty=pretty))
    return sql, tuple(order)


def _spelled(tree: Any, dialect: Dialect, reader: Any) -> Any:
    """Replace each marker by what the dialect calls it, the innermost first."""
    tree = tree.copy()  # Ibis may hang one node in two places
    for place in reversed(list(tree.find_all(sge.Anonymous, bfs=True))):
        name = place.name.lower().removeprefix("toll_")
        if name in ARGUMENTS and place.name.lower().startswith("toll_"):
            place.replace(_form(dialect, reader, name, place.expressions))
    if SPELLINGS[dialect].zoneless:
        for kind in list(tree.find_all(sge.DataType)):
            if kind.this == sge.DataType.Type.TIMESTAMP:
                kind.replace(sge.DataType(this=sge.DataType.Type.TIMESTAMPNTZ))
    return tree


def _form(dialect: Dialect, reader: Any, name: str, given: list[Any]) -> Any:
    values = dict(zip(ARGUMENTS[name], given, strict=True))
    if "q" in values:
        values["q"] = sge.Literal.number(values["q"].name)
    form = _template(dialect, reader, name).copy()
    for column in list(form.find_all(sge.Column)):
        if column.name in values:
            column.replace(values[column.name].copy())
    return form


@cache
def _template(dialect: Dialect, reader: Any, name: str) -> Any:
    return sqlglot.parse_one(SPELLINGS[dialect].forms[name], read=reader)


class _Asked:
    """One question as an Ibis expression."""

    def __init__(self, question: Question, dialect: Dialect) -> None:
        kinds = {**_IBIS, "TIMESTAMP": SPELLINGS[dialect].moment}
        self._columns = TABLE_COLUMNS[question.table]
        # Ibis carries every column of a table through every step, whether or not it is asked for.
        needed = dict.fromkeys(name for name in self._columns if name in _columns_of(question))
        schema = {name: kinds[self._columns[name]] for name in needed or list(self._columns)[:1]}
        self._table: Any = ibis.table(schema, name=question.table)
        self._question = question
        self._dialect: Dialect = dialect
        self._taken = 0
        self._names = _names([one.name for one in (*question.keys, *question.aggregates)])

    def answer(self) -> Any:
        """Return the whole expression; its values are numbered as `Question.values` gives them."""
        question = self._question
        if question.where:
            self._table = self._table.filter([self._bound_condition(one) for one in question.where])
        keys = [self._key(key).name(name) for key, name in zip(question.keys, self._names, strict=False)]
        aggregates = [
            self._aggregate(one).name(name)
            for one, name in zip(question.aggregates, self._names[len(keys) :], strict=True)
        ]
        answer: Any = self._table.aggregate(aggregates, by=keys) if keys else self._table.aggregate(aggregates)
        if question.top is not None:
            answer = self._topped(answer, question.top)
        if keys:
            last = [ibis.asc(REST)] if question.top else []
            answer = answer.order_by([*(ibis.asc(name, nulls_first=False) for name in self._names[: len(keys)]), *last])
        return answer

    def _topped(self, answer: Any, top: Top) -> Any:
        """Rank the groups apart, by few columns, and add up those beyond the top: a window over every column takes twice as long."""
        question = self._question
        called = dict(zip([one.name for one in (*question.keys, *question.aggregates)], self._names, strict=True))
        keys, along = self._names[: len(question.keys)], {called[key.name] for key in top.along}
        group = [name for name in keys if name not in along]
        ranks = self._ranks(answer, top, called, group)
        same = [answer[name].identical_to(ranks[_side(at)]) for at, name in enumerate(group)]
        answer = answer.join(ranks, same)
        apart = {called[key.name] for key in top.apart}
        kept = {name: ibis.cases((~answer[REST], answer[name]), else_=None) for name in group if name not in apart}
        places = [kept.get(name, answer[name]).name(name) for name in keys]
        totals = {called[one.name]: _added(answer[called[one.name]], one.function) for one in question.aggregates}
        merged = answer.aggregate(by=[*places, answer[REST]], **totals)
        return merged.select(*keys, *totals, REST)

    def _ranks(self, answer: Any, top: Top, called: dict[str, str], group: list[str]) -> Any:
        """Return one row for each group: its values, and whether it is beyond the top."""
        by, apart = called[top.by], [called[key.name] for key in top.apart]
        sides = {_side(at): answer[name] for at, name in enumerate(group)}
        sizes = (
            answer.aggregate(by=[column.name(side) for side, column in sides.items()], toll_size=answer[by].sum())
            if top.along
            else answer.select(**sides, toll_size=answer[by])
        )
        ranked = [side for side, name in zip(sides, group, strict=True) if name not in apart]
        within = [side for side, name in zip(sides, group, strict=True) if name in apart]
        order = [ibis.desc("toll_size", nulls_first=False), *(ibis.asc(side, nulls_first=False) for side in ranked)]
        rank = ibis.row_number().over(ibis.window(group_by=within, order_by=order))
        return sizes.mutate(**{REST: rank >= self._next().cast("int64")}).drop("toll_size")

    def _column(self, name: str) -> Any:
        if name not in self._columns:
            raise UnknownName("column", name, self._columns)
        return self._table[name]

    def _key(self, key: Key) -> Any:
        if key.rules:
            return self._virtual(key)
        column = self._column(key.column)
        if key.json_key is not None:
            return _JSON_TEXT(column, ibis.literal(_member(key.json_key, self._dialect)))
        if key.grain is None:
            return column
        bucket = _marker(_SCALAR, key.grain, (str(column.type()),), "date")
        return column.date() if key.grain == "day" else bucket(column)

    def _virtual(self, key: Key) -> Any:
        branches: list[Any] = []
        for rule in key.rules:
            value = ibis.literal(rule.value) if rule.copy is None else self._key(rule.copy)
            tests = [self._condition(one, [ibis.literal(value) for value in one.values]) for one in rule.where]
            tests += [value.notnull()] if rule.copy else []
            branches.append((_all_of(tests) if tests else ibis.literal(value=True), value))
        return ibis.cases(*branches, else_=ibis.null("string"))

    def _next(self) -> Any:
        self._taken += 1
        return _VALUE(self._taken - 1)

    def _bound_condition(self, condition: Condition) -> Any:
        column = self._key(condition.key)
        values = [self._next() for _ in condition.values]
        return self._condition(
            condition, values if column.type().is_string() else [value.cast(column.type()) for value in values]
        )

    def _condition(self, condition: Condition, values: list[Any]) -> Any:
        others = [] if condition.other is None else [self._key(condition.other)]
        return _compared(self._key(condition.key), condition, [*values, *others])

    def _aggregate(self, aggregate: Aggregate) -> Any:
        kept = _all_of([self._bound_condition(one) for one in aggregate.where]) if aggregate.where else None
        if aggregate.function == "count" and not aggregate.column:
            return self._table.count() if kept is None else _where(kept, ibis.literal(1)).count()
        column = self._column(aggregate.column)
        if aggregate.json_key is not None:
            text = self._key(Key(aggregate.column, aggregate.json_key))
            column = text if aggregate.function == "distinct" else _NUMBER(text)
        if aggregate.function == "count_over":
            over = column > _threshold(column, aggregate.argument)
            return _where(over if kept is None else kept & over, ibis.literal(1)).count()
        if (
            kept is not None
            and aggregate.function == "sum"
            and column.type().is_decimal()
            and self._dialect == "duckdb"
        ):
            # As fast as one can be for few rows: a CASE hands every row to the sum.
            return _TOTAL(column, where=kept)
        return _aggregated(column if kept is None else _where(kept, column), aggregate)


def _columns_of(question: Question) -> set[str]:
    """Return every column that a question reads."""
    keys = list(question.keys)
    conditions = [*question.where, *(one for aggregate in question.aggregates for one in aggregate.where)]
    found = {one.column for one in question.aggregates}
    while keys or conditions:
        for one in conditions:
            keys += [one.key, *([one.other] if one.other else [])]
        rules = [rule for key in keys for rule in key.rules]
        # A virtual dimension's own name is no column.
        found |= {key.column for key in keys if not key.rules}
        keys, conditions = [rule.copy for rule in rules if rule.copy], [one for rule in rules for one in rule.where]
    return found


def _names(asked: list[str]) -> list[str]:
    """Return names for the columns of an answer that every engine takes, also those that tell no capitals apart."""
    names: list[str] = []
    for name in asked:
        plain = re.sub(r"\W+", "_", name, flags=re.ASCII)[:60]
        taken = {one.lower() for one in (*names, REST, "toll_size", *(_side(at) for at in range(len(asked))))}
        free = plain if plain[:1].isalpha() else f"k_{plain}"
        names.append(f"{free}_{len(names)}" if free.lower() in taken else free)
    return names


def _side(at: int) -> str:
    """Return what a key is called among the ranks, beside which it has its own name."""
    return f"side_{at}"


def _member(key: str, dialect: Dialect) -> str:
    # DuckDB alone is told by a JSON pointer; the others take the key as it is.
    return "/" + key.replace("~", "~0").replace("/", "~1") if dialect == "duckdb" else key


def _where(kept: Any, column: Any) -> Any:
    return ibis.cases((kept, column), else_=ibis.null(column.type()))


def _threshold(column: Any, argument: float | None) -> Any:
    kind = column.type()
    return ibis.literal(Decimal(repr(argument)), type=kind) if kind.is_decimal() else ibis.literal(argument)


def _added(column: Any, function: Function) -> Any:
    # Moments and texts have extremes, but no sum.
    return getattr(column, function if function in ("min", "max") else "sum")()


def _compared(column: Any, condition: Condition, values: list[Any]) -> Any:
    match condition.operator:
        case "is":
            return column.isin(values)
        case "is_not":
            return ~column.isin(values) | column.isnull()
        case "contains":
            lowered = _LOWER(column.cast("string"))
            return _any_of([lowered.contains(_LOWER(value.cast("string"))) for value in values])
        case "starts":
            lowered = _LOWER(column.cast("string"))
            return _any_of([lowered.startswith(_LOWER(value.cast("string"))) for value in values])
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
        case "above":
            return column > values[0]


def _any_of(tests: list[Any]) -> Any:
    return reduce(lambda left, right: left | right, tests)


def _all_of(tests: list[Any]) -> Any:
    return reduce(lambda left, right: left & right, tests)


def _aggregated(column: Any, aggregate: Aggregate) -> Any:
    match aggregate.function:
        case "sum":
            if column.type().is_floating():
                # A sum of doubles depends on the order of the threads; as decimals it does not.
                return _MICROS(column).sum()
            return _TOTAL(column) if column.type().is_decimal() else column.sum()
        case "min":
            return column.min()
        case "max":
            return column.max()
        case "distinct":
            return column.nunique()
        case "quantile":
            kind = str(column.type())
            return _marker(_AGGREGATE, "quantile", (kind, "string"), kind)(column, _share(aggregate))
        case _:
            return column.count()


def _share(aggregate: Aggregate) -> str:
    return format(Decimal(repr(aggregate.argument)), "f")
