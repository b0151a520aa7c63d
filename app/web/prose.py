"""Read an answer's prose into blocks: a small, closed part of Markdown, in which figures become references.

Nothing here ever makes HTML. What is not understood stays text, so a tag or a model can put no markup on a page.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from agent.answer import BoundFigure

# Two characters of the private use area bracket a figure's index while lines are read.
_OPEN, _CLOSE = "\ue000", "\ue001"
_INLINE = re.compile(rf"\*\*(?P<bold>[^*]+)\*\*|`(?P<code>[^`\n]+)`|{_OPEN}(?P<figure>\d+){_CLOSE}")
_BULLET = re.compile(r"\s*[-*•]\s+(?P<text>.+)")
_NUMBERED = re.compile(r"\s*\d{1,3}[.)]\s+(?P<text>.+)")
_HEADING = re.compile(r"#{1,6}\s+(?P<text>.+)")
_RULE = re.compile(r"\|?[\s:|-]*-[\s:|-]*\|?")


@dataclass(frozen=True, slots=True)
class Text:
    """A run of plain words."""

    text: str
    bold: bool = False
    code: bool = False


@dataclass(frozen=True, slots=True)
class Reference:
    """A figure as written, and what it is bound to."""

    figure: BoundFigure
    bold: bool = False


Inline = Text | Reference
Line = tuple[Inline, ...]


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Lines that flow together; `heading` where it titles what follows."""

    line: Line
    heading: bool = False


@dataclass(frozen=True, slots=True)
class Items:
    """A list, numbered or not."""

    items: tuple[Line, ...]
    numbered: bool


@dataclass(frozen=True, slots=True)
class Table:
    """A table: the header and its rows, each as long as the header."""

    header: tuple[Line, ...]
    rows: tuple[tuple[Line, ...], ...]


Block = Paragraph | Items | Table


@dataclass(frozen=True, slots=True)
class Prose:
    """An answer read; `unplaced` are figures that the text does not hold word for word."""

    blocks: tuple[Block, ...]
    unplaced: tuple[BoundFigure, ...]


def read(text: str, figures: Sequence[BoundFigure] = ()) -> Prose:
    """Return the blocks of `text`, each of `figures` (in order of appearance) a reference at its place."""
    marked, unplaced = _mark(text.replace(_OPEN, "").replace(_CLOSE, ""), figures)
    return Prose(tuple(_blocks(marked.splitlines(), figures)), unplaced)


def _mark(text: str, figures: Sequence[BoundFigure]) -> tuple[str, tuple[BoundFigure, ...]]:
    pieces: list[str] = []
    unplaced: list[BoundFigure] = []
    position = 0
    for index, figure in enumerate(figures):
        # A figure never starts or ends inside a longer number.
        pattern = re.compile(rf"(?<!\d)(?<!\d[.,]){re.escape(figure.text)}(?!\d)(?![.,]\d)")
        found = pattern.search(text, position) if figure.text else None
        if found is None:
            unplaced.append(figure)
            continue
        pieces += [text[position : found.start()], f"{_OPEN}{index}{_CLOSE}"]
        position = found.end()
    return "".join([*pieces, text[position:]]), tuple(unplaced)


def _inlines(text: str, figures: Sequence[BoundFigure], *, bold: bool = False) -> Iterator[Inline]:
    position = 0
    for match in _INLINE.finditer(text):
        if match.start() > position:
            yield Text(text[position : match.start()], bold=bold)
        if match["figure"] is not None:
            yield Reference(figures[int(match["figure"])], bold=bold)
        elif match["code"] is not None:
            yield from (
                Text(part.text, bold=bold, code=True) if isinstance(part, Text) else part
                for part in _inlines(match["code"], figures)
            )
        else:
            yield from _inlines(match["bold"], figures, bold=True)
        position = match.end()
    if position < len(text):
        yield Text(text[position:], bold=bold)


def _line(text: str, figures: Sequence[BoundFigure]) -> Line:
    return tuple(_inlines(text.strip(), figures))


def _cells(text: str, figures: Sequence[BoundFigure]) -> tuple[Line, ...]:
    return tuple(_line(cell, figures) for cell in text.strip().strip("|").split("|"))


def _kind(line: str) -> str:
    if not line.strip():
        return "blank"
    if line.strip().startswith("|") and line.strip().endswith("|") and len(line.strip()) > 1:
        return "table"
    if _HEADING.fullmatch(line.strip()):
        return "heading"
    if _BULLET.fullmatch(line):
        return "bullet"
    return "numbered" if _NUMBERED.fullmatch(line) else "text"


def _runs(lines: Sequence[str]) -> Iterator[tuple[str, list[str]]]:
    run: list[str] = []
    kind = "blank"
    for line in lines:
        if _kind(line) != kind or kind == "heading":
            if run and kind != "blank":
                yield kind, run
            run, kind = [], _kind(line)
        run.append(line)
    if run and kind != "blank":
        yield kind, run


def _blocks(lines: Sequence[str], figures: Sequence[BoundFigure]) -> Iterator[Block]:
    for kind, run in _runs(lines):
        if kind == "table" and len(run) > 1:
            yield _table(run, figures)
        elif kind == "heading":
            yield Paragraph(_line(run[0].strip().lstrip("#"), figures), heading=True)
        elif kind in ("bullet", "numbered"):
            pattern = _BULLET if kind == "bullet" else _NUMBERED
            items = tuple(_line(pattern.sub(r"\g<text>", line, count=1), figures) for line in run)
            yield Items(items, numbered=kind == "numbered")
        else:
            yield Paragraph(_line(" ".join(line.strip() for line in run), figures))


def _table(run: Sequence[str], figures: Sequence[BoundFigure]) -> Table:
    header = _cells(run[0], figures)
    rows = [_cells(line, figures) for line in run[1:] if not _RULE.fullmatch(line.strip())]
    width = max(len(header), *(len(row) for row in rows), 1) if rows else len(header)

    def fill(row: tuple[Line, ...]) -> tuple[Line, ...]:
        return row + ((),) * (width - len(row))

    return Table(fill(header), tuple(fill(row) for row in rows))
