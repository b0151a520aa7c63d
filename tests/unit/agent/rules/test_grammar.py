from datetime import date

import pytest
from pydantic import JsonValue

from agent.planners.contract import Calls, Decline, Exchange, Step, ToolCall, Turn
from agent.planners.rules import RulesPlanner
from finops.periods import Period
from finops.ports import DimensionInfo
from finops.query import CostQuery
from gateway.questions import as_of
from tests.unit.agent.estate import bill, tagged
from tests.unit.tools.fake_data import FakeData, bill_row
from tools.registry import TOOLS

AUG, SEP = "2024-08", "2024-09"


def is_(dimension: str, *values: str, op: str = "is") -> dict[str, JsonValue]:
    return {"dimension": dimension, "op": op, "values": list(values)}


def step(question: str, *before: Exchange) -> Step:
    data = bill()
    turn = Turn(question, before, (), data, as_of(data), tuple(TOOLS.values()))
    return RulesPlanner().plan(turn).step


def declined(question: str) -> str:
    found = step(question)
    assert isinstance(found, Decline)
    return found.reason


def query(question: str, *before: Exchange) -> CostQuery:
    chosen = step(question, *before)
    assert isinstance(chosen, Calls), chosen
    assert [call.tool for call in chosen.calls] == ["cost_query"]
    return CostQuery.model_validate(chosen.calls[0].input)


def asked(question: str, **given: JsonValue) -> Exchange:
    return Exchange(question=question, calls=(ToolCall(id="1", tool="cost_query", input=given),), answer="...")


CASES: list[tuple[str, dict[str, JsonValue]]] = [
    ("cheapest provider", {"group_by": ["ProviderName"]}),
    ("bottom 3 services last month", {"period": SEP, "group_by": ["ServiceName"]}),
    ("which services cost us more than $1,000 in september?", {"period": SEP, "group_by": ["ServiceName"]}),
    ("services between 500 and 2000 dollars in Sept 2024", {"period": SEP, "group_by": ["ServiceName"]}),
    ("which month was the most expensive?", {"grain": "month"}),
    ("most expensive day in September 2024", {"period": SEP, "grain": "day"}),
    ("cost in July 2024, August 2024 and September 2024", {
        "period": {"start": "2024-07-01", "end": "2024-10-01"}, "grain": "month",
    }),
    ("cost in Q2 '24", {"period": "2024-Q2"}),
    ("how much did we blow on AWS last month, pls", {"period": SEP, "filters": [is_("ProviderName", "AWS")]}),
    ("AWS + Oracle, last month \u2013 total spend", {
        "period": SEP, "filters": [is_("ProviderName", "AWS", "Oracle")], "group_by": ["ProviderName"],
    }),
    ("what've we spent in the last three months?", {"period": {"start": "2024-07-01", "end": "2024-10-01"}}),
    ("spend last qtr", {"period": "2024-Q3"}),
    ("prod cost last month", {"period": SEP, "filters": [is_("tag:environment", "production")]}),
    ("non-prod cost last month", {"period": SEP, "filters": [is_("tag:environment", "production", op="is_not")]}),
    ("MoM cost for the last 3 months", {"period": {"start": "2024-07-01", "end": "2024-10-01"}, "grain": "month"}),
    ("cost without untagged", {"filters": [is_("tag:team", op="present")]}),
    ("What did each provider cost in September 2024?", {"period": SEP, "group_by": ["ProviderName"]}),
    ("What was the total cost in September 2024?", {"period": SEP}),
    ("How much did we spend last month?", {"period": SEP}),
    ("How much did Compute cost last month?", {"period": SEP, "filters": [is_("ServiceCategory", "Compute")]}),
    ("cost of Amazon SQS", {"filters": [is_("ServiceName", "Amazon SQS")]}),
    ("sqs cost", {"filters": [is_("ServiceName", "Amazon SQS")]}),
    ("What did azure cost?", {"filters": [is_("ProviderName", "Microsoft")]}),
    ("cost in us-west-2 last month", {"period": SEP, "filters": [is_("RegionId", "us-west-2")]}),
    ("cost for team payments", {"filters": [is_("tag:team", "payments")]}),
    ("cost for payments", {"filters": [is_("tag:team", "payments")]}),
    ("cost where environment is production", {"filters": [is_("tag:environment", "production")]}),
    ("cost of untagged team", {"filters": [is_("tag:team", op="missing")]}),
    ("total cost excluding AWS", {"filters": [is_("ProviderName", "AWS", op="is_not")]}),
    ("cost without AWS and Oracle", {"filters": [is_("ProviderName", "AWS", "Oracle", op="is_not")]}),
    ("AWS cost without Compute", {"filters": [is_("ProviderName", "AWS"), is_("ServiceCategory", "Compute", op="is_not")]}),
    ("cost of AWS or Oracle", {"filters": [is_("ProviderName", "AWS", "Oracle")], "group_by": ["ProviderName"]}),
    ("the biggest service in September 2024", {"period": SEP, "group_by": ["ServiceName"], "top": 1}),
    ("the most expensive provider in September 2024", {"period": SEP, "group_by": ["ProviderName"], "top": 1}),
    ("the biggest services in September 2024", {"period": SEP, "group_by": ["ServiceName"]}),
    ("compare AWS and Oracle", {"filters": [is_("ProviderName", "AWS", "Oracle")], "group_by": ["ProviderName"]}),
    ("cost by service category", {"group_by": ["ServiceCategory"]}),
    ("cost per team and region", {"group_by": ["tag:team", "RegionId"]}),
    ("cost by tag environment", {"group_by": ["tag:environment"]}),
    ("cost by team", {"group_by": ["tag:team"]}),
    ("provider breakdown", {"group_by": ["ProviderName"]}),
    ("cost by ServiceName", {"group_by": ["ServiceName"]}),
    ("cost by instance type", {"group_by": ["sku:InstanceType"]}),
    ("Which service cost the most in September 2024?", {"period": SEP, "group_by": ["ServiceName"]}),
    ("the AWS services by cost", {"filters": [is_("ProviderName", "AWS")], "group_by": ["ServiceName"]}),
    ("top 3 AWS services", {"filters": [is_("ProviderName", "AWS")], "group_by": ["ServiceName"], "top": 3}),
    ("the 2 most expensive regions last month", {"period": SEP, "group_by": ["RegionId"]}),
    ("share of each provider", {"group_by": ["ProviderName"]}),
    ("what percentage of the cost is AWS?", {"group_by": ["ProviderName"]}),
    ("daily cost in September 2024", {"period": SEP, "grain": "day"}),
    ("cost per week", {"grain": "week"}),
    ("cost by month and provider", {"grain": "month", "group_by": ["ProviderName"]}),
    ("cost by provider and day last month", {"period": SEP, "grain": "day", "group_by": ["ProviderName"]}),
    ("cost trend in September 2024", {"period": SEP, "grain": "day"}),
    ("cost trend over time in 2024", {"period": "2024", "grain": "month"}),
    ("effective cost by provider", {"metric": "EffectiveCost", "group_by": ["ProviderName"]}),
    ("amortised cost of AWS", {"metric": "EffectiveCost", "filters": [is_("ProviderName", "AWS")]}),
    ("List cost by provider", {"metric": "ListCost", "group_by": ["ProviderName"]}),
    ("contracted cost", {"metric": "ContractedCost"}),
    ("Compare September 2024 with August 2024", {"period": SEP, "compare": AUG}),
    ("cost in September 2024 vs August 2024 by provider", {"period": SEP, "compare": AUG, "group_by": ["ProviderName"]}),
    ("how much more did we spend in September 2024 than in August 2024?", {"period": SEP, "compare": AUG}),
    ("cost last month compared to the month before", {"period": SEP, "compare": "previous_period"}),
    ("How did cost change in September 2024?", {"period": SEP, "compare": "previous_period"}),
    ("How much did cost change in September 2024 compared to the previous month?", {"period": SEP, "compare": "previous_period"}),
    ("top 2 instances in September 2024", {"period": SEP, "filters": [is_("ResourceType", "instance")], "group_by": ["ResourceId"],
                                              "top": 2}),
    ("cost in September 2024 vs a year ago", {"period": SEP, "compare": "previous_year"}),
]  # fmt: skip


@pytest.mark.parametrize(("question", "expected"), CASES, ids=[question for question, _ in CASES])
def test_a_question_becomes_this_query(question: str, expected: dict[str, JsonValue]) -> None:
    assert query(question) == CostQuery.model_validate(expected)


PROVIDERS = asked("What did each provider cost in September 2024?", period=SEP, group_by=["ProviderName"])
AWS = asked("AWS in September", period=SEP, filters=[is_("ProviderName", "AWS")])
NOT_AWS = asked("without AWS", period=SEP, filters=[is_("ProviderName", "AWS", op="is_not")])
FOLLOW_UPS: list[tuple[str, Exchange, dict[str, JsonValue]]] = [
    ("and only compute?", PROVIDERS, {"period": SEP, "group_by": ["ProviderName"], "filters": [is_("ServiceCategory", "Compute")]}),
    ("by region?", AWS, {"period": SEP, "group_by": ["RegionId"], "filters": [is_("ProviderName", "AWS")]}),
    ("and in August?", AWS, {"period": AUG, "filters": [is_("ProviderName", "AWS")]}),
    ("and on 10 September?", AWS, {"period": "2024-09-10", "filters": [is_("ProviderName", "AWS")]}),
    ("and Oracle?", AWS, {"period": SEP, "filters": [is_("ProviderName", "Oracle")]}),
    ("without Compute", AWS, {"period": SEP, "filters": [is_("ProviderName", "AWS"), is_("ServiceCategory", "Compute", op="is_not")]}),
    ("top 3", PROVIDERS, {"period": SEP, "group_by": ["ProviderName"], "top": 3}),
    ("as amortised cost", PROVIDERS, {"period": SEP, "group_by": ["ProviderName"], "metric": "EffectiveCost"}),
    ("per day", AWS, {"period": SEP, "grain": "day", "filters": [is_("ProviderName", "AWS")]}),
    ("and the total?", PROVIDERS, {"period": SEP}),
    ("vs August 2024", AWS, {"period": SEP, "compare": AUG, "filters": [is_("ProviderName", "AWS")]}),
    ("what about team payments?", PROVIDERS, {"period": SEP, "group_by": ["ProviderName"], "filters": [is_("tag:team", "payments")]}),
    ("and only AWS?", NOT_AWS, {"period": SEP, "filters": [is_("ProviderName", "AWS")]}),
    ("What did Oracle cost?", AWS, {"filters": [is_("ProviderName", "Oracle")]}),
]  # fmt: skip


@pytest.mark.parametrize(("question", "before", "expected"), FOLLOW_UPS, ids=[f[0] for f in FOLLOW_UPS])
def test_a_follow_up_keeps_what_it_does_not_change(
    question: str, before: Exchange, expected: dict[str, JsonValue]
) -> None:
    assert query(question, before) == CostQuery.model_validate(expected)


@pytest.mark.parametrize("question", ["why?", "and why?", "what changed?"])
def test_why_takes_the_last_query_apart_against_the_period_before(question: str) -> None:
    chosen = step(question, AWS)
    assert isinstance(chosen, Calls)
    queries = [CostQuery.model_validate(call.input) for call in chosen.calls if call.tool == "cost_query"]
    assert [q.group_by for q in queries] == [("ServiceName",), ("RegionId",)]
    assert all(q.compare == "previous_period" for q in queries)
    assert all(q.filters[0].values == ("AWS",) for q in queries)


@pytest.mark.parametrize(
    ("question", "tool", "given"),
    [
        ("what can I ask?", "list_dimensions", {"limit": 1000}),
        ("help", "list_dimensions", {"limit": 1000}),
        ("Where can we save?", "rightsize_instances", {}),
        ("Which instances are too large?", "rightsize_instances", {}),
        (
            "savings for team payments",
            "rightsize_instances",
            {"filters": [{"dimension": "tag:team", "values": ["payments"]}]},
        ),
        ("propose the best saving", "rightsize_instances", {}),
        ("any anomalies?", "detect_anomalies", {}),
        ("unusual costs by service in September 2024", "detect_anomalies", {"group_by": ["ServiceName"]}),
        ("stop i-0abc1234", "cost_query", {}),
        ("propose resizing i-0abc1234", "rightsize_instances", {}),
        ("please resize i-0abc1234 to m5.large", "cost_query", {}),
    ],
)
def test_other_questions_go_to_their_tools(question: str, tool: str, given: dict[str, JsonValue]) -> None:
    chosen = step(question)
    assert isinstance(chosen, Calls)
    (call,) = chosen.calls
    assert call.tool == tool
    assert {key: call.input.get(key) for key in given} == given


def test_the_same_question_gives_the_same_call() -> None:
    assert step("cost by provider") == step("cost by provider")


def test_a_value_of_two_tags_is_asked_back_about() -> None:
    data = FakeData([bill_row(date(2024, 9, 1), "1.00", Tags=tagged(team="blue", squad="blue"))])
    turn = Turn("cost of blue", (), (), data, as_of(data), tuple(TOOLS.values()))
    chosen = RulesPlanner().plan(turn).step
    assert isinstance(chosen, Decline)
    assert "`tag squad blue` or `tag team blue`" in chosen.reason


def test_things_one_counts_may_be_named_in_the_plural() -> None:
    data = FakeData([bill_row(date(2024, 9, 1), "1.00"), bill_row(date(2024, 9, 1), "-0.50", ChargeCategory="Credit")])
    turn = Turn("cost without credits", (), (), data, as_of(data), tuple(TOOLS.values()))
    chosen = RulesPlanner().plan(turn).step
    assert isinstance(chosen, Calls)
    assert chosen.calls[0].input == {"exclude": ["credits"]}


@pytest.mark.parametrize("question", ["cost in the previous month", "cost of the previous month by provider"])
def test_the_previous_month_is_a_period_where_nothing_is_compared(question: str) -> None:
    chosen = query(question)
    assert (chosen.period, chosen.compare) == (Period.parse(SEP), None)


def test_an_empty_lake_says_what_to_load() -> None:
    data = FakeData()
    turn = Turn("cost by provider", (), (), data, as_of(data), tuple(TOOLS.values()))
    chosen = RulesPlanner().plan(turn).step
    assert isinstance(chosen, Decline)
    assert "toll ingest" in chosen.reason


COUNTED: list[tuple[str, dict[str, JsonValue]]] = [
    ("amortised cost", {"metric": "EffectiveCost"}),
    ("cash cost", {"metric": "BilledCost"}),
    ("on-demand cost by provider", {"metric": "ListCost", "group_by": ["ProviderName"]}),
    ("negotiated cost", {"metric": "ContractedCost"}),
    ("billed and amortised cost by month", {"metric": "BilledCost", "also": ["EffectiveCost"], "grain": "month"}),
    ("list, contracted and effective cost", {"metric": "ListCost", "also": ["ContractedCost", "EffectiveCost"]}),
    ("list contracted cost", {"metric": "ContractedCost"}),
    ("cost without credits, refunds and tax", {"exclude": ["credits", "refunds", "tax"]}),
    ("cost before credits", {"exclude": ["credits"]}),
    ("gross cost", {"exclude": ["credits"]}),
    ("cost excluding support and marketplace", {"exclude": ["support", "marketplace"]}),
    ("cost including tax", {}),
    ("cost net of credits", {}),
    ("cost without credits and AWS", {"exclude": ["credits"], "filters": [is_("ProviderName", "AWS", op="is_not")]}),
    ("cost without AWS and credits", {"exclude": ["credits"], "filters": [is_("ProviderName", "AWS", op="is_not")]}),
    ("cost in euros", {"currency": "EUR"}),
    ("cost in USD", {}),
    ("what was invoiced in September 2024", {"period": SEP, "basis": "billing"}),
    ("cost in the billing period September 2024", {"period": SEP, "basis": "billing"}),
    ("cost by billing period", {"basis": "billing", "grain": "month"}),
    ("invoiced cost by provider", {"metric": "BilledCost", "group_by": ["ProviderName"]}),
    ("effective savings rate", {"metric": "EffectiveCost", "also": ["ListCost", "EffectiveSavingsRate"]}),
    ("savings rate", {"metric": "EffectiveCost", "also": ["ListCost", "EffectiveSavingsRate"]}),
    ("net and gross cost by provider", {"group_by": ["ProviderName"]}),
    ("cost on a billing period basis", {"basis": "billing"}),
    ("cost week by week", {"grain": "week"}),
    ("credits by provider", {"filters": [is_("ChargeCategory", "Credit")], "group_by": ["ProviderName"]}),
    ("refunds", {"filters": [is_("ChargeClass", "Correction")]}),
    ("which accounts are there?", {"metric": "rows", "group_by": ["SubAccountId"]}),
    ("how many services do we use?", {"metric": "rows", "also": ["distinct:ServiceName"]}),
    (
        "top 3 resources of Amazon SQS",
        {"filters": [is_("ServiceName", "Amazon SQS")], "group_by": ["ResourceId"], "top": 3},
    ),
    ("cost by sub-account", {"group_by": ["SubAccountId"]}),
    ("cost by SKU", {"group_by": ["SkuId"]}),
    ("unit cost", {"also": ["BilledCost/ConsumedQuantity"], "group_by": ["ConsumedUnit"]}),
]


@pytest.mark.parametrize(("question", "given"), COUNTED, ids=[question for question, _ in COUNTED])
def test_how_cost_is_counted_is_said_in_words(question: str, given: dict[str, JsonValue]) -> None:
    assert query(question) == CostQuery.model_validate(given)


GROSS = asked("gross cost by month", exclude=["credits"], grain="month")


@pytest.mark.parametrize(
    ("question", "exclude"),
    [("and by provider?", ("credits",)), ("and including credits?", ()), ("without tax", ("credits", "tax"))],
)
def test_a_conversation_keeps_what_is_left_out_until_it_is_included(question: str, exclude: tuple[str, ...]) -> None:
    assert query(question, GROSS).exclude == exclude


TEAM = DimensionInfo(name="virtual:team", distinct=3, values=("Data", "Operations", "unallocated"))
PRODUCT = DimensionInfo(name="virtual:product", distinct=2, values=("Shop", "unallocated"))


def ruled(question: str, *virtual: DimensionInfo) -> Step:
    data = bill()
    turn = Turn(question, (), (), data, as_of(data), tuple(TOOLS.values()), virtual=virtual)
    return RulesPlanner().plan(turn).step


def called(question: str, *virtual: DimensionInfo) -> tuple[str, dict[str, JsonValue]]:
    chosen = ruled(question, *virtual)
    assert isinstance(chosen, Calls), chosen
    return chosen.calls[0].tool, chosen.calls[0].input


def test_a_teams_cost_is_by_the_rules_where_there_are_some_and_by_the_tag_where_not() -> None:
    assert called("cost by team", TEAM)[1] == {"group_by": ["virtual:team"]}
    assert called("cost by team")[1] == {"group_by": ["tag:team"]}
    assert called("cost by tag team", TEAM)[1] == {"group_by": ["tag:team"]}


def test_a_value_that_is_an_everyday_word_is_a_name_where_it_is_written_as_one() -> None:
    assert called("cost of Data", TEAM)[1] == {"filters": [{"dimension": "virtual:team", "values": ["Data"]}]}
    assert called("cost of the data", TEAM)[1] == {}


@pytest.mark.parametrize(
    "question", ["chargeback by team", "allocate cost to teams", "shared cost by team", "showback"]
)
def test_shared_cost_is_allocated(question: str) -> None:
    assert called(question, TEAM) == ("allocate_costs", {"dimension": "team"})


def test_an_allocation_without_a_name_is_asked_back_about_where_there_are_several() -> None:
    chosen = ruled("chargeback in September 2024", TEAM, PRODUCT)
    assert isinstance(chosen, Decline)
    assert "`chargeback by product` or `chargeback by team`" in chosen.reason


def test_an_allocation_without_rules_says_how_to_load_some() -> None:
    assert "toll allocation load" in declined("chargeback by team")


def test_growth_over_days_that_are_not_loaded_is_refused() -> None:
    data = FakeData([bill_row(date(2024, 8, 15), "1.00"), bill_row(date(2024, 9, 30), "2.00")])
    turn = Turn("how did cost change in September 2024?", (), (), data, as_of(data), tuple(TOOLS.values()))
    chosen = RulesPlanner().plan(turn).step
    assert isinstance(chosen, Decline)
    assert "August 2024, to compare with, is loaded from 2024-08-15 only" in chosen.reason


def test_the_previous_month_goes_on_from_the_question_before() -> None:
    before = asked("cost in August 2024", period=AUG)
    assert query("and the previous month?", before).period == Period.parse("2024-07")
