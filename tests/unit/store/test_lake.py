"""The lake: commits are whole, states stay openable, no delete file exists, reading stays light."""

import json
import os
import shutil
import subprocess
import sys
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from finops.errors import BadInput, CheckFailed, UnknownName
from finops.ports import DataHandle
from finops.relational import Aggregate, Key, Question
from finops.tables import StagedPart
from store.lake.commit.iceberg import files_of, open_catalogue, open_table
from store.lake.commit.writing import commit, writing
from store.lake.layout import Layout, metadata_locations
from store.lake.reader import open_lake
from tests.unit.connectors.bills import row
from tests.unit.store.parts import load, opened

TOTAL = Question("cost", (Aggregate("value", "sum", "BilledCost"), Aggregate("rows", "count")))
FEBRUARY = {"BillingPeriodStart": "2026-02-01T00:00:00Z", "BillingPeriodEnd": "2026-03-01T00:00:00Z",
            "ChargePeriodStart": "2026-02-03T00:00:00Z", "ChargePeriodEnd": "2026-02-04T00:00:00Z"}  # fmt: skip


def total(handle: DataHandle) -> object:
    return handle.ask(TOTAL).rows[0][0]


def test_an_empty_lake_says_so(tmp_path: Path) -> None:
    handle = opened(tmp_path)
    assert (handle.snapshot, handle.cost, handle.metrics, handle.dimensions) == ("empty", None, None, ())


def test_an_empty_lake_answers_with_no_sum(tmp_path: Path) -> None:
    assert opened(tmp_path).ask(TOTAL).rows == ((None, 0),)


def test_a_load_is_read_back_exactly(tmp_path: Path) -> None:
    load(tmp_path, [row(BilledCost="0.1"), row(BilledCost="0.2")])
    assert total(opened(tmp_path)) == Decimal("0.3")


def test_the_same_content_changes_nothing(tmp_path: Path) -> None:
    load(tmp_path, [row(), row(BilledCost="2")])
    before = opened(tmp_path).snapshot
    location = metadata_locations(Layout(tmp_path / "lake"))
    assert [one.status for one in load(tmp_path, [row(BilledCost="2"), row()])] == ["unchanged"]
    assert (opened(tmp_path).snapshot, metadata_locations(Layout(tmp_path / "lake"))) == (before, location)


def test_a_restated_month_replaces_the_old_one(tmp_path: Path) -> None:
    load(tmp_path, [row(BilledCost="1"), row(BilledCost="5", **FEBRUARY)])
    assert [one.status for one in load(tmp_path, [row(BilledCost="2")])] == ["replaced"]
    assert total(opened(tmp_path)) == Decimal("7")


def test_another_source_is_kept_beside(tmp_path: Path) -> None:
    load(tmp_path, [row(BilledCost="1")])
    load(tmp_path, [row(BilledCost="2", BillingAccountId="2")])
    handle = opened(tmp_path)
    assert total(handle) == Decimal("3")
    assert handle.cost is not None
    assert handle.cost.sources == ("AWS/1", "AWS/2")


def test_a_source_longer_than_a_parquet_statistic_is_replaced_whole(tmp_path: Path) -> None:
    account = "/providers/Microsoft.Billing/billingAccounts/" + "8" * 400
    load(tmp_path, [row(BillingAccountId=account)])
    load(tmp_path, [row(BillingAccountId=account, BilledCost="4")])
    assert total(opened(tmp_path)) == Decimal("4")


def test_an_earlier_state_stays_openable(tmp_path: Path) -> None:
    load(tmp_path, [row(BilledCost="1")])
    before = opened(tmp_path).snapshot
    load(tmp_path, [row(BilledCost="2")])
    assert total(opened(tmp_path, before)) == Decimal("1")
    assert total(opened(tmp_path)) == Decimal("2")


def test_an_earlier_state_stays_openable_without_the_cache(tmp_path: Path) -> None:
    load(tmp_path, [row(BilledCost="1")])
    before = opened(tmp_path).snapshot
    load(tmp_path, [row(BilledCost="2")])
    shutil.rmtree(tmp_path / "lake" / "manifests")
    assert total(opened(tmp_path, before)) == Decimal("1")


@pytest.mark.parametrize("name", ["lake-000000000000-0", "nonsense", "lake-../../x-0", ""])
def test_a_state_that_never_was_is_refused(tmp_path: Path, name: str) -> None:
    load(tmp_path, [row()])
    with pytest.raises(UnknownName, match="unknown snapshot"):
        opened(tmp_path, name)


def test_the_state_is_the_same_for_the_same_content_elsewhere(tmp_path: Path) -> None:
    load(tmp_path / "a", [row(), row(BilledCost="2", **FEBRUARY)])
    load(tmp_path / "b", [row(BilledCost="2", **FEBRUARY)])
    load(tmp_path / "b", [row()])
    assert opened(tmp_path / "a").snapshot == opened(tmp_path / "b").snapshot


def test_a_lost_manifest_is_built_again(tmp_path: Path) -> None:
    load(tmp_path, [row(BilledCost="1.2500", ResourceId="i-2")])
    handle = opened(tmp_path)
    before = (handle.snapshot, handle.cost, handle.dimensions)
    shutil.rmtree(tmp_path / "lake" / "manifests")
    shutil.rmtree(tmp_path / "lake" / "vocabulary")
    again = opened(tmp_path)
    assert (again.snapshot, again.cost, again.dimensions) == before


def test_a_state_says_which_months_each_source_has_also_where_its_manifest_is_older_than_that(tmp_path: Path) -> None:
    load(tmp_path, [row(), row(**FEBRUARY), row(ProviderName="GCP")])
    months = {"AWS/1": ("2026-01", "2026-02"), "GCP/1": ("2026-01",)}
    cost = opened(tmp_path).cost
    assert cost
    assert cost.months == months
    for path in (tmp_path / "lake" / "manifests").glob("cost-*.json"):
        stored = json.loads(path.read_text())
        if stored.get("info"):
            del stored["info"]["months"]
            path.write_text(json.dumps(stored))
    cost = opened(tmp_path).cost
    assert cost
    assert cost.months == months


def test_no_delete_file_ever_exists(tmp_path: Path) -> None:
    for amount in ("1", "2", "3"):
        load(tmp_path, [row(BilledCost=amount), row(BilledCost=amount, **FEBRUARY)])
    layout = Layout(tmp_path / "lake")
    catalogue = open_catalogue(layout, layout.catalogue)
    table = open_table(catalogue, layout, "cost")
    try:
        summaries = [snapshot.summary for snapshot in table.metadata.snapshots]
        assert [summary and summary["total-delete-files"] for summary in summaries] == ["0", "0", "0"]
        assert len(files_of(table)) == 2
    finally:
        catalogue.engine.dispose()


def test_the_table_is_partitioned_by_month_and_source(tmp_path: Path) -> None:
    load(tmp_path, [row()])
    layout = Layout(tmp_path / "lake")
    catalogue = open_catalogue(layout, layout.catalogue)
    try:
        fields = [field.name for field in open_table(catalogue, layout, "cost").spec().fields]
    finally:
        catalogue.engine.dispose()
    assert fields == ["month", "source"]


def test_a_commit_that_fails_leaves_the_lake_as_it_was(tmp_path: Path) -> None:
    load(tmp_path, [row(BilledCost="1")])
    lake = tmp_path / "lake"
    before = {
        path: path.read_bytes()
        for path in lake.rglob("*")
        if path.is_file() and path.suffix in (".parquet", ".db", ".json")
    }
    handle = opened(tmp_path)
    file = tmp_path / "copy.parquet"
    shutil.copy(handle.files("cost")[0], file)
    part = load_part(tmp_path)
    wrong = StagedPart(part=part.part.model_copy(update={"month": "2026-07"}), paths=(str(file),))
    with pytest.raises(CheckFailed, match="is not of AWS/1 2026-07"), writing(lake):
        commit(lake, {"cost": [wrong]})
    after = {
        path: path.read_bytes()
        for path in lake.rglob("*")
        if path.is_file() and path.suffix in (".parquet", ".db", ".json")
    }
    assert after == before
    assert opened(tmp_path).snapshot == handle.snapshot


def load_part(home: Path) -> StagedPart:
    done = load(home / "other", [row(BilledCost="1")])
    return StagedPart(part=done[0].part, paths=())


def test_what_the_lake_holds_is_described(tmp_path: Path) -> None:
    load(tmp_path, [row(BilledCost="1.234", Tags='{"team":"a","env/x":2}'), row(BillingCurrency="EUR", **FEBRUARY)])
    handle = opened(tmp_path)
    cost = handle.cost
    assert cost is not None
    assert (cost.rows, cost.first_day, cost.last_day) == (2, date(2026, 1, 5), date(2026, 2, 3))
    assert cost.currencies == ("EUR", "USD")
    assert cost.scales["BilledCost"] == 3
    named = {info.name: (info.distinct, info.values) for info in handle.dimensions}
    assert named["ServiceName"] == (1, ("Amazon EC2",))
    assert named["tag:team"] == (1, ("a",))
    assert named["tag:env/x"] == (1, ("2",))
    assert "ResourceName" not in named


def test_dimension_values_come_by_rows(tmp_path: Path) -> None:
    load(
        tmp_path,
        [row(ServiceName="b"), row(ServiceName="c", BilledCost="2"), row(ServiceName="c"), row(ServiceName="a")],
    )
    values = next(info.values for info in opened(tmp_path).dimensions if info.name == "ServiceName")
    assert values == ("c", "a", "b")


def test_an_open_state_is_not_changed_by_a_load(tmp_path: Path) -> None:
    load(tmp_path, [row(BilledCost="1")])
    handle = opened(tmp_path)
    load(tmp_path, [row(BilledCost="2")])
    assert total(handle) == Decimal("1")


def test_reading_a_warm_lake_imports_nothing_heavy(tmp_path: Path) -> None:
    load(tmp_path, [row()])
    opened(tmp_path).prewarm([TOTAL])
    program = (
        "import sys; from pathlib import Path; from store.lake.reader import open_lake\n"
        "from finops.relational import Aggregate, Question\n"
        f"handle = open_lake(Path({str(tmp_path / 'lake')!r}), Path({str(tmp_path / 'plans')!r}))\n"
        "handle.ask(Question('cost', (Aggregate('value', 'sum', 'BilledCost'), Aggregate('rows', 'count')))); handle.dimensions\n"
        "heavy = ('pandas', 'numpy', 'pyarrow', 'pyiceberg', 'sqlalchemy', 'ibis', 'sqlglot', 'sqlmodel')\n"
        "print([name for name in heavy if name in sys.modules])"
    )
    root = Path(__file__).resolve().parents[3]
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=root)
    assert done.stdout.strip() == "[]"


def test_a_damaged_plan_is_compiled_again(tmp_path: Path) -> None:
    load(tmp_path, [row(BilledCost="3")])
    opened(tmp_path).prewarm([TOTAL])
    for path in (tmp_path / "plans").iterdir():
        path.write_text("{", encoding="utf-8")
    assert total(opened(tmp_path)) == Decimal("3")


def test_a_column_that_is_none_is_refused(tmp_path: Path) -> None:
    question = Question("cost", (Aggregate("rows", "count"),), (Key("ServiceNam"),))
    with pytest.raises(UnknownName, match="did you mean `ServiceName`"):
        open_lake(tmp_path / "lake", tmp_path / "plans").ask(question)


@pytest.mark.parametrize(
    "name",
    ["a?b", "a#b", "a%20b", "a b", "it's", 'a"b', "a*b", "a[1]b", "[!a]", "a?mode=memory", "BillingCurrency=EUR", "{a,b}", "a:b;c"],
)  # fmt: skip
def test_a_lake_may_be_in_a_folder_of_any_name(tmp_path: Path, name: str) -> None:
    home = tmp_path / name
    load(home, [row(BilledCost="1")])
    load(home, [row(BilledCost="2"), row(BilledCost="5", **FEBRUARY)])
    assert total(opened(home)) == Decimal("7")
    shutil.rmtree(home / "lake" / "manifests")
    assert (total(opened(home)), len(opened(home).dimensions) > 0) == (Decimal("7"), True)
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_a_lake_whose_folder_looks_like_a_pattern_reads_none_beside_it(tmp_path: Path) -> None:
    load(tmp_path / "home*", [row(BilledCost="1")])
    shutil.copytree(tmp_path / "home*", tmp_path / "home-copy")
    assert total(opened(tmp_path / "home*")) == Decimal("1")


@pytest.mark.parametrize("name", [b"a\\b", b"\xff"])
def test_a_folder_duckdb_cannot_write_to_is_refused(tmp_path: Path, name: bytes) -> None:
    with pytest.raises(BadInput, match="set TOLL_HOME to another folder"), writing(tmp_path / os.fsdecode(name)):
        pass
    assert list(tmp_path.iterdir()) == []
