"""The tables and charts of tools other than the cost query: of their many fields, those a reader decides by."""

from collections.abc import Callable, Mapping
from decimal import Decimal

from pydantic import JsonValue, ValidationError

from app.web.amounts import exact_digits, rounded
from app.web.table import Cell, Column, Grid
from finops.notes import concerns
from tools.allocation_result import AllocationResult, TargetRow
from tools.anomaly_contract import AnomaliesResult, Incident
from tools.notes_contract import NotesResult
from tools.rightsize_contract import Recommendation, RightsizeResult

Row = tuple[Cell, ...]


def rightsizing(result: Mapping[str, JsonValue]) -> RightsizeResult | None:
    """Return a right-sizing result typed, None where it is something else."""
    try:
        return RightsizeResult.model_validate(result)
    except ValidationError:
        return None


def _change(found: Recommendation) -> str:
    return f"{found.current_type} → {found.target_type}" if found.target_type else f"{found.current_type}, idle: stop"


def _rightsize_grid(result: Mapping[str, JsonValue]) -> Grid | None:
    found = rightsizing(result)
    if found is None or not found.recommendations:
        return None
    columns = (
        Column("Instance"), Column("Name"), Column("Environment"), Column("Change"), Column("CPU P99.5 (%)", numeric=True),
        Column("Risk"), Column("30 days now", numeric=True), Column("Saving", numeric=True), Column("Currency"),
    )  # fmt: skip
    rows = tuple(
        (
            Cell(one.resource_id), Cell(one.resource_name or ""), Cell(one.environment or ""), Cell(_change(one)),
            Cell(rounded(one.cpu_percentile)), Cell(one.risk), Cell(exact_digits(one.monthly_cost_before, one.currency)),
            Cell(exact_digits(one.monthly_saving, one.currency)), Cell(one.currency),
        )
        for one in found.recommendations
    )  # fmt: skip
    totals = tuple(
        (Cell("Total"), *[Cell("")] * 5, Cell(exact_digits(one.monthly_cost_before, one.currency)),
         Cell(exact_digits(one.monthly_saving, one.currency)), Cell(one.currency))
        for one in found.totals
    )  # fmt: skip
    return Grid(columns, rows, totals)


def _anomaly_grid(result: Mapping[str, JsonValue]) -> Grid | None:
    try:
        found = AnomaliesResult.model_validate(result)
    except ValidationError:
        return None
    incidents = (*found.incidents, *found.decreases)
    columns = (
        Column("First day"), Column("Last day"), Column("Where"), Column("Actual", numeric=True),
        Column("Expected", numeric=True), Column("Excess", numeric=True), Column("Currency"), Column("Rule"),
        Column("Status"),
    )  # fmt: skip
    return Grid(columns, tuple(_incident(one) for one in incidents)) if incidents else None


def _incident(one: Incident) -> Row:
    where = " / ".join(value or "(none)" for value in one.scope.values()) or "the whole bill"
    amounts = (Cell(exact_digits(value, one.currency)) for value in (one.actual, one.expected, one.excess))
    days = (Cell(one.first_day.isoformat()), Cell(one.last_day.isoformat()), Cell(where))
    return (*days, *amounts, Cell(one.currency), Cell(one.rule), Cell(one.status))


def _allocation_grid(result: Mapping[str, JsonValue]) -> Grid | None:
    try:
        found = AllocationResult.model_validate(result)
    except ValidationError:
        return None
    months = any(row.bucket for row in found.rows)
    columns = (
        *((Column("Month"),) if months else ()), Column(found.dimension), Column("Direct", numeric=True),
        Column("Shared", numeric=True), Column(f"{found.metric}, total", numeric=True), Column("Share (%)", numeric=True),
        Column("Currency"),
    )  # fmt: skip
    rows = tuple(
        (
            *((Cell(f"{row.bucket:%b %Y}" if row.bucket else ""),) if months else ()),
            Cell(row.target),
            *_parts(row, row.share),
        )
        for row in found.rows
    )
    totals = tuple(
        (*((Cell(""),) if months else ()), Cell("Total"), Cell(""), Cell(exact_digits(one.shared, one.unit)),
         Cell(exact_digits(one.total, one.unit)), Cell(""), Cell(one.unit))
        for one in found.totals
    )  # fmt: skip
    return Grid(columns, rows, totals) if rows else None


def _parts(row: TargetRow, share: Decimal | None) -> Row:
    amounts = (Cell(exact_digits(value, row.unit)) for value in (row.direct, row.shared, row.total))
    return (*amounts, Cell("" if share is None else rounded(share)), Cell(row.unit))


def _notes_grid(result: Mapping[str, JsonValue]) -> Grid | None:
    try:
        notes = NotesResult.model_validate(result).notes
    except ValidationError:
        return None
    columns = (
        Column("First day"),
        Column("Last day"),
        Column("Kind"),
        Column("Note"),
        Column("Concerns"),
        Column("By"),
    )
    rows = tuple(
        tuple(
            map(
                Cell,
                (one.day.isoformat(), one.last_day.isoformat(), one.kind, one.text, concerns(one.scope), one.person),
            )
        )
        for one in notes
    )
    return Grid(columns, rows) if rows else None


GRIDS: dict[str, Callable[[Mapping[str, JsonValue]], Grid | None]] = {
    "rightsize_instances": _rightsize_grid,
    "detect_anomalies": _anomaly_grid,
    "allocate_costs": _allocation_grid,
    "list_notes": _notes_grid,
}
