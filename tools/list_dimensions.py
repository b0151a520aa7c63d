"""`list_dimensions`: what the bill holds and how it is spelled."""

from finops.errors import UnknownName
from finops.evidence import Figure
from finops.ports import TableInfo
from finops.query import COST_METRICS, VIRTUAL
from finops.relational import Aggregate, Question
from tools.contract import Finding, ToolContext
from tools.cost_questions import count, reader_of
from tools.dimensions_contract import DimensionRow, DimensionsResult, ListDimensions, MetricRow, ValueRow
from tools.scope import all_days, cost_table, count_figure, key_of

_METRICS = (*sorted(COST_METRICS), "ConsumedQuantity", "PricingQuantity", "CommitmentDiscountQuantity")
# Examples shown with each dimension where all are listed.
_EXAMPLES = 5


def list_dimensions(asked: ListDimensions, context: ToolContext) -> Finding:
    """Return every dimension with examples, or the values of one by rows. Raises `UnknownName` for a dimension or tag that is none."""
    table = cost_table(context.data)
    if asked.dimension is None:
        return _all(asked, context, table)
    return _one(asked, asked.dimension, context, table)


def _all(asked: ListDimensions, context: ToolContext, table: TableInfo) -> Finding:
    found = sorted(
        (info for info in context.data.dimensions if asked.search.lower() in info.name.lower()),
        key=lambda info: info.name,
    )
    rows = tuple(
        DimensionRow(name=info.name, distinct=info.distinct, values=info.values[:_EXAMPLES])
        for info in found[: asked.limit]
    )
    rules = context.books.allocation
    virtual = tuple(
        VIRTUAL + name for name in (rules.dimensions if rules else ()) if asked.search.lower() in VIRTUAL + name.lower()
    )
    result = _result(table).model_copy(
        update={"dimensions": rows, "virtual": virtual, "matches": len(found) + len(virtual)}
    )
    distinct = tuple(count_figure(f"{row.name}.distinct", row.distinct, about=row.name) for row in rows)
    return Finding(
        result=result,
        figures=(*_figures(table), *distinct),
        formula="distinct values by dimension, counted when the bill was loaded",
    )


def _one(asked: ListDimensions, name: str, context: ToolContext, table: TableInfo) -> Finding:
    data, key, read = context.data, key_of(name, context.books), reader_of(name)
    known = [info.name for info in data.dimensions]
    if name.startswith("tag:") and name not in known:
        raise UnknownName("tag", name, [tag for tag in known if tag.startswith("tag:")])
    answer = data.ask(Question("cost", (Aggregate("rows", "count"),), (key,)))
    every = [ValueRow(value=read(r[key.name]), rows=count(r["rows"])) for r in answer.records()]
    found = [row for row in every if asked.search.lower() in (row.value or "").lower()]
    found.sort(key=lambda row: (row.value is None, -row.rows, row.value or ""))
    distinct = sum(row.value is not None for row in every)
    result = _result(table).model_copy(
        update={"dimension": name, "values": tuple(found[: asked.limit]), "matches": len(found)}
    )
    return Finding(
        result=result,
        figures=(*_figures(table), count_figure(f"{name}.distinct", distinct, about=name)),
        rows_read=table.rows,
        formula=f"rows by value of {name}",
        query=answer.query,
    )


def _result(table: TableInfo) -> DimensionsResult:
    return DimensionsResult(
        rows=table.rows,
        first_day=table.first_day,
        last_day=table.last_day,
        currencies=table.currencies,
        sources=table.sources,
        metrics=tuple(MetricRow(name=name, caveats=table.caveats.get(name, ())) for name in _METRICS),
    )


def _figures(table: TableInfo) -> tuple[Figure, ...]:
    return (
        count_figure("rows", table.rows, unit="rows"),
        count_figure("days", all_days(table).days, unit="days"),
    )
