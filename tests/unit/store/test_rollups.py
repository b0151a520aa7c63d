"""Roll-ups: the same digits as the raw rows, whatever is asked; used where they serve, done without where they are gone."""

import random
import shutil
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from finops.periods import Grain
from finops.relational import Aggregate, Condition, Key, Operator, Question, Rule, Top
from store.lake.reader import LakeHandle
from store.lake.rollups.build import build_rollups
from store.lake.states.manifest import Summaries
from tests.unit.connectors.bills import COLUMNS, row
from tests.unit.store.parts import load, opened

DIMENSIONS = ("ServiceName", "ServiceCategory", "ChargeCategory", "ChargeClass", "SubAccountId", "RegionId", "SkuId",
              "ProviderName", "BillingCurrency", "x_Source", "PricingUnit", "ResourceId")  # fmt: skip
TAGS = (Key("Tags", "team"), Key("Tags", "env/x"), Key("Tags", "nobody's"))
GRAINS: tuple[Grain, ...] = ("day", "week", "month", "quarter", "year")
TEXT_OPERATORS: tuple[Operator, ...] = ("is", "is_not", "contains", "starts", "missing", "present")
TIME_OPERATORS: tuple[Operator, ...] = ("from", "before", "through", "above", "present")
METRICS = ("BilledCost", "EffectiveCost", "ListCost", "ContractedCost", "PricingQuantity", "ConsumedQuantity")
ALL_COLUMNS = (*COLUMNS, "SubAccountId", "RegionId", "SkuId", "ConsumedQuantity")
COUNT = Aggregate("rows", "count")
SUM = Aggregate("value", "sum", "BilledCost")


def bill(seed: int, months: Sequence[int], rows: int, **fixed: str) -> list[dict[str, str]]:
    """Return rows with few values in each column, odd times of day, absent values and charges outside their month."""
    rng = random.Random(seed)
    found: list[dict[str, str]] = []
    for _ in range(rows):
        month = rng.choice(months)
        start = datetime(2026, month, 1) + timedelta(days=rng.choice([-1, 0, 1, 1, 2, 30]), hours=rng.choice([0, 0, 7]))  # noqa: DTZ001
        after = month % 12 + 1
        found.append(
            row(
                BillingPeriodStart=f"2026-{month:02d}-01T00:00:00Z", BillingPeriodEnd=f"2026-{after:02d}-01T00:00:00Z",
                ChargePeriodStart=f"{start.isoformat()}Z", ChargePeriodEnd=f"{(start + timedelta(hours=1)).isoformat()}Z",
                BilledCost=f"{rng.choice(['', '-'])}{rng.randrange(10**6)}.{rng.randrange(10**9)}",
                EffectiveCost=f"{rng.randrange(100)}.5", ListCost="0.000000000000000001", ContractedCost="7",
                ServiceName=rng.choice(["EC2", "S3"]), ServiceCategory="Compute", SubAccountId=rng.choice(["", "a"]),
                ChargeCategory=rng.choice(["Usage", "Usage", "Credit"]), ChargeClass=rng.choice(["", "Correction"]),
                RegionId=rng.choice(["r1", "r2", "r3", ""]), SkuId=f"s{rng.randrange(40)}", ResourceId=rng.choice(["i-1", "i-2", ""]),
                PricingUnit=rng.choice(["Hours", ""]), PricingQuantity=rng.choice(["1.5", ""]),
                Tags=rng.choice(['{"team":"a","env/x":"p"}', '{"team":"b"}', '{"team":null}', "", '{"team":7}']),
            )
            | fixed
        )  # fmt: skip
    return found


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("rolled")
    # Two months from a batch of three whose third was restated, that one from a batch of its own, another source row by row.
    load(path, bill(1, (1, 2, 3), 9000), columns=ALL_COLUMNS)
    assert build_rollups(path / "lake", least_rows=50).made == 3
    load(path, bill(2, (3,), 4000), columns=ALL_COLUMNS)
    assert build_rollups(path / "lake", least_rows=50).made == 1
    load(path, bill(3, (2, 3), 5, BillingAccountId="2"), columns=ALL_COLUMNS)
    return path


@pytest.fixture(scope="module")
def rolled(home: Path) -> LakeHandle:
    return opened(home)


@pytest.fixture(scope="module")
def raw(home: Path) -> LakeHandle:
    handle = opened(home)
    handle._summaries = Summaries(batches={})  # pyright: ignore[reportPrivateUsage] - what a reader without roll-ups has
    return handle


columns = st.sampled_from(DIMENSIONS).map(Key)
times = st.sampled_from(GRAINS).map(lambda grain: Key("ChargePeriodStart", grain=grain))
billing = st.sampled_from([Key("BillingPeriodStart"), Key("BillingPeriodStart", grain="month")])
plain_keys = st.one_of(columns, columns, times, billing, st.sampled_from(TAGS))
texts = st.sampled_from(["EC2", "S3", "Usage", "Credit", "a", "b", "r1", "USD", "AWS/1", "AWS/2", "7", "p", ""])
days = st.sampled_from([date(2025, 12, 31), date(2026, 1, 1), date(2026, 1, 2), date(2026, 2, 1), date(2026, 3, 1)])
moments = st.one_of(days, st.just(datetime(2026, 1, 2, 7)), st.just(datetime(2026, 2, 1)))  # noqa: DTZ001 - the lake's UTC


@st.composite
def conditions(draw: st.DrawFn) -> Condition:
    if draw(st.booleans()):
        key = draw(st.one_of(columns, st.sampled_from(TAGS)))
        operator = draw(st.sampled_from(TEXT_OPERATORS))
        values = () if operator in ("missing", "present") else tuple(draw(st.lists(texts, min_size=1, max_size=2)))
        return Condition(key, operator, values)
    key = draw(st.one_of(st.just(Key("ChargePeriodStart")), times, billing))
    operator = draw(st.sampled_from(TIME_OPERATORS))
    value = draw(moments if key.grain is None else days)
    return Condition(key, operator, () if operator == "present" else (value,))


@st.composite
def virtual(draw: st.DrawFn) -> Key:
    copied = draw(st.one_of(st.none(), columns, st.sampled_from(TAGS)))
    rules = (
        Rule((draw(conditions()),), value="one"),
        Rule((), value="rest") if copied is None else Rule((), copy=copied),
    )
    return Key("virtual:team", rules=rules)


@st.composite
def aggregates(draw: st.DrawFn, name: str) -> Aggregate:
    where = tuple(draw(st.lists(conditions(), max_size=1)))
    function = draw(st.sampled_from(["sum", "sum", "count", "count_of", "min", "max", "distinct"]))
    match function:
        case "sum":
            return Aggregate(name, "sum", draw(st.sampled_from(METRICS)), where=where)
        case "count":
            return Aggregate(name, "count", where=where)
        case "count_of" | "distinct":
            key = draw(columns)
            return Aggregate(name, "count" if function == "count_of" else "distinct", key.column, where=where)
        case _:
            column = draw(st.sampled_from(["ChargePeriodStart", "ChargePeriodEnd", "ServiceName", "BilledCost"]))
            return Aggregate(name, "min" if function == "min" else "max", column, where=where)


@st.composite
def questions(draw: st.DrawFn) -> Question:
    keys = draw(st.lists(st.one_of(plain_keys, plain_keys, virtual()), max_size=3, unique_by=lambda key: key.name))
    asked = tuple(draw(aggregates(f"v{place}")) for place in range(draw(st.integers(1, 3))))
    return Question("cost", asked, tuple(keys), tuple(draw(st.lists(conditions(), max_size=2))))


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(question=questions())
def test_roll_ups_give_the_digits_of_the_rows(rolled: LakeHandle, raw: LakeHandle, question: Question) -> None:
    assert rolled.ask(question) == raw.ask(question)


@pytest.mark.parametrize(
    ("question", "serving"),
    [
        (Question("cost", (SUM, COUNT)), "totals_by_month"),
        (Question("cost", (SUM,), (Key("ChargePeriodStart", grain="month"), Key("ProviderName"))), "totals_by_month"),
        (Question("cost", (SUM,), (Key("SubAccountId"),)), "sub_accounts_by_month"),
        (Question("cost", (SUM,), (Key("ChargePeriodStart", grain="day"),)), "totals_by_day"),
        (Question("cost", (SUM,), (Key("ServiceName"),)), "services_by_month"),
        (Question("cost", (SUM,), (Key("ServiceName"), Key("ChargePeriodStart", grain="week"))), "services_by_day"),
        (Question("cost", (SUM,), (Key("Tags", "team"), Key("ChargePeriodStart", grain="day"))), "tag_by_day[team]"),
        (
            Question("cost", (SUM,), (Key("Tags", "team"), Key("ChargePeriodStart", grain="month"))),
            "tag_by_month[team]",
        ),
        (Question("cost", (SUM,), (Key("SkuId"),)), "skus_by_month"),
        (Question("cost", (Aggregate("x", "max", "ChargePeriodStart"),), (Key("ServiceName"),)), "services_by_month"),
    ],
)
def test_a_question_is_answered_from_the_smallest_roll_up_that_serves(
    rolled: LakeHandle, question: Question, serving: str
) -> None:
    assert serving in rolled.served_by(question)
    assert f"{serving}" in rolled.ask(question).query.partition("*/")[0]


@pytest.mark.parametrize(
    "question",
    [
        Question("cost", (SUM,), (Key("ResourceId"),)),
        Question("cost", (SUM,), (Key("ChargePeriodStart"),)),
        Question("cost", (SUM,), (Key("Tags", "team"), Key("Tags", "env/x"))),
        Question("cost", (Aggregate("q", "quantile", "BilledCost", 0.5),)),
        Question("cost", (Aggregate("m", "max", "BilledCost"),)),
        Question("cost", (SUM,), (), (Condition(Key("ChargePeriodStart"), "before", (datetime(2026, 1, 2, 7),)),)),  # noqa: DTZ001
        Question("cost", (SUM,), (), (Condition(Key("ChargePeriodStart"), "through", (date(2026, 1, 2),)),)),
        Question("cost", (SUM,), (), (Condition(Key("EffectiveCost"), "above", (), Key("BilledCost")),)),
    ],
)
def test_what_a_roll_up_cannot_tell_is_asked_of_the_rows(rolled: LakeHandle, question: Question) -> None:
    assert rolled.served_by(question) == ("rows",)
    assert "roll-up" not in rolled.ask(question).query


def test_the_largest_are_ranked_as_among_the_rows(rolled: LakeHandle, raw: LakeHandle) -> None:
    credit = Aggregate("credits", "count", where=(Condition(Key("ChargeCategory"), "is", ("Credit",)),))
    keys = (Key("Tags", "team"), Key("BillingCurrency"), Key("ChargePeriodStart", grain="day"))
    top = Top("value", 1, apart=(Key("BillingCurrency"),), along=(Key("ChargePeriodStart", grain="day"),))
    question = Question("cost", (SUM, credit), keys, top=top)
    assert rolled.served_by(question) != ("rows",)
    assert rolled.ask(question) == raw.ask(question)


def test_a_lake_without_its_roll_ups_answers_from_the_rows(home: Path, tmp_path: Path, raw: LakeHandle) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(home, copy)
    shutil.rmtree(copy / "lake" / "rollups")
    handle = opened(copy)
    question = Question("cost", (SUM, COUNT), (Key("ServiceName"),))
    assert handle.ask(question) == raw.ask(question)
    assert "roll-up" not in handle.ask(question).query


def test_a_small_roll_up_that_is_asked_again_is_held_in_memory(home: Path, tmp_path: Path, raw: LakeHandle) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(home, copy)
    handle = opened(copy)
    question = Question("cost", (SUM, COUNT), (Key("ServiceName"),))
    for _ in range(3):
        assert handle.ask(question) == raw.ask(question)
    shutil.rmtree(copy / "lake" / "rollups")
    # Its files are gone, and what is asked of the same roll-up has the digits of the rows all the same, absent values in order.
    for where in (
        (),
        (Condition(Key("ServiceCategory"), "contains", ("o",)),),
        (Condition(Key("ChargeClass"), "missing"),),
    ):
        again = replace(question, keys=(*question.keys, Key("ChargeCategory")), where=where)
        found = handle.ask(again)
        assert found == raw.ask(again)
        assert "from roll-ups" in found.query


def test_columns_held_as_numbers_compare_with_each_other_as_texts(home: Path, raw: LakeHandle) -> None:
    handle = opened(home)
    alike = Condition(Key("PublisherName"), "is", (), Key("ProviderName"))
    for where in ((alike,), (replace(alike, operator="is_not"),)):
        question = Question("cost", (SUM, COUNT), (Key("PublisherName"), Key("ProviderName")), where)
        for _ in range(4):
            assert handle.ask(question) == raw.ask(question)


def test_a_replaced_part_is_answered_from_its_own_rows_before_and_after_its_roll_ups_are_made(tmp_path: Path) -> None:
    asked = Question("cost", (COUNT,))
    load(tmp_path, bill(3, (1,), 600), columns=ALL_COLUMNS)
    build_rollups(tmp_path / "lake", least_rows=50)
    before = opened(tmp_path)
    load(tmp_path, bill(4, (1,), 500), columns=ALL_COLUMNS)
    assert (opened(tmp_path).served_by(asked), opened(tmp_path).ask(asked).rows) == (("rows",), ((500,),))
    assert build_rollups(tmp_path / "lake", least_rows=50).made == 1
    after = opened(tmp_path)
    assert (after.served_by(asked), after.ask(asked).rows) == (("totals_by_month",), ((500,),))
    earlier = opened(tmp_path, before.snapshot)
    assert (earlier.served_by(asked), earlier.ask(asked).rows) == (("totals_by_month",), ((600,),))


def test_building_again_makes_nothing(tmp_path: Path) -> None:
    load(tmp_path, bill(3, (1,), 200), columns=ALL_COLUMNS)
    assert [build_rollups(tmp_path / "lake", least_rows=50).made for _ in range(2)] == [1, 0]


def test_sums_too_large_for_a_roll_up_leave_the_rest_of_it(tmp_path: Path) -> None:
    huge = {"BilledCost": "0", "PricingQuantity": "9" * 20, "PricingUnit": "Hours"}
    load(tmp_path, [one | huge for one in bill(5, (1,), 300)], columns=ALL_COLUMNS)
    build_rollups(tmp_path / "lake", least_rows=50)
    assert opened(tmp_path).ask(Question("cost", (SUM,))).rows == ((Decimal(0),),)


def test_the_dimensions_are_the_same_with_roll_ups_and_without(home: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(home, copy)
    shutil.rmtree(copy / "lake" / "rollups")
    for path in (copy / "lake" / "manifests").glob("*.dimensions.json"):
        path.unlink()
    assert opened(copy).dimensions == opened(home).dimensions
