"""Allocating a bill: who gets what, what stays unallocated and why, and that the parts are the bill to the last digit."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from finops.allocation import Allocation
from finops.books import books_of
from finops.errors import CheckFailed, ToolError, UnknownName
from finops.ports import IncompleteDay
from finops.relational import Question, Rows
from tests.unit.tools.fake_data import FakeData, Row, bill_row
from tools.allocate_costs import allocate_costs
from tools.allocation_contract import AllocateCosts
from tools.allocation_result import AllocationResult
from tools.contract import Finding, ToolContext

DAY = date(2024, 9, 1)
SUPPORT = {"dimension": "ServiceName", "is": "Support"}


def rules(**pool: Any) -> Allocation:
    listed = [{"shared": "platform", "where": SUPPORT}, {"from": "tag:team"}]
    team = {"rules": listed, "pools": {"platform": pool}}
    return Allocation.model_validate({"version": "1", "dimensions": {"team": team}})


def row(cost: str, team: str = "", day: date = DAY, **columns: object) -> Row:
    return bill_row(day, cost, Tags=f'{{"team": "{team}"}}' if team else None, **columns)


def shared(cost: str, day: date = DAY, **columns: object) -> Row:
    return bill_row(day, cost, ServiceName="Support", **columns)


def ask(rows: Sequence[Row], allocation: Allocation, **asked: Any) -> Finding:
    return ask_data(FakeData(rows), allocation, **asked)


def ask_data(data: FakeData, allocation: Allocation, **asked: Any) -> Finding:
    seen = data.context()
    context = ToolContext(seen.data, seen.as_of, seen.evidence, books_of(allocation=allocation, file="rules.yaml"))
    return allocate_costs(AllocateCosts.model_validate({"dimension": "team", **asked}), context)


def result(finding: Finding) -> AllocationResult:
    return cast(AllocationResult, finding.result)


def amounts(finding: Finding) -> dict[str, str]:
    return {figure.name: format(figure.value, "f") for figure in finding.figures}


def test_direct_cost_decides_the_parts_of_a_pool() -> None:
    found = amounts(ask([row("30.00", "A"), row("10.00", "B"), shared("8.00")], rules(by="direct")))
    assert {name: found[name] for name in ("A", "A.direct", "A.shared", "B", "B.shared", "unallocated", "total")} == {
        "A": "36.00", "A.direct": "30.00", "A.shared": "6.00", "B": "12.00", "B.shared": "2.00",
        "unallocated": "0.00", "total": "48.00",
    }  # fmt: skip


def test_unallocated_is_a_row_of_its_own_whatever_the_top() -> None:
    finding = ask([row("3", "A"), row("2", "B"), row("1")], rules(by="even"), top=1)
    assert [(one.target, one.kind, one.total) for one in result(finding).rows] == [
        ("A", "target", 3), ("other", "other", 2), ("unallocated", "unallocated", 1),
    ]  # fmt: skip


def test_fixed_percentages_reach_who_has_no_cost() -> None:
    found = amounts(ask([row("1", "A"), shared("0.05")], rules(by="fixed", percent={"A": "50", "Z": "50"})))
    assert (found["A.shared"], found["Z.shared"]) == ("0.03", "0.02")


def test_even_parts_differ_by_a_unit_of_the_last_decimal_at_most() -> None:
    rows = [row("1", "A"), row("2", "B"), row("9", "C"), shared("0.10")]
    found = amounts(ask(rows, rules(by="even")))
    assert [found[f"{name}.shared"] for name in "ABC"] == ["0.04", "0.03", "0.03"]


def test_usage_decides_by_quantity_of_the_rows_that_fit() -> None:
    rows = [
        row("1", "A", ServiceName="S3", ConsumedQuantity=Decimal(3), ConsumedUnit="GB"),
        row("1", "B", ServiceName="S3", ConsumedQuantity=Decimal(1), ConsumedUnit="GB"),
        row("1", "B", ConsumedQuantity=Decimal(100), ConsumedUnit="Hours"),
        shared("4.00"),
    ]
    found = amounts(ask(rows, rules(by="usage", where={"dimension": "ServiceName", "is": "S3"})))
    assert (found["A.shared"], found["B.shared"]) == ("3.00", "1.00")


def test_quantities_in_several_units_drive_nothing() -> None:
    rows = [
        row("1", "A", ConsumedQuantity=Decimal(3), ConsumedUnit="GB"),
        row("1", "B", ConsumedQuantity=Decimal(3), ConsumedUnit="Hours"), shared("4"),
    ]  # fmt: skip
    finding = ask(rows, rules(by="usage"))
    assert amounts(finding)["unallocated"] == "4.00"
    assert "several units in September 2024 (GB, Hours)" in result(finding).pools[0].reason


def test_a_pool_nobody_drives_stays_unallocated_with_the_reason() -> None:
    finding = ask([row("5"), shared("4")], rules(by="direct"))
    assert amounts(finding)["unallocated"] == "9.00"
    assert amounts(finding)["unallocated.shared"] == "4.00"
    assert result(finding).caveats == (
        "USD 4.00 of the pool `platform` stays unallocated: no target has direct cost in USD in September 2024",
    )


def test_each_month_is_split_by_its_own_driver() -> None:
    october = date(2024, 10, 5)
    rows = [row("1", "A"), shared("2"), row("1", "B", october), shared("6", october)]
    finding = ask(rows, rules(by="direct"), grain="month")
    assert amounts(finding)["A@2024-09-01"] == "3.00"
    assert amounts(finding)["B@2024-10-01"] == "7.00"


def test_each_day_is_split_by_its_own_driver_where_declared() -> None:
    later = date(2024, 9, 2)
    rows = [row("1", "A"), shared("6"), row("3", "B", later), shared("2", later)]
    by_day, by_month = (amounts(ask(rows, rules(by="direct", period=period))) for period in ("day", "month"))
    assert (by_day["A.shared"], by_day["B.shared"]) == ("6.00", "2.00")
    assert (by_month["A.shared"], by_month["B.shared"]) == ("2.00", "6.00")


def test_a_target_with_more_credits_than_cost_takes_no_part() -> None:
    found = amounts(ask([row("-5", "A"), row("1", "B"), shared("4")], rules(by="direct")))
    assert (found["A"], found["B.shared"]) == ("-5.00", "4.00")


def test_a_currency_is_split_by_direct_cost_in_that_currency() -> None:
    rows = [row("1", "A"), row("9", "B", BillingCurrency="EUR"), shared("4"), shared("2", BillingCurrency="EUR")]
    found = amounts(ask(rows, rules(by="direct")))
    assert (found["A USD.shared"], found["B EUR.shared"]) == ("4.00", "2.00")
    assert (found["total EUR"], found["total USD"]) == ("11.00", "5.00")


def test_a_filter_looks_at_a_part_of_what_each_target_has() -> None:
    rows = [row("3", "A"), row("1", "B", RegionId="eu"), shared("4", RegionId="eu")]
    found = amounts(ask(rows, rules(by="direct"), filters=[{"dimension": "RegionId", "values": ["eu"]}]))
    assert (found["A"], found["B"], found["total"]) == ("3.00", "2.00", "5.00")


def test_a_tag_that_says_unallocated_is_not_mistaken_for_the_rest() -> None:
    found = amounts(ask([row("3", "unallocated"), row("1")], rules(by="even")))
    assert (found["unallocated"], found["tag value: unallocated"]) == ("1.00", "3.00")


def test_a_period_without_matching_rows_costs_zero() -> None:
    rows = [row("3", "A"), row("3", "B", RegionId="eu", ServiceName="x")]
    both = [{"dimension": "RegionId", "values": ["eu"]}, {"dimension": "ServiceName", "values": ["Amazon EC2"]}]
    finding = ask(rows, rules(by="even"), filters=both)
    assert amounts(finding)["total"] == "0.00"
    assert "no row of the bill matches" in result(finding).caveats


def test_the_reconciliation_is_written_out() -> None:
    finding = ask([row("30.005", "A"), shared("8.00"), row("1")], rules(by="direct"))
    assert result(finding).totals[0].reconciliation == (
        "direct 30.005 + shared parts 8.00 + unallocated 1.00 = 39.005 USD, the BilledCost of the same rows without allocation"
    )


class Leaking(FakeData):
    """Loses a row whenever it is asked for groups: a store whose rules do not cover every row."""

    def ask(self, question: Question) -> Rows:
        answer = super().ask(question)
        return Rows(answer.columns, answer.rows[1:]) if any(key.rules for key in question.keys) else answer


def test_parts_that_are_not_the_total_are_never_shown() -> None:
    with pytest.raises(CheckFailed, match="is not the total"):
        ask_data(Leaking([row("1", "A"), row("2", "B")]), rules(by="even"))


def test_an_unknown_dimension_names_the_nearest() -> None:
    with pytest.raises(UnknownName, match="did you mean `virtual:team`"):
        ask([row("1", "A")], rules(by="even"), dimension="teams")


def test_without_rules_the_fix_is_to_load_some() -> None:
    with pytest.raises(ToolError, match="toll allocation load FILE"):
        allocate_costs(AllocateCosts(dimension="team"), FakeData([row("1")]).context())


COSTS = st.decimals(min_value=-(10**9), max_value=10**9, places=11, allow_nan=False).map(lambda cost: format(cost, "f"))


@st.composite
def bills(draw: st.DrawFn) -> list[Row]:
    return [
        bill_row(
            date(2024, draw(st.integers(9, 10)), draw(st.integers(1, 3))),
            draw(COSTS),
            Tags=draw(st.sampled_from([None, '{"team": "A"}', '{"team": "B"}', '{"team": "C"}'])),
            ServiceName=draw(st.sampled_from(["Support", "EC2"])),
            BillingCurrency=draw(st.sampled_from(["USD", "EUR"])),
            ConsumedQuantity=Decimal(draw(st.integers(0, 9))),
            ConsumedUnit="GB",
        )
        for _ in range(draw(st.integers(1, 12)))
    ]


POOLS = st.sampled_from(
    [
        {"by": "direct"}, {"by": "direct", "period": "day"}, {"by": "even"}, {"by": "even", "targets": ["A", "Z"]},
        {"by": "usage"}, {"by": "usage", "period": "day"}, {"by": "fixed", "percent": {"A": "33.3", "Z": "66.7"}},
    ]
)  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(rows=bills(), pool=POOLS, grain=st.sampled_from([None, "month"]), top=st.sampled_from([1, 1000]))
def test_whatever_the_bill_and_the_driver_the_parts_are_the_bill(
    rows: list[Row], pool: dict[str, Any], grain: str | None, top: int
) -> None:
    found = result(ask(rows, rules(**pool), grain=grain, top=top))
    for total in found.totals:
        billed = sum(
            (cast(Decimal, one["BilledCost"]) for one in rows if one["BillingCurrency"] == total.unit), Decimal(0)
        )
        mine = [one for one in found.rows if one.unit == total.unit]
        assert total.total == billed == sum((one.total for one in mine), Decimal(0))
        assert all(one.direct + one.shared == one.total for one in mine)
        assert total.direct + total.shared + total.unallocated == billed
        assert any(one.kind == "unallocated" for one in mine)
    for one in found.pools:
        assert one.allocated + one.left == one.amount
        assert bool(one.reason) or not one.left


def test_a_cost_that_rows_lack_is_said_and_not_taken_for_zero() -> None:
    rows = [row("10", "A", EffectiveCost=None, x_Source="AWS/1"), row("5", "A", x_Source="AWS/1")]
    found = result(ask(rows, rules(by="direct", targets=["A"]), metric="EffectiveCost"))
    assert "EffectiveCost is missing in 1 of 2 rows of AWS/1" in found.caveats[0]
    assert (found.totals[0].missing, found.rows[0].missing) == (1, 1)
    with pytest.raises(ToolError, match="none of the 1 rows that match has a `EffectiveCost`"):
        ask(rows[:1], rules(by="direct"), metric="EffectiveCost")


def test_credits_that_bring_a_cost_to_zero_are_told_apart() -> None:
    rows = [row("33.86", "A"), row("-33.86", "A", ChargeCategory="Credit"), row("1", "B")]
    finding = ask(rows, rules(by="direct"))
    target = next(one for one in result(finding).rows if one.target == "A")
    assert (target.total, target.gross, target.credits) == (0, Decimal("33.86"), Decimal("-33.86"))
    found = amounts(finding)
    assert {name: found[name] for name in ("total", "total.gross", "total.credits", "A.gross")} == {
        "total": "1.00", "total.gross": "34.86", "total.credits": "-33.86", "A.gross": "33.86",
    }  # fmt: skip
    assert "B.gross" not in found
    assert "total includes credits of USD -33.86 (gross USD 34.86)" in result(finding).caveats


def test_days_that_still_grow_are_marked() -> None:
    data = FakeData([row("1", "A"), row("2", "A", date(2024, 8, 1))])
    day = IncompleteDay(source="AWS/1", day=DAY, expected=None, reason="it was 1 day old")
    assert data.cost
    data.cost = data.cost.model_copy(update={"incomplete": (day,)})
    finding = ask_data(data, rules(by="direct"), grain="month")
    assert [(one.bucket, one.growing) for one in result(finding).rows if one.target == "A"] == [
        (date(2024, 8, 1), False), (DAY, True),
    ]  # fmt: skip
    assert result(finding).totals[0].growing
    assert any("may still grow on 2024-09-01" in note for note in result(finding).caveats)
    definitions = {figure.name: figure.definition for figure in finding.figures}
    assert (definitions["A@2024-08-01"], definitions["A@2024-09-01"]) == ("BilledCost", "BilledCost (still growing)")


def test_a_source_without_a_bill_of_the_month_is_named() -> None:
    rows = [row("1", "A", x_Source="AWS/1"), row("2", "A", date(2024, 8, 1), x_Source="GCP/1")]
    found = result(ask(rows, rules(by="direct"), period="2024-09"))
    assert any("no bill is loaded of GCP/1 for 2024-09" in note for note in found.caveats)
