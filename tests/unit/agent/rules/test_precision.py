"""Words that limit or point at something are never passed over: they are understood, or asked back about."""

from datetime import UTC, datetime

import pytest

from agent.planners.contract import Calls, Decline, Exchange, ToolCall, Turn
from agent.planners.rules import RulesPlanner
from finops.periods import Period
from finops.query import CostQuery, Filter
from finops.standing_facts import CostDefinition, StandingFact
from gateway.questions import as_of
from tests.unit.agent.estate import SEPTEMBER, bill, tagged
from tests.unit.agent.rules.test_grammar import declined, query, step
from tests.unit.agent.rules.test_names import declined as declined_of
from tests.unit.tools.fake_data import FakeData, bill_row
from tools.registry import TOOLS

NOW = datetime(2024, 10, 1, tzinfo=UTC)
SEP = Period.parse("2024-09")


def before(**more: object) -> Exchange:
    asked = CostQuery.model_validate({"period": "2024-09", **more}).model_dump(mode="json")
    return Exchange(question="before", calls=(ToolCall(id="1", tool="cost_query", input=asked),), answer="it")


@pytest.mark.parametrize(
    "question",
    ["usage charges only, September 2024", "only usage in September 2024", "usage only, by provider, September 2024"],
)
def test_usage_alone_is_a_part_of_the_bill(question: str) -> None:
    assert query(question).filters == (Filter(dimension="ChargeCategory", values=("Usage",)),)


def test_the_usage_cost_of_something_is_its_cost() -> None:
    assert [one.dimension for one in query("AWS usage cost in September 2024").filters] == ["ProviderName"]


@pytest.mark.parametrize("question", ["can you split it", "split the bill of September 2024"])
def test_a_split_by_nothing_is_asked_back_about(question: str) -> None:
    assert declined(question).startswith("it is not said what to split by")


@pytest.mark.parametrize(
    "question", ["What are their top 3 services?", "split them by service", "by service for these"]
)
def test_what_could_be_any_of_several_groups_is_asked_back_about(question: str) -> None:
    found = step(question, before(group_by=["SubAccountId"], top=1))
    assert isinstance(found, Decline)
    assert "could be any of the accounts told before" in found.reason


@pytest.mark.parametrize("question", ["split that by service", "split it by service"])
def test_a_total_is_split_by_what_is_said(question: str) -> None:
    aws = [{"dimension": "ProviderName", "values": ["AWS"]}]
    found = query(question, before(filters=aws))
    assert (found.group_by, [one.values for one in found.filters]) == (("ServiceName",), [("AWS",)])


@pytest.mark.parametrize("question", ["What is the contracted cost?", "what's the list cost?", "amortised cost?"])
def test_another_definition_of_cost_is_of_what_was_asked_before(question: str) -> None:
    found = query(question, before(filters=[{"dimension": "ProviderName", "values": ["AWS"]}]))
    assert (found.period, [one.values for one in found.filters]) == (SEP, [("AWS",)])
    assert found.metric != "BilledCost"


@pytest.mark.parametrize(
    "question",
    ["MoM % change of AWS, August to September 2024", "AWS month over month change from August to September 2024"],
)
def test_month_on_month_over_two_months_is_one_beside_the_other(question: str) -> None:
    found = query(question)
    assert (found.period, found.compare, found.grain) == (SEP, Period.parse("2024-08"), None)


def test_month_on_month_over_more_is_told_by_its_months() -> None:
    assert query("MoM change of AWS from July to September 2024").grain == "month"


@pytest.mark.parametrize(
    "question", ["how many AWS services in September 2024?", "number of different AWS services, September 2024"]
)
def test_what_narrows_down_a_count_may_stand_before_what_is_counted(question: str) -> None:
    found = query(question)
    assert ("distinct:ServiceName" in found.also, [one.values for one in found.filters]) == (True, [("AWS",)])


def test_a_name_that_is_part_of_longer_ones_is_asked_back_about() -> None:
    rows = [
        bill_row(SEPTEMBER.start, "1.00", ResourceId=f"i-{name}", ResourceName=name)
        for name in ("erp", "erp-reporting")
    ]
    assert "`erp` could be `resource name erp` or `resource name erp-reporting`" in declined_of(
        "cost of erp", FakeData(rows)
    )


def test_a_subcategory_that_is_part_of_an_accounts_name_is_asked_back_about() -> None:
    rows = [
        bill_row(SEPTEMBER.start, "1.00", ServiceSubcategory="Support", ServiceName="AWS Support"),
        bill_row(SEPTEMBER.start, "2.00", SubAccountId="1", SubAccountName="acme-support"),
    ]
    assert "account name acme-support" in declined_of("spend on support in September 2024", FakeData(rows))


def _larkspur() -> FakeData:
    accounts = {"1": "acme-support", "2": "acme-data", "3": "eu-data"}
    rows = [bill_row(SEPTEMBER.start, "1.00", SubAccountId=key, SubAccountName=name) for key, name in accounts.items()]
    return FakeData(
        [
            *rows,
            bill_row(
                SEPTEMBER.start,
                "2.00",
                ServiceSubcategory="Support",
                ServiceCategory="Data",
                Tags=tagged(team="search"),
            ),
        ]
    )


def test_a_name_before_the_word_for_its_kind_is_one_of_that_kind() -> None:
    data = _larkspur()
    chosen = (
        RulesPlanner()
        .plan(Turn("cost of the support account in September 2024", (), (), data, as_of(data), tuple(TOOLS.values())))
        .step
    )
    assert isinstance(chosen, Calls)
    (one,) = CostQuery.model_validate(chosen.calls[0].input).filters
    assert (one.dimension, one.values) == ("SubAccountName", ("acme-support",))


@pytest.mark.parametrize(
    ("question", "reason"),
    [
        ("cost of the data account in September 2024", "`account name acme-data` or `account name eu-data`"),
        ("cost of the support team in September 2024", "no team is called `support`"),
    ],
)
def test_several_or_none_of_that_kind_are_asked_back_about(question: str, reason: str) -> None:
    assert reason in declined_of(question, _larkspur())


@pytest.mark.parametrize("question", ["Did AWS cost go up since July?", "has AWS cost increased since July?"])
def test_a_change_since_a_month_is_told_by_its_months(question: str) -> None:
    found = query(question)
    assert (found.grain, found.compare) == ("month", None)


def test_who_owns_what_is_not_known() -> None:
    assert "`own`" in declined("what does AWS own and how much does it cost in September 2024")
    assert query("what is our own AWS cost in September 2024").filters[0].values == ("AWS",)


@pytest.mark.parametrize(
    ("question", "metric"),
    [
        ("AWS cost in September 2024", "ListCost"),
        ("AWS in September 2024", "ListCost"),
        ("what did we pay AWS in September 2024?", "BilledCost"),
        ("AWS bill of September 2024", "BilledCost"),
        ("AWS spend in September 2024", "BilledCost"),
    ],
)
def test_what_is_meant_by_cost_says_nothing_of_what_was_paid(question: str, metric: str) -> None:
    fact = StandingFact(
        id="f-1", scope="person", person="ana", said="s", state="confirmed", stated=NOW, confirmed=NOW, confirmed_by="ana",
        fact=CostDefinition(metric="ListCost"),
    )  # fmt: skip
    data = bill()
    chosen = RulesPlanner().plan(Turn(question, (), (), data, as_of(data), tuple(TOOLS.values()), facts=(fact,))).step
    assert isinstance(chosen, Calls)
    assert CostQuery.model_validate(chosen.calls[0].input).metric == metric
