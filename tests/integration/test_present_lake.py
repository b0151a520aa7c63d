"""The present state is opened once a process, and another one as soon as there is one."""

from pathlib import Path

import pytest

from finops.relational import Aggregate, Key, Question, Rows
from gateway.compose import open_questions
from gateway.home import Home
from gateway.ingest import ingest
from gateway.people import ensure_local_person
from store.lake.engines.embedded import DuckDb
from store.lake.rollups.build import build_rollups
from tests.unit.connectors.bills import row, write_bill

SUM = Aggregate("value", "sum", "BilledCost")


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home.open({"TOLL_HOME": str(tmp_path / "home")})


def load(home: Home, tmp_path: Path, cost: str) -> None:
    person, _ = ensure_local_person(home)
    bill = write_bill(tmp_path / "bill.csv", [row(BilledCost=cost)])
    ingest(home, person, [bill], audit=lambda _kind, _payload: None)


def total(home: Home) -> Rows:
    return open_questions(home).data.ask(Question("cost", (SUM,)))


def test_a_load_is_seen_at_once_and_an_unchanged_lake_is_opened_once(home: Home, tmp_path: Path) -> None:
    load(home, tmp_path, "1.25")
    first = open_questions(home).data
    assert open_questions(home).data is first
    load(home, tmp_path, "2.50")
    assert open_questions(home).data is not first
    assert [str(value) for value in total(home).rows[0]] == ["2.500000000000000000"]
    # Who still has the state before reads that.
    assert [str(value) for value in first.ask(Question("cost", (SUM,))).rows[0]] == ["1.250000000000000000"]


def test_roll_ups_made_later_are_used(home: Home, tmp_path: Path) -> None:
    load(home, tmp_path, "1.25")
    before = open_questions(home).data
    total(home)
    for path in (home.lake / "manifests").glob("*.rollups.json"):
        path.unlink()
    without = open_questions(home).data
    assert without is not before
    build_rollups(home.lake)
    assert open_questions(home).data is not without


def test_a_home_that_is_reached_through_a_link_goes_on_when_the_link_is_gone(home: Home, tmp_path: Path) -> None:
    load(home, tmp_path, "1.25")
    (tmp_path / "linked").symlink_to(home.path, target_is_directory=True)
    linked = open_questions(Home.open({"TOLL_HOME": str(tmp_path / "linked")})).data
    (tmp_path / "linked").unlink()
    assert str(linked.ask(Question("cost", (SUM,))).rows[0][0]) == "1.250000000000000000"


def test_a_total_is_asked_of_the_engine_once(home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    load(home, tmp_path, "1.25")
    run, asked = DuckDb.run_over, list[str]()

    def counted(self: DuckDb, over: str, table: str, sql: str, parameters: list[str]) -> object:
        asked.append(sql)
        return run(self, over, table, sql, parameters)  # pyright: ignore[reportArgumentType] - handed on as it came

    monkeypatch.setattr(DuckDb, "run_over", counted)
    assert total(home) == total(home)
    assert len(asked) == 1
    data = open_questions(home).data
    grouped = Question("cost", (SUM,), (Key("ServiceName"),))
    assert data.ask(grouped) == data.ask(grouped)
    assert len(asked) == 3
