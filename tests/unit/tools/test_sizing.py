from decimal import Decimal

import pytest

from tools.instance_catalogue import CATALOGUE
from tools.sizing import Need, candidates, capacity_ratio, carries, is_idle, need, risk, takes_nothing_away
from tools.utilisation import Series


def series(high: str = "35", *, peak: str = "35", mean: str = "20", p95: str = "30", step: int = 300) -> Series:
    return Series(8640, 30, Decimal(1), Decimal(high), Decimal(p95), Decimal(peak), Decimal(mean), step)


def test_thirty_five_percent_of_eight_vcpu_needs_four() -> None:
    wanted = need(CATALOGUE["m5.2xlarge"], series("35"), series(peak="30"))
    assert wanted.vcpu == Decimal("3.5")
    assert candidates(wanted, CATALOGUE["m5.2xlarge"])[0].vcpu == 4


def test_memory_is_judged_by_its_maximum() -> None:
    wanted = need(CATALOGUE["m5.2xlarge"], series("1"), series("1", peak="50"))
    assert wanted.memory_gib == Decimal(20)
    assert min(kind.memory_gib for kind in candidates(wanted, CATALOGUE["m5.2xlarge"])) >= 20


def test_the_cheapest_type_is_taken_and_ties_break_by_name() -> None:
    fitting = candidates(Need(Decimal(4), Decimal(30), Decimal(1)), CATALOGUE["r5.2xlarge"])
    assert [kind.name for kind in fitting[:2]] == ["r5.xlarge", "r6i.xlarge"]


def test_without_a_memory_metric_only_the_same_memory_will_do() -> None:
    fitting = candidates(Need(Decimal(1), None, Decimal("0.5")), CATALOGUE["m5.2xlarge"])
    assert {kind.memory_gib for kind in fitting} == {Decimal(32)}
    assert "r5.xlarge" in {kind.name for kind in fitting}


def test_the_architecture_stays() -> None:
    fitting = candidates(Need(Decimal(1), Decimal(1), Decimal(0)), CATALOGUE["m6g.2xlarge"])
    assert {kind.architecture for kind in fitting} == {"arm64"}


def test_an_instance_that_is_not_burstable_never_becomes_so() -> None:
    fitting = candidates(Need(Decimal("0.1"), Decimal(1), Decimal(0)), CATALOGUE["m5.large"])
    assert not any(kind.burstable for kind in fitting)


def test_a_burstable_one_is_only_as_small_as_its_credits_hold() -> None:
    large, small = CATALOGUE["t3.large"], CATALOGUE["t3.small"]
    assert carries(Need(Decimal(1), Decimal(1), Decimal("0.40")), large, small)
    assert not carries(Need(Decimal(1), Decimal(1), Decimal("0.41")), large, small)


@pytest.mark.parametrize(
    ("over", "name"),
    [
        ("0", "very low"),
        ("0.001", "very low"),
        ("0.0011", "low"),
        ("0.01", "low"),
        ("0.05", "medium"),
        ("0.06", "high"),
    ],
)
def test_risk_is_classed_by_the_share_of_samples_over_the_target(over: str, name: str) -> None:
    assert risk(Decimal(over)) == name


def test_idle_takes_low_cpu_lately_too_and_no_traffic() -> None:
    quiet, lately = series(p95="2.9"), Decimal(2)
    traffic = {"network_in_bytes": series(p95="599999"), "network_out_bytes": series(p95="299999")}
    assert is_idle(quiet, lately, traffic) is True
    assert is_idle(series(p95="3"), lately, traffic) is False
    assert is_idle(quiet, Decimal("2.01"), traffic) is False
    assert is_idle(quiet, lately, {"network_in_bytes": series(p95="600000")}) is False
    assert is_idle(quiet, lately, {"network_out_bytes": series(p95="300000")}) is False


def test_idle_without_a_traffic_metric_is_not_known() -> None:
    assert is_idle(series(p95="1"), Decimal(1), {}) is None


def test_the_capacity_ratio_is_the_smaller_of_vcpu_and_memory() -> None:
    assert capacity_ratio(CATALOGUE["r5.2xlarge"], CATALOGUE["m5.xlarge"]) == Decimal("0.25")


def test_becoming_burstable_takes_something_away() -> None:
    assert takes_nothing_away(CATALOGUE["t3.large"], CATALOGUE["m5.large"])
    assert not takes_nothing_away(CATALOGUE["m5.large"], CATALOGUE["t3.large"])
