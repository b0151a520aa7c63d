"""What is not understood is declined in one sentence that names it, with a question that works."""

from datetime import date

import pytest

from agent.planners.contract import Decline, Turn
from agent.planners.rules import RulesPlanner
from gateway.questions import as_of
from tests.unit.agent.rules.test_grammar import declined, step
from tests.unit.tools.fake_data import FakeData, bill_row
from tools.registry import TOOLS


@pytest.mark.parametrize(
    ("question", "word"),
    [
        ("Wie viel haben wir im September für Compute ausgegeben?", "questions in English"),
        ("colourless green ideas sleep furiously", "questions in English"),
        ("What did Amazon EC3 cost in September 2024?", "`Amazon EC3`"),
        ("what did compuet cost?", "did you mean `Compute`?"),
        ("what did Amazn SQS cost?", "did you mean `Amazon SQS`?"),
        ("cost in us-est-2", "did you mean `us-west-2`?"),
        ("cost of the frobnicated period", "`frobnicated period`; try"),
        ("average cost last month", "`average`"),
        ("what will AWS cost next month", "I do not forecast"),
        ("what will AWS cost in November", "I do not forecast"),
        ("cost per successful task", "no return can be told"),
        ("what did AWS not cost", "`not`"),
        ("cost above 100", "within that amount"),
        ("are we over budget in September 2024?", "no budgets"),
        ("what if we moved AWS to Oracle?", "what-if"),
        ("what is the ROI of our AI spend?", "no return"),
        ("carbon footprint of AWS", "carbon"),
        ("cost in Sept 24", "could be September 2024 or a day"),
        ("what share of the bill is that", "what the share is of"),
        ("by resource for the top one", "which one is meant"),
        ("why was the most expensive day in September 2024 so high?", "two things"),
        ("cost per user", "no business volumes"),
        ("cost by zodiac sign", "`zodiac sign`"),
        ("cost on 31 September 2024", "is no date"),
        ("approve the proposal of AWS", "`approve`"),
        ("delete everything", "`delete`"),
        ("why?", "goes on from a question"),
        ("top 3 cost", "what to rank"),
        ("cost vs last month", "which period to compare"),
        ("share of AWS and Compute", "what the share is of"),
        ("cost in July 2024, June 2024 and September 2024", "more than one period"),
        ("resize the big one to m5.large", "does not name one instance"),
        ("resize i-0abc1234 to m5.large tomorrow", "`tomorrow`"),
    ],
)
def test_what_is_not_understood_is_declined_and_named(question: str, word: str) -> None:
    chosen = step(question)
    assert isinstance(chosen, Decline)
    assert word in chosen.reason
    assert "try" in chosen.reason


def test_every_decline_is_one_sentence_with_a_fix() -> None:
    chosen = step("cost by zodiac sign")
    assert isinstance(chosen, Decline)
    assert "\n" not in chosen.reason
    assert "; try " in chosen.reason


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ("how much did we save?", "is not measured yet"),
        ("what have we saved?", "is not measured yet"),
        ("What did we spend in 1999?", "the year `1999` is out of range"),
        ("cost per core", "`core`"),
    ],
)
def test_what_is_another_question_is_declined_and_not_answered(question: str, words: str) -> None:
    assert words in declined(question)


def test_a_word_is_never_offered_as_its_own_correction() -> None:
    assert "did you mean `billed`" not in declined("AWS billed cost plus cost plusses")


def test_all_that_comes_equally_near_is_offered() -> None:
    rows = [bill_row(date(2024, 9, 1), "1.00", RegionId=region) for region in ("us-east-1", "us-west-1")]
    data = FakeData(rows)
    chosen = RulesPlanner().plan(Turn("cost in us-est-1", (), (), data, as_of(data), tuple(TOOLS.values()))).step
    assert isinstance(chosen, Decline)
    assert "did you mean `us-east-1` or `us-west-1`?" in chosen.reason


def test_a_mistyped_name_is_compared_as_a_whole() -> None:
    names = ("Amazon Simple Storage Service", "Amazon Elastic Compute Cloud")
    data = FakeData([bill_row(date(2024, 9, 1), "1.00", ServiceName=name) for name in names])
    turn = Turn("Cost of Amazon Elastc Compute Cloud", (), (), data, as_of(data), tuple(TOOLS.values()))
    chosen = RulesPlanner().plan(turn).step
    assert isinstance(chosen, Decline)
    assert "`Amazon Elastc Compute Cloud`; did you mean `Amazon Elastic Compute Cloud`?" in chosen.reason
