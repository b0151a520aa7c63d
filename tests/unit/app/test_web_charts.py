"""Charts of evidence as options."""

import json
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import cast

from app.web.charts import MOST_BARS, charts
from finops.evidence import Evidence
from tests.e2e.fake_evidence import costs, days, many_services, providers, services_by_month
from tools.cost_result import CostRow


def series(evidence: Evidence, index: int = 0) -> list[dict[str, object]]:
    return cast("list[dict[str, object]]", charts(evidence)[index].options["series"])


def test_a_breakdown_is_horizontal_bars_with_what_it_is_compared_to() -> None:
    drawn = series(providers())
    assert [one["name"] for one in drawn] == ["September 2024", "August 2024"]
    assert {one["type"] for one in drawn} == {"bar"}
    point = cast("list[dict[str, object]]", drawn[0]["data"])[0]
    assert (point["exact"], point["shown"]) == ("USD 18.00663861840", "USD 18.01")


def test_a_series_of_groups_is_stacked_areas_the_largest_first() -> None:
    drawn = series(services_by_month())
    assert [one["name"] for one in drawn][:2] == ["Amazon EC2", "Amazon RDS"]
    assert all(one["type"] == "line" and one["stack"] == "all" for one in drawn)


def test_a_series_of_one_is_a_line() -> None:
    (line,) = series(days())
    assert line["type"] == "line"
    assert "stack" not in line


def test_credits_are_drawn_as_bars_so_that_areas_do_not_hide_one_another() -> None:
    rows = [
        CostRow(figure=f"{name}@{month}", group={"ServiceName": name}, bucket=date(2024, month, 1), unit="USD", value=Decimal(v))
        for name, v in (("EC2", 5), ("Credit", -1)) for month in (8, 9)
    ]  # fmt: skip
    drawn = series(costs(rows, period="2024-08-01..2024-09-30", group_by=["ServiceName"], grain="month"))
    assert {one["type"] for one in drawn} == {"bar"}


def test_each_unit_has_a_chart_of_its_own() -> None:
    rows = [
        CostRow(figure=f"{name} {unit}", group={"ProviderName": name}, unit=unit, value=Decimal(3))
        for unit in ("USD", "EUR") for name in ("A", "B")
    ]  # fmt: skip
    found = charts(costs(rows, period="2024-09", group_by=["ProviderName"]))
    assert [chart.title.split()[4] for chart in found] == ["EUR", "USD"]


def test_a_long_breakdown_says_what_it_leaves_out() -> None:
    (chart,) = charts(many_services())
    assert len(cast("list[object]", series(many_services())[0]["data"])) == MOST_BARS
    assert chart.note == "The 12 largest of 20 rows are drawn."


def test_one_number_is_no_chart() -> None:
    assert charts(costs([CostRow(figure="total", group={}, value=Decimal(1), unit="USD")], period="2024-09")) == ()


def keys(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        for key, item in cast("dict[str, object]", value).items():
            yield key
            yield from keys(item)
    elif isinstance(value, list):
        for item in cast("list[object]", value):
            yield from keys(item)


def test_names_out_of_a_bill_never_become_keys_or_code() -> None:
    evil = ":formatter"
    evidence = providers((evil, "<b>", "c"))
    (chart,) = charts(evidence)
    code = [key for key in keys(chart.options) if key.startswith(":")]
    assert set(code) == {":formatter"}
    assert evil in json.dumps(chart.options["yAxis"])
    assert all("<b>" not in key for key in keys(chart.options))
