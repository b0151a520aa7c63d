"""What people say, beside the plain words it stands for: both are one question."""

import pytest
from pydantic import JsonValue

from agent.planners.contract import Decline, Exchange, ToolCall
from agent.planners.rules.rewording import reworded
from agent.planners.rules.scan import tokens
from finops.periods import Period
from tests.unit.agent.rules.test_grammar import AWS, asked, declined, query, step

SAME = [
    ("AWS, third quarter of this year - one number please", "AWS cost in Q3 2024"),
    ("cost over the past fortnight", "cost in the last 14 days"),
    ("cost between the 3rd and the 9th of September", "cost from 3 to 9 September 2024"),
    ("daily spend for 9-15 September, one line each", "daily spend from 9 to 15 September 2024"),
    ("daily spend for Sept 9\u201315", "daily spend from 9 to 15 September 2024"),
    ("what did we spend in the week Monday 16th to Sunday 22nd Sept", "cost from 16 to 22 September 2024"),
    ("AWS over the summer, i.e. from the start of August up to and including September 2024", "AWS from August to September 2024"),
    ("cost in August '24", "cost in August 2024"),
    ("cost since the beginning of the year", "cost in the year to date"),
    ("AWS cost so far this year", "AWS cost in the year to date"),
    ("cost in the current quarter to date", "cost in the quarter to date"),
    ("cost in calendar year 2024", "cost in 2024"),
    ("cost in September this year", "cost in September 2024"),
    ("priciest month since we started tracking", "most expensive month ever"),
    ("AWS sept against aug this year", "AWS in September 2024 vs August 2024"),
    ("AWS: Sept minus Aug", "AWS in September 2024 vs August 2024"),
    ("MoM change in total spend, Sept over Aug, in $ and %", "change in total spend, September 2024 vs August 2024"),
    ("how does Sept stack up against Aug?", "cost in September 2024 compared with August 2024"),
    ("did EC2 get cheaper or dearer in september than it was in august?", "how did EC2 cost change in September vs August 2024?"),
    ("last 7 days vs the 7 before - how far apart are they?", "cost in the last 7 days vs the period before"),
    ("last 3 weeks compared with the previous 3 weeks", "cost in the last 3 weeks vs the period before"),
    ("Leaving tax out, what did AWS come to?", "AWS cost without tax"),
    ("cost net of any credits", "cost net of credits"),
    ("non-AWS cost", "cost without AWS"),
    ("how much is not allocated to any team?", "cost without a team tag"),
    ("what carries no team tag, total", "cost without a team tag"),
    ("cost where the team tag is missing", "cost without a team tag"),
    ("cost that nobody tagged", "untagged cost"),
    ("resources that carry a team tag, cost", "cost with a team tag by resource"),
    ("Total cloud + AI spend", "total spend"),
    ("Compute as a category", "Compute category cost"),
    ("what did AWS set us back in August?", "AWS cost in August 2024"),
    ("AWS day-by-day in September", "AWS by day in September"),
    ("when did we spend the most in September?", "most expensive day in September"),
    ("max daily cost in September", "highest daily cost in September"),
    ("How much did AWS rack up in September, for the board pack?", "AWS cost in September"),
    ("Could you remind me what AWS landed at last month? Much appreciated", "AWS cost last month"),
    ("AWS cost in 09/2024", "AWS cost in 2024-09"),
    ("AWS in Q3 of 2024", "AWS cost in Q3 2024"),
    ("AWS, calendar Q3", "AWS cost in Q3 2024"),
    ("cost from 9 to 15 September, all dates included", "cost from 9 to 15 September 2024"),
    ("cost in the week of 9 September (mon through sun)", "cost in the week of 9 September"),
    ("which services topped $10 in September?", "which services cost over $10 in September?"),
    ("services that went above 10 dollars in September", "services over 10 dollars in September"),
    ("flag us any services over $10 in September", "which services cost over $10 in September?"),
    ("highest day in September, and how bad was it?", "highest day in September"),
    ("how many extra dollars did we pay in September than in August?", "how much more did we pay in September than in August?"),
    ("how many bucks went to AWS in September?", "how much did we spend on AWS in September?"),
    ("AWS in September but leaving out tax", "AWS cost in September without tax"),
    ("who invoices us, per invoice issuer", "cost by invoice issuer"),
]  # fmt: skip


@pytest.mark.parametrize(("said", "plain"), SAME, ids=[said for said, _ in SAME])
def test_a_turn_of_phrase_asks_what_the_plain_words_ask(said: str, plain: str) -> None:
    assert query(said) == query(plain)


@pytest.mark.parametrize(
    ("question", "word"),
    [
        ("number of employees", "`number of employees`"),
        ("cost without the CloudWatch bits", "`without`"),
        ("second most expensive service", "`second`"),
        ("median cost in September", "`median`"),
        ("is the bill paid?", "`is the bill paid`"),
        ("how do I get a refund?", "not how something is done"),
        ("good morning, lovely", "`good morning lovely`"),
        ("September 2024 compared with September 2024", "compared with itself"),
        ("credits and refunds in September", "overlap"),
        ("refunds before credits", "overlap"),
        ("top 2 services per provider", "within each group"),
        ("how much is an EC2 instance?", "one thing among many"),
        ("price of EC2", "prices are not told"),
    ],
)
def test_a_condition_is_never_lost_in_a_turn_of_phrase(question: str, word: str) -> None:
    assert word in declined(question)


def test_what_stands_in_quotes_is_left_as_it_is() -> None:
    found = reworded(tokens('cost of "third quarter" in the third quarter'))
    assert [token.text for token in found] == ["cost", "of", "third quarter", "in", "the", "q3"]


def test_a_number_after_a_question_is_no_day_of_the_month_before_it() -> None:
    assert query("most expensive days in September? 3 worst days").period == query("cost in September").period


AUGUST_AND_SEPTEMBER = (asked("AWS in August", period="2024-08", filters=AWS.calls[0].input["filters"]), AWS)


def test_a_difference_in_a_conversation_is_of_the_two_figures_told_last() -> None:
    found = query("so up how much, in percent?", *AUGUST_AND_SEPTEMBER)
    assert (found.period, found.compare) == (Period.parse("2024-09"), Period.parse("2024-08"))


def test_the_day_after_is_that_of_the_question_before() -> None:
    before = asked("cost on 10 September", period="2024-09-10")
    assert query("and the day after?", before).period == query("cost on 11 September 2024").period


def test_a_turn_of_phrase_drops_no_condition() -> None:
    assert "`Monday`" in declined("cost Monday through Sunday") or "`Monday" in declined("cost Monday through Sunday")
    assert isinstance(step("cost by flag in September"), Decline)
    assert query("AWS cost in 8/2024").period == Period.parse("2024-08")
    assert "it is not said what is meant" in declined("what would that be per month?")
    assert query("AWS share of the total up to 15 September").period is not None
    assert query("AWS cost in September, tax and support included").exclude == ()
    talk = Exchange(
        question="AWS without tax",
        calls=(ToolCall(id="1", tool="cost_query", input={"exclude": ["tax"]}),),
        answer="...",
    )
    assert query("and with tax and support included?", talk).exclude == ()
    assert isinstance(step("how many people cost us money?"), Decline)
    assert "EUR" in str(step("how many euros did we spend in September?"))


def test_the_month_before_last_is_one_month() -> None:
    assert query("AWS cost in the month before last").period == Period.parse("2024-08")
    assert query("cost in the quarter before last").period == Period.parse("2024-Q2")


def test_what_points_at_nothing_is_asked_back_about() -> None:
    assert "it is not said what is meant" in declined("how much is it?")
    assert "it is not said what is meant" in declined("what do they cost?")
    assert query("what does it all cost?").filters == ()
    assert query("what did it cost in September?").period == Period.parse("2024-09")


@pytest.mark.parametrize("question", ["so that is up what percent", "and by how many percent did it go down"])
def test_a_change_in_percent_goes_on_from_what_was_asked(question: str) -> None:
    months: list[JsonValue] = [
        {"start": "2024-08-01", "end": "2024-09-01"},
        {"start": "2024-09-01", "end": "2024-10-01"},
    ]
    before = [
        asked("AWS then", filters=[{"dimension": "ProviderName", "op": "is", "values": ["AWS"]}], period=month)
        for month in months
    ]
    found = query(question, *before)
    assert (found.compare, found.period, found.group_by) == (Period.parse("2024-08"), Period.parse("2024-09"), ())
