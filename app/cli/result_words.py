"""A tool's result in a terminal: what its figures are about, the rates they were converted with, and what must be known of them."""

from collections.abc import Iterator, Mapping
from typing import cast

from pydantic import JsonValue

from finops.evidence import Evidence
from finops.notes import concerns, days_told
from finops.periods import Period
from finops.rates import Used
from tools.dimensions_contract import DimensionsResult
from tools.notes_contract import NotesResult


def about_lines(evidence: Evidence) -> Iterator[str]:
    """Yield the definition and the periods of a result that has them."""
    if definition := evidence.result.get("definition"):
        yield f"definition: {definition}"
    basis = {"charge": "charge", "billing": "billing"}.get(str(evidence.input.get("basis", "charge")), "charge")
    for name, words in (("period", "period"), ("compare_period", "compared with")):
        if (period := evidence.result.get(name)) is not None:
            found = Period.model_validate(period)
            kind = f", by {basis} period" if evidence.tool == "cost_query" else ""
            yield f"{words}: {found.label()} ({found.start} to {found.last_day}{kind})"


def remark_lines(evidence: Evidence) -> Iterator[str]:
    """Yield how amounts were converted, each rate once, and the caveats."""
    rates = [Used.model_validate(one) for one in _listed(evidence.result, "rates")]
    if currency := evidence.input.get("currency"):
        yield (
            f"converted to {currency}, each day's amounts at its own rate:"
            if rates
            else f"asked in {currency}; no rate was used"
        )
    for rate in rates:
        yield f"  rate: {rate}"
    for caveat in _listed(evidence.result, "caveats"):
        yield f"caveat: {caveat}"


def dimension_lines(result: DimensionsResult) -> Iterator[str]:
    """Yield what is loaded, and the dimensions or the values that were asked for."""
    yield f"{result.rows} rows, {result.first_day} to {result.last_day}, in {', '.join(result.currencies)}"
    for metric in result.metrics:
        for caveat in metric.caveats:
            yield f"caveat: {metric.name}: {caveat}"
    for value in result.values:
        yield f"{value.value if value.value is not None else '(none)'}  {value.rows} rows"
    for one in result.dimensions:
        more = ", ..." if one.distinct > len(one.values) else ""
        yield f"{one.name}  {one.distinct} values: {', '.join(one.values)}{more}"
    if result.virtual:
        yield f"virtual: {', '.join(result.virtual)}"
    listed = len(result.values) or len(result.dimensions)
    if result.matches > listed:
        yield f"{result.matches - listed} more; give a larger `limit`, or a `search` such as `tag:`"


def note_lines(result: NotesResult) -> Iterator[str]:
    """Yield the notes, a line each."""
    for one in result.notes:
        yield f"{days_told(one.day, one.last_day)}  {one.kind}  {one.text}  ({concerns(one.scope)}; by {one.person})"
    if not result.notes:
        yield "no notes for these days; record one with `toll notes add`"
    elif result.matches > len(result.notes):
        yield f"{result.matches - len(result.notes)} older ones; give a later `since`"


def _listed(result: Mapping[str, JsonValue], name: str) -> list[JsonValue]:
    found = result.get(name)
    return cast(list[JsonValue], found) if isinstance(found, list) else []
