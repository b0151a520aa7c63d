"""A real cluster of a master and two workers gives what DuckDB gives: values, types and order."""

import json
from collections.abc import Generator
from pathlib import Path

import pytest

from evals.spark_cluster import spark_cluster
from finops.errors import BadInput, ToolError, Unavailable
from finops.people import Principal
from finops.relational import Aggregate, Condition, Key, Question, Rows, Table
from gateway.home import Home
from gateway.ingest import ingest
from store.lake.engines.embedded import Engine, open_engine
from store.lake.reader import LakeHandle, open_lake
from tests.unit.store.baked import ask, bake, bake_texts
from tests.unit.store.varied import COST_QUESTIONS, METRIC_QUESTIONS, hostile, samples

pytest.importorskip("pyspark")
from store.lake.engines.spark import close_spark

Pair = tuple[Engine, Engine]
SUM = Aggregate("value", "sum", "BilledCost")


@pytest.fixture(scope="module")
def master() -> Generator[str]:
    with spark_cluster(workers=2) as address:
        yield address
        close_spark()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    # A path that Hadoop would read as a pattern.
    odd = tmp_path_factory.mktemp("lake") / "a [b] {c,d} 100% é"
    odd.mkdir()
    return odd


@pytest.fixture(scope="module")
def pair(master: str, folder: Path) -> Pair:
    rows = hostile()
    files = [bake(folder / f"{i}?.parquet", rows[i::4]) for i in range(4)]
    tables: dict[Table, list[str]] = {"cost": files, "metrics": [bake(folder / "m.parquet", samples(), "metrics")]}
    return open_engine("duckdb", folder / "spill", tables), open_engine(master, folder / "spill", tables)


def same(pair: Pair, plans: Path, question: Question) -> Rows:
    """Ask both, and compare what `repr` shows: values, types, scales and order."""
    ours, theirs = (ask(engine, plans, question) for engine in pair)
    assert repr(theirs.rows) == repr(ours.rows)
    assert theirs.columns == ours.columns
    return ours


def test_a_master_that_is_not_there_is_said_at_once(folder: Path) -> None:
    engine = open_engine("spark://127.0.0.1:1", folder / "spill", {})
    with pytest.raises(Unavailable, match=r"no Spark master answers at `spark://127.0.0.1:1`; see that the master"):
        engine.run("cost", "SELECT 1", ())


@pytest.mark.parametrize("name", COST_QUESTIONS)
def test_a_question_about_hostile_rows_has_the_same_answer(pair: Pair, folder: Path, name: str) -> None:
    assert same(pair, folder / "plans", COST_QUESTIONS[name]).rows


@pytest.mark.parametrize("name", METRIC_QUESTIONS)
def test_a_question_about_samples_has_the_same_answer(pair: Pair, folder: Path, name: str) -> None:
    assert same(pair, folder / "plans", METRIC_QUESTIONS[name]).rows


def test_a_sum_that_fits_no_decimal_is_refused_and_never_absent(master: str, folder: Path) -> None:
    files: dict[Table, list[str]] = {
        "cost": [bake(folder / "huge.parquet", [{"BilledCost": "99999999999999999999"}] * 2)]
    }
    for address in ("duckdb", master):
        with pytest.raises(ToolError, match="a sum has more than 38 digits; ask for a shorter period"):
            ask(open_engine(address, folder / "spill", files), folder / "plans", Question("cost", (SUM,)))


def test_a_table_without_files_is_empty(master: str, folder: Path) -> None:
    empty = open_engine("duckdb", folder / "spill", {}), open_engine(master, folder / "spill", {})
    counted = Question("cost", (SUM, Aggregate("rows", "count")))
    assert same(empty, folder / "plans", counted).rows == ((None, 0),)


def test_a_file_written_before_a_column_was_there_has_none_of_it(master: str, folder: Path) -> None:
    import duckdb

    path = folder / "old.parquet"
    with duckdb.connect() as connection:
        connection.execute(f"COPY (SELECT CAST(5 AS DECIMAL(38,18)) AS BilledCost) TO '{path}' (FORMAT parquet)")
    engine = open_engine(master, folder / "spill", {"cost": [str(path)]})
    answer = ask(engine, folder / "plans", Question("cost", (SUM,), (Key("InvoiceDetailId"),)))
    assert [(key, int(str(value).split(".", maxsplit=1)[0])) for key, value in answer.rows] == [(None, 5)]


def test_letters_are_lowered_one_by_one_as_duckdb_does(pair: Pair, master: str, folder: Path) -> None:
    letters = [
        chr(code) for code in range(1, 0x1FFFF) if chr(code).lower() != chr(code) or chr(code).upper() != chr(code)
    ]
    tables: dict[Table, list[str]] = {
        "cost": [bake_texts(folder / "letters.parquet", "ServiceName", [f"x{letter}" for letter in letters])]
    }
    both = open_engine("duckdb", folder / "spill", tables), open_engine(master, folder / "spill", tables)
    # Every letter that is another's capital is found by it, so each must be lowered the same way.
    small = tuple(f"x{letter.lower()}" for letter in letters)
    starts = Condition(Key("ServiceName"), "starts", small[::4])
    found = same(
        both, folder / "plans", Question("cost", (Aggregate("rows", "count"),), (Key("ServiceName"),), (starts,))
    )
    assert len(found.rows) > len(letters) // 4


@pytest.fixture(scope="module")
def real(shared_data: Path, master: str, tmp_path_factory: pytest.TempPathFactory) -> tuple[LakeHandle, LakeHandle]:
    home = Home.open({"TOLL_HOME": str(tmp_path_factory.mktemp("home"))})
    bill = shared_data / "focus" / "focus_sample_1.0.csv"
    ingest(home, Principal(name="ann", role="admin"), [bill], audit=lambda _kind, _event: None)
    return open_lake(home.lake, home.plans), open_lake(home.lake, home.plans, engine=master)


REAL = {
    name: question
    for name, question in COST_QUESTIONS.items()
    if name
    in (
        "total",
        "service",
        "by day",
        "by week",
        "virtual",
        "several aggregates",
        "numbers in json",
        "top along",
        "is not",
    )
}


@pytest.mark.parametrize("name", REAL)
def test_the_real_bill_has_the_same_answer(real: tuple[LakeHandle, LakeHandle], name: str) -> None:
    ours, theirs = (lake.ask(REAL[name]) for lake in real)
    assert (theirs.columns, repr(theirs.rows)) == (ours.columns, repr(ours.rows))


def test_every_dimension_of_the_real_bill_has_the_same_groups(real: tuple[LakeHandle, LakeHandle]) -> None:
    tags = [info.name.removeprefix("tag:") for info in real[0].dimensions if info.name.startswith("tag:")]
    for tag in tags[:6]:
        question = Question("cost", (SUM,), (Key("Tags", tag),))
        assert repr(real[1].ask(question).rows) == repr(real[0].ask(question).rows), json.dumps(tag)


def test_a_second_master_in_one_process_is_refused(pair: Pair, folder: Path) -> None:
    ask(pair[1], folder / "plans", COST_QUESTIONS["total"])
    with pytest.raises(BadInput, match="this process already works with"):
        open_engine("spark://127.0.0.1:1", folder / "spill", {}).run("cost", "SELECT 1", ())


def test_java_that_is_missing_is_named_with_the_fix(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    close_spark()
    monkeypatch.setenv("JAVA_HOME", str(folder))
    with pytest.raises(BadInput, match="Spark needs Java, and there is no `java` here; install Java 17"):
        open_engine("spark://127.0.0.1:1", folder / "spill", {}).run("cost", "SELECT 1", ())
