"""Tables of results, and the same as CSV."""

import csv
from decimal import Decimal
from io import StringIO

from pydantic import JsonValue

from app.web.grids import Cell, Column, Grid, as_csv, fields_of, grid
from finops.evidence import Evidence, seal
from tests.e2e.fake_evidence import costs, days, providers, services_by_month
from tools.cost_result import CostRow


def table(evidence: Evidence) -> Grid:
    found = grid(evidence)
    assert found is not None
    return found


def texts(row: tuple[Cell, ...]) -> list[str]:
    return [cell.text for cell in row]


def test_a_breakdown_shows_exact_values_and_its_total() -> None:
    found = table(providers())
    assert [column.label for column in found.columns] == [
        "ProviderName", "BilledCost (USD)", "Share (%)", "August 2024 (USD)", "Change (USD)",
    ]  # fmt: skip
    assert texts(found.rows[0]) == ["AWS", "18.00663861840", "87.75", "15.20113", "2.80550861840"]
    assert texts(found.totals[0])[:2] == ["Total", "20.52022672899"]


def test_a_series_names_its_buckets_by_grain() -> None:
    assert texts(table(services_by_month()).rows[0])[:2] == ["Apr 2024", "Amazon EC2"]
    assert texts(table(days()).rows[0])[0] == "1 Sep 2024"


def test_several_units_get_a_column_and_a_total_each() -> None:
    rows = [CostRow(figure=f"{u}", group={"ProviderName": "A"}, value=Decimal(1), unit=u) for u in ("EUR", "USD")]
    found = table(costs(rows, period="2024-09", group_by=["ProviderName"]))
    assert [column.label for column in found.columns][:3] == ["ProviderName", "Unit", "BilledCost"]
    assert [texts(row)[:2] for row in found.totals] == [["Total", "EUR"], ["Total", "USD"]]


def test_a_group_without_a_value_says_so_and_the_rest_is_other() -> None:
    rows = [
        CostRow(figure="none", group={"ServiceName": None}, value=Decimal(2), unit="USD"),
        CostRow(figure="other", group={"ServiceName": None}, other=True, value=Decimal(1), unit="USD"),
    ]
    found = table(costs(rows, period="2024-09", group_by=["ServiceName"]))
    assert [texts(row)[0] for row in found.rows] == ["(none)", "other"]


def other_tool(tool: str, result: dict[str, JsonValue]) -> Evidence:
    return seal(
        tool=tool, arguments={}, snapshot="s", as_of="2024-10-01", rows_read=1, result=result, figures=(), formula=""
    )


def test_right_sizing_shows_the_fields_a_reader_wants() -> None:
    record: JsonValue = {"resource_id": "i-1", "current_type": "m5.xlarge", "target_type": None, "monthly_saving": "12.5",
              "monthly_cost_before": "12.5", "monthly_cost_after": "0", "currency": "USD", "account": "1"}  # fmt: skip
    found = table(other_tool("rightsize_instances", {"recommendations": [record]}))
    row = dict(zip([column.label for column in found.columns], texts(found.rows[0]), strict=True))
    assert (row["Instance"], row["Change to"], row["Saving"]) == ("i-1", "stop it", "12.5")
    assert "account" not in row


def test_another_tools_first_list_of_records_is_its_table() -> None:
    found = table(other_tool("x", {"a": 1, "found": [{"id": "1", "days": 3}, {"id": "2", "note": "b"}]}))
    assert [texts(row) for row in found.rows] == [["1", "3", ""], ["2", "", "b"]]


def test_a_result_without_records_is_shown_as_fields() -> None:
    evidence = other_tool("calculate", {"value": "3", "empty": [], "terms": ["a", "b"]})
    assert grid(evidence) is None
    assert fields_of(evidence.result) == (("value", "3"), ("terms", "a, b"))


def test_csv_reads_back_as_plain_numbers() -> None:
    found = Grid((Column("Name"), Column("Cost", numeric=True)), ((Cell("a,b"), Cell("-1,234.50")),))
    assert list(csv.reader(StringIO(as_csv(found)))) == [["Name", "Cost"], ["a,b", "-1234.50"]]


def test_a_cell_that_a_spreadsheet_would_run_is_made_text() -> None:
    found = Grid((Column("Name"),), ((Cell("=HYPERLINK(1)"),), (Cell("@x"),), (Cell("plain"),)))
    assert [row[0] for row in csv.reader(StringIO(as_csv(found)))][1:] == ["'=HYPERLINK(1)", "'@x", "plain"]
