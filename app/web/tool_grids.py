"""The tables and charts of tools other than the cost query: of their many fields, those a reader decides by."""

from collections.abc import Callable, Mapping

from pydantic import JsonValue, ValidationError

from app.web.amounts import exact_digits, rounded
from app.web.table import Cell, Column, Grid
from tools.anomaly_contract import AnomaliesResult, Incident
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


GRIDS: dict[str, Callable[[Mapping[str, JsonValue]], Grid | None]] = {
    "rightsize_instances": _rightsize_grid,
    "detect_anomalies": _anomaly_grid,
}
