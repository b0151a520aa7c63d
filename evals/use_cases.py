"""The official use cases of FOCUS as references: their own SQL, mended where DuckDB does not take it, on the raw rows.

Run apart from the product. Four things are mended in every one of them: `Tags["KEY"]` becomes DuckDB's JSON access; `MONTH(x)`,
which merges the months of different years, the first day of the month; amounts are grouped by their currency, since currencies
are never added; and an order without a limit is left out, since rows are compared in any order.
"""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, cast

import sqlglot
import yaml
from pydantic import Field
from sqlglot import expressions as sge

from finops.errors import BadInput
from finops.focus import COLUMNS
from finops.query import COST_METRICS, Frozen

LIBRARY = Path(__file__).resolve().parents[1] / ".." / "shared" / "data" / "focus" / "use_cases.yaml"
TABLE = "focus_data_table"
_TYPES = {"Decimal": "DECIMAL(38,18)", "Date/Time": "TIMESTAMP"}


class Mend(Frozen):
    """One change to a use case's SQL, and why it needs it."""

    old: str = Field(min_length=1)
    new: str
    why: str = Field(min_length=10)


def sql_of(use_case: str, mends: Sequence[Mend]) -> str:
    """Return a use case's SQL for DuckDB. Raises `BadInput` for an unknown one, or a mend that has nothing to mend."""
    library = cast(dict[str, dict[str, str]], yaml.safe_load(LIBRARY.read_text(encoding="utf-8")))
    if use_case not in library:
        raise BadInput(f"no use case is called `{use_case}`", fix="see the library of use cases")
    written = " ".join(library[use_case]["sql"].split())
    for mend in mends:
        if mend.old not in written:
            raise BadInput(f"`{use_case}` does not hold `{mend.old}`", fix="take the mend out of the case")
        written = written.replace(mend.old, mend.new)
    written = re.sub(r'Tags\["(\w+)"\]', r"json_extract_string(Tags, '/\1')", written)
    written = re.sub(r"MONTH\((\w+)\)", r"CAST(date_trunc('month', \1) AS DATE)", written)
    return _by_currency(sqlglot.parse_one(written, read="duckdb")).sql(dialect="duckdb")


def _by_currency(tree: Any) -> Any:
    """Add the currency to what is selected and grouped by, where amounts are summed without it."""
    if not tree.args.get("limit"):
        tree.set("order", None)
    sums = {column.name for total in tree.find_all(sge.Sum) for column in total.find_all(sge.Column)}
    selected = {column.name for one in tree.expressions for column in one.find_all(sge.Column)}
    if sums & COST_METRICS and "BillingCurrency" not in selected:
        tree = tree.select("BillingCurrency").group_by("BillingCurrency")
    return tree


def typed_columns(present: Sequence[str]) -> Iterator[str]:
    """Yield the select list that reads text as FOCUS types; columns the bill lacks are null."""
    for column in COLUMNS:
        kind = _TYPES.get(column.type, "VARCHAR")
        value = f'"{column.name}"' if column.name in present else "NULL"
        if kind == "TIMESTAMP" and value != "NULL":
            value = f"CAST({value} AS TIMESTAMPTZ)"
        yield f'CAST({value} AS {kind}) AS "{column.name}"'
