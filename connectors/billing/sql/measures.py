"""What is counted in a bill: the faults that refuse it and the oddities it is warned of, each as an SQL condition on a row."""

from collections.abc import Callable, Mapping

from connectors.billing.files.source import BillFile
from connectors.billing.judged.columns import NEVER_NULL
from connectors.billing.sql.expressions import (
    NULL_TEXT,
    Raw,
    bad_moment,
    bad_number,
    bad_object,
    local_month,
    no_month,
    spelled,
    too_fine,
    unusual,
    without_zone,
)
from connectors.billing.sql.session import text
from finops.focus import BY_NAME

# What counts how many rows are off in a column: the kind and the column.
Measure = tuple[str, str]
REFUSING = ("bad_number", "too_fine", "bad_moment", "bad_object", "null", "ends_early")
PAIRS = {"ChargePeriodEnd": "ChargePeriodStart", "BillingPeriodEnd": "BillingPeriodStart"}
_CONDITIONS: dict[str, Callable[[Raw], str]] = {
    "bad_number": bad_number, "too_fine": too_fine, "bad_moment": bad_moment, "bad_object": bad_object, "no_zone": without_zone,
    "local_month": local_month, "no_month": no_month,
}  # fmt: skip


def raws_of(file: BillFile) -> dict[str, Raw]:
    """Return the file's columns, ready to be read as text."""
    return {name: Raw(name, kind) for name, kind in file.types.items()}


def condition(measure: Measure, raws: Mapping[str, Raw]) -> str:
    """Return the SQL condition that a row is counted under a measure."""
    kind, name = measure
    if kind == "ends_early":
        return f"{raws[name].moment} < {raws[PAIRS[name]].moment}"
    return column_condition(kind, raws[name])


def column_condition(kind: str, raw: Raw) -> str:
    """Return the condition of a measure that looks at one column alone."""
    match kind:
        case "null":
            return f"{raw.clean} IS NULL"
        case "null_text":
            return f"{raw.as_text} = {text(NULL_TEXT)}"
        case "unusual":
            return unusual(raw.clean, BY_NAME[raw.name])
        case _:
            return _CONDITIONS[kind](raw)


def measures_of(raws: Mapping[str, Raw]) -> list[Measure]:
    """Return everything that is counted in a file with these columns, in the order in which it is said."""
    found: list[Measure] = []
    for name, raw in raws.items():
        column = BY_NAME.get(name)
        if raw.type == "VARCHAR":
            found.append(("null_text", name))
        if column is None:
            continue
        if not column.nullable:
            found.append(("null", name))
        found += {"Decimal": [("bad_number", name)], "JSON": [("bad_object", name)], "String": []}.get(column.type, [])
        if column.type == "Date/Time":
            found += [("bad_moment", name)] + ([("no_zone", name)] if raw.type == "VARCHAR" else [])
        if name == "BillingPeriodStart":
            found += [("local_month", name), ("no_month", name)]
        if spelled(column):
            found.append(("unusual", name))
    found += [("ends_early", last) for last, first in PAIRS.items() if first in raws and last in raws]
    return found + [("too_fine", name) for name in raws if name in BY_NAME and BY_NAME[name].is_metric]


def never_null(measure: Measure) -> bool:
    """Whether a null counted by this measure refuses the file rather than being warned of."""
    return measure[0] != "null" or measure[1] in NEVER_NULL
