from datetime import date

import pytest

from agent.deps import Deps
from agent.known import Known, known_on
from agent.planners.rules import RulesPlanner
from agent.service import Assistant
from evals.hostile_model import KeptEvidence
from finops.errors import BadInput
from gateway.questions import Questions
from tests.unit.agent.estate import PERSON, SEPTEMBER
from tests.unit.tools.fake_data import FakeData, bill_row

TODAY = date(2026, 11, 24)


@pytest.mark.parametrize(
    ("question", "asked", "day"),
    [
        ("What did we think October cost on 3 November?", "What did October cost", date(2026, 11, 3)),
        ("cost by service as of 3 November 2026", "cost by service", date(2026, 11, 3)),
        ("cost in October as known on 2026-11-03 by service", "cost in October by service", date(2026, 11, 3)),
        ("cost in October as of 3 December", "cost in October", date(2025, 12, 3)),
        ("cost on 3 November 2026", "cost on 3 November 2026", None),
        ("cost of AWS known as of September 2024", "cost of AWS known as of September 2024", None),
    ],
)
def test_the_day_of_an_earlier_state_is_read_apart_from_the_question(
    question: str, asked: str, day: date | None
) -> None:
    found = known_on(question, TODAY)
    assert (found.asked.rstrip("? "), found.day) == (asked, day)


def test_a_day_to_come_is_refused() -> None:
    with pytest.raises(BadInput, match="`3 December 2026` is yet to come"):
        known_on("cost as of 3 December 2026", TODAY)


def test_a_thought_without_a_day_is_asked_back_about() -> None:
    with pytest.raises(BadInput, match="when it was thought"):
        known_on("what did we think October cost?", TODAY)


def test_a_plain_question_is_left_as_it_is() -> None:
    assert known_on("what did AWS cost in October?", TODAY) == Known("what did AWS cost in October?")


def _state(cost: str, snapshot: str) -> FakeData:
    data = FakeData([bill_row(SEPTEMBER.start, cost)])
    data.snapshot = snapshot
    return data


def _assistant() -> Assistant:
    kept = KeptEvidence()
    present = Questions(_state("5.00", "lake-now-0"), kept)
    earlier = Questions(_state("3.00", "lake-then-0"), kept)

    def at(day: date) -> Questions:
        if day < date(2024, 10, 3):
            raise BadInput("nothing was loaded before 1 October 2024", fix="the first load was on 3 October 2024")
        return earlier

    return Assistant(
        Deps(present, (RulesPlanner(),), lambda: 0.0, today=lambda: date(2024, 10, 20), questions_as_of=at)
    )


def test_a_question_about_an_earlier_state_is_answered_from_it_and_says_so() -> None:
    answer = _assistant().ask(PERSON, "What did we think September 2024 cost on 3 October?")
    assert "USD 3.00 in total" in answer.answer
    assert answer.answer.endswith("As known on 3 October 2024 (snapshot `lake-then-0`).")
    assert [one.snapshot for one in answer.evidence] == ["lake-then-0"]


def test_without_a_day_the_present_state_answers() -> None:
    answer = _assistant().ask(PERSON, "What did September 2024 cost?")
    assert "USD 5.00 in total" in answer.answer
    assert [one.snapshot for one in answer.evidence] == ["lake-now-0"]


def test_before_the_first_load_there_is_no_answer() -> None:
    with pytest.raises(BadInput, match="nothing was loaded before"):
        _assistant().ask(PERSON, "What did September 2024 cost as known on 1 October 2024?")
