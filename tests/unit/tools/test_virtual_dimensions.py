"""Virtual dimensions in the tools that read costs: listed, counted, and what is unallocated never hidden."""

from datetime import date
from typing import cast

import pytest

from finops.allocation import Allocation
from finops.books import books_of
from finops.errors import UnknownName
from finops.query import CostQuery, Filter
from tests.unit.tools.fake_data import FakeData, bill_row
from tools.contract import ToolContext
from tools.cost_query import cost_query
from tools.cost_result import CostResult
from tools.dimensions_contract import DimensionsResult, ListDimensions
from tools.list_dimensions import list_dimensions

RULES = Allocation.model_validate({"version": 1, "dimensions": {"team": {"rules": [{"from": "RegionId"}]}}})
ROWS = [bill_row(date(2024, 9, 1), cost, RegionId=region) for cost, region in (("9", "a"), ("5", "b"), ("1", None))]


def context() -> ToolContext:
    seen = FakeData(ROWS).context()
    return ToolContext(seen.data, seen.as_of, seen.evidence, books_of(allocation=RULES, file="rules.yaml"))


def test_unallocated_is_a_row_of_its_own_whatever_the_top() -> None:
    found = cast(CostResult, cost_query(CostQuery(group_by=("virtual:team",), top=1), context()).result).rows
    assert sorted((one.group["virtual:team"] or "other", one.value) for one in found) == [
        ("a", 9), ("other", 5), ("unallocated", 1),
    ]  # fmt: skip


def test_beside_another_dimension_a_caveat_says_what_is_unallocated() -> None:
    asked = CostQuery(group_by=("virtual:team", "ServiceName"), top=1)
    caveats = cast(CostResult, cost_query(asked, context()).result).caveats
    assert "of virtual:team, USD 1.00 is unallocated, some of it in `other`" in caveats


def filtered(value: str, op: str = "is", cap: int = 100) -> CostResult:
    seen = FakeData(ROWS, cap=cap).context()
    books = books_of(allocation=RULES, file="rules.yaml")
    asked = CostQuery(filters=(Filter.model_validate({"dimension": "virtual:team", "op": op, "values": (value,)}),))
    return cast(CostResult, cost_query(asked, ToolContext(seen.data, seen.as_of, seen.evidence, books)).result)


@pytest.mark.parametrize("op", ["is", "is_not"])
@pytest.mark.parametrize("cap", [100, 1])
def test_a_value_that_no_rule_gives_is_unknown(op: str, cap: int) -> None:
    with pytest.raises(UnknownName, match="unknown virtual:team `unalocated`; did you mean `unallocated`"):
        filtered("unalocated", op, cap)


@pytest.mark.parametrize("cap", [100, 1])
def test_a_value_that_is_copied_is_known_also_where_the_list_is_cut_short(cap: int) -> None:
    assert filtered("b", cap=cap).totals[0].value == 5


def test_what_is_unallocated_can_be_asked_for() -> None:
    missing = Filter(dimension="virtual:team", op="missing")
    named = Filter(dimension="virtual:team", values=("unallocated",))
    for one in (missing, named):
        totals = cast(CostResult, cost_query(CostQuery(filters=(one,)), context()).result).totals
        assert [total.value for total in totals] == [1]


def test_virtual_dimensions_are_listed_beside_those_of_the_bill() -> None:
    result = cast(DimensionsResult, list_dimensions(ListDimensions(search="team"), context()).result)
    assert (result.virtual, result.matches) == (("virtual:team",), 1)


def test_the_values_of_a_virtual_dimension_are_counted() -> None:
    result = cast(DimensionsResult, list_dimensions(ListDimensions(dimension="virtual:team"), context()).result)
    assert [(row.value, row.rows) for row in result.values] == [("a", 1), ("b", 1), ("unallocated", 1)]


def test_a_query_without_virtual_dimensions_opens_no_book() -> None:
    seen = context()
    cost_query(CostQuery(group_by=("RegionId",)), seen)
    assert seen.books.used == frozenset()
