"""The table of an evidence's result: exact values, as the result has them."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Literal, cast

from pydantic import JsonValue, ValidationError

from app.web.amounts import exact_digits, rounded
from app.web.table import Cell, Column, Grid
from app.web.tool_grids import GRIDS
from finops.evidence import Evidence
from finops.periods import Grain
from tools.cost_result import CostResult, CostRow, CostTotal

ABSENT = "(none)"
PROVISIONAL = " (provisional)"


def cost_result(evidence: Evidence) -> CostResult | None:
    """Return the result of a cost query typed, None for any other evidence."""
    if evidence.tool != "cost_query":
        return None
    try:
        return CostResult.model_validate(evidence.result)
    except ValidationError:
        return None  # a `NotEnoughData`, or a result sealed by another version: shown as fields instead


def grain_of(evidence: Evidence) -> Grain | None:
    """Return the time bucket a cost query asked for."""
    grain = evidence.input.get("grain")
    return grain if grain in ("day", "week", "month", "quarter", "year") else None


def bucket_label(day: date, grain: Grain | None) -> str:
    """Return words for a time bucket: `18 Sep 2024`, `Sep 2024`, `Q3 2024`, `2024`."""
    match grain:
        case "month":
            return f"{day:%b %Y}"
        case "quarter":
            return f"Q{(day.month + 2) // 3} {day.year}"
        case "year":
            return str(day.year)
        case _:
            return f"{day.day} {day:%b %Y}"


def group_label(row: CostRow) -> str:
    """Return the words for a row's group."""
    if row.other:
        return "other"
    return " / ".join(value if value is not None else ABSENT for value in row.group.values()) or "total"


def grid(evidence: Evidence) -> Grid | None:
    """Return the result as a table, None where it holds no rows."""
    if (result := cost_result(evidence)) is not None:
        return _cost_grid(result, grain_of(evidence)) if result.rows else None
    if (drawn := GRIDS.get(evidence.tool)) is not None:
        return drawn(evidence.result)
    return _records_grid(evidence.result)


Field = Literal["value", "gross", "credits", "share", "compare", "change", "change_percent"]


def _amount(source: CostRow | CostTotal, field: Field) -> Cell:
    value = cast("Decimal | None", getattr(source, field, None))
    if value is None:
        return Cell("")
    money = field not in ("share", "change_percent")
    return Cell(exact_digits(value, source.unit if money else "%"))


def _also(source: CostRow | CostTotal, name: str) -> Cell:
    """Return a further column's cell: its number with its unit, where that is not the column's own, or its date."""
    also = source.also.get(name)
    if also is None or (also.value is None and also.date is None):
        return Cell(also.note if also else "")
    if also.value is None:
        return Cell(also.date or "")
    digits = rounded(also.value) if also.unit == "%" else exact_digits(also.value, also.unit)
    return Cell(digits)


def _also_names(result: CostResult) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for row in (*result.rows, *result.totals) for name in row.also))


def _also_columns(result: CostResult) -> Iterator[Column]:
    """Yield a heading for each further column, with the unit where all rows have the same."""
    for name in _also_names(result):
        found = [row.also[name] for row in (*result.rows, *result.totals) if name in row.also]
        units = {one.unit for one in found if one.value is not None and one.unit}
        yield Column(
            f"{name} ({units.pop()})" if len(units) == 1 else name, numeric=any(one.value is not None for one in found)
        )


def _cost_grid(result: CostResult, grain: Grain | None) -> Grid:
    names = tuple(dict.fromkeys(name for row in result.rows for name in row.group))
    series = any(row.bucket for row in result.rows)
    units = len({row.unit for row in result.rows}) > 1
    fields, further = _fields(result), tuple(_also_columns(result))
    also = _also_names(result)

    def lead(row: CostRow) -> Iterator[Cell]:
        if series:
            yield Cell(bucket_label(row.bucket, grain) + (PROVISIONAL if row.growing else "") if row.bucket else "")
        for index, name in enumerate(names):
            value = row.group.get(name)
            yield Cell(("other" if index == 0 else "") if row.other else ABSENT if value is None else value)
        if units:
            yield Cell(row.unit)

    width = series + len(names)
    totals = tuple(
        (*[Cell("Total" if i == 0 else "") for i in range(width)], *([Cell(t.unit)] if units else []),
         *[_amount(t, field) for field in fields], *[_also(t, name) for name in also])
        for t in result.totals
    )  # fmt: skip
    columns = (
        *((Column("Period"),) if series else ()),
        *(Column(name) for name in names),
        *((Column("Unit"),) if units else ()),
        *(Column(_heading(field, result, units=units), numeric=True) for field in fields),
        *further,
    )
    rows = tuple(
        (*lead(row), *(_amount(row, field) for field in fields), *(_also(row, name) for name in also))
        for row in result.rows
    )
    return Grid(columns, rows, totals if width and len(result.rows) > 1 else ())


def _fields(result: CostResult) -> tuple[Field, ...]:
    optional: tuple[Field, ...] = ("gross", "credits", "share", "compare", "change", "change_percent")
    return (
        "value",
        *(field for field in optional if any(getattr(row, field) is not None for row in result.rows)),
    )


def _heading(field: Field, result: CostResult, *, units: bool) -> str:
    unit = "" if units or result.metric == "rows" else f" ({result.rows[0].unit})"
    net = ", net" if field == "value" and any(row.credits is not None for row in result.rows) else ""
    compared = result.compare_period.label() if result.compare_period else "compared"
    return {
        "value": f"{result.metric}{net}{unit}",
        "gross": f"Gross{unit}",
        "credits": f"Credits{unit}",
        "share": "Share (%)",
        "compare": f"{compared}{unit}",
        "change": f"Change{unit}",
        "change_percent": "Change (%)",
    }[field]


def _scalar(value: JsonValue) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(_scalar(item) for item in value)
    if isinstance(value, dict):
        return ", ".join(f"{key}={_scalar(item)}" for key, item in value.items())
    return str(value)


def _numeric(values: Sequence[str]) -> bool:
    filled = [value for value in values if value]
    return bool(filled) and all(value.lstrip("-").replace(".", "", 1).isdigit() for value in filled)


def _records_grid(result: Mapping[str, JsonValue]) -> Grid | None:
    """Any other tool: its first list of records."""
    for value in result.values():
        if not isinstance(value, list) or not value or not all(isinstance(item, dict) for item in value):
            continue
        records = cast(list[dict[str, JsonValue]], value)
        names = list(dict.fromkeys(name for record in records for name in record))
        texts = [[_scalar(record.get(name)) for name in names] for record in records]
        columns = tuple(
            Column(name.replace("_", " "), numeric=_numeric([row[index] for row in texts]))
            for index, name in enumerate(names)
        )
        return Grid(columns, tuple(tuple(Cell(text) for text in row) for row in texts))
    return None


def fields_of(result: Mapping[str, JsonValue]) -> tuple[tuple[str, str], ...]:
    """Return a result's own fields as words, its lists of records left out: they are the table."""

    def table(value: JsonValue) -> bool:
        return isinstance(value, list) and any(isinstance(item, dict) for item in value)

    return tuple(
        (name.replace("_", " "), _scalar(value))
        for name, value in result.items()
        if not table(value) and value not in (None, "", [], {})
    )
