import pytest

from agent.planners.rules.scan import tokens
from agent.planners.rules.typing_errors import corrected
from tests.unit.agent.rules.test_grammar import declined, query

MEANT = frozenset({"september", "total", "totals", "month", "monthly", "charge", "except"})


def read(text: str, *known: str) -> str:
    return " ".join(token.text for token in corrected(tokens(text), MEANT, frozenset(known)))


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("septmeber", "september"),
        ("septembr", "september"),
        ("seprember", "september"),
        ("septtember", "september"),
        ("totls", "totals"),
        ("teh mnoth", "the month"),
        ("expect", "expect"),
        ("mouth", "mouth"),
        ('"septmeber"', "septmeber"),
        ("sptmbr", "sptmbr"),
    ],
)
def test_one_slip_is_put_right_and_a_word_stays(said: str, meant: str) -> None:
    assert read(said) == meant


def test_what_the_grammar_or_the_data_knows_is_no_slip() -> None:
    assert read("change", "change") == "change"
    assert read("totls", "totls") == "totls"


@pytest.mark.parametrize(
    ("said", "plain"),
    [
        ("cost in septmeber 2024", "cost in september 2024"),
        ("ammortized cost of AWS", "amortized cost of AWS"),
        ("which 2 srevices cost the most", "which 2 services cost the most"),
        ("cost by porvider", "cost by provider"),
        ("change in cost in September vs August", "change in cost in September versus August"),
    ],
)
def test_a_mistyped_word_of_the_grammar_asks_what_was_meant(said: str, plain: str) -> None:
    assert query(said) == query(plain)


@pytest.mark.parametrize("question", ["cost of Microsft", "what did Amazn SQS cost?", "cost of Oracel"])
def test_a_mistyped_name_is_asked_back_about(question: str) -> None:
    assert "did you mean" in declined(question)
