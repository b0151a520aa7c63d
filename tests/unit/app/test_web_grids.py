"""Tables of results, and the same as CSV."""

import csv
from datetime import date
from decimal import Decimal
from io import StringIO
from typing import cast

from pydantic import JsonValue

from app.web.charts import charts
from app.web.grids import fields_of, grid
from app.web.table import Cell, Column, Grid, as_csv
from finops.evidence import Evidence, seal
from finops.periods import Period
from tests.e2e.fake_evidence import costs, days, providers, services_by_month
from tools.anomaly_contract import AnomaliesResult, Incident
from tools.cost_result import CostRow
from tools.rightsize_contract import Recommendation, RightsizeResult, SavingTotal


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


def recommendation(name: str, target: str | None) -> Recommendation:
    return Recommendation(
        figure=name, kind="resize_instance" if target else "stop_instance", resource_id=name, resource_name=None, account="1",
        region="r", environment="dev", owner=None, current_type="m5.xlarge", target_type=target, vcpu_before=Decimal(4),
        vcpu_after=Decimal(2), memory_gib_before=Decimal(16), memory_gib_after=Decimal(8), cpu_percentile=Decimal("8.570000"),
        need_vcpu=Decimal(1), need_memory_gib=None, samples=1, days=30, coverage=Decimal(1), risk="low",
        over_capacity=Decimal(0), currency="USD", monthly_cost_before=Decimal("12.5"), monthly_cost_after=Decimal(0),
        monthly_saving=Decimal("12.5"), committed_cost=Decimal(0), candidates=1, formula="f",
    )  # fmt: skip


def test_right_sizing_shows_what_a_reader_decides_by() -> None:
    result = RightsizeResult(
        first_day=date(2024, 9, 1), last_day=date(2024, 9, 30), instances=2, well_sized=0, below_minimum=0, skipped=(),
        skipped_count=0, recommendations=(recommendation("i-1", "m5.large"), recommendation("i-2", None)),
        totals=(SavingTotal(figure="saving", currency="USD", monthly_cost_before=Decimal(25), monthly_saving=Decimal(25),
                            recommendations=2),),
    )  # fmt: skip
    evidence = other_tool("rightsize_instances", cast("dict[str, JsonValue]", result.model_dump(mode="json")))
    found = table(evidence)
    assert texts(found.rows[0])[:5] == ["i-1", "", "dev", "m5.xlarge → m5.large", "8.57"]
    assert texts(found.rows[1])[3] == "m5.xlarge, idle: stop"
    assert texts(found.totals[0])[-3:] == ["25.00", "25.00", "USD"]
    assert [chart.title for chart in charts(evidence)] == ["Bars of saving in 30 days in USD by instance"]


def test_anomalies_name_where_and_how_much() -> None:
    incident = Incident(
        figure="x", scope={"ServiceName": "EC2", "SubAccountId": None}, first_day=date(2024, 9, 3), last_day=date(2024, 9, 4),
        days=2, actual=Decimal(90), expected=Decimal(30), excess=Decimal(60), currency="USD", percent=None, z=None,
        status="open", rule="spike",
    )  # fmt: skip
    result = AnomaliesResult(
        metric="EffectiveCost", period=Period.parse("2024-09"), incidents=(incident,), decreases=(), charges=(), found=1,
        series=4, gates={},
    )  # fmt: skip
    found = table(other_tool("detect_anomalies", cast("dict[str, JsonValue]", result.model_dump(mode="json"))))
    assert texts(found.rows[0])[:6] == ["2024-09-03", "2024-09-04", "EC2 / (none)", "90.00", "30.00", "60.00"]


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


def credited() -> Evidence:
    """Return a cost that credits bring to nothing, with further columns."""
    row: dict[str, JsonValue] = {
        "figure": "AWS", "value": "0.00", "unit": "USD", "gross": "33.86", "credits": "-33.86",
        "also": {
            "ListCost": {"value": "50.00", "unit": "USD"},
            "EffectiveSavingsRate": {"value": "12.3456", "unit": "%"},
            "first_charge": {"date": "2024-09-01"},
        },
    }  # fmt: skip
    result: dict[str, JsonValue] = {
        "metric": "BilledCost", "period": {"start": "2024-09-01", "end": "2024-10-01"},
        "rows": [{**row, "group": {"ProviderName": "AWS"}}], "totals": [{**row, "rows": 3}],
    }  # fmt: skip
    return seal(
        tool="cost_query",
        arguments={},
        snapshot="s",
        as_of="2024-10-01",
        rows_read=3,
        result=result,
        figures=(),
        formula="sum",
    )


def test_credits_that_bring_a_cost_to_nothing_stand_beside_it() -> None:
    found = table(credited())
    assert [column.label for column in found.columns][:4] == [
        "ProviderName", "BilledCost, net (USD)", "Gross (USD)", "Credits (USD)",
    ]  # fmt: skip
    assert texts(found.rows[0])[:4] == ["AWS", "0.00", "33.86", "-33.86"]


def test_further_columns_have_their_units_and_a_date_is_no_number() -> None:
    found = table(credited())
    assert [(column.label, column.numeric) for column in found.columns][4:] == [
        ("ListCost (USD)", True), ("EffectiveSavingsRate (%)", True), ("first_charge", False),
    ]  # fmt: skip
    assert texts(found.rows[0])[4:] == ["50.00", "12.35", "2024-09-01"]
