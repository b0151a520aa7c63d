"""Draw what an evidence shows: its charts, and the table of exact values beneath."""

from nicegui import ui

from app.web.amounts import count
from app.web.charts import Chart, charts
from app.web.grids import grid
from app.web.nodes import link, node, opens, scroll
from app.web.prose_view import OpenEvidence, evidence_path
from app.web.table import Cell, Column, Grid
from app.web.tool_words import tool_title
from finops.evidence import Evidence

MOST_ROWS = 200
ROWS_SHOWN_OPEN = 12


def worth_showing(evidence: Evidence) -> bool:
    """Tell whether a picture or a table says more than the prose: at least two rows."""
    table = grid(evidence)
    return evidence.tool != "propose_action" and table is not None and len(table.rows) > 1


def draw_exhibit(evidence: Evidence, on_open: OpenEvidence) -> None:
    """Draw one evidence's charts and table, with the way to its source."""
    table = grid(evidence)
    with node("figure", classes="exhibit"):
        with node("figcaption"):
            node("span", tool_title(evidence), "exhibit-title")
            element = link("Evidence", evidence_path(evidence.id), "more", {"title": evidence.id})
            opens(element, lambda: on_open(evidence.id, ""))
        for chart in charts(evidence):
            draw_chart(chart)
        if table:
            rows = len(table.rows)
            with node("details", classes="fold", attributes={"open": rows <= ROWS_SHOWN_OPEN}):
                node("summary", f"Exact values: {count(rows, 'row')}")
                draw_grid(table, evidence.id)


def draw_chart(chart: Chart) -> None:
    """Draw one chart; who cannot see it is told what it is, and that the table has its values."""
    label = f"{chart.title}. The table beneath has the exact values."
    with node("div", classes="chart", attributes={"role": "img", "aria-label": label}):
        ui.echart(chart.options, renderer="svg").style(f"height: {chart.height}px; width: 100%")
    if chart.note:
        node("p", f"{chart.note} The table has them all.", "quiet")


def draw_grid(table: Grid, evidence_id: str) -> None:
    """Draw a table; beyond 200 rows it says where the rest is."""
    with scroll("Exact values"), node("table", classes="grid"):
        with node("thead"), node("tr"):
            for column in table.columns:
                node("th", column.label, "num" if column.numeric else "", {"scope": "col"})
        with node("tbody"):
            for row in table.rows[:MOST_ROWS]:
                _row(row, table.columns)
        if table.totals:
            with node("tfoot"):
                for row in table.totals:
                    _row(row, table.columns)
    with node("p", classes="quiet"):
        if len(table.rows) > MOST_ROWS:
            node("span", f"The first {MOST_ROWS} of {count(len(table.rows), 'row')}. ")
        link("Download CSV", f"{evidence_path(evidence_id)}/table.csv", "more", {"download": True})


def _row(row: tuple[Cell, ...], columns: tuple[Column, ...]) -> None:
    with node("tr"):
        for cell, column in zip(row, columns, strict=True):
            node("td", cell.text, "num" if column.numeric else "")
