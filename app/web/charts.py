"""Charts of an evidence, as ECharts options: a series is a line or stacked areas, a breakdown horizontal bars.

INVARIANT: data enters options as values, never as keys, since a key that starts with a colon is run as code by NiceGUI.
A float here is a position on a screen; the words beside it are made from the exact value.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from pydantic import JsonValue

from app.web.amounts import count, exactly, shown
from app.web.grids import bucket_label, cost_result, grain_of, group_label
from app.web.tool_grids import rightsizing
from finops.evidence import Evidence
from finops.periods import Grain
from tools.cost_result import CostResult, CostRow

# Okabe and Ito's colours for all kinds of colour vision, toned to keep 3:1 on both the light and the dark ground.
PALETTE = ("#2f7fd1", "#d9822b", "#1f9e78", "#b0569c", "#8a7a2f", "#3aa3c4", "#c8553d", "#7a6fd0")
REST = "#8b94a3"
MOST_BARS = 12
MOST_SERIES = 8

Options = dict[str, JsonValue]


@dataclass(frozen=True, slots=True)
class Chart:
    """One chart in one unit: what it is (for those who cannot see it), its options, its height and what it leaves out."""

    title: str
    options: Options
    height: int
    note: str = ""


def charts(evidence: Evidence) -> tuple[Chart, ...]:
    """Return the charts of an evidence, one for each unit; none where there is nothing to compare by eye."""
    if evidence.tool == "rightsize_instances":
        return _savings(evidence)
    result = cost_result(evidence)
    if result is None:
        return ()
    grain = grain_of(evidence)
    units = sorted({row.unit for row in result.rows})
    drawn = (_chart([row for row in result.rows if row.unit == unit], result, grain, unit) for unit in units)
    return tuple(chart for chart in drawn if chart is not None)


def _chart(rows: list[CostRow], result: CostResult, grain: Grain | None, unit: str) -> Chart | None:
    buckets = sorted({row.bucket for row in rows if row.bucket})
    if len(buckets) > 1:
        return _series(rows, buckets, result, grain, unit)
    return _bars(rows, result, unit) if len(rows) > 1 else None


def _savings(evidence: Evidence) -> tuple[Chart, ...]:
    result = rightsizing(evidence.result)
    found = result.recommendations if result else ()
    drawn: list[Chart] = []
    for currency in sorted({one.currency for one in found}):
        named = [
            (one.resource_name or one.resource_id, one.monthly_saving) for one in found if one.currency == currency
        ]
        if len(named) > 1:
            drawn.append(_ranked(f"Bars of saving in 30 days in {currency} by instance", "Saving", named, currency))
    return tuple(drawn)


def _ranked(title: str, name: str, named: Sequence[tuple[str, Decimal]], unit: str) -> Chart:
    kept = named[:MOST_BARS]
    options = _frame(
        right=96,
        legend=False,
        xAxis=_value_axis(),
        yAxis=_names([label for label, _ in kept]),
        series=[_bar(name, PALETTE[2], [_point(value, unit) for _, value in kept])],
    )
    note = f"The {len(kept)} largest of {count(len(named), 'row')} are drawn." if len(named) > len(kept) else ""
    return Chart(title, options, len(kept) * 26 + 46, note)


def _names(labels: list[str]) -> Options:
    return {
        "type": "category", "inverse": True, "data": [*labels], "axisTick": {"show": False}, "axisLine": {"show": False},
        "axisLabel": {"width": 150, "overflow": "truncate"},
    }  # fmt: skip


def _title(kind: str, rows: Sequence[CostRow], result: CostResult, unit: str) -> str:
    by = " and ".join(rows[0].group)
    return f"{kind} of {result.metric} in {unit}{f' by {by}' if by else ''}, {result.period.label()}"


def _point(value: Decimal, unit: str) -> JsonValue:
    return {"value": float(value), "exact": exactly(value, unit), "shown": shown(value, unit)}


_TEXT: Options = {"fontFamily": "inherit", "fontSize": 12}


def _frame(*, right: int, legend: bool, **more: JsonValue) -> Options:
    frame: Options = {
        "animationDuration": 250,
        "textStyle": _TEXT,
        "grid": {"left": 8, "right": right, "top": 40 if legend else 12, "bottom": 8, "containLabel": True},
        "tooltip": {"trigger": "axis", "axisPointer": {"type": "shadow"}, "confine": True, "className": "toll-tip",
                    ":formatter": "window.tollTip"},
        **more,
    }  # fmt: skip
    if legend:
        frame["legend"] = {
            "type": "scroll",
            "top": 0,
            "left": 4,
            "itemWidth": 12,
            "itemHeight": 8,
            "icon": "roundRect",
            "pageTextStyle": {"fontSize": 12},
        }
    return frame


def _value_axis() -> Options:
    return {
        "type": "value",
        "splitNumber": 4,
        "splitLine": {"lineStyle": {"color": "rgba(128,137,150,.22)"}},
        "axisLabel": {":formatter": "window.tollCompact", "hideOverlap": True},
    }


def _bars(rows: list[CostRow], result: CostResult, unit: str) -> Chart:
    kept = rows[:MOST_BARS]
    compared = [row.compare for row in kept] if result.compare_period else []
    series: list[JsonValue] = [_bar(result.period.label(), PALETTE[0], [_point(row.value, unit) for row in kept])]
    # INVARIANT: the label beside a bar is text in an SVG, never HTML.
    if any(value is not None for value in compared) and result.compare_period:
        values = [_point(value, unit) if value is not None else None for value in compared]
        series.append(_bar(result.compare_period.label(), REST, values))
    options = _frame(
        right=96,
        legend=len(series) > 1,
        xAxis=_value_axis(),
        yAxis=_names([group_label(row) for row in kept]),
        series=series,
    )  # fmt: skip
    note = f"The {len(kept)} largest of {count(len(rows), 'row')} are drawn." if len(rows) > len(kept) else ""
    height = len(kept) * (26 + 16 * (len(series) - 1)) + (74 if len(series) > 1 else 46)
    return Chart(_title("Bars", rows, result, unit), options, height, note)


def _bar(name: str, colour: str, data: list[JsonValue]) -> Options:
    return {
        "type": "bar", "name": name, "data": data, "barMaxWidth": 16, "barGap": "15%",
        "itemStyle": {"color": colour, "borderRadius": 2},
        "label": {"show": True, "position": "right", ":formatter": "window.tollShown"},
    }  # fmt: skip


def _series(rows: list[CostRow], buckets: list[date], result: CostResult, grain: Grain | None, unit: str) -> Chart:
    groups: dict[str, dict[date, Decimal]] = {}
    for row in rows:
        if row.bucket:
            groups.setdefault(group_label(row), {})[row.bucket] = row.value
    # Largest first, so that the most important area lies on the axis; ties by name.
    order = sorted(groups, key=lambda name: (-sum(groups[name].values()), name))
    kept = order[:MOST_SERIES]
    stacked = len(groups) > 1
    # Areas below and above the axis would hide one another: credits are drawn as stacked bars.
    kind = "bar" if stacked and any(value < 0 for name in kept for value in groups[name].values()) else "line"
    series: list[JsonValue] = [
        _one_series(name, index, [groups[name].get(bucket) for bucket in buckets], unit, kind=kind, stacked=stacked)
        for index, name in enumerate(kept)
    ]
    options = _frame(
        right=34,
        legend=stacked,
        xAxis={"type": "category", "boundaryGap": kind == "bar", "data": [bucket_label(b, grain) for b in buckets],
               "axisTick": {"show": False}, "axisLine": {"lineStyle": {"color": "rgba(128,137,150,.5)"}},
               "axisLabel": {"hideOverlap": True}},
        yAxis=_value_axis(),
        series=series,
    )  # fmt: skip
    note = f"The {len(kept)} largest of {count(len(order), 'group')} are drawn." if len(order) > len(kept) else ""
    return Chart(_title("Stacked areas" if stacked else "Line", rows, result, unit), options, 280, note)


def _one_series(name: str, index: int, values: list[Decimal | None], unit: str, *, kind: str, stacked: bool) -> Options:
    colour = PALETTE[index % len(PALETTE)]
    absent = Decimal(0) if stacked else None  # no charge adds nothing to a stack, and leaves a gap in a line
    filled = [absent if value is None else value for value in values]
    options: Options = {
        "type": kind,
        "name": name,
        "data": [None if value is None else _point(value, unit) for value in filled],
        "itemStyle": {"color": colour},
        "emphasis": {"focus": "series"},
    }
    if stacked:
        options["stack"] = "all"
    if kind == "line":
        options |= {"showSymbol": len(values) < 32, "symbolSize": 5, "lineStyle": {"width": 1 if stacked else 2}}
        options["areaStyle"] = {"opacity": 0.55 if stacked else 0.12}
    return options
