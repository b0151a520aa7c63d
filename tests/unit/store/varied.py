"""Hostile rows, and questions of every form, for tests that set engines beside each other."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

from finops.relational import Aggregate, Condition, Key, Operator, Question, Rule, Scalar, Top

TAGS = (
    '{"team":"a","Team":"B","n":1.50,"a.b":"dot"}',
    '{"team":"b/c","odd\\"~key":"v","it\'s":"quote","sl/ash":"s","back\\\\slash":"b","ünï 日本":"é\\u00e9\\n"}',
    '{"team":null,"n":"1.50","$[0]":"path","*":"star"}',
    '{ "team" : {"x" : [1, true, null, "y"]}, "n" : 1e7, "" : "empty key" }',
    '{"team":"A","n":"1.0E7","team":"second"}',
    '{"team":"ÄÖ İΣ ΑΣ","n":12345678.9}',
    '{"team":"","n":-0.00001}',
    '{"team":"toll:value:0","n":1e-7}',
    '{"team":":v1 $1 ? @v1 {v1:String}","n":1e21}',
    '{"team":"Zürich\\t","n":123456789012345678901234567890}',
    '{"team":"\\ud83d\\ude00 emoji","n":true}',
    '{"team":"z\'; DROP TABLE cost; --","n":0.1}',
    "{}",
    None,
)
DETAILS = (
    '{"CoreCount":4,"Price":"0.123456789012345678"}', '{"CoreCount":"8","Price":"1_000"}', '{"CoreCount":2.5,"Price":" 5 "}',
    '{"CoreCount":"four","Price":"1e3"}', '{"CoreCount":null,"Price":"5d"}', '{"Price":"0.1234567890123456785"}',
    '{"CoreCount":"\uff11\uff12","Price":"-.5"}', None,
)  # fmt: skip
SERVICES = (
    "EC2", "ec2 Spot", "it's; DROP", "S3", "Straße", "ΑΣ", "ας", "İstanbul", "%", "_", "back\\slash", "tab\t", "", "a\nb", "\U0001f600",
    "\uffee", None,
)  # fmt: skip
MOMENTS = (
    "2025-12-28 23:59:59.999999", "2025-12-29 00:00:00", "2026-01-01 00:00:00", "2026-01-05 12:00:00.000001",
    "2026-03-31 23:30:00", "2026-04-01 00:00:00", "2024-02-29 00:00:00", "2026-03-29 02:30:00", None,
)  # fmt: skip
AMOUNTS = (
    "0.000000000000000001", "-0.000000000000000003", "12345678901234567.123456789012345678", "0", "-99.99", "1e3", "0.1", "0.2", None,
)  # fmt: skip


def hostile(rows: int = 3000) -> list[Mapping[str, object]]:
    """Return rows whose values step through the lists at lengths without a common divisor."""
    return [
        {
            "BilledCost": AMOUNTS[i % len(AMOUNTS)],
            "EffectiveCost": AMOUNTS[(i * 5 + 2) % len(AMOUNTS)],
            "ServiceName": SERVICES[i % len(SERVICES)],
            "ServiceCategory": ("Compute", "Storage", None)[i % 3],
            "ResourceId": f"i-{i % 97}" if i % 5 else None,
            "Tags": TAGS[(i * 3) % len(TAGS)],
            "SkuPriceDetails": DETAILS[i % len(DETAILS)],
            "ChargePeriodStart": MOMENTS[(i * 7) % len(MOMENTS)],
            "BillingCurrency": ("USD", "EUR")[i % 2],
        }
        for i in range(rows)
    ]


def samples(rows: int = 2000) -> list[Mapping[str, object]]:
    """Return metric samples, some of them between two millionths."""
    return [
        {
            "ResourceId": f"i-{i % 7}",
            "x_Metric": ("cpu_percent", "network_in_bytes")[i % 2],
            "Timestamp": f"2026-01-{1 + i % 28:02} 00:00:00",
            "Value": (i * 37 % 1000) / 7 if i % 2 else i * 1234567.0000005,
            "x_StepSeconds": 300,
        }
        for i in range(rows)
    ]


SUM = Aggregate("value", "sum", "BilledCost")
COUNT = Aggregate("rows", "count")
SERVICE, TEAM, NUMBER = Key("ServiceName"), Key("Tags", "team"), Key("Tags", "n")
START = Key("ChargePeriodStart")
COMPUTE = Condition(Key("ServiceCategory"), "is", ("Compute",))
VIRTUAL = Key(
    "Product",
    rules=(
        Rule((Condition(TEAM, "is", ("b/c", "it's")),), value="shared's"),
        Rule((Condition(SERVICE, "contains", ("EC2",)), COMPUTE), value="machines"),
        Rule((Condition(SERVICE, "starts", ("s",)),), copy=TEAM),
        Rule((Condition(SERVICE, "missing"),), value="toll:value:0"),
        Rule((), copy=SERVICE),
    ),
)


def where(key: Key, operator: Operator, *values: Scalar) -> Question:
    """Return a question for the sum and the rows that one filter keeps."""
    return Question("cost", (SUM, COUNT), (), (Condition(key, operator, values),))


def by(*keys: Key, aggregates: tuple[Aggregate, ...] = (SUM, COUNT), filters: tuple[Condition, ...] = ()) -> Question:
    """Return a question by keys."""
    return Question("cost", aggregates, keys, filters)


COST_QUESTIONS: dict[str, Question] = {
    "total": by(),
    "nothing": where(SERVICE, "is", "no such service"),
    "several aggregates": by(
        aggregates=(
            SUM, COUNT, Aggregate("a", "count", "ResourceId"), Aggregate("b", "distinct", "ResourceId"),
            Aggregate("c", "min", "BilledCost"), Aggregate("d", "max", "ChargePeriodStart"), Aggregate("e", "min", "ServiceName"),
            Aggregate("f", "max", "ServiceName"), Aggregate("g", "count_over", "BilledCost", 0.1),
            Aggregate("h", "distinct", "Tags", json_key="n"),
        ),
    ),
    "service": by(SERVICE),
    "team": by(TEAM),
    "number": by(NUMBER),
    "two capitals": by(TEAM, Key("Tags", "Team")),
    "dot": by(Key("Tags", "a.b")),
    "quote": by(Key("Tags", "it's")),
    "tilde": by(Key("Tags", 'odd"~key')),
    "slash": by(Key("Tags", "sl/ash")),
    "backslash": by(Key("Tags", "back\\slash")),
    "letters": by(Key("Tags", "ünï 日本")),
    "path": by(Key("Tags", "$[0]")),
    "star": by(Key("Tags", "*")),
    "empty": by(Key("Tags", "")),
    "no such key": by(Key("Tags", "x'); --")),
    **{f"by {grain}": by(Key("ChargePeriodStart", grain=grain)) for grain in ("day", "week", "month", "quarter", "year")},
    "moments": by(START),
    "amounts": by(Key("BilledCost")),
    "virtual": by(VIRTUAL),
    "virtual filtered": Question("cost", (SUM, COUNT), (VIRTUAL, Key("BillingCurrency")), (COMPUTE,)),
    "virtual is": Question("cost", (SUM, COUNT), (), (Condition(VIRTUAL, "is", ("machines", "a")),)),
    "is": where(SERVICE, "is", "EC2", "it's; DROP", "back\\slash", ":v1"),
    "is not": where(SERVICE, "is_not", "EC2", "S3"),
    "contains": where(SERVICE, "contains", "eC2", "STRASS"),
    "contains sigma": where(SERVICE, "contains", "ΑΣ"),
    "contains dotted": where(SERVICE, "contains", "i"),
    "contains percent": where(SERVICE, "contains", "%"),
    "starts": where(TEAM, "starts", "ä", "Z'"),
    "starts empty": where(SERVICE, "starts", ""),
    "missing": where(TEAM, "missing"),
    "present": where(NUMBER, "present"),
    "number is": where(NUMBER, "is", "1.5", "10000000.0", "1.0E7"),
    "from": where(START, "from", date(2026, 1, 1)),
    "before": where(START, "before", datetime(2026, 1, 5, 14, 0, 0, 1, tzinfo=timezone(timedelta(hours=2)))),
    "through": where(START, "through", datetime(2026, 3, 31, 23, 30, tzinfo=UTC)),
    "bucket is": where(Key("ChargePeriodStart", grain="week"), "is", date(2025, 12, 29)),
    "amount from": where(Key("BilledCost"), "from", Decimal("0.000000000000000001")),
    "amount is": where(Key("BilledCost"), "is", Decimal("0.1"), Decimal("1000")),
    "above a column": Question("cost", (COUNT,), (), (Condition(Key("BilledCost"), "above", other=Key("EffectiveCost")),)),
    "filtered aggregates": by(
        Key("BillingCurrency"),
        aggregates=(
            Aggregate("a", "sum", "BilledCost", where=(COMPUTE, Condition(SERVICE, "is_not", ("EC2",)))),
            Aggregate("b", "count", where=(Condition(SERVICE, "is", ("no such",)),)),
            Aggregate("c", "distinct", "ResourceId", where=(COMPUTE,)),
            Aggregate("d", "count_over", "BilledCost", 0.0, where=(COMPUTE,)),
            Aggregate("e", "max", "BilledCost", where=(Condition(SERVICE, "missing"),)),
        ),
        filters=(Condition(START, "present"),),
    ),
    "numbers in json": by(
        Key("ServiceCategory"),
        aggregates=(
            Aggregate("cores", "sum", "SkuPriceDetails", json_key="CoreCount"),
            Aggregate("price", "sum", "SkuPriceDetails", json_key="Price"),
            Aggregate("n", "max", "SkuPriceDetails", json_key="Price", where=(COMPUTE,)),
        ),
    ),
    "top": Question("cost", (SUM, COUNT), (SERVICE, Key("BillingCurrency")), (COMPUTE,), Top("value", 3, (Key("BillingCurrency"),))),
    "top along": Question(
        "cost", (SUM, COUNT), (TEAM, Key("ChargePeriodStart", grain="quarter")), (),
        Top("rows", 2, along=(Key("ChargePeriodStart", grain="quarter"),)),
    ),
}  # fmt: skip

_CPU = (Condition(Key("x_Metric"), "is", ("cpu_percent",)),)
METRIC_QUESTIONS: dict[str, Question] = {
    "quantiles": Question(
        "metrics",
        tuple(Aggregate(f"q{share}", "quantile", "Value", share) for share in (0.0, 0.05, 0.07, 0.5, 0.95, 0.995, 1.0)),
        (Key("ResourceId"), Key("x_Metric")),
    ),
    "sums": Question(
        "metrics",
        (
            Aggregate("sum", "sum", "Value"), Aggregate("steps", "sum", "x_StepSeconds"), Aggregate("over", "count_over", "Value", 99.5),
            Aggregate("most", "max", "Value"), Aggregate("q", "quantile", "Value", 0.9, where=_CPU),
        ),
        (Key("x_Metric"),),
    ),
    "no samples": Question("metrics", (Aggregate("q", "quantile", "Value", 0.5), COUNT), (), (Condition(Key("ResourceId"), "is", ("x",)),)),
}  # fmt: skip
