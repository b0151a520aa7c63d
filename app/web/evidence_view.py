"""One evidence in full: what was asked, of which data, by which query and formula, and every figure of it."""

from nicegui.elements.mixins.text_element import TextElement

from app.web.amounts import count, exactly
from app.web.charts import charts
from app.web.exhibits import draw_chart, draw_grid
from app.web.grids import fields_of, grid
from app.web.nodes import button, link, node, pre, scroll
from app.web.prose_view import evidence_path
from app.web.tool_words import pretty, tool_name, tool_title
from app.web.viewer import Viewer, explain
from finops.evidence import Evidence, Figure, intact

MOST_FIGURES = 300


def draw_evidence(viewer: Viewer, evidence: Evidence, *, highlight: str = "", page: bool = False) -> None:
    """Draw all of it; `highlight` names the figure the reader came from; `page` leaves out the way to the page."""
    node("h1" if page else "h2", tool_title(evidence), "ev-title")
    with node("p", classes="ev-id"):
        node("code", evidence.id)
        if not page:
            link("Open on its own page", evidence_path(evidence.id, highlight), "more")
        link("JSON", f"{evidence_path(evidence.id)}/evidence.json", "more", {"download": True})
    if found := evidence.figure(highlight):
        _came_from(found)
    _facts(evidence)
    _replay(viewer, evidence)
    with _section("Formula"):
        node("p", evidence.formula or "The tool gave none.", "formula")
    if drawn := charts(evidence):
        with _section("Chart"):
            for chart in drawn:
                draw_chart(chart)
    if table := grid(evidence):
        with _section("Result"):
            draw_grid(table, evidence.id)
    elif fields := fields_of(evidence.result):
        with _section("Result"):
            _pairs(fields)
    with _section(f"Figures ({len(evidence.figures)})"):
        _figures(evidence.figures, highlight)
    with _section("Input"):
        pre(pretty(evidence.input), "Input")
    if evidence.query:
        with _section("Query the store ran"):
            pre(evidence.query, "Query")


def _section(title: str) -> TextElement:
    section = node("section", classes="ev-section")
    with section:
        node("h3", title)
    return section


def _came_from(figure: Figure) -> None:
    with node("div", classes="ev-figure"):
        node("strong", exactly(figure.value, figure.unit), "tabular")
        parts = [figure.name, figure.definition, figure.period.label() if figure.period else ""]
        node("span", " · ".join(part for part in parts if part), "quiet")


def _facts(evidence: Evidence) -> None:
    with node("dl", classes="facts"):
        _pair("Tool", tool_name(evidence.tool))
        _pair("Rows read", count(evidence.rows_read, "row"))
        _pair("Data snapshot", evidence.snapshot, code=True)
        _pair("Computed as of", evidence.as_of)
        _pair("Result hash", evidence.result_hash[:16], code=True, title=evidence.result_hash)
        _pair(
            "Seal", "intact: the stored bytes are the ones computed" if intact(evidence) else "BROKEN: do not trust it"
        )
        if evidence.sources:
            node("dt", "Derived from")
            with node("dd"):
                for source in evidence.sources:
                    link(source, evidence_path(source), "more")


def _pair(term: str, value: str, *, code: bool = False, title: str = "") -> None:
    node("dt", term)
    with node("dd", attributes={"title": title} if title else {}):
        node("code" if code else "span", value)


def _pairs(fields: tuple[tuple[str, str], ...]) -> None:
    with node("dl", classes="facts"):
        for name, value in fields:
            _pair(name, value)


def _figures(figures: tuple[Figure, ...], highlight: str) -> None:
    with scroll("Figures"), node("table", classes="grid"):
        with node("thead"), node("tr"):
            for title in ("Figure", "Value", "Unit", "Definition", "Period"):
                node("th", title, "num" if title == "Value" else "", {"scope": "col"})
        with node("tbody"):
            for figure in sorted(figures[:MOST_FIGURES], key=lambda figure: figure.name != highlight):
                with node("tr", classes="hit" if figure.name == highlight else ""):
                    node("td", figure.name)
                    node("td", f"{figure.value:,f}", "num")
                    node("td", figure.unit)
                    node("td", figure.definition)
                    node("td", figure.period.label() if figure.period else "")
    if len(figures) > MOST_FIGURES:
        node("p", f"The first {MOST_FIGURES} of {len(figures):,}; the JSON has them all.", "quiet")


def _replay(viewer: Viewer, evidence: Evidence) -> None:
    with node("div", classes="replay"):
        run = button("Run it again", kind="small")
        verdict = node("p", "Replays the same call on the same data and compares byte for byte.", "quiet",
                       {"role": "status"})  # fmt: skip

    async def replay() -> None:
        run.props["disabled"] = True
        verdict.classes(replace="quiet").props["aria-busy"] = "true"
        try:
            same = await viewer.call(viewer.services.replay, viewer.principal, evidence.id)
            text, kind = ("Same: the result is identical, byte for byte.", "good") if same else (
                "Different: the call no longer gives this result on the data loaded now.", "bad")  # fmt: skip
        except Exception as error:  # noqa: BLE001 - an entry point: the page says it in one sentence
            text, kind = explain(error), "bad"
        verdict.classes(replace=kind)
        verdict.props["aria-busy"] = "false"
        verdict.set_text(text)
        run.props["disabled"] = False

    run.on("click", replay, args=[])
