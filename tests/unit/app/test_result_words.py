"""What a terminal shows of a result besides its figures."""

from datetime import date

from pydantic import JsonValue

from app.cli.result_words import about_lines, dimension_lines, remark_lines
from finops.evidence import Evidence, seal
from tools.dimensions_contract import DimensionRow, DimensionsResult, ValueRow


def _converted() -> Evidence:
    period: JsonValue = {"start": "2024-09-01", "end": "2024-10-01"}
    rate: JsonValue = {"source": "EUR", "target": "USD", "rate": "1.1", "day": "2024-08-31", "via": ""}
    return seal(
        tool="cost_query", arguments={"currency": "USD", "basis": "billing"}, snapshot="s1", as_of="2024-10-01", rows_read=3,
        result={"definition": "billed cost: what is invoiced", "period": period, "rates": [rate], "caveats": ["ends early"]},
        figures=(), formula="sum",
    )  # fmt: skip


def test_definition_period_and_basis_are_told() -> None:
    assert list(about_lines(_converted())) == [
        "definition: billed cost: what is invoiced",
        "period: September 2024 (2024-09-01 to 2024-09-30, by billing period)",
    ]


def test_conversion_rates_and_caveats_are_told() -> None:
    assert list(remark_lines(_converted())) == [
        "converted to USD, each day's amounts at its own rate:",
        "  rate: 1 EUR = 1.1 USD of 2024-08-31",
        "caveat: ends early",
    ]


def test_an_amount_that_needed_no_rate_is_not_said_to_be_converted() -> None:
    evidence = _converted().model_copy(update={"result": {}})
    assert list(remark_lines(evidence)) == ["asked in USD; no rate was used"]


def _dimensions(**found: object) -> DimensionsResult:
    held = {"rows": 5, "first_day": date(2024, 9, 1), "last_day": date(2024, 9, 30), "currencies": ("USD",)}
    return DimensionsResult.model_validate({**held, "sources": (), "metrics": (), "matches": 2, **found})


def test_dimensions_and_tags_are_listed_with_their_values() -> None:
    rows = (DimensionRow(name="tag:team", distinct=3, values=("payments", "search")),)
    lines = list(dimension_lines(_dimensions(dimensions=rows)))
    assert lines[1:] == [
        "tag:team  3 values: payments, search, ...",
        "1 more; give a larger `limit`, or a `search` such as `tag:`",
    ]


def test_the_values_of_a_dimension_are_listed_with_their_rows() -> None:
    rows = (ValueRow(value="AWS", rows=4), ValueRow(value=None, rows=1))
    assert list(dimension_lines(_dimensions(dimension="ProviderName", values=rows)))[1:] == [
        "AWS  4 rows",
        "(none)  1 rows",
    ]
