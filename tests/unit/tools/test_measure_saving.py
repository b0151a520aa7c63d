from collections.abc import Callable, Sequence
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from finops.errors import ToolError, UnknownName
from finops.ports import IncompleteDay, TableInfo
from tests.unit.tools.fake_data import FakeData, Row, bill_row, moment
from tools.contract import NotEnoughData
from tools.measure_saving import measure_saving
from tools.savings_contract import MeasureSaving, RealisedSaving

# A Monday.
EXECUTED = date(2026, 3, 2)


def rows(
    cost: Callable[[date], str | None],
    *,
    before: int = 28,
    after: int = 10,
    resource_id: str = "i-1",
    **columns: object,
) -> list[Row]:
    """Daily rows from `before` days before the execution to `after` days after it; no row where the cost is None."""
    days = [EXECUTED + timedelta(days=n) for n in range(-before, after + 1)]
    return [bill_row(day, found, ResourceId=resource_id, **columns) for day in days if (found := cost(day)) is not None]


def halved(day: date) -> str:
    return "10" if day < EXECUTED else "7" if day == EXECUTED else "4"


OTHERS = rows(lambda _: "1", resource_id="i-2")


def measure(
    data: FakeData, *, promised: str = "180", resource_id: str = "i-1", currency: str = "USD"
) -> RealisedSaving | NotEnoughData:
    asked = MeasureSaving(
        resource_id=resource_id, executed_on=EXECUTED, monthly_saving=Decimal(promised), currency=currency
    )
    result = measure_saving(asked, data.context()).result
    assert isinstance(result, RealisedSaving | NotEnoughData)
    return result


def saving(data: FakeData, *, promised: str = "180", resource_id: str = "i-1") -> RealisedSaving:
    result = measure(data, promised=promised, resource_id=resource_id)
    assert isinstance(result, RealisedSaving)
    return result


def test_saved_is_expected_less_actual_over_the_whole_days_after() -> None:
    found = saving(FakeData(rows(halved)))
    assert (found.days, found.expected, found.actual, found.saved) == (10, 100, 40, 60)
    assert (found.promised, found.ratio) == (60, 1)
    assert (found.first_day, found.last_day) == (date(2026, 3, 3), date(2026, 3, 12))


def test_each_day_is_held_against_its_own_weekday() -> None:
    # Sundays cost 1 and 3 by turns, every other day 10; after it every day costs 2. Ten days hold one Sunday.
    def cost(day: date) -> str:
        if day >= EXECUTED:
            return "2"
        return "10" if day.weekday() != 6 else "1" if day.day % 14 == 1 else "3"

    assert sum(Decimal(cost(EXECUTED - timedelta(days=n))) for n in (1, 8, 15, 22)) == 8
    found = saving(FakeData(rows(cost)))
    assert (found.expected, found.actual, found.saved) == (92, 20, 72)


def test_what_is_billed_no_more_costs_nothing_on_days_others_report() -> None:
    gone = rows(lambda day: "10" if day < EXECUTED else None)
    assert saving(FakeData([*gone, *OTHERS])).saved == 100


def test_days_nobody_reported_are_not_taken_for_zero() -> None:
    assert saving(FakeData(rows(lambda day: halved(day) if day.day != 5 else None))).days == 9


def test_days_still_growing_are_left_out() -> None:
    data = FakeData(rows(halved, x_Source="AWS/1"))
    assert isinstance(data.cost, TableInfo)
    growing = IncompleteDay(source="AWS/1", day=date(2026, 3, 12), expected=None, reason="young")
    data.cost = data.cost.model_copy(update={"incomplete": (growing,)})
    assert (saving(data).days, saving(data).last_day) == (9, date(2026, 3, 11))


def test_what_was_not_there_yet_is_no_day_of_cost_zero() -> None:
    young = rows(halved, before=8)
    found = saving(FakeData([*young, *OTHERS]))
    assert (found.days_before, found.expected) == (8, 100)


def test_a_start_after_a_long_stop_saves_less_than_nothing() -> None:
    stopped = bill_row(EXECUTED - timedelta(days=90), "10", ResourceId="i-1")
    started = rows(lambda day: "10" if day > EXECUTED else None)
    found = saving(FakeData([stopped, *started, *OTHERS]), promised="-300")
    assert (found.saved, found.promised, found.ratio) == (-100, -100, 1)


def test_days_from_the_next_action_on_are_not_counted() -> None:
    until = EXECUTED + timedelta(days=5)
    asked = MeasureSaving(
        resource_id="i-1", executed_on=EXECUTED, monthly_saving=Decimal(1), currency="USD", until=until
    )
    result = measure_saving(asked, FakeData(rows(halved)).context()).result
    assert isinstance(result, RealisedSaving)
    assert (result.days, result.last_day) == (4, date(2026, 3, 6))


def after_another(since: date, *, days_before: int = 28) -> RealisedSaving | NotEnoughData:
    """A day cost 100 before `since`, 10 from then on, and 4 from the day after the execution on."""
    bill = rows(lambda day: "100" if day < since else halved(day), before=days_before)
    asked = MeasureSaving(
        resource_id="i-1", executed_on=EXECUTED, monthly_saving=Decimal(180), currency="USD", since=since
    )
    result = measure_saving(asked, FakeData(bill).context()).result
    assert isinstance(result, RealisedSaving | NotEnoughData)
    return result


def test_days_that_an_earlier_action_changed_are_not_compared_with() -> None:
    found = after_another(EXECUTED - timedelta(days=7))
    assert isinstance(found, RealisedSaving)
    assert (found.days_before, found.expected, found.saved) == (7, 100, 60)
    assert found.caveats == (
        "compared with the days from 2026-02-23 on: what was done to it before changed what it costs",
    )


@pytest.mark.parametrize(("days", "have"), [(6, 6), (0, 0), (-1, 0)])
def test_too_few_days_since_an_earlier_action_are_said(days: int, have: int) -> None:
    found = after_another(EXECUTED - timedelta(days=days))
    assert isinstance(found, NotEnoughData)
    assert found.reason == "too few whole days between the action before it and this one are known and final"
    assert (found.have, found.needed) == (have, 7)


def test_an_earlier_action_before_the_four_weeks_changes_nothing() -> None:
    found = after_another(EXECUTED - timedelta(days=29), days_before=28)
    assert found == saving(FakeData(rows(halved)))


def test_nothing_promised_has_no_ratio() -> None:
    assert saving(FakeData(rows(halved)), promised="0").ratio is None


@pytest.mark.parametrize(("before", "after", "have", "needed"), [(6, 10, 6, 7), (28, 0, 0, 1)])
def test_too_few_days_are_said(before: int, after: int, have: int, needed: int) -> None:
    result = measure(FakeData(rows(halved, before=before, after=after)))
    assert isinstance(result, NotEnoughData)
    assert (result.have, result.needed, result.unit) == (have, needed, "days")


def test_seven_days_before_and_one_after_are_enough() -> None:
    assert saving(FakeData(rows(halved, before=7, after=1))).saved == 6


def test_rows_of_whole_months_cannot_be_measured_by_day() -> None:
    month = bill_row(date(2026, 2, 1), "280", ResourceId="i-1", ChargePeriodEnd=moment(date(2026, 3, 1)))
    assert isinstance(measure(FakeData([month, *OTHERS])), NotEnoughData)


def test_an_address_is_found_by_its_id_at_the_end_of_its_name() -> None:
    arn = "arn:aws:ec2:us-east-1:111:elastic-ip/eipalloc-1"
    other = rows(halved, resource_id=f"{arn}2")
    data = FakeData([*rows(halved, resource_id=arn), *other])
    assert saving(data, resource_id="eipalloc-1").saved == 60


def test_another_currency_is_refused() -> None:
    with pytest.raises(ToolError, match="`i-1` is billed in `USD`, the saving was promised in `EUR`"):
        measure(FakeData(rows(halved)), currency="EUR")


def test_an_unknown_resource_is_refused() -> None:
    with pytest.raises(UnknownName, match="unknown resource `i-9`"):
        measure(FakeData(rows(halved)), resource_id="i-9")


def test_the_figures_are_the_result() -> None:
    asked = MeasureSaving(resource_id="i-1", executed_on=EXECUTED, monthly_saving=Decimal(180), currency="USD")
    finding = measure_saving(asked, FakeData(rows(halved)).context())
    values = {one.name: (one.value, one.unit) for one in finding.figures}
    assert values["saved"] == values["promised"] == values["low"] == (60, "USD")
    assert (values["days"], values["ratio"]) == ((10, "days"), (1, "ratio"))


def noisy(day: date) -> str:
    # Known scatter: 10 give or take 1, in turns of four days.
    level = 10 if day < EXECUTED else 4
    return str(level + (1 if day.toordinal() % 4 < 2 else -1))


def test_scatter_before_widens_the_interval_around_what_was_saved() -> None:
    found = saving(FakeData(rows(noisy, after=14)))
    assert found.low < found.saved < found.high
    assert found.high - found.low > 4


def test_a_week_of_scatter_is_not_taken_for_certainty() -> None:
    found = saving(FakeData(rows(noisy, before=7, after=7)))
    assert found.high - found.low > 2


def test_the_same_days_give_the_same_interval() -> None:
    first, again = (saving(FakeData(rows(noisy, after=14))) for _ in range(2))
    assert first == again


def _amounts(least: int = 0) -> st.SearchStrategy[Decimal]:
    return st.decimals(min_value=least, max_value=10**6, places=6)


@settings(deadline=None, max_examples=40)
@given(before=_amounts(), after=_amounts(), days=st.integers(1, 40), known=st.integers(7, 28))
def test_constant_costs_save_their_difference_for_certain(
    before: Decimal, after: Decimal, days: int, known: int
) -> None:
    data = FakeData(rows(lambda day: str(before if day < EXECUTED else after), before=known, after=days))
    found = saving(data)
    assert found.saved == found.low == found.high == (before - after) * days


@settings(deadline=None, max_examples=40)
@given(costs=st.lists(_amounts(1), min_size=35, max_size=35))
def test_parts_agree_whatever_the_costs(costs: Sequence[Decimal]) -> None:
    by_day = {EXECUTED + timedelta(days=n - 28): str(cost) for n, cost in enumerate(costs)}
    found = saving(FakeData(rows(by_day.get, after=6)))
    assert found.saved == found.expected - found.actual
    assert found.low <= found.high
