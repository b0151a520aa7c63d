"""What is done to an instance shows in the next days' bills and metrics."""

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from evals.estate.make import Estate, advance, make_estate
from evals.estate.world import Change, Machine, World, load, save
from tests.unit.evals.demo_estate import SEED, query
from tools.instance_catalogue import CATALOGUE

END = date(2026, 10, 20)


def _machine(world: World, name: str) -> Machine:
    return next(machine for machine in world.instances if machine.name == name)


def _change(folder: Path, name: str, **changed: Any) -> None:
    """Do to an instance what the demo cloud writes down when it is done over the API."""
    world = load(folder)
    machine = _machine(world, name)
    after = machine.becomes(machine.present.model_copy(update={"day": world.end, **changed}))
    instances = tuple(after if m.name == name else m for m in world.instances)
    save(folder, world.model_copy(update={"instances": instances}))


@pytest.fixture(scope="module")
def acted(tmp_path_factory: pytest.TempPathFactory) -> Estate:
    made = make_estate(tmp_path_factory.mktemp("acted"), SEED, END)
    _change(made.folder, "dev-analytics", instance_type="m5a.2xlarge")
    _change(made.folder, "dev-old-build", state="stopped")
    _change(made.folder, "dev-bastion", state="terminated")
    _change(made.folder, "search-node-3", state="stopped")
    _change(made.folder, "dev-docs", tags={"environment": "dev", "owner": "somebody"})
    advance(made.folder, 10)
    _change(made.folder, "dev-old-build", state="running")
    advance(made.folder, 10)
    return made


@pytest.fixture(scope="module")
def untouched(tmp_path_factory: pytest.TempPathFactory) -> Estate:
    made = make_estate(tmp_path_factory.mktemp("untouched"), SEED, END)
    advance(made.folder, 20)
    return made


def _daily(of: Estate, name: str, sql: str = "sum(EffectiveCost)") -> dict[date, Any]:
    machine = _machine(of.world, name)
    rows = query(
        f"SELECT ChargePeriodStart, {sql} FROM bill WHERE ResourceId = ? AND ChargePeriodStart >= ? GROUP BY 1 ORDER BY 1",
        [machine.resource_id, date(2026, 10, 15)], of=of,
    )  # fmt: skip
    return {row[0].date(): row[1] for row in rows}


def test_a_resized_instance_costs_the_new_price_from_that_day_on(acted: Estate) -> None:
    daily = _daily(acted, "dev-analytics")
    assert len(daily) == 25
    for day, cost in daily.items():
        kind = "m5a.4xlarge" if day < END else "m5a.2xlarge"
        assert cost == CATALOGUE[kind].hourly_usd * 24
    ratio = daily[END] / daily[date(2026, 10, 19)]
    assert ratio == CATALOGUE["m5a.2xlarge"].hourly_usd / CATALOGUE["m5a.4xlarge"].hourly_usd == Decimal("0.5")


def test_a_resized_instance_is_as_much_busier_as_it_is_smaller(acted: Estate, untouched: Estate) -> None:
    sql = "SELECT Timestamp, Value FROM metrics WHERE ResourceId = ? AND x_Metric = ? AND Timestamp BETWEEN ? AND ? ORDER BY 1"
    resource = _machine(acted.world, "dev-analytics").resource_id
    for metric in ("cpu_percent", "memory_percent"):
        parameters = [resource, metric, END, date(2026, 10, 29)]
        small, large = query(sql, parameters, of=acted), query(sql, parameters, of=untouched)
        assert len(small) == len(large) > 500
        assert max(abs(s[1] - 2 * b[1]) for s, b in zip(small, large, strict=True)) < 0.02


def test_a_stopped_instance_costs_nothing_until_it_is_started_again(acted: Estate) -> None:
    days = sorted(_daily(acted, "dev-old-build"))
    assert [day for day in days if END <= day < date(2026, 10, 30)] == []
    assert days[-1] == date(2026, 11, 8)
    assert days[5] == date(2026, 10, 30)


def test_the_volume_of_a_stopped_instance_goes_on_costing(acted: Estate) -> None:
    volume = _machine(acted.world, "dev-old-build").volume_id
    rows = query("SELECT count(*) FROM bill WHERE ResourceId = ? AND ChargePeriodStart >= ?", [volume, END], of=acted)
    assert rows == [(20,)]


def test_a_stopped_instance_is_not_measured(acted: Estate) -> None:
    resource = _machine(acted.world, "dev-old-build").resource_id
    rows = query(
        "SELECT count(*) FROM metrics WHERE ResourceId = ? AND Timestamp >= ? AND Timestamp < ?",
        [resource, END, date(2026, 10, 30)], of=acted,
    )  # fmt: skip
    assert rows == [(0,)]


def test_a_terminated_instance_takes_its_volume_with_it(acted: Estate) -> None:
    machine = _machine(acted.world, "dev-bastion")
    assert query(
        "SELECT count(*) FROM bill WHERE ResourceId IN (?, ?) AND ChargePeriodStart >= ?",
        [machine.resource_id, machine.volume_id, END], of=acted,
    ) == [(0,)]  # fmt: skip


def test_stopping_what_a_plan_covers_saves_nothing(acted: Estate) -> None:
    rows = query(
        "SELECT ChargePeriodStart, sum(EffectiveCost) FROM bill WHERE CommitmentDiscountId IS NOT NULL "
        "AND ChargePeriodStart >= DATE '2026-10-15' GROUP BY 1", of=acted,
    )  # fmt: skip
    assert len({cost for _, cost in rows}) == 1
    assert len(rows) == 25


def test_new_tags_show_in_later_rows_only(acted: Estate) -> None:
    owners = _daily(acted, "dev-docs", "any_value(Tags->>'owner')")
    assert {owner for day, owner in owners.items() if day < END} == {"ines.falk"}
    assert {owner for day, owner in owners.items() if day >= END} == {"somebody"}


def test_the_truth_tells_each_change_with_its_daily_cost(acted: Estate) -> None:
    changes = {c.resource_id: c for c in acted.truth.changes if c.day == END}
    resized = changes[_machine(acted.world, "dev-analytics").resource_id]
    assert (resized.type_before, resized.type_after) == ("m5a.4xlarge", "m5a.2xlarge")
    assert resized.daily_before - resized.daily_after == Decimal("8.256")


def test_no_other_line_moves_because_of_a_change(acted: Estate, untouched: Estate) -> None:
    sql = (
        "SELECT ProviderName, ServiceName, sum(EffectiveCost) FROM bill WHERE ServiceName NOT IN "
        "('Amazon Elastic Compute Cloud', 'Amazon Elastic Block Store', 'Tax', 'Savings Plans for AWS Compute usage') "
        "GROUP BY 1, 2 ORDER BY 1, 2"
    )
    assert query(sql, of=acted) == query(sql, of=untouched)


def _life() -> Machine:
    start = Change(day=date(2026, 1, 1), instance_type="m5a.large", state="running", tags={})
    return Machine(resource_id="i-1", volume_id="vol-1", name="x", changes=(start,))


def test_what_is_undone_the_same_day_leaves_no_trace() -> None:
    today = date(2026, 2, 1)
    stopped = _life().becomes(Change(day=today, instance_type="m5a.large", state="stopped", tags={}))
    undone = stopped.becomes(Change(day=today, instance_type="m5a.large", state="running", tags={}))
    assert undone == _life()


def test_the_last_change_of_a_day_is_the_one_that_counts() -> None:
    today = date(2026, 2, 1)
    life = _life()
    for kind, state in (("m5a.large", "stopped"), ("m5a.xlarge", "stopped"), ("m5a.xlarge", "running")):
        life = life.becomes(Change.model_validate({"day": today, "instance_type": kind, "state": state, "tags": {}}))
    assert [(c.instance_type, c.state) for c in life.changes] == [("m5a.large", "running"), ("m5a.xlarge", "running")]


def test_a_history_out_of_order_is_refused() -> None:
    one, two = _life().present, _life().present.model_copy(update={"day": date(2025, 1, 1)})
    with pytest.raises(ValueError, match="out of order"):
        Machine(resource_id="i-1", volume_id="vol-1", name="x", changes=(one, two))
