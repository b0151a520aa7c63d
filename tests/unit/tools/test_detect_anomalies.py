from collections.abc import Callable, Iterable
from datetime import date, timedelta
from decimal import Decimal

import pytest

from finops.errors import ToolError, UnknownName
from tests.unit.tools.fake_data import FakeData, Row, bill_row
from tools.anomaly_contract import AnomaliesResult, DetectAnomalies
from tools.contract import Finding
from tools.detect_anomalies import detect_anomalies

LAST = date(2026, 3, 31)
HISTORY = 120


def day(back: int) -> date:
    """The day `back` days before the last one."""
    return LAST - timedelta(days=back)


def series(
    service: str, cost: Callable[[int], float | None], *, days: int = HISTORY, account: str = "111", **columns: object
) -> list[Row]:
    """Daily rows; `cost` is given the days back from the last day, None is no row."""
    found: list[Row] = []
    for back in range(days - 1, -1, -1):
        value = cost(back)
        if value is not None:
            found.append(bill_row(day(back), f"{value:.4f}", ServiceName=service, SubAccountId=account, **columns))
    return found


def wobble(back: int) -> float:
    """A little deterministic noise around 100."""
    return 100 + (back * 37 % 11) - 5


def watch(rows: Iterable[Row], **asked: object) -> tuple[AnomaliesResult, Finding]:
    finding = detect_anomalies(DetectAnomalies.model_validate(asked), FakeData(list(rows)).context())
    assert isinstance(finding.result, AnomaliesResult)
    return finding.result, finding


STEADY = series("S3", wobble)


def test_a_spike_is_reported_with_exact_money_at_its_leaf() -> None:
    rows = series("EC2", lambda back: 300 if back == 5 else 100)
    result, finding = watch([*rows, *STEADY])
    (one,) = result.incidents
    assert one.scope == {"ServiceName": "EC2", "SubAccountId": "111"}
    assert (one.first_day, one.last_day, one.days) == (day(5), day(5), 1)
    assert (one.actual, one.expected, one.excess, one.percent) == (300, 100, 200, 200)
    assert (one.rule, one.status) == ("spike", "open")
    figures = {f.name: (f.value, f.unit) for f in finding.figures}
    assert figures[f"EC2/111 {day(5)}"] == (200, "USD")
    assert figures["incidents"] == (1, "count")


def test_excess_is_actual_minus_expected_to_the_last_digit() -> None:
    rows = [
        *series("EC2", lambda back: 300 if back == 5 else wobble(back)),
        bill_row(day(5), "0.000000000001", ServiceName="EC2"),
    ]
    (one,) = watch(rows)[0].incidents
    assert one.actual == Decimal("300.000000000001")
    assert one.actual - one.expected == one.excess


@pytest.mark.parametrize("level", [0.0, 100.0])
def test_a_constant_bill_has_no_incident(level: float) -> None:
    result, _ = watch(series("EC2", lambda _: level))
    assert (result.incidents, result.decreases, result.found) == ((), (), 0)


def test_a_shift_is_one_incident_in_sixty_days() -> None:
    result, _ = watch(
        series("EC2", lambda back: wobble(back) * (2 if back <= 40 else 1)), period="2026-01-31..2026-03-31"
    )
    (one,) = result.incidents
    assert one.first_day == day(40)
    assert (one.status, one.days) == ("new_level", 4)


def test_offsetting_moves_are_two_incidents_though_the_total_stands_still() -> None:
    up = series("A", lambda back: 200 if back == 5 else 100)
    down = series("B", lambda back: 100 if back == 5 else 200)
    result, _ = watch([*up, *down])
    assert [one.scope["ServiceName"] for one in result.incidents] == ["A"]
    assert [(one.scope["ServiceName"], one.excess) for one in result.decreases] == [("B", -100)]


def test_a_monthly_charge_is_not_reported() -> None:
    monthly = series("Backup", lambda back: 400 if day(back).day == 15 else 100, days=160)
    assert watch(monthly)[0].incidents == ()


def test_a_rise_spread_over_many_leaves_is_reported_at_their_parent() -> None:
    rows = [row for account in "abcd" for row in series("EC2", lambda back: 220 if back == 5 else 100, account=account)]
    result, _ = watch([*rows, *STEADY], min_excess=200)
    assert [one.scope for one in result.incidents] == [{"ServiceName": "EC2"}]
    assert result.incidents[0].excess == 480


def test_leaves_that_explain_their_parent_are_reported_alone() -> None:
    rows = [row for account in "ab" for row in series("EC2", lambda back: 220 if back == 5 else 100, account=account)]
    result, _ = watch(rows)
    assert [one.scope["SubAccountId"] for one in result.incidents] == ["a", "b"]


def test_less_than_the_money_gate_is_not_reported() -> None:
    rows = series("EC2", lambda back: 30 if back == 5 else 10)
    assert watch(rows)[0].incidents == ()
    assert len(watch(rows, min_excess=20)[0].incidents) == 1


def test_the_money_gate_grows_with_the_bill() -> None:
    result, _ = watch([*series("EC2", lambda back: 300 if back == 5 else 100), *series("RDS", lambda _: 500000)])
    assert result.gates == {"USD": Decimal("500.10")}
    assert result.incidents == ()


def test_a_drop_on_days_that_are_not_settled_is_not_reported() -> None:
    rows = series("EC2", lambda back: 60 if back == 0 else 100)
    assert watch(rows)[0].decreases == ()
    assert len(watch(rows, settle_days=0)[0].decreases) == 1


def test_a_rise_on_days_that_are_not_settled_is_provisional() -> None:
    (one,) = watch(series("EC2", lambda back: 300 if back == 1 else 100))[0].incidents
    assert one.status == "provisional"


def test_a_day_on_which_the_account_did_not_report_is_not_zero() -> None:
    rows = series("EC2", lambda back: None if back == 9 else 100)
    other = series("EC2", lambda _: 100, account="222")
    assert watch([*rows, *other])[0].decreases == ()


def test_an_account_that_reports_now_and_then_leaves_the_total_its_days() -> None:
    rows = [row for account in "abcd" for row in series("EC2", lambda back: 220 if back == 5 else 100, account=account)]
    sparse = series("EC2", lambda back: 5 if back % 9 == 0 else None, account="333")
    result, _ = watch([*rows, *sparse, *STEADY], min_excess=200)
    assert [one.scope for one in result.incidents] == [{"ServiceName": "EC2"}]


def test_a_day_on_which_the_account_reported_other_things_is_zero() -> None:
    rows = series("EC2", lambda back: None if back == 9 else 100)
    (one,) = watch([*rows, *STEADY])[0].decreases
    assert (one.scope["ServiceName"], one.actual, one.excess) == ("EC2", 0, -100)


def test_new_spend_above_the_gate_is_reported_without_a_z() -> None:
    result, _ = watch([*STEADY, *series("SageMaker", lambda _: 80, days=4)])
    (one,) = result.incidents
    assert (one.scope["ServiceName"], one.rule, one.z, one.percent) == ("SageMaker", "new spend", None, None)
    assert (one.days, one.excess) == (4, 320)


def test_what_was_there_when_the_data_began_is_not_new() -> None:
    assert watch(series("EC2", lambda _: 100, days=8))[0].incidents == ()


def test_a_refund_is_no_anomaly_of_usage_but_a_large_charge() -> None:
    rows = [*STEADY, bill_row(day(5), "-5000", ServiceName="S3", ChargeClass="Correction")]
    result, _ = watch(rows)
    assert (result.incidents, result.decreases) == ((), ())
    assert [(one.category, one.amount, one.day) for one in result.charges] == [("Correction", -5000, day(5))]


def test_a_charge_that_was_there_before_the_period_is_not_told_again() -> None:
    fees = [bill_row(day(back), "600", ServiceName="Support", ChargeCategory="Purchase") for back in (60, 30, 2)]
    assert watch([*STEADY, *fees])[0].charges == ()
    assert len(watch([*STEADY, *fees[2:]])[0].charges) == 1


def test_a_mostly_idle_series_is_judged_by_its_largest_day() -> None:
    jobs = series("Batch", lambda back: {70: 40, 40: 45, 3: 200}.get(back, 0), account="222")
    (one,) = watch([*STEADY, *jobs])[0].incidents
    assert (one.rule, one.expected, one.excess) == ("novel amount", 0, 200)


def test_currencies_are_scored_and_named_apart() -> None:
    euro = series("EC2", lambda back: 300 if back == 5 else 100, BillingCurrency="EUR")
    result, _ = watch([*STEADY, *euro])
    (one,) = result.incidents
    assert (one.currency, one.figure) == ("EUR", f"EC2/111 {day(5)} EUR")


def test_incidents_are_ranked_by_excess_and_cut_to_the_top() -> None:
    rows = [row for name, size in (("A", 200.0), ("B", 400.0), ("C", 300.0))
            for row in series(name, lambda back, size=size: size if back == 5 else 100)]  # fmt: skip
    result, _ = watch(rows, top=2)
    assert [one.scope["ServiceName"] for one in result.incidents] == ["B", "C"]
    assert result.found == 3


def test_a_short_history_says_so() -> None:
    result, _ = watch(series("EC2", lambda _: 100, days=20))
    assert "only 20 days of data: without 28 days there is no weekday to expect" in result.caveats


def test_a_rounded_effective_cost_is_not_used() -> None:
    data = FakeData(STEADY, caveats={"EffectiveCost": ("EffectiveCost is rounded to integers",)})
    finding = detect_anomalies(DetectAnomalies(), data.context())
    assert isinstance(finding.result, AnomaliesResult)
    assert finding.result.metric == "BilledCost"
    assert finding.result.caveats == ("BilledCost is used, since EffectiveCost is rounded to integers",)


def test_days_without_data_are_refused() -> None:
    with pytest.raises(ToolError, match="no cost data for `2020`"):
        watch(STEADY, period="2020")


def test_unknown_names_are_refused() -> None:
    with pytest.raises(UnknownName, match="unknown ServiceName"):
        watch(STEADY, filters=[{"dimension": "ServiceName", "values": ["EC9"]}])


def test_figure_names_are_unique() -> None:
    rows = [*series("EC2", lambda back: 300 if back in {5, 25} else 100), *STEADY]
    _, finding = watch(rows)
    assert len({f.name for f in finding.figures}) == len(finding.figures)
