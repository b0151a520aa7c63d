"""An answer's prose as blocks with references."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.answer import BoundFigure
from app.web.prose import Inline, Items, Paragraph, Prose, Reference, Table, Text, read


def figure(text: str, name: str = "total") -> BoundFigure:
    return BoundFigure(text=text, value="1", unit="USD", evidence="ev-1", name=name)


def words(line: tuple[Inline, ...]) -> str:
    return "".join(part.text if isinstance(part, Text) else f"[{part.figure.name}]" for part in line)


def first(prose: Prose) -> str:
    block = prose.blocks[0]
    assert isinstance(block, Paragraph)
    return words(block.line)


def test_each_figure_becomes_a_reference_at_its_place() -> None:
    prose = read("AWS cost USD 18.01 and Oracle USD 0.54.", [figure("USD 18.01", "aws"), figure("USD 0.54", "oracle")])
    assert first(prose) == "AWS cost [aws] and Oracle [oracle]."
    assert prose.unplaced == ()


def test_the_same_text_twice_is_bound_in_order_of_appearance() -> None:
    assert first(read("5 and 5", [figure("5", "a"), figure("5", "b")])) == "[a] and [b]"


def test_a_figure_is_never_found_inside_a_longer_number() -> None:
    assert first(read("11.97 or 1.97 or 1.975", [figure("1.97")])) == "11.97 or [total] or 1.975"


def test_a_figure_at_the_end_of_a_sentence_is_found() -> None:
    assert first(read("In all 20.", [figure("20")])) == "In all [total]."


def test_a_figure_that_the_text_does_not_hold_is_handed_back() -> None:
    prose = read("No numbers here.", [figure("USD 1.00")])
    assert [one.text for one in prose.unplaced] == ["USD 1.00"]


def test_a_figure_in_bold_stays_a_reference() -> None:
    block = read("**Total USD 3.00**", [figure("USD 3.00")]).blocks[0]
    assert isinstance(block, Paragraph)
    assert block.line == (Text("Total ", bold=True), Reference(figure("USD 3.00"), bold=True))


def test_lists_headings_and_paragraphs_are_told_apart() -> None:
    blocks = read("## Savings\nTwo lines\nflow together.\n\n- one\n- two\n\n1. first\n2. second").blocks
    assert [type(block).__name__ for block in blocks] == ["Paragraph", "Paragraph", "Items", "Items"]
    heading, paragraph, bullets, numbers = blocks
    assert isinstance(heading, Paragraph)
    assert heading.heading
    assert isinstance(paragraph, Paragraph)
    assert words(paragraph.line) == "Two lines flow together."
    assert isinstance(bullets, Items)
    assert not bullets.numbered
    assert isinstance(numbers, Items)
    assert numbers.numbered


def test_a_table_keeps_its_cells_and_their_figures() -> None:
    table = read("| a | b |\n|---|---:|\n| x | 5 |\n| y |", [figure("5")]).blocks[0]
    assert isinstance(table, Table)
    assert [[words(cell) for cell in row] for row in table.rows] == [["x", "[total]"], ["y", ""]]


@pytest.mark.parametrize(
    "text", ['<img src=x onerror="a()">', "<script>a()</script>", "[x](javascript:a())", "&lt;b&gt;"]
)
def test_markup_stays_text(text: str) -> None:
    assert first(read(text)) == text


def test_text_cannot_forge_the_mark_of_a_figure() -> None:
    prose = read("\ue0000\ue001 and 5", [figure("5")])
    assert first(prose) == "0 and [total]"


@given(st.text(max_size=300))
def test_no_word_is_lost_or_made_up(text: str) -> None:
    def letters(line: tuple[Inline, ...]) -> str:
        return words(line)

    drawn = ""
    for block in read(text).blocks:
        match block:
            case Paragraph():
                drawn += letters(block.line)
            case Items():
                drawn += "".join(letters(item) for item in block.items)
            case Table():
                drawn += "".join(letters(cell) for row in (block.header, *block.rows) for cell in row)
    kept = [letter for letter in drawn if letter.isalpha()]
    assert kept == [letter for letter in text if letter.isalpha()]
