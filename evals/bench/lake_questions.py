"""The ten questions on a generated bill: through `cost_query`, beside bare DuckDB over the same roll-up or the same rows."""

import gc
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, localcontext

import duckdb
from pydantic import JsonValue

from evals.bench.report import Row, ratio_row
from evals.bench.timing import in_turn
from finops.errors import CheckFailed
from finops.money import EXACT, exact
from finops.people import Principal
from gateway.compose import open_questions
from gateway.home import Home
from gateway.questions import Questions
from store.lake.layout import Layout
from store.lake.rollups.summing import rollup_file

_ROLLUP_RATIO, _ROWS_RATIO = 1.5, 1.25
_LAST = {"start": "2026-10-01", "end": "2026-11-01"}
_IN_LAST = "ChargePeriodStart >= TIMESTAMP '2026-10-01' AND ChargePeriodStart < TIMESTAMP '2026-11-01'"
_MONTH, _DAY = "date_trunc('month', ChargePeriodStart)", "date_trunc('day', ChargePeriodStart)"


@dataclass(frozen=True, slots=True)
class TimedQuestion:
    """One question: the tool's input, and the same in bare SQL over `{bill}`, where `{team}` is the tag's value."""

    name: str
    query: Mapping[str, JsonValue]
    select: str
    where: str = "true"
    rest: str = "ORDER BY ALL"

    def sql(self, bill: str, team: str) -> str:
        """Return the bare SQL over a table expression."""
        return f"SELECT {self.select.format(team=team)} FROM {bill} WHERE {self.where} GROUP BY ALL {self.rest}"


def _is(dimension: str, value: str) -> JsonValue:
    return {"dimension": dimension, "op": "is", "values": [value]}


TEN: tuple[TimedQuestion, ...] = (
    TimedQuestion("total by month", {"grain": "month"}, f"{_MONTH}, BillingCurrency, sum(BilledCost)"),
    TimedQuestion(
        "by provider and month", {"group_by": ["ProviderName"], "grain": "month"},
        f"{_MONTH}, ProviderName, BillingCurrency, sum(BilledCost)",
    ),
    TimedQuestion(
        "by service last month", {"group_by": ["ServiceName"], "period": dict(_LAST)},
        "ServiceName, BillingCurrency, sum(BilledCost)", _IN_LAST,
    ),
    TimedQuestion(
        "by service and sub-account", {"group_by": ["ServiceName", "SubAccountId"]},
        "ServiceName, SubAccountId, BillingCurrency, sum(BilledCost)",
    ),
    TimedQuestion(
        "by day and service", {"group_by": ["ServiceName"], "grain": "day"}, f"{_DAY}, ServiceName, BillingCurrency, sum(BilledCost)",
    ),
    TimedQuestion(
        "top 20 resources of a service", {"group_by": ["ResourceId"], "filters": [_is("ServiceName", "service-7")], "top": 20},
        "ResourceId, BillingCurrency, sum(BilledCost)", "ServiceName = 'service-7'", "ORDER BY 3 DESC LIMIT 20",
    ),
    TimedQuestion(
        "by the tag team and month", {"group_by": ["tag:team"], "grain": "month"},
        f"{{team}}, {_MONTH}, BillingCurrency, sum(BilledCost)",
    ),
    TimedQuestion(
        "amortised against billed by month", {"metric": "EffectiveCost", "also": ["BilledCost"], "grain": "month"},
        f"{_MONTH}, BillingCurrency, sum(EffectiveCost), sum(BilledCost)",
    ),
    TimedQuestion(
        "list against effective by SKU", {"metric": "ListCost", "also": ["EffectiveCost"], "group_by": ["SkuId"]},
        "SkuId, BillingCurrency, sum(ListCost), sum(EffectiveCost)",
    ),
    TimedQuestion(
        "one sub-account's days by region",
        {"group_by": ["RegionId"], "grain": "day", "filters": [_is("SubAccountId", "sub-007")]},
        f"RegionId, {_DAY}, BillingCurrency, sum(BilledCost)", "SubAccountId = 'sub-007'",
    ),
)  # fmt: skip
_RAW_TEAM = "json_extract_string(Tags, '/team')"


@dataclass(frozen=True, slots=True)
class Asked:
    """One question as it was answered: from which roll-up (`rows` where from none), and what its result hashes to."""

    served_by: str
    result_hash: str
    total: str


def questions_rows(home: Home, person: Principal, *, runs: int, tell: Callable[[str], None]) -> list[Row]:
    """Time each question beside its bare SQL, in turn; the totals of both have to be the same to the last digit."""
    questions, rows = open_questions(home), list[Row]()
    connection = duckdb.connect()
    # As the lake's own: each footer is read once, and rows come in any order.
    connection.execute("SET TimeZone = 'UTC'; SET parquet_metadata_cache = true; SET preserve_insertion_order = false")
    for one in TEN:
        tell(f"asking {one.name}")
        asked = _ask(questions, person, one)
        over = _files_of(home, asked.served_by)
        sql = one.sql(f"read_parquet({over})", _RAW_TEAM if asked.served_by == "rows" else "x_Tag")
        _same(one, asked, connection, sql)
        taken = in_turn(
            {"ours": lambda one=one: _timed(lambda: _call(questions, one)),
             "bare": lambda sql=sql: _timed(lambda: connection.execute(sql).fetchall())},
            runs=runs,
        )  # fmt: skip
        most = _ROWS_RATIO if asked.served_by == "rows" else _ROLLUP_RATIO
        what = "bare SQL over the rows" if asked.served_by == "rows" else f"bare SQL over `{asked.served_by}`"
        rows.append(
            ratio_row(one.name, round(taken["ours"] * 1000, 1), "ms", round(taken["bare"] * 1000, 1), what, most=most)
        )
    return rows


def same_rows(home: Home, person: Principal, engine: str, tell: Callable[[str], None]) -> Row:
    """Ask the ten questions of another engine and count the results that are the same, byte for byte."""
    here, there = (
        open_questions(home),
        open_questions(Home(home.path, {**home.environment, "TOLL_LAKE_ENGINE": engine})),
    )
    same = 0
    for one in TEN:
        tell(f"asking {engine} {one.name}")
        same += _ask(here, person, one).result_hash == _ask(there, person, one).result_hash
    return Row(
        measure="same digits on Spark", value=same, unit="questions", baseline=len(TEN), goal="all of them", met=same == len(TEN)
    )  # fmt: skip


def unasked_row(lacks: str) -> Row:
    """Return the row of another engine that could not be asked: not met."""
    return Row(
        measure="same digits on Spark", value=0, unit="questions", baseline=len(TEN), goal=f"all of them; not asked, {lacks}",
        met=False,
    )  # fmt: skip


def _ask(questions: Questions, person: Principal, one: TimedQuestion) -> Asked:
    found = questions.run(person, "cost_query", one.query)
    # The first line is the question of the rows; one for the totals alone may come after it.
    served, _, label = found.query.partition("\n")[0].partition(" */")[0].partition("/* from roll-ups: ")
    label = "rows" if served else label
    totals = [figure for figure in found.figures if figure.name == "total"]
    return Asked(label, found.result_hash, str(totals[0].value) if totals else "")


def _call(questions: Questions, one: TimedQuestion) -> object:
    tool = questions.tool("cost_query")
    return tool(tool.input.model_validate(one.query), questions.context())


def _timed(run: Callable[[], object]) -> float:
    gc.collect()
    started = time.perf_counter()
    run()
    return time.perf_counter() - started


def _files_of(home: Home, served_by: str) -> str:
    """Return, as an SQL list, the files that answered."""
    if served_by == "rows":
        paths: Sequence[str] = sorted(
            str(path) for path in (home.lake / "warehouse" / "cost" / "data").rglob("*.parquet")
        )
    else:
        name, _, tag = served_by.removesuffix("]").partition("[")
        folders = sorted(Layout(home.lake).summaries.iterdir())
        paths = [str(place) for one in folders if (place := rollup_file(one, name, tag or None)).exists()]
    return str(list(paths))


def _same(one: TimedQuestion, asked: Asked, connection: duckdb.DuckDBPyConnection, sql: str) -> None:
    """Raise `CheckFailed` where the bare SQL's amounts do not add up to the tool's total (a top leaves the rest out)."""
    if "LIMIT" in one.rest:
        return
    place = -1 if not one.query.get("also") else -2
    amounts = [row[place] for row in connection.execute(sql).fetchall()]
    with localcontext(EXACT):
        total = sum((exact(amount) for amount in amounts if amount is not None), Decimal(0))
    if total != Decimal(asked.total):
        raise CheckFailed(f"`{one.name}` is {asked.total}, and {total} in bare SQL", fix="mend it, then measure")
