import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.figure_names import FigureNames

ENDINGS = ("share", "gross", "b.share")


def test_a_name_asked_for_again_is_numbered() -> None:
    names = FigureNames()
    assert [names.take("AWS") for _ in range(3)] == ["AWS", "AWS (2)", "AWS (3)"]


def test_a_reserved_name_is_not_handed_out() -> None:
    assert FigureNames(("rows",)).take("rows") == "rows (2)"


@pytest.mark.parametrize(("first", "second"), [("a", "a.share"), ("a.share", "a"), ("a", "a.b"), ("a.b", "a")])
def test_a_name_that_would_meet_another_with_its_ending_is_numbered(first: str, second: str) -> None:
    names = FigureNames()
    assert names.take(first, ENDINGS) == first
    assert names.take(second, ENDINGS) == f"{second} (2)"


@given(
    st.lists(st.lists(st.sampled_from(["a", "b", "share", "gross"]), min_size=1, max_size=4).map(".".join), max_size=12)
)
def test_no_two_figures_ever_have_one_name(bases: list[str]) -> None:
    names = FigureNames()
    taken = [names.take(base, ENDINGS) for base in bases]
    full = [name for one in taken for name in (one, *(f"{one}.{ending}" for ending in ENDINGS))]
    assert len(set(full)) == len(full)


@given(
    st.lists(st.sampled_from(["a", "b", "c", "d", "rows", "a.share"]), max_size=3),
    st.lists(st.sampled_from(["a", "b", "c", "d", "rows", "b.gross"]), max_size=4),
)
def test_names_taken_at_once_are_those_taken_in_turn(before: list[str], bases: list[str]) -> None:
    once, turn = FigureNames(("rows",)), FigureNames(("rows",))
    assert once.take_all(before, ENDINGS) == [turn.take(base, ENDINGS) for base in before]
    assert once.take_all(bases, ENDINGS) == [turn.take(base, ENDINGS) for base in bases]
