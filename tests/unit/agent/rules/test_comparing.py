"""Two periods beside each other: which is compared with which, and how the change is told."""

from datetime import date
from decimal import Decimal

import pytest
from pydantic import JsonValue

from agent.planners.contract import Calls, Exchange, ToolCall
from finops.periods import Period
from finops.query import CostQuery
from tests.unit.agent.estate import PERSON, SEPTEMBER, assistant, tagged
from tests.unit.agent.rules.test_grammar import called, declined, query, step
from tests.unit.tools.fake_data import FakeData, bill_row

AUG, SEP = Period.parse("2024-08"), Period.parse("2024-09")


def told(question: str, data: FakeData | None = None) -> list[str]:
    """Return the lines of the rules planner's own answer: none of its words were withheld."""
    answer = assistant(data=data).ask(PERSON, question)
    assert not any("withheld" in note for note in answer.notes)
    return answer.answer.partition("\n\nBasis: ")[0].split("\n")


@pytest.mark.parametrize(
    "question",
    [
        "How did cost change from August 2024 to September 2024?",
        "How did cost change from August to September?",
        "cost increase between August and September 2024",
        "How much did cost go up from August 2024 to September 2024?",
        "compare cost from August to September 2024",
        "growth of cost from August to September 2024",
        "Compare August 2024 with September 2024",
        "cost in August 2024 vs September 2024",
        "cost in September 2024 vs August 2024",
    ],
)
def test_a_change_between_two_months_is_the_later_compared_with_the_earlier(question: str) -> None:
    found = query(question)
    assert (found.period, found.compare) == (SEP, AUG)


@pytest.mark.parametrize(
    ("question", "first", "second"),
    [
        ("How did cost grow from Q2 2024 to Q3 2024?", "2024-Q2", "2024-Q3"),
        ("compare Q1 to Q2 2024", "2024-Q1", "2024-Q2"),
        ("Compare Q2 2024 with Q1 2024", "2024-Q1", "2024-Q2"),
        ("did cost rise from 2023 to 2024?", "2023", "2024"),
        ("change of cost from December to January 2024", "2023-12", "2024-01"),
    ],
)
def test_quarters_and_years_are_compared_as_months_are(question: str, first: str, second: str) -> None:
    chosen = CostQuery.model_validate(called(question)[1])
    assert (chosen.compare, chosen.period) == (Period.parse(first), Period.parse(second))


@pytest.mark.parametrize("question", ["cost from August to September 2024", "cost between August and September 2024"])
def test_a_range_without_a_word_of_change_is_one_period(question: str) -> None:
    found = query(question)
    assert (found.period, found.compare) == (Period(start=AUG.start, end=SEP.end), None)


def test_a_change_over_a_range_by_month_is_a_split_of_the_range() -> None:
    found = query("How did cost change from August to September 2024 by month?")
    assert (found.period, found.compare, found.grain) == (Period(start=AUG.start, end=SEP.end), None, "month")


def test_what_changed_between_two_months_needs_no_question_before() -> None:
    lines = told("What changed from August to September 2024?")
    assert "total change from August 2024 to September 2024 USD 10.600" in lines[0]


def test_a_change_since_a_month_is_told_over_time() -> None:
    found = query("How has cost changed since August 2024?")
    assert (found.period, found.compare, found.grain) == (Period.parse("2024-08-01..2024-09-30"), None, "day")


def test_the_answer_tells_both_periods_the_direction_and_the_definition() -> None:
    lines = told("How did cost change from August 2024 to September 2024?")
    assert lines[0] == (
        "Billed cost (BilledCost): USD 16.250 in total for August 2024; USD 26.850 in total for September 2024; "
        "total change from August 2024 to September 2024 USD 10.600 (65.23 %)."
    )
    assert lines[-1].startswith("Definition: billed cost: ")


def test_what_rose_most_comes_first_and_what_did_not_rise_is_left_out() -> None:
    data = FakeData([
        bill_row(date(2024, 8, 10), "50.00"), bill_row(date(2024, 9, 10), "51.00"),
        bill_row(date(2024, 8, 10), "1.00", ServiceName="Small"), bill_row(date(2024, 9, 10), "9.00", ServiceName="Small"),
        bill_row(date(2024, 8, 10), "8.00", ServiceName="Gone"), bill_row(date(2024, 9, 10), "2.00", ServiceName="Gone"),
    ], days=(date(2024, 8, 1), date(2024, 9, 30)))  # fmt: skip
    rose = told("Which services rose most from August 2024 to September 2024?", data)
    assert rose[0].endswith("compared with August 2024 (BilledCost), largest rises first:")
    assert [line.partition(":")[0] for line in rose[1:4]] == ["- Small", "- Amazon EC2", "- the others did not rise"]
    assert told("top 1 services by growth from August to September 2024", data)[1].startswith("- Small: ")
    assert told("Which services fell most from August to September 2024?", data)[1].startswith("- Gone: ")


def test_gross_and_credits_are_said_of_their_period() -> None:
    rows = [bill_row(day, "5.00") for day in (date(2024, 8, 10), date(2024, 9, 10))]
    credit = bill_row(date(2024, 9, 10), "-1.00", ChargeCategory="Credit")
    data = FakeData([*rows, credit], days=(date(2024, 8, 1), date(2024, 9, 30)))
    assert (
        "; in September 2024: USD 5.00 gross, USD -1.00 credits." in told("compare August and September 2024", data)[0]
    )


def test_a_period_of_several_months_to_compare_with_can_be_told() -> None:
    rows = [bill_row(date(2024, month, 10), "5.00") for month in (5, 6, 7, 8)]
    data = FakeData(rows, days=(date(2024, 5, 1), date(2024, 8, 31)))
    lines = told("cost in July 2024 to August 2024 compared with May 2024 to June 2024", data)
    assert "USD 10.00 in total for May 2024 to June 2024; USD 10.00 in total for July 2024 to August 2024" in lines[0]


@pytest.mark.parametrize(
    "question",
    [
        "difference between list and effective cost in September 2024",
        "list cost minus effective cost in September 2024",
    ],
)
def test_a_difference_of_two_costs_is_a_column_and_no_comparison_of_months(question: str) -> None:
    found = query(question)
    assert (found.metric, found.also) == ("ListCost", ("EffectiveCost", "ListCost-EffectiveCost"))
    assert (found.period, found.compare) == (SEP, None)


def test_the_difference_is_told_in_words() -> None:
    data = FakeData([bill_row(SEPTEMBER.start, "30.00", EffectiveCost=Decimal("30.00"), ListCost=Decimal("40.00"))])
    line = told("difference between list and effective cost in September 2024", data)[0]
    assert "USD 40.00 in total; effective cost USD 30.00; difference (list cost less effective cost) USD 10.00." in line


def test_an_average_by_day_is_the_total_by_the_days_that_have_data() -> None:
    line = told("average daily cost in September 2024")[0]
    assert line == (
        "Average daily billed cost in September 2024 (BilledCost): USD 0.895, that is USD 26.850 in total, "
        "divided by the days in September 2024."
    )


def test_a_correction_of_a_question_why_is_answered_as_why() -> None:
    period: dict[str, JsonValue] = {"start": "2024-09-01", "end": "2024-10-01"}
    given: dict[str, JsonValue] = {
        "period": period, "compare": "previous_period", "group_by": ["ServiceName"],
        "filters": [{"dimension": "ProviderName", "op": "is", "values": ["AWS"]}],
    }  # fmt: skip
    calls = (
        ToolCall(id="1", tool="cost_query", input=given),
        ToolCall(id="2", tool="detect_anomalies", input={"period": period}),
    )
    step_ = step("no, I meant Microsoft", Exchange(question="why?", calls=calls, answer="..."))
    assert isinstance(step_, Calls)
    assert {"cost_query", "detect_anomalies"} <= {one.tool for one in step_.calls}
    assert all("Microsoft" in str(one.input["filters"]) for one in step_.calls if one.tool != "list_notes")


def test_a_mean_is_of_whole_weeks() -> None:
    rows = [bill_row(date(2024, 9, day), "7.00") for day in range(5, 31)]
    lines = told("average weekly cost in September 2024", FakeData(rows))
    assert lines[0] == "Average billed cost by week: USD 49.00, the mean of the whole weeks among these:"
    assert told("average weekly cost in 2024", FakeData(rows))[0] == lines[0]
    lines = told("average monthly cost from 2 to 20 September 2024", FakeData(rows))
    assert lines[0].startswith("No month is whole from 2 to 20 September 2024, so there is no average by month;")


@pytest.mark.parametrize(
    "question", ["average daily cost by provider in September 2024", "average daily cost from 1 to 5 September 2024"]
)
def test_an_average_that_cannot_be_taken_is_declined(question: str) -> None:
    assert "an average is taken" in declined(question)


def test_a_part_of_a_bill_is_not_said_to_be_net_of_its_other_parts() -> None:
    data = FakeData([
        bill_row(SEPTEMBER.start, "5.00"), bill_row(SEPTEMBER.start, "1.00", ChargeCategory="Tax"),
        bill_row(SEPTEMBER.start, "-2.00", ChargeClass="Correction"),
    ])  # fmt: skip
    tax = told("How much tax in September 2024?", data)
    assert tax[0] == "Billed cost for tax in September 2024 (BilledCost): USD 1.00 in total."
    assert tax[-1].endswith("; only tax; by charge period.")
    assert told("refunds in September 2024", data)[0].startswith("Billed cost for refunds and other corrections in ")


def test_the_basis_is_said() -> None:
    assert told("cost in September 2024")[-1].endswith("; by charge period.")
    assert told("cost in September 2024 on a billing period basis")[-1].endswith("; by billing period.")


@pytest.mark.parametrize(
    "question", ["Compute cost by account in September 2024, top 1", "Storage cost by account top 1 in September 2024"]
)
def test_the_rest_beyond_the_top_is_not_taken_for_a_category_called_other(question: str) -> None:
    rows = [bill_row(SEPTEMBER.start, "1.00", ServiceCategory="Other")]
    for place in ("us-east-1", "us-west-2"):
        rows += [
            bill_row(SEPTEMBER.start, "2.00", RegionId=place, SubAccountId=place, ServiceCategory=category)
            for category in ("Compute", "Storage")
        ]
    lines = told(question, FakeData(rows))
    assert any(line.startswith("- other: USD 2.00") for line in lines)


def test_untagged_cost_is_cost_without_a_team() -> None:
    assert [(one.dimension, one.op) for one in query("untagged cost in September 2024").filters] == [
        ("tag:team", "missing")
    ]


def test_untagged_asks_back_where_several_tags_could_be_meant() -> None:
    data = FakeData([bill_row(SEPTEMBER.start, "1.00", Tags=tagged(squad="a", owner="b"))])
    with pytest.raises(Exception, match="`untagged owner cost` or `untagged squad cost`"):
        told("untagged cost", data)
