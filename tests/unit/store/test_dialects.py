"""What the other engines are asked: their SQL parses as theirs, marks its values, and means what DuckDB's does."""

import re
from datetime import date, datetime, time
from pathlib import Path
from typing import Any, cast

import pytest
import sqlglot as untyped_sqlglot
import sqlglot.expressions as sge

from finops.relational import Aggregate, Condition, Key, Question, Rule, Table
from store.lake.ask.compile import compile_question, explain
from store.lake.ask.dialects import ARGUMENTS, SPELLINGS
from store.lake.ask.plans import Plan, bound
from store.lake.engines.embedded import Dialect, open_engine
from tests.unit.store.baked import ask, bake
from tests.unit.store.varied import COST_QUESTIONS, METRIC_QUESTIONS, hostile, samples

sqlglot = cast(Any, untyped_sqlglot)
DIALECTS: tuple[Dialect, ...] = ("duckdb", "spark", "trino", "athena", "clickhouse", "bigquery", "snowflake")
TEXTS = (
    "it's", 'a"b', "back\\slash", "\\'; DROP", "new\nline", "$x", ":v1", "?", "@v1", "{v1:String}", "toll:value:0",
)  # fmt: skip
QUESTIONS = {**COST_QUESTIONS, **METRIC_QUESTIONS}
SUM = Aggregate("value", "sum", "BilledCost")
SERVICES = Question(
    "cost", (SUM,), (Key("ServiceName"),), (Condition(Key("ChargePeriodStart"), "from", (date(2026, 1, 1),)),)
)
WEEKS = Question("cost", (SUM,), (Key("ChargePeriodStart", grain="week"),))
TEAMS = Question("cost", (SUM,), (Key("Tags", "te'am"),))
SAMPLES = Question("metrics", (Aggregate("q", "quantile", "Value", 0.95), Aggregate("s", "sum", "Value")))


def sql(question: Question, dialect: Dialect) -> str:
    return compile_question(question, dialect)[0]


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("name", QUESTIONS)
def test_the_sql_of_every_question_parses_as_its_dialect(name: str, dialect: Dialect) -> None:
    text, order = compile_question(QUESTIONS[name], dialect)
    tree = sqlglot.parse_one(text, read=dialect)
    assert isinstance(tree, sge.Select)
    assert "toll_" not in text.lower().replace("toll_rest", "").replace("toll_size", "").replace("toll:value", "")
    assert sorted(set(order)) == list(range(len(QUESTIONS[name].values())))


@pytest.mark.parametrize("dialect", DIALECTS)
def test_no_value_is_written_into_the_sql(dialect: Dialect) -> None:
    hostile = "x'; DROP TABLE cost; -- \\ \" toll:value:0"
    question = Question("cost", (SUM,), (), (Condition(Key("ServiceName"), "is", (hostile,)),))
    assert "DROP" not in sql(question, dialect)


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("text", TEXTS)
def test_what_belongs_to_the_shape_is_one_literal_whatever_it_holds(text: str, dialect: Dialect) -> None:
    key = Key("Product", rules=((Rule((Condition(Key("Tags", text), "is", (text,)),), value=text)),))
    compiled, order = compile_question(Question("cost", (SUM,), (key,)), dialect)
    found = {one.this for one in sqlglot.parse_one(compiled, read=dialect).find_all(sge.Literal) if one.is_string}
    pointer = "/" + text.replace("~", "~0").replace("/", "~1")
    assert {text, pointer} & found
    assert order == ()
    assert all(letters in (text, pointer) or not set("';") & set(letters) for letters in found - FORM_TEXTS[dialect])


FORM_TEXTS = {
    dialect: {
        one.this
        for form in spelling.forms.values()
        for one in sqlglot.parse_one(form, read=dialect).find_all(sge.Literal)
        if one.is_string
    }
    for dialect, spelling in SPELLINGS.items()
}


def test_every_dialect_has_every_form() -> None:
    assert {tuple(sorted(one.forms)) for one in SPELLINGS.values()} == {tuple(sorted(ARGUMENTS))}
    assert set(SPELLINGS) == set(DIALECTS)


GOLDEN: dict[Dialect, str] = {
    "duckdb": 'SELECT * FROM (SELECT "t1"."ServiceName", SUM("t1"."BilledCost") AS "value" FROM (SELECT * FROM "cost" AS "t0" '
    'WHERE "t0"."ChargePeriodStart" >= CAST($1 AS TIMESTAMP(6))) AS "t1" GROUP BY 1) AS "t2" ORDER BY "t2"."ServiceName" ASC',
    "spark": "SELECT * FROM (SELECT `t1`.`ServiceName`, SUM(`t1`.`BilledCost`) AS `value` FROM (SELECT * FROM `cost` AS `t0` "
    "WHERE `t0`.`ChargePeriodStart` >= CAST(:v1 AS TIMESTAMP_NTZ)) AS `t1` GROUP BY 1) AS `t2` ORDER BY `t2`.`ServiceName` ASC NULLS LAST",
    "trino": 'SELECT * FROM (SELECT "t1"."ServiceName", SUM("t1"."BilledCost") AS "value" FROM (SELECT * FROM "cost" AS "t0" '
    'WHERE "t0"."ChargePeriodStart" >= CAST(? AS TIMESTAMP(6))) AS "t1" GROUP BY 1) AS "t2" ORDER BY "t2"."ServiceName" ASC',
    "clickhouse": 'SELECT * FROM (SELECT "t1"."ServiceName" AS "ServiceName", SUM(CAST("t1"."BilledCost" AS Nullable(Decimal(76, 18)))) '
    'AS "value" FROM (SELECT * FROM "cost" AS "t0" WHERE "t0"."ChargePeriodStart" >= '
    "toTimeZone(CAST({v1:String} AS Nullable(DateTime64(6, 'UTC'))), 'UTC')) AS \"t1\" "
    'GROUP BY "t1"."ServiceName") AS "t2" ORDER BY "t2"."ServiceName" ASC',
    "bigquery": "SELECT * FROM (SELECT `t1`.`ServiceName`, SUM(`t1`.`BilledCost`) AS `value` FROM (SELECT * FROM `cost` AS `t0` "
    "WHERE `t0`.`ChargePeriodStart` >= CAST(@v1 AS DATETIME)) AS `t1` GROUP BY 1) AS `t2` ORDER BY `t2`.`ServiceName` ASC NULLS LAST",
    "snowflake": 'SELECT * FROM (SELECT "t1"."ServiceName", SUM("t1"."BilledCost") AS "value" FROM (SELECT * FROM "cost" AS "t0" '
    'WHERE "t0"."ChargePeriodStart" >= CAST(? AS TIMESTAMPNTZ)) AS "t1" GROUP BY 1) AS "t2" ORDER BY "t2"."ServiceName" ASC',
}


@pytest.mark.parametrize("dialect", GOLDEN)
def test_services_since_a_day_are_asked_so(dialect: Dialect) -> None:
    assert sql(SERVICES, dialect) == GOLDEN[dialect]


@pytest.mark.parametrize(
    ("dialect", "part"),
    [
        ("spark", "TRUNC(`t0`.`ChargePeriodStart`, 'WEEK')"),
        ("trino", 'DATE_TRUNC(\'WEEK\', CAST("t0"."ChargePeriodStart" AS DATE))'),
        ("clickhouse", 'dateTrunc(\'WEEK\', "t0"."ChargePeriodStart")'),
        ("bigquery", "DATE_TRUNC(DATE(`t0`.`ChargePeriodStart`), WEEK(MONDAY))"),
        ("snowflake", '1 - DAYOFWEEKISO(CAST("t0"."ChargePeriodStart" AS DATE))'),
    ],
)
def test_a_week_starts_on_monday_whatever_the_session_says(dialect: Dialect, part: str) -> None:
    assert part in sql(WEEKS, dialect)


@pytest.mark.parametrize(
    ("dialect", "part"),
    [
        ("duckdb", "\"t0\".\"Tags\" ->> '/te''am'"),
        ("spark", "FROM_JSON(`t0`.`Tags`, 'MAP<STRING, STRING>'), 'te\\'am')"),
        ("trino", "ELEMENT_AT(CAST(JSON_PARSE(\"t0\".\"Tags\") AS MAP(VARCHAR, JSON)), 'te''am')"),
        ("clickhouse", "JSONExtractString(\"t0\".\"Tags\", 'te''am')"),
        ("bigquery", "PARSE_JSON(`t0`.`Tags`, wide_number_mode => 'round')['te\\'am']"),
        ("snowflake", 'CAST(GET(PARSE_JSON("t0"."Tags"), \'te\\\'am\') AS VARCHAR)'),
    ],
)
def test_a_tag_is_read_by_its_key_and_not_by_a_path(dialect: Dialect, part: str) -> None:
    assert part in sql(TEAMS, dialect)


@pytest.mark.parametrize(
    ("dialect", "part"),
    [
        ("duckdb", 'QUANTILE_DISC("t0"."Value", 0.95)'),
        ("spark", "CEIL(0.95 * COUNT(`t0`.`Value`))"),
        ("trino", 'CEIL(0.95 * COUNT("t0"."Value"))'),
        ("clickhouse", 'arraySort(groupArray("t0"."Value"))'),
        ("bigquery", "SAFE_ORDINAL(GREATEST(1, CAST(CEIL(0.95 * COUNT(`t0`.`Value`)) AS INT64)))"),
        ("snowflake", 'PERCENTILE_DISC(0.95) WITHIN GROUP (ORDER BY "t0"."Value")'),
    ],
)
def test_a_quantile_is_never_an_approximate_one(dialect: Dialect, part: str) -> None:
    text = sql(SAMPLES, dialect)
    assert part in text
    assert "approx" not in text.lower()


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[Table, list[str]]:
    folder = tmp_path_factory.mktemp("files")
    # A map of Trino, or DuckDB, refuses a key that is there twice; DuckDB's own JSON takes the first.
    rows = [row for row in hostile() if "second" not in str(row["Tags"])]
    return {"cost": [bake(folder / "c.parquet", rows)], "metrics": [bake(folder / "m.parquet", samples(), "metrics")]}


def _as_date(value: object) -> object:
    # DuckDB gives a moment where Trino and Snowflake give the date.
    return value.date() if isinstance(value, datetime) and value.time() == time() else value


# Without those of which SQLGlot's translation, not ours, says something else in DuckDB: it writes an argument twice, or reads
# Snowflake's VARIANT as JSON text.
_READS_JSON = re.compile(r"json|PARSE_JSON", re.IGNORECASE)
TRANSLATED: list[tuple[Dialect, str]] = [
    (dialect, name)
    for dialect in ("trino", "snowflake")
    for name, question in QUESTIONS.items()
    if name not in ("sums", "moments", "several aggregates")
    and not (dialect == "snowflake" and _READS_JSON.search(compile_question(question, dialect)[0]))
]


@pytest.mark.parametrize(("dialect", "name"), TRANSLATED)
def test_sql_translated_back_to_duckdb_gives_the_same_digits(
    files: dict[Table, list[str]], tmp_path: Path, dialect: Dialect, name: str
) -> None:
    engine, question = open_engine("duckdb", tmp_path, files), QUESTIONS[name]
    text, order = compile_question(question, dialect)
    translated = sqlglot.transpile(text, read=dialect, write="duckdb")[0]
    found = engine.run(question.table, translated, bound(Plan(text, order), question))
    expected = ask(engine, tmp_path / "plans", question).rows
    assert repr([tuple(map(_as_date, row)) for row in found]) == repr([tuple(map(_as_date, row)) for row in expected])


@pytest.mark.parametrize("dialect", DIALECTS)
def test_what_differs_by_capitals_alone_gets_another_name(dialect: Dialect) -> None:
    text = sql(Question("cost", (SUM,), (Key("Tags", "team"), Key("Tags", "Team"), Key("Tags", "1 a.b'c"))), dialect)
    names = [one.alias for one in sqlglot.parse_one(text, read=dialect).find_all(sge.Alias)]
    assert {"Tags_team", "Tags_Team_1", "Tags_1_a_b_c"} <= set(names)


def test_a_question_explains_itself_with_its_values() -> None:
    text = explain(SERVICES, "bigquery")
    assert text.startswith('-- @v1 = "2026-01-01"\nSELECT\n')
    assert re.search(r">= CAST\(@v1 AS DATETIME\)", text)


def test_a_value_cannot_leave_its_comment() -> None:
    question = Question("cost", (SUM,), (), (Condition(Key("ServiceName"), "is", ("a\nDROP TABLE cost",)),))
    assert not any(line.startswith("DROP") for line in explain(question, "trino").splitlines())
