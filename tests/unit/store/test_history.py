"""Every state stays queryable by its moment; what a load would change is told without making it; days still growing are known."""

import json
import os
import shutil
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from finops import tables
from finops.errors import BadInput
from finops.ports import DataHandle
from finops.relational import Aggregate, Condition, Key, Question
from store.lake.ask.prune import that_may_hold
from store.lake.commit.difference import difference
from store.lake.commit.writing import commit, writing
from store.lake.completeness.days import Sighting, curves, expected, incomplete_days, open_months
from store.lake.layout import Layout, metadata_locations
from store.lake.rollups.build import build_rollups
from store.lake.states.history import history
from store.lake.states.manifest import DataFile
from store.lake.states.versions import versions
from tests.unit.connectors.bills import row
from tests.unit.store.parts import load, opened, stage

SUM = Question("cost", (Aggregate("value", "sum", "BilledCost"),))
OCTOBER = {"BillingPeriodStart": "2026-10-01T00:00:00Z", "BillingPeriodEnd": "2026-11-01T00:00:00Z"}


def total(handle: DataHandle) -> object:
    return handle.ask(SUM).rows[0][0]


def at(month: int, day: int, hour: int = 12) -> datetime:
    return datetime(2026, month, day, hour, tzinfo=UTC)


def day_row(day: date, cost: str = "1", **changes: str) -> dict[str, str]:
    period = {
        "BillingPeriodStart": f"{day:%Y-%m}-01T00:00:00Z",
        "BillingPeriodEnd": f"{(day.replace(day=1) + timedelta(days=32)):%Y-%m}-01T00:00:00Z",
    }
    charge = {"ChargePeriodStart": f"{day}T00:00:00Z", "ChargePeriodEnd": f"{day + timedelta(days=1)}T00:00:00Z"}
    return row(BilledCost=cost, EffectiveCost=cost, **{**period, **charge, **changes})


def test_a_state_is_found_by_a_moment_or_by_a_day_to_its_end(tmp_path: Path) -> None:
    load(tmp_path, [row(BilledCost="1")], at=at(11, 3, 9))
    load(tmp_path, [row(BilledCost="2")], at=at(11, 3, 15))
    load(tmp_path, [row(BilledCost="3")], at=at(11, 5))
    assert total(opened(tmp_path, as_of=at(11, 3, 9))) == 1
    assert total(opened(tmp_path, as_of=at(11, 3, 14))) == 1
    assert total(opened(tmp_path, as_of=date(2026, 11, 3))) == 2
    assert total(opened(tmp_path, as_of=date(2026, 11, 4))) == 2
    assert total(opened(tmp_path, as_of=date(2026, 12, 1))) == 3


def test_a_moment_before_the_first_load_is_refused(tmp_path: Path) -> None:
    load(tmp_path, [row()], at=at(11, 5))
    with pytest.raises(
        BadInput, match=r"nothing was loaded before 3 November 2026; the first load was on 5 November 2026 at 12:00 UTC"
    ):
        opened(tmp_path, as_of=date(2026, 11, 3))


def test_a_moment_of_an_empty_lake_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="nothing was loaded yet"):
        opened(tmp_path, as_of=date(2026, 11, 3))


def test_history_tells_each_load_and_what_it_replaced(tmp_path: Path) -> None:
    load(tmp_path, [row(BilledCost="1")], at=at(11, 3))
    first = opened(tmp_path).snapshot
    load(tmp_path, [row(BilledCost="2"), row(BilledCost="5", **OCTOBER)], at=at(11, 4))
    load(tmp_path, [row(BilledCost="2")], at=at(11, 5))
    states = history(tmp_path / "lake")
    assert [(one.snapshot, one.committed_at) for one in states] == [
        (first, at(11, 3)),
        (opened(tmp_path).snapshot, at(11, 4)),
    ]
    october, january = sorted(states[1].changes, key=lambda one: one.month, reverse=True)
    assert (october.status, october.rows_before, october.totals) == ("loaded", 0, {"USD": "5.00"})
    assert (january.status, january.rows_before, january.totals_before) == ("replaced", 1, {"USD": "1.00"})


def test_a_dry_run_tells_the_change_by_service_and_changes_nothing(tmp_path: Path) -> None:
    load(tmp_path, [row(BilledCost="1"), row(BilledCost="2", ServiceName="S3"), row(BilledCost="9", **OCTOBER)])
    before = metadata_locations(Layout(tmp_path / "lake"))
    rows = [
        row(BilledCost="1.000000000000000001"),
        row(BilledCost="4", ServiceName="RDS"),
        row(BilledCost="9", **OCTOBER),
    ]
    with writing(tmp_path / "lake") as scratch:
        found = difference(tmp_path / "lake", stage(tmp_path, rows, scratch), opened(tmp_path))
    assert [(one.month, one.status, one.rows_before, one.rows_after, str(one.cost_change)) for one in found.parts] == [
        ("2026-01", "changed", 2, 2, "2.000000000000000001"), ("2026-10", "unchanged", 1, 1, "0.00"),
    ]  # fmt: skip
    assert [(one.service, one.status, f"{one.cost_change:f}") for one in found.services] == [
        ("RDS", "new", "4.00"), ("S3", "gone", "-2.00"), ("Amazon EC2", "changed", "0.000000000000000001"),
    ]  # fmt: skip
    assert metadata_locations(Layout(tmp_path / "lake")) == before


def test_a_dry_run_of_what_is_there_changes_nothing(tmp_path: Path) -> None:
    load(tmp_path, [row()])
    with writing(tmp_path / "lake") as scratch:
        found = difference(tmp_path / "lake", stage(tmp_path, [row()], scratch), opened(tmp_path))
    assert (found.changed, found.services) == (False, ())


def test_a_dry_run_into_an_empty_lake_is_all_new(tmp_path: Path) -> None:
    with writing(tmp_path / "lake") as scratch:
        found = difference(tmp_path / "lake", stage(tmp_path, [row(BilledCost="3")], scratch), opened(tmp_path))
    assert [(one.status, one.cost_before, one.cost_after) for one in found.parts] == [("new", Decimal(0), Decimal(3))]


def file(
    first: datetime, last: datetime, loaded: datetime, *, source: str = "AWS/1", invoiced: bool = False
) -> DataFile:
    return DataFile(
        path="p", source=source, month="2026-10", rows=1, first=first, last=last, loaded_at=loaded, invoiced=invoiced
    )


def naive(month: int, day: int, hour: int = 0) -> datetime:
    return datetime(2026, month, day, hour)  # noqa: DTZ001 - the lake holds UTC without a zone


def test_without_history_young_days_and_the_last_two_are_incomplete() -> None:
    found = incomplete_days([file(naive(10, 1), naive(10, 10), at(10, 15))], {})
    assert [(one.day.day, one.reason) for one in found] == [
        (9, "it is one of the last 2 days of its source"), (10, "it is one of the last 2 days of its source"),
    ]  # fmt: skip
    young = incomplete_days([file(naive(10, 1), naive(10, 15), at(10, 15))], {})
    assert [(one.day.day, one.reason) for one in young] == [
        (14, "it was 1 day old when it was loaded"), (15, "it was 0 days old when it was loaded"),
    ]  # fmt: skip


def test_a_month_loaded_long_after_its_end_is_complete() -> None:
    late = file(naive(10, 1), naive(10, 31), at(12, 1))
    assert (incomplete_days([late], {}), open_months([late])) == ((), ())


def test_a_day_cut_off_in_its_hours_is_incomplete() -> None:
    curve = {"AWS/1": {2: Decimal(1)}}
    found = incomplete_days([file(naive(10, 1), naive(10, 10, 13), at(10, 20))], curve)
    assert [(one.day.day, one.reason) for one in found] == [(10, "its last hour is 13:00 UTC")]


def test_completeness_by_age_is_the_median_of_earlier_days() -> None:
    days = [date(2026, 8, day) for day in range(1, 8)]
    shares = ["0.90", "0.5", "0.90", "0.91", "0.92", "0.93", "1.2"]
    sightings = [
        Sighting("AWS/1", at(9, 20), {(day, "USD"): Decimal(100) for day in days}),
        *(Sighting("AWS/1", datetime(2026, 8, day.day + 3, tzinfo=UTC), {(day, "USD"): Decimal(share) * 100})
          for day, share in zip(days, shares, strict=True)),
    ]  # fmt: skip
    curve = curves(sightings)["AWS/1"]
    assert (expected(curve, 2), expected(curve, 3), expected(curve, 9)) == (None, Decimal("0.91"), Decimal("0.91"))
    found = incomplete_days([file(naive(10, 1), naive(10, 3), at(10, 6))], {"AWS/1": curve})
    assert [(one.day.day, one.expected) for one in found] == [
        (1, Decimal("0.91")),
        (2, Decimal("0.91")),
        (3, Decimal("0.91")),
    ]


def test_too_few_earlier_days_tell_nothing() -> None:
    days = [date(2026, 8, day) for day in range(1, 5)]
    sightings = [Sighting("AWS/1", at(9, 20), {(day, "USD"): Decimal(1) for day in days})]
    sightings += [Sighting("AWS/1", at(8, 10), {(day, "USD"): Decimal("0.5") for day in days})]
    assert expected(curves(sightings).get("AWS/1", {}), 40) is None


@pytest.mark.parametrize(
    ("source", "loaded", "invoiced", "open_"),
    [
        ("AWS/1", at(11, 5), False, True), ("AWS/1", at(11, 5), True, False), ("AWS/1", at(11, 12), False, True),
        ("Microsoft/1", at(11, 9), False, True), ("Microsoft/1", at(11, 10), False, False),
    ],
)  # fmt: skip
def test_a_month_is_open_until_it_is_closed_or_invoiced(
    source: str, loaded: datetime, *, invoiced: bool, open_: bool
) -> None:
    assert bool(open_months([file(naive(10, 1), naive(10, 31), loaded, source=source, invoiced=invoiced)])) is open_


def test_what_is_incomplete_is_said_of_the_table_by_the_moment_of_its_load(tmp_path: Path) -> None:
    load(tmp_path, [day_row(date(2026, 10, day)) for day in range(1, 11)], at=at(10, 11))
    cost = opened(tmp_path).cost
    assert cost is not None
    assert [one.day.day for one in cost.incomplete] == [9, 10]
    assert [(one.source, one.month) for one in cost.open_months] == [("AWS/1", "2026-10")]


def test_completeness_is_learnt_from_earlier_loads(tmp_path: Path) -> None:
    august = [date(2026, 8, day) for day in range(1, 7)]
    for seen in range(1, 7):
        # Each day costs 90 when it is three days old, and 100 from then on.
        costs = ["100"] * (seen - 1) + ["90"]
        load(tmp_path, [day_row(day, cost) for day, cost in zip(august, costs, strict=False)], at=at(8, seen + 3))
        build_rollups(tmp_path / "lake")
    load(tmp_path, [day_row(day, "100") for day in august], at=at(10, 1))
    build_rollups(tmp_path / "lake")
    load(tmp_path, [day_row(date(2026, 10, day)) for day in range(1, 11)], at=at(10, 13))
    cost = opened(tmp_path).cost
    assert cost is not None
    assert [(one.day.day, one.expected, one.reason) for one in cost.incomplete] == [
        (10, Decimal("0.9"), "90.0 % of a day's cost is usually there 3 days later")
    ]


def test_files_are_passed_by_where_none_of_their_rows_can_match() -> None:
    one = file(naive(10, 2), naive(11, 1), at(11, 5))

    def held(key: Key, operator: str, *values: object) -> bool:
        return bool(that_may_hold([one], Question("cost", (), (), (Condition(key, operator, values),))))  # pyright: ignore[reportArgumentType]

    start, billing = Key("ChargePeriodStart"), Key("BillingPeriodStart")
    assert held(start, "from", date(2026, 11, 1))
    assert not held(start, "from", date(2026, 11, 2))
    assert held(start, "before", date(2026, 10, 3))
    assert not held(start, "before", date(2026, 10, 2))
    assert held(Key("ChargePeriodStart", grain="month"), "is", date(2026, 11, 1))
    assert not held(Key("ChargePeriodStart", grain="month"), "is", date(2026, 9, 1))
    assert held(billing, "is", date(2026, 10, 1))
    assert not held(billing, "from", date(2026, 11, 1))
    assert held(Key("x_Source"), "is", "AWS/1")
    assert not held(Key("x_Source"), "is", "AWS/2")


def test_a_charge_outside_its_billing_month_is_not_passed_by(tmp_path: Path) -> None:
    late = {"ChargePeriodStart": "2026-11-03T00:00:00Z", "ChargePeriodEnd": "2026-11-04T00:00:00Z"}
    load(tmp_path, [row(BilledCost="4", **{**OCTOBER, **late}), row(BilledCost="1")])
    asked = Question("cost", SUM.aggregates, (), (Condition(Key("ChargePeriodStart"), "from", (date(2026, 11, 1),)),))
    assert opened(tmp_path).ask(asked).rows == ((Decimal(4),),)


def test_no_file_that_can_match_is_no_row(tmp_path: Path) -> None:
    load(tmp_path, [row()])
    asked = Question("cost", (Aggregate("n", "count"),), (), (Condition(Key("x_Source"), "is", ("AWS/9",)),))
    assert opened(tmp_path).ask(asked).rows == ((0,),)


def test_a_lake_of_an_older_schema_opens_and_takes_loads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    newest = dict(list(tables.COST_COLUMNS.items())[-2:])
    with monkeypatch.context() as patch:
        for name in newest:
            patch.delitem(tables.COST_COLUMNS, name)
        load(tmp_path, [row(BilledCost="1")])
    name = next(iter(newest))
    count = Question("cost", (Aggregate("n", "count", name), Aggregate("rows", "count")))
    shutil.rmtree(tmp_path / "lake" / "manifests")
    assert opened(tmp_path).ask(count).rows == ((0, 1),)
    load(tmp_path, [row(BilledCost="2", **OCTOBER)])
    handle = opened(tmp_path)
    assert total(handle) == 3
    assert handle.ask(Question("cost", (Aggregate("rows", "count"),), (Key(name),))).rows == ((None, 2),)
    assert len(history(tmp_path / "lake")) == 2


@pytest.mark.parametrize("how", ["moved", "copied"])
def test_a_home_may_be_moved_or_copied(tmp_path: Path, how: str) -> None:
    load(tmp_path / "a", [row(BilledCost="1")])
    first = opened(tmp_path / "a").snapshot
    load(tmp_path / "a", [row(BilledCost="2")])
    (shutil.move if how == "moved" else shutil.copytree)(tmp_path / "a", tmp_path / "b")
    home = tmp_path / "b"
    kept = sorted((tmp_path / "a").rglob("*"))
    assert total(opened(home)) == 2
    load(home, [row(BilledCost="5", **OCTOBER)])
    shutil.rmtree(home / "lake" / "manifests")
    assert (total(opened(home)), total(opened(home, first))) == (7, 1)
    assert all(str(home) in path for path in opened(home).files("cost"))
    assert sorted((tmp_path / "a").rglob("*")) == kept


def test_a_load_whose_description_fails_is_loaded_all_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_args: object) -> None:
        raise duckdb.IOException("disk full")

    with monkeypatch.context() as patch:
        patch.setattr("store.lake.commit.writer._describe", fail)
        load(tmp_path, [row(BilledCost="3")])
    assert total(opened(tmp_path)) == 3


def test_every_file_of_a_load_is_on_the_disk_before_it_is_visible(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[str] = []
    real = os.fsync

    def sync(place: int) -> None:
        if not (tmp_path / "lake" / "catalogue.db").exists():
            synced.append(Path(os.readlink(f"/proc/self/fd/{place}")).name)
        real(place)

    monkeypatch.setattr(os, "fsync", sync)
    load(tmp_path, [row()])
    written = {path.name for path in (tmp_path / "lake" / "warehouse").rglob("*") if path.is_file()}
    assert written <= set(synced)


def test_paths_in_the_description_are_from_the_lake_on(tmp_path: Path) -> None:
    load(tmp_path, [row()])
    manifest = next((tmp_path / "lake" / "manifests").glob("cost-0*[!s].json"))
    assert [one["path"].split("/")[0] for one in json.loads(manifest.read_text())["files"]] == ["warehouse"]


def test_a_load_of_both_tables_is_one_state(tmp_path: Path) -> None:
    with writing(tmp_path / "lake") as scratch:
        staged = stage(tmp_path, [row()], scratch)
        commit(tmp_path / "lake", staged, at=at(11, 3))
    assert [len(one.changes) for one in history(tmp_path / "lake")] == [1]
    layout = Layout(tmp_path / "lake")
    assert len(versions(layout, "cost", metadata_locations(layout)["cost"])) == 1


def test_a_month_loaded_again_unchanged_when_it_was_final_is_complete(tmp_path: Path) -> None:
    october = [day_row(date(2026, 10, day)) for day in range(1, 32)]
    load(tmp_path, october, at=at(11, 1))
    before = opened(tmp_path)
    assert before.cost is not None
    assert [one.month for one in before.cost.open_months] == ["2026-10"]
    (done,) = load(tmp_path, october, at=at(12, 5))
    after = opened(tmp_path)
    assert after.cost is not None
    assert (done.status, after.snapshot, len(history(tmp_path / "lake"))) == ("unchanged", before.snapshot, 1)
    assert (after.cost.open_months, after.cost.incomplete) == ((), ())
    then = opened(tmp_path, as_of=at(11, 2)).cost
    assert then is not None
    assert [one.month for one in then.open_months] == ["2026-10"]


def test_what_is_seen_again_after_it_was_final_touches_nothing(tmp_path: Path) -> None:
    load(tmp_path, [row()], at=at(11, 3))
    before = metadata_locations(Layout(tmp_path / "lake"))
    load(tmp_path, [row()], at=at(12, 3))
    assert metadata_locations(Layout(tmp_path / "lake")) == before


def test_a_month_seen_again_keeps_its_earlier_states_and_takes_the_next(tmp_path: Path) -> None:
    load(tmp_path, [row(BilledCost="1", **OCTOBER)], at=at(10, 20))
    load(tmp_path, [row(BilledCost="2", **OCTOBER)], at=at(11, 1))
    load(tmp_path, [row(BilledCost="2", **OCTOBER)], at=at(11, 6))
    load(tmp_path, [row(BilledCost="3", **OCTOBER)], at=at(11, 7))
    assert [total(opened(tmp_path, as_of=at(*day))) for day in ((10, 21), (11, 2), (11, 6), (11, 8))] == [1, 2, 2, 3]
    assert len(history(tmp_path / "lake")) == 3


def test_a_load_dated_before_the_last_one_is_refused(tmp_path: Path) -> None:
    load(tmp_path, [row(BilledCost="1")], at=at(11, 5))
    with pytest.raises(BadInput, match=r"is dated `2026-11-04`, before the last one, of 2026-11-05"):
        load(tmp_path, [row(BilledCost="2")], at=at(11, 4))
    assert total(opened(tmp_path)) == 1


def test_a_clock_that_goes_back_within_the_day_stands_still(tmp_path: Path) -> None:
    load(tmp_path, [row(BilledCost="1")], at=at(11, 5, 12))
    load(tmp_path, [row(BilledCost="2")], at=at(11, 5, 11))
    assert [one.committed_at for one in history(tmp_path / "lake")] == [at(11, 5, 12)] * 2
    assert (total(opened(tmp_path)), total(opened(tmp_path, as_of=at(11, 5, 12)))) == (2, 2)


def test_a_part_that_is_forgotten_is_gone_and_stays_in_every_earlier_state(tmp_path: Path) -> None:
    load(tmp_path, [row(BilledCost="1"), row(BilledCost="2", **OCTOBER)], at=at(11, 3))
    with writing(tmp_path / "lake"):
        commit(tmp_path / "lake", {}, at=at(11, 4), forget=[("AWS/1", "2026-10"), ("AWS/9", "2026-10")])
    assert (total(opened(tmp_path)), total(opened(tmp_path, as_of=at(11, 3)))) == (1, 3)
    (change,) = history(tmp_path / "lake")[-1].changes
    assert (change.status, change.month, change.rows_before, change.totals_before) == (
        "forgotten",
        "2026-10",
        1,
        {"USD": "2.00"},
    )
    load(tmp_path, [row(BilledCost="7", **OCTOBER)], at=at(11, 5))
    assert total(opened(tmp_path)) == 8


def test_the_last_part_can_be_forgotten(tmp_path: Path) -> None:
    load(tmp_path, [row()], at=at(11, 3))
    with writing(tmp_path / "lake"):
        commit(tmp_path / "lake", {}, at=at(11, 4), forget=[("AWS/1", "2026-01")])
    assert opened(tmp_path).cost is None
    assert total(opened(tmp_path, as_of=at(11, 3))) == Decimal("1.25")
