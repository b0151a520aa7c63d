"""Lines and totals taken at once are those put together one by one."""

from datetime import date
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from tools.cost_table import Cell, lines
from tools.cost_terms import added, merged

MERGES = ("sum", "sum", "min", "max", "none")
AMOUNTS = st.one_of(st.none(), st.decimals(-1000, 1000, places=2))
NUMBERS = st.tuples(
    AMOUNTS, st.integers(0, 9), st.sampled_from([None, "a", "b"]), st.sampled_from(["x", "y"]), st.integers(0, 9)
)
PLACES = st.tuples(
    st.one_of(st.none(), st.tuples(st.sampled_from([None, "", "a", "b"]))), st.sampled_from([None, date(2026, 1, 1)]),
    st.sampled_from(["USD", "EUR"]),
)  # fmt: skip


@given(st.lists(NUMBERS, min_size=1, max_size=5))
def test_numbers_added_at_once_are_those_merged_in_turn(many: list[tuple[object, ...]]) -> None:
    first, *others = many
    turn = list(first)
    for one in others:
        turn = merged(MERGES, turn, one)
    assert list(added(MERGES, many)) == turn


@given(st.dictionaries(PLACES, st.sampled_from([Decimal(1), Decimal(2), None]), max_size=8), st.integers(1, 4))
def test_cells_that_are_lines_already_come_in_the_same_order_as_others(
    values: dict[tuple[tuple[str | None] | None, date | None, str], Decimal | None], keep: int
) -> None:
    now = [Cell(*place, value, (value,)) for place, value in values.items()]
    # A second period of no cost, whose cells have to be put together with the first's.
    before = [Cell(*place, Decimal(0), (Decimal(0),)) for place, value in values.items() if value is not None]
    assert lines(now, [], keep, ["sum"]) == lines(now, before, keep, ["sum"])
