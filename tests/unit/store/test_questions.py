"""Every question form, over real Parquet, against values worked out by hand."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path

import pytest

from finops.periods import Grain
from finops.ports import DataHandle
from finops.relational import Aggregate, Condition, Function, Key, Operator, Question, Scalar
from tests.unit.connectors.bills import row
from tests.unit.store.parts import load, opened

ENDS = {"ChargePeriodEnd": "2026-02-01T00:00:00Z"}
SUM = Aggregate("value", "sum", "BilledCost")
ROWS = [
    row(
        BilledCost="1",
        ServiceName="EC2",
        Tags='{"team":"a","n":1,"deep":{"x":[1]}}',
        ChargePeriodStart="2026-01-05T23:59:59Z",
    ),
    row(
        BilledCost="2",
        ServiceName="ec2 Spot",
        Tags='{"team":"b/c","odd\\"~key":"v"}',
        ChargePeriodStart="2026-01-06T00:00:00Z",
    ),
    row(
        BilledCost="4", ServiceName="S3", Tags='{"team":null}', ResourceId="", ChargePeriodStart="2026-01-11T00:00:00Z"
    ),
    row(BilledCost="8", ServiceName="it's; DROP", Tags="", ResourceId="", ChargePeriodStart="2026-01-12T00:00:00Z"),
]


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> DataHandle:
    home = tmp_path_factory.mktemp("home")
    load(home, [one | ENDS for one in ROWS])
    return opened(home)


def where(lake: DataHandle, key: Key, operator: Operator, *values: Scalar) -> object:
    return lake.ask(Question("cost", (SUM,), (), (Condition(key, operator, values),))).rows[0][0]


@pytest.mark.parametrize(
    ("key", "operator", "values", "expected"),
    [
        (Key("ServiceName"), "is", ("EC2",), 1),
        (Key("ServiceName"), "is", ("EC2", "S3"), 5),
        (Key("ServiceName"), "is", ("it's; DROP",), 8),
        (Key("ServiceName"), "is_not", ("EC2",), 14),
        (Key("ResourceId"), "is_not", ("i-1",), 12),
        (Key("ServiceName"), "contains", ("EC2",), 3),
        (Key("ServiceName"), "contains", ("ec2", "s3"), 7),
        (Key("ServiceName"), "contains", ("%",), None),
        (Key("ResourceId"), "missing", (), 12),
        (Key("ResourceId"), "present", (), 3),
        (Key("Tags", "team"), "is", ("b/c",), 2),
        (Key("Tags", "team"), "missing", (), 12),
        (Key("Tags", 'odd"~key'), "is", ("v",), 2),
        (Key("Tags", "n"), "is", ("1",), 1),
        (Key("Tags", "deep"), "is", ('{"x":[1]}',), 1),
        (Key("Tags", "*"), "present", (), None),
        (Key("BilledCost"), "from", (Decimal("2"),), 14),
        (Key("BilledCost"), "before", (Decimal("2"),), 1),
        (Key("ChargePeriodStart"), "from", (date(2026, 1, 6),), 14),
        (Key("ChargePeriodStart"), "before", (date(2026, 1, 6),), 1),
        (Key("ChargePeriodStart"), "from", (datetime(2026, 1, 6, 2, tzinfo=timezone(timedelta(hours=2))),), 14),
        (Key("ChargePeriodStart"), "before", (datetime(2026, 1, 5, 23, 59, 59, tzinfo=UTC),), None),
        (Key("ChargePeriodStart", grain="day"), "is", (date(2026, 1, 5),), 1),
    ],
)
def test_a_filter_keeps_its_rows(
    lake: DataHandle, key: Key, operator: Operator, values: tuple[Scalar, ...], expected: int | None
) -> None:
    assert where(lake, key, operator, *values) == expected


@pytest.mark.parametrize(
    ("grain", "expected"),
    [
        ("day", [(date(2026, 1, 5), 1), (date(2026, 1, 6), 2), (date(2026, 1, 11), 4), (date(2026, 1, 12), 8)]),
        ("week", [(date(2026, 1, 5), 7), (date(2026, 1, 12), 8)]),
        ("month", [(date(2026, 1, 1), 15)]),
        ("quarter", [(date(2026, 1, 1), 15)]),
        ("year", [(date(2026, 1, 1), 15)]),
    ],
)
def test_a_bucket_starts_on_its_first_day(lake: DataHandle, grain: Grain, expected: list[tuple[date, int]]) -> None:
    rows = lake.ask(Question("cost", (SUM,), (Key("ChargePeriodStart", grain=grain),))).rows
    assert [(day, int(str(value).split(".", maxsplit=1)[0])) for day, value in rows] == expected
    assert {type(day) for day, _ in rows} == {date}


def test_keys_come_in_order_and_the_absent_last(lake: DataHandle) -> None:
    answer = lake.ask(Question("cost", (SUM,), (Key("Tags", "team"),)))
    assert answer.columns == ("Tags.team", "value")
    assert answer.rows == (("a", Decimal(1)), ("b/c", Decimal(2)), (None, Decimal(12)))


@pytest.mark.parametrize(
    ("function", "column", "argument", "expected"),
    [
        ("count", "", None, 4),
        ("count", "ResourceId", None, 2),
        ("distinct", "ResourceId", None, 1),
        ("min", "BilledCost", None, Decimal(1)),
        ("max", "ChargePeriodStart", None, datetime(2026, 1, 12)),  # noqa: DTZ001 - the lake holds UTC without a zone
        ("sum", "BilledCost", None, Decimal(15)),
    ],
)
def test_an_aggregate_has_its_value(
    lake: DataHandle, function: Function, column: str, argument: float | None, expected: object
) -> None:
    assert lake.ask(Question("cost", (Aggregate("x", function, column, argument),))).rows == ((expected,),)


def test_conditions_are_joined_with_and(lake: DataHandle) -> None:
    conditions = (
        Condition(Key("ServiceName"), "contains", ("ec2",)),
        Condition(Key("ChargePeriodStart"), "from", (date(2026, 1, 6),)),
        Condition(Key("ServiceName"), "is_not", ("S3", "x")),
    )
    assert lake.ask(Question("cost", (SUM,), (), conditions)).rows == ((Decimal(2),),)


def test_a_value_is_bound_and_never_part_of_the_query(lake: DataHandle) -> None:
    answer = lake.ask(Question("cost", (SUM,), (), (Condition(Key("ServiceName"), "is", ("it's; DROP",)),)))
    assert "DROP" not in answer.query


def test_a_shape_compiled_once_serves_other_values(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    load(tmp_path, [one | ENDS for one in ROWS])

    def ask(name: str) -> object:
        return where(opened(tmp_path), Key("ServiceName"), "is", name)

    assert ask("EC2") == 1
    monkeypatch.setattr("store.lake.ask.plans.import_module", _no_import)
    assert ask("S3") == 4


def _no_import(name: str) -> Callable[[], None]:
    raise AssertionError(f"{name} was loaded for a shape that is cached")
