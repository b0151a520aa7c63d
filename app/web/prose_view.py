"""Draw an answer's prose; figures become links to their evidence."""

from collections.abc import Callable, Mapping, Sequence
from urllib.parse import quote

from agent.answer import BoundFigure
from app.web.amounts import figure_title
from app.web.nodes import link, node, opens
from app.web.prose import Items, Line, Paragraph, Prose, Reference, Table, Text, read
from finops.evidence import Evidence

OpenEvidence = Callable[[str, str], object]
MOST_ITEMS = 8


def evidence_path(evidence_id: str, figure: str = "") -> str:
    """Return the address of an evidence, at one of its figures."""
    return f"/evidence/{quote(evidence_id, safe='')}" + (f"?figure={quote(figure, safe='')}" if figure else "")


def draw_prose(prose: Prose, evidence: Mapping[str, Evidence], on_open: OpenEvidence) -> None:
    """Draw the blocks into the present slot; figures the text does not hold are listed beneath."""

    def line(parts: Line) -> None:
        for part in parts:
            if isinstance(part, Reference):
                draw_figure(part.figure, evidence, on_open)
            else:
                node("strong" if part.bold else "code" if part.code else "span", part.text)

    for block in prose.blocks:
        match block:
            case Paragraph():
                with node("h3" if block.heading else "p"):
                    line(block.line)
            case Items():
                _items(block, line)
            case Table():
                _table(block, line)
    if prose.unplaced:
        with node("p", classes="quiet"):
            node("span", "Figures: ")
            for figure in prose.unplaced:
                draw_figure(figure, evidence, on_open)
                node("span", " ")


def _items(block: Items, line: Callable[[Line], None]) -> None:
    """A long list keeps its first items; the rest folds away, since a chart and a table stand beneath."""
    fold = len(block.items) > MOST_ITEMS + 2
    head, rest = (block.items[:MOST_ITEMS], block.items[MOST_ITEMS:]) if fold else (block.items, ())
    tag = "ol" if block.numbered else "ul"
    _list(tag, head, line)
    if rest:
        with node("details", classes="fold"):
            node("summary", f"{len(rest)} more")
            _list(tag, rest, line)


def _list(tag: str, items: Sequence[Line], line: Callable[[Line], None]) -> None:
    with node(tag):
        for item in items:
            with node("li"):
                line(item)


def draw_words(text: str) -> None:
    """Draw one line of ours or of a policy's: what stands in backticks is set as code."""
    for block in read(text).blocks:
        match block:
            case Paragraph():
                for part in block.line:
                    if isinstance(part, Text):
                        node("code" if part.code else "span", part.text)
            case _:
                node("span", text)


def _table(block: Table, line: Callable[[Line], None]) -> None:
    with node("div", classes="table-scroll"), node("table", classes="grid"):
        with node("thead"), node("tr"):
            for cell in block.header:
                with node("th", attributes={"scope": "col"}):
                    line(cell)
        with node("tbody"):
            for row in block.rows:
                with node("tr"):
                    for cell in row:
                        with node("td"):
                            line(cell)


def draw_figure(figure: BoundFigure, evidence: Mapping[str, Evidence], on_open: OpenEvidence) -> None:
    """Draw one figure as a link: it opens beside the answer, or on its own page in a new tab."""
    source = evidence.get(figure.evidence)
    found = source.figure(figure.name) if source else None
    title = figure_title(found, figure.evidence) if found else f"{figure.name} ({figure.evidence})"
    element = link(figure.text, evidence_path(figure.evidence, figure.name), "fig", {"title": title})
    opens(element, lambda: on_open(figure.evidence, figure.name))
