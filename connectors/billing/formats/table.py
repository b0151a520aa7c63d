"""The mapping tables as data: one TOML file a format, one row for each way in which a FOCUS column is filled."""

import csv
import tomllib
from collections.abc import Mapping
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Literal, cast, get_args

from pydantic import BaseModel, ConfigDict, Field, field_validator

from finops.focus import BY_NAME

Format = Literal[
    "focus", "aws-cur", "aws-cur-2", "azure-ea", "azure-ea-amortized", "azure-mca", "azure-mca-amortized", "gcp", "oci", "oci-focus",
]  # fmt: skip
FORMATS: tuple[Format, ...] = get_args(Format)
MAPPED: tuple[Format, ...] = tuple(name for name in FORMATS if name != "focus")
Rule = Literal[
    "copy", "constant", "none", "map", "lookup", "extract", "moment", "day", "next_day", "month_start", "month_end", "sum",
    "difference", "product", "object", "columns", "keys", "pairs", "json",
]  # fmt: skip
RULES: tuple[Rule, ...] = get_args(Rule)
Spelling = Literal["exact", "snake", "fold"]
_WITH_ARGUMENT: tuple[Rule, ...] = ("constant", "map", "lookup", "extract", "keys", "columns")


class _Read(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Row(_Read):
    """One way to fill one FOCUS column: under a condition (empty for always), by a rule, from source columns."""

    focus: str
    when: str
    rule: Rule
    argument: str
    source: str
    note: str

    @field_validator("focus")
    @classmethod
    def _known(cls, value: str) -> str:
        if value not in BY_NAME:
            raise ValueError(f"`{value}` is no FOCUS column")
        return value

    @classmethod
    def parse(cls, cells: list[str]) -> "Row":
        """Read the five cells of a table's row; the rule's cell may carry an argument after a colon."""
        focus, when, rule, source, note = cells
        name, _, argument = rule.partition(":")
        if name not in RULES or (bool(argument) and name not in _WITH_ARGUMENT):
            raise ValueError(f"`{rule}` is no rule")
        return cls(focus=focus, when=when, rule=name, argument=argument, source=source, note=note)


class Detect(_Read):
    """Columns by which a header is told: every one of `all`, one of `any` where there are some, none of `none`."""

    all: tuple[str, ...]
    any: tuple[str, ...] = ()
    none: tuple[str, ...] = ()


class Content(_Read):
    """What tells two formats with one header apart: whether a cost is spread over the usage it paid for."""

    amortized: bool = False


class Table(_Read):
    """The mapping of one format. Source column names are written as `spelling` compares them."""

    format: Format
    title: str
    sources: tuple[str, ...]
    read: date
    detect: Detect
    rows: tuple[Row, ...]
    amount: str = Field(description="source column that the total is added up from, independently of the rows")
    also: str = Field(default="", description="list field that belongs to the total, such as credits.amount")
    rival: str = Field(default="", description="another amount; that it sums to something else is said")
    currency: str
    total: Literal["BilledCost", "EffectiveCost"] = Field(
        default="BilledCost", description="FOCUS column of that total"
    )
    spelling: Spelling = "exact"
    explode: str = ""
    rounds: bool = False
    content: Content = Content()
    caveats: Mapping[str, str] = {}
    lacks: Mapping[str, str] = Field(default={}, description="caveats for the metrics that some rows have no value of")
    absent: Mapping[str, str] = Field(default={}, description="why a mandatory FOCUS column has no row")
    values: Mapping[str, Mapping[str, str]] = {}

    def of(self, focus: str) -> tuple[Row, ...]:
        """Return the rows of one FOCUS column, in their order."""
        return tuple(row for row in self.rows if row.focus == focus)

    @property
    def columns(self) -> tuple[str, ...]:
        """FOCUS columns that have rows, in the order of the table."""
        return tuple(dict.fromkeys(row.focus for row in self.rows))


@cache
def table_of(name: Format) -> Table:
    """Return the mapping table of a format other than FOCUS itself."""
    raw = _merged(name.replace("-", "_"))
    rows = tuple(Row.parse(cells) for cells in cast(list[list[str]], raw.pop("rows")))
    return Table.model_validate({**raw, "format": name, "rows": rows})


def _merged(stem: str) -> dict[str, object]:
    """Read a table on top of the one it extends: its columns replace that one's rows, its other keys that one's values."""
    raw: dict[str, object] = tomllib.loads(_text(f"{stem}.toml"))
    rows = cast(dict[str, list[list[str]]], raw.pop("table"))["map"]
    parent = raw.pop("extends", None)
    if parent is None:
        return {**raw, "rows": rows}
    base = _merged(str(parent))
    own = {cells[0] for cells in rows}
    kept = [cells for cells in cast(list[list[str]], base.pop("rows")) if cells[0] not in own]
    return {**base, **raw, "rows": [*rows, *kept]}


@cache
def lookup_table(name: str) -> tuple[tuple[str, ...], tuple[tuple[str, ...], ...]]:
    """Return the header and the rows of a lookup table; its first column is the key."""
    header, *rows = csv.reader(_text(f"{name}.csv").splitlines())
    return tuple(header), tuple(tuple(row) for row in rows)


def _text(name: str) -> str:
    return (files("connectors.billing.formats") / "tables" / name).read_text(encoding="utf-8")
