"""The check functions of the requirements model, each as an SQL condition that says whether a row satisfies it.

How a cell without a value is judged is said by the caller (`conditions.py`), but for the functions that compare with null.
"""

from collections.abc import Callable

from connectors.billing.conformance import formats, properties, units
from connectors.billing.conformance.cells import Cells
from connectors.billing.conformance.checks import Check
from connectors.billing.sql.session import text

Judge = Callable[[Check, Cells], str]


def check_value(check: Check, cells: Cells) -> str:
    """Whether a column has a value: NULL, a number, or a text letter by letter. An absent column holds no text."""
    column, value = check.text(0), check.arguments[1]
    if not cells.has(column):
        return "true" if value is None else "false"
    if value is None:
        return f"{cells.cell(column)} IS NULL"
    if isinstance(value, int):
        return f"coalesce({cells.double(column)} = {value}, false)"
    return f"coalesce({cells.cell(column)} = {text(str(value))}, false)"


def check_not_value(check: Check, cells: Cells) -> str:
    """Whether a column does not have a value; no value is not that value."""
    return f"NOT ({check_value(check, cells)})"


def check_same_value(check: Check, cells: Cells) -> str:
    """Whether two columns hold the same text."""
    return f"{cells.cell(check.text(0))} IS NOT DISTINCT FROM {cells.cell(check.text(1))}"


def check_not_same_value(check: Check, cells: Cells) -> str:
    """Whether two columns hold different texts."""
    return f"NOT ({check_same_value(check, cells)})"


def check_decimal_value(check: Check, cells: Cells) -> str:
    """Whether a cell is a finite decimal number in any notation."""
    return formats.number(cells.cell(check.text(0)))


def check_greater_or_equal(check: Check, cells: Cells) -> str:
    """Whether a number is at least a value. A double has the sign of its text, so zero is a safe bound."""
    return f"{cells.double(check.text(0))} >= {int(str(check.arguments[1]))}"


def check_before(check: Check, cells: Cells) -> str:
    """Whether one moment is before another; unreadable moments are judged by their format."""
    start, end = (cells.moment(check.text(index)) for index in (0, 1))
    return f"coalesce({start} < {end}, true)"


def check_exclusive_end(check: Check, cells: Cells) -> str:
    """Whether a moment is no last second of an hour, such as 23:59:59, by which exports write an inclusive end."""
    return f"NOT contains({cells.cell(check.text(0))}, ':59:59')"


def type_string(check: Check, cells: Cells) -> str:
    """Whether the column is text, as all of a CSV is."""
    return "true" if cells.is_text(check.text(0)) else "false"


def type_decimal(check: Check, cells: Cells) -> str:
    """Whether the column is a number: by its declared type in Parquet, by each text in CSV."""
    column = check.text(0)
    if cells.file.kind != "parquet":
        return formats.number(cells.cell(column))
    return formats.number(cells.cell(column)) if cells.is_numeric(column) else "false"


def type_date_time(check: Check, cells: Cells) -> str:
    """Whether the column is a date and time: by its declared type in Parquet, by each text in CSV, in whatever notation."""
    column = check.text(0)
    if cells.file.kind != "parquet":
        return f"({cells.moment(column)}) IS NOT NULL"
    return "true" if cells.is_moment(column) else "false"


def format_numeric(check: Check, cells: Cells) -> str:
    """Whether a number is written as NumericFormat says; a number that is declared one has no notation."""
    column = check.text(0)
    return (
        formats.number(cells.cell(column)) if cells.is_numeric(column) else formats.numeric_format(cells.cell(column))
    )


def format_date_time(check: Check, cells: Cells) -> str:
    """Whether a moment is written as DateTimeFormat says; a moment that is declared one has no notation."""
    column = check.text(0)
    return "true" if cells.is_moment(column) else formats.date_time_format(cells.cell(column))


def _of_cell(condition: Callable[[str], str]) -> Judge:
    return lambda check, cells: condition(cells.cell(check.text(0)))


ROW_FUNCTIONS: dict[str, Judge] = {
    "CheckValue": check_value,
    "CheckNotValue": check_not_value,
    "CheckSameValue": check_same_value,
    "CheckNotSameValue": check_not_same_value,
    "CheckDecimalValue": check_decimal_value,
    "CheckGreaterOrEqualThanValue": check_greater_or_equal,
    "CheckBefore": check_before,
    "CheckExclusiveEnd": check_exclusive_end,
    "CheckNationalCurrency": _of_cell(formats.national_currency),
    "TypeString": type_string,
    "TypeDecimal": type_decimal,
    "TypeDateTime": type_date_time,
    "FormatNumeric": format_numeric,
    "FormatDateTime": format_date_time,
    "FormatString": _of_cell(formats.unicode_string),
    "FormatCurrency": _of_cell(formats.currency_format),
    "FormatUnit": _of_cell(units.unit_format),
    "FormatKeyValue": _of_cell(formats.key_value_format),
    "KeysPascalCase": _of_cell(properties.keys_pascal_case),
    "KeysPrefixed": _of_cell(properties.keys_prefixed),
    "KeysSpelled": _of_cell(properties.keys_spelled),
    "ValuesTyped": _of_cell(properties.values_typed),
}


def satisfied(check: Check, cells: Cells) -> str:
    """Return the condition that a row satisfies a check; `AND` and `OR` combine their parts."""
    if check.function in ("AND", "OR"):
        return "(" + f" {check.function} ".join(satisfied(part, cells) for part in check.parts) + ")"
    return f"({ROW_FUNCTIONS[check.function](check, cells)})"
