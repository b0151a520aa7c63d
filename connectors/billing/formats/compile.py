"""From a mapping table and a file's columns to one SELECT that yields FOCUS columns, and what FOCUS cannot hold, as text."""

from dataclasses import dataclass

from connectors.billing.formats.conditions import condition
from connectors.billing.formats.header import Header
from connectors.billing.formats.rules import NOTHING, expression, join_name, rounded
from connectors.billing.formats.table import Row, Table, lookup_table
from connectors.billing.sql.session import quoted, text
from finops.focus import BY_NAME, required_columns

# The column a list is exploded into.
ELEMENT = "credit"
# Rules that keep a column's every value; whatever else is read stays in x_Columns as it was.
_LOSSLESS = ("copy", "moment")
_FOLDED = {name.lower() for name in BY_NAME}
_REQUIRED = required_columns("1.2")


@dataclass(frozen=True, slots=True)
class Compiled:
    """The select list by output column, the tables it joins, the list it explodes, and the amounts it rounds."""

    select: dict[str, str]
    joins: str
    explode: str
    rounds: frozenset[str]

    def relation(self, raw: str, *carried: str) -> str:
        """Return the SQL table expression that yields the output columns of the text relation `raw`, and columns of it as they are."""
        kept = {**self.select, **{name: f"r.{quoted(name)}" for name in carried}}
        columns = ", ".join(f"{value} AS {quoted(name)}" for name, value in kept.items())
        # In a layer of its own: an expression is planned anew wherever it is written out.
        fitted = ", ".join(
            f"{rounded(quoted(name)) if name in self.rounds else quoted(name)} AS {quoted(name)}" for name in kept
        )
        inner = f"SELECT {columns} FROM {exploded(raw, self.explode)} AS r{self.joins}"  # noqa: S608
        return f"(SELECT {fitted} FROM ({inner}))"  # noqa: S608


def exploded(raw: str, column: str) -> str:
    """Return `raw` with, after each row, one more for each element of a list column; the row itself has no element."""
    if not column:
        return raw
    elements = f"coalesce(TRY_CAST({quoted(column)} AS JSON[]), [])"
    return f"(SELECT *, CAST(unnest(list_prepend(NULL::JSON, {elements})) AS VARCHAR) AS {quoted(ELEMENT)} FROM {raw})"  # noqa: S608


def compile_table(table: Table, names: tuple[str, ...]) -> Compiled:
    """Return what a file with the columns `names` becomes under a table."""
    explode = table.explode if table.explode in names else ""
    header = Header((*names, ELEMENT) if explode else names, table.spelling)
    select: dict[str, str] = {}
    for focus in table.columns:
        value = _value(table.of(focus), table, header)
        if value is not None:
            select[focus] = value
    for name in _REQUIRED:
        select.setdefault(name, NOTHING)
    used = _consumed(table, header)
    for name in header.names:
        if name not in used:
            select[_extra_name(name, select)] = f"r.{quoted(name)}"
    return Compiled(select, _joins(table, header), explode, frozenset(_rounding(select, table)))


def _value(rows: tuple[Row, ...], table: Table, header: Header) -> str | None:
    """Return one column's value: its rows in order, where a condition that holds decides, and so does a value without one.

    A condition decides even where the file lacks the columns its row reads: no row falls through to another cost.
    """
    value = None
    some = False
    for row in reversed(rows):
        own = expression(row, table, header)
        some = some or own is not None
        if row.when:
            when = condition(row.when, header)
            if when != "false":
                value = f"(CASE WHEN {when} THEN {own or NOTHING} ELSE {value or NOTHING} END)"
        elif own is not None:
            value = own if value is None or row.rule == "constant" else f"coalesce({own}, {value})"
    return value if some else None


def _rounding(select: dict[str, str], table: Table) -> list[str]:
    """Return the amounts that are rounded to what the lake holds: not the one that is proved, unless the table says so."""
    decimals = [name for name in select if name in BY_NAME and BY_NAME[name].type == "Decimal"]
    return [name for name in decimals if name != table.total or table.rounds]


def _consumed(table: Table, header: Header) -> set[str]:
    """Return the columns of which a FOCUS column keeps every value, so that they need not be kept twice."""
    used: set[str] = set()
    for focus in table.columns:
        rows = [row for row in table.of(focus) if expression(row, table, header) is not None]
        for row in rows:
            if row.rule == "columns":
                used |= set(header.with_prefix(row.source))
        if not rows or rows[0].when or rows[0].rule not in _LOSSLESS:
            continue
        column = header.whole(rows[0].source)
        if column is not None and not (BY_NAME[focus].type == "Decimal" and focus != table.total):
            used.add(column)
    return used


def _extra_name(name: str, taken: dict[str, str]) -> str:
    """Return a name for a source column that is kept: its own, `x_` before it where FOCUS has that name."""
    clash = name.lower() in _FOLDED or name.lower() in {other.lower() for other in taken}
    return f"x_{name}" if clash else name


def _joins(table: Table, header: Header) -> str:
    found: dict[str, str] = {}
    for row in table.rows:
        key = header.text(row.source) if row.rule == "lookup" else None
        if key is None or join_name(row) in found:
            continue
        columns, rows = lookup_table(row.argument.split(".")[0])
        values = ", ".join(f"({', '.join(text(v.lower() if i == 0 else v) for i, v in enumerate(r))})" for r in rows)
        names = ", ".join(quoted(column) for column in columns)
        alias = join_name(row)
        found[alias] = (
            f" LEFT JOIN (VALUES {values}) AS {alias}({names}) ON lower({key}) = {alias}.{quoted(columns[0])}"
        )
    return "".join(found.values())
