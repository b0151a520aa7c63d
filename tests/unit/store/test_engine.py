"""Which engine an address stands for, and what DuckDB makes of odd paths, several threads and sums that do not fit."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import pytest

from finops.errors import BadInput, ToolError
from finops.relational import Aggregate, Key, Question, Table, Top
from gateway.home import Home
from store.lake.engines.embedded import DuckDb, open_engine
from tests.unit.store.baked import ask, bake

SUM = Aggregate("value", "sum", "BilledCost")
BY_SERVICE = Question("cost", (SUM,), (Key("ServiceName"),))


def engine(folder: Path, *amounts: str, name: str = "a.parquet") -> DuckDb:
    rows = [{"BilledCost": amount, "ServiceName": f"s{at}"} for at, amount in enumerate(amounts)]
    return DuckDb(folder / "spill", {"cost": [bake(folder / name, rows)]})


@pytest.mark.parametrize(
    "address", ["trino", "spark", "spark://", "spark://host", "local[2]", "yarn", "spark://a b:1", "duckdb:/x"]
)
def test_an_unknown_engine_is_refused_with_the_fix(tmp_path: Path, address: str) -> None:
    with pytest.raises(
        BadInput, match=r"unknown lake engine `.*`; set TOLL_LAKE_ENGINE to `duckdb` or to spark://HOST:PORT"
    ):
        open_engine(address, tmp_path, {})


@pytest.mark.parametrize("address", ["duckdb", ""])
def test_duckdb_is_the_engine_where_none_is_named(tmp_path: Path, address: str) -> None:
    assert open_engine(address, tmp_path, {}).dialect == "duckdb"


def test_the_environment_names_the_engine(tmp_path: Path) -> None:
    assert Home.open({"TOLL_HOME": str(tmp_path)}).lake_engine == "duckdb"
    named = Home.open({"TOLL_HOME": str(tmp_path), "TOLL_LAKE_ENGINE": "spark://a:7077"})
    assert named.lake_engine == "spark://a:7077"


def test_the_embedded_engine_never_imports_spark(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from store.lake.engines.embedded import open_engine\n"
        f"open_engine('duckdb', Path({str(tmp_path)!r}), {{}}).run('cost', 'SELECT count(*) FROM cost', ())\n"
        "sys.exit(any(name.split('.')[0] in ('pyspark', 'py4j', 'ibis', 'pandas', 'pyarrow') for name in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_a_sum_of_more_than_38_digits_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ToolError, match="a sum has more than 38 digits; ask for a shorter period"):
        ask(engine(tmp_path, "99999999999999999999", "1"), tmp_path / "plans", Question("cost", (SUM,)))


def test_a_path_with_letters_of_a_pattern_is_one_file(tmp_path: Path) -> None:
    engine(tmp_path, "7", name="a1.parquet")
    found = ask(engine(tmp_path, "1", "2", name="a[1]?*'.parquet"), tmp_path / "plans", Question("cost", (SUM,)))
    assert found.rows == ((3,),)


def test_a_query_with_tables_of_its_own_finds_another_in_the_place_of_the_table(tmp_path: Path) -> None:
    over, table = "(SELECT 5 AS n)", "rollup"
    assert engine(tmp_path, "1").run_over(over, table, 'WITH "t" AS (SELECT n FROM rollup) SELECT n FROM t', ()) == [
        (5,)
    ]


def test_threads_ask_at_once_and_each_gets_its_own_answer(tmp_path: Path) -> None:
    one = engine(tmp_path, "1", "2", "3")
    with ThreadPoolExecutor(8) as pool:
        answers = [found.rows for found in pool.map(partial(ask, one, tmp_path / "plans"), [BY_SERVICE] * 40)]
    assert set(answers) == {(("s0", 1), ("s1", 2), ("s2", 3))}


def test_the_columns_of_an_answer_have_the_names_asked_for(tmp_path: Path) -> None:
    keys = (Key("Tags", "Team"), Key("Tags", "team"), Key("ChargePeriodStart", grain="week"))
    question = Question("cost", (SUM,), keys, top=Top("value", 1))
    expected = ("Tags.Team", "Tags.team", "ChargePeriodStart.week", "value", "toll_rest")
    assert ask(engine(tmp_path, "1"), tmp_path / "plans", question).columns == expected


def test_a_state_without_files_has_no_rows(tmp_path: Path) -> None:
    tables: dict[Table, list[str]] = {}
    assert ask(DuckDb(tmp_path, tables), tmp_path / "plans", BY_SERVICE).rows == ()


def test_every_cursor_reads_footers_once_and_reckons_in_utc(tmp_path: Path) -> None:
    made = engine(tmp_path, "1")
    asked = "SELECT current_setting('parquet_metadata_cache'), current_setting('TimeZone') FROM cost"
    assert made.run("cost", asked, []) == [(True, "UTC")]
