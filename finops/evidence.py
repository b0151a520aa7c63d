"""Evidence: what was computed, from what, with which result, so that any figure can be retraced and replayed."""

from decimal import Decimal
from typing import cast

from pydantic import Field, JsonValue, field_serializer

from finops.canonical import canonical, digest
from finops.money import exact, plain
from finops.periods import Period
from finops.query import Frozen

# Everything that is no currency: counts and shares carry these units.
UNITS = ("rows", "%", "days", "vCPU", "GiB", "count", "ratio")


class Figure(Frozen):
    """One number with what it is about. `name` is unique within its evidence (`total`, `AWS`, `AWS.change`)."""

    name: str
    value: Decimal
    unit: str = Field(description="ISO 4217 currency, FOCUS unit, or one of %, rows, days, vCPU, GiB, count, ratio")
    subject: str = Field(default="all", description="what it is about, such as ProviderName=AWS")
    period: Period | None = None
    definition: str = Field(default="", description="cost definition or method, such as BilledCost")

    @field_serializer("value")
    def _digits(self, value: Decimal) -> str:
        return plain(exact(value))


class Evidence(Frozen):
    """The record of one tool call. `id` is derived from all that identifies it, so a changed byte is a different id."""

    id: str
    tool: str
    input: dict[str, JsonValue]
    snapshot: str = Field(description="id of the lake's state it was computed on")
    as_of: str = Field(description="the day the tool was told is today, ISO 8601")
    rows_read: int
    result: dict[str, JsonValue]
    result_hash: str
    figures: tuple[Figure, ...]
    formula: str = Field(description="how the figures come from the rows, in words")
    query: str = Field(default="", description="what the store ran, for reading")
    sources: tuple[str, ...] = Field(default=(), description="ids of the evidence this was derived from")

    def figure(self, name: str) -> Figure | None:
        """Return the figure called `name`, or None."""
        return next((figure for figure in self.figures if figure.name == name), None)


def seal(
    *,
    tool: str,
    arguments: dict[str, JsonValue],
    snapshot: str,
    as_of: str,
    rows_read: int,
    result: dict[str, JsonValue],
    figures: tuple[Figure, ...],
    formula: str,
    query: str = "",
    sources: tuple[str, ...] = (),
) -> Evidence:
    """Return the evidence of a call, its result hashed and its id derived."""
    result_hash = digest({"result": result, "figures": figures_json(figures)})
    identity = {
        "tool": tool, "input": arguments, "snapshot": snapshot, "as_of": as_of, "rows": rows_read, "result": result_hash,
    }  # fmt: skip
    return Evidence(
        id="ev-" + digest(identity)[:16], tool=tool, input=arguments, snapshot=snapshot, as_of=as_of, rows_read=rows_read,
        result=result, result_hash=result_hash, figures=figures, formula=formula, query=query, sources=sources,
    )  # fmt: skip


def figures_json(figures: tuple[Figure, ...]) -> list[JsonValue]:
    """Return figures as plain JSON."""
    return cast(list[JsonValue], [figure.model_dump(mode="json") for figure in figures])


def intact(evidence: Evidence) -> bool:
    """Tell whether the stored result still is the one that was sealed, byte for byte."""
    again = seal(
        tool=evidence.tool, arguments=evidence.input, snapshot=evidence.snapshot, as_of=evidence.as_of,
        rows_read=evidence.rows_read, result=evidence.result, figures=evidence.figures, formula=evidence.formula,
        query=evidence.query, sources=evidence.sources,
    )  # fmt: skip
    return canonical(again) == canonical(evidence)
