"""Grading: every way of being wrong is caught, and what is right passes."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Literal

import pytest

from agent.answer import Answer, BoundFigure
from evals.case import Paraphrase, QuestionCase, RefusalCase
from evals.figures import figure_faults
from evals.grading import Verdict, grade
from evals.played import Played
from evals.truth import TrueFigure
from finops.evidence import Evidence, Figure, seal

CASE = QuestionCase(
    kind="question", id="q", estate="sample", ask=("cost?",), truth="select 1, 'USD'", says=("September",)
)
TRUTH = (
    TrueFigure(value=Decimal("18.00"), unit="USD", label="AWS"),
    TrueFigure(value=Decimal("2.00"), unit="USD", label="Oracle"),
    TrueFigure(value=Decimal(20), unit="USD"),
)
TEXT = "Cost in September 2024:\n- AWS: USD 18.00 (90.00 %)\n- Oracle: USD 2.00 (10.00 %)\nTotal: USD 20.00."
STATED = (("AWS", "18.00", "USD"), ("AWS.share", "90.00", "%"), ("Oracle", "2.00", "USD"), ("Oracle.share", "10.00", "%"),
          ("total", "20.00", "USD"))  # fmt: skip


def evidence_of(stated: Sequence[tuple[str, str, str]]) -> Evidence:
    return seal(
        tool="cost_query", arguments={}, snapshot="s", as_of="2024-10-01", rows_read=3, result={}, formula="sum",
        figures=tuple(Figure(name=name, value=Decimal(value), unit=unit) for name, value, unit in stated),
    )  # fmt: skip


def answer_of(stated: Sequence[tuple[str, str, str]] = STATED, text: str = TEXT, **changes: object) -> Answer:
    evidence = evidence_of(stated)
    figures = tuple(
        BoundFigure(text=f"{v} %" if u == "%" else f"{u} {v}", value=v, unit=u, evidence=evidence.id, name=n)
        for n, v, u in stated
    )
    known: dict[str, object] = {"answer": text, "figures": figures, "evidence": (evidence,), "planner": "rules"}
    return Answer.model_validate(known | changes)


def judged(answer: Answer, truth: Sequence[TrueFigure] = TRUTH) -> Verdict:
    return grade(CASE, Played(answer=answer), truth)


def changed(name: str, value: str, unit: str = "USD") -> tuple[tuple[str, str, str], ...]:
    return tuple((n, value, unit) if n == name else (n, v, u) for n, v, u in STATED)


def test_a_true_answer_passes() -> None:
    assert judged(answer_of()) == Verdict(passed=True)


def test_a_wrong_value_is_caught_and_counted() -> None:
    found = judged(answer_of(changed("Oracle", "2.01"), TEXT.replace("2.00", "2.01")))
    assert not found.passed
    assert found.wrong_figures == 1
    assert found.reasons == ("lacks 2.00 USD for `Oracle`", "states USD 2.01, which is not true there")


def test_a_missing_value_is_caught_and_is_no_wrong_figure() -> None:
    text = TEXT.replace("Total: USD 20.00.", "")
    found = judged(answer_of(tuple(one for one in STATED if one[0] != "total"), text))
    assert (found.passed, found.reasons, found.wrong_figures) == (False, ("lacks 20 USD",), 0)


def test_a_wrong_unit_is_caught() -> None:
    found = judged(answer_of(changed("total", "20.00", "EUR"), TEXT.replace("Total: USD", "Total: EUR")))
    assert "lacks 20 USD" in found.reasons
    assert "states EUR 20.00, which is not true there" in found.reasons


def test_values_of_two_subjects_that_are_swapped_are_caught() -> None:
    text = TEXT.replace("AWS: USD 18.00 (90.00 %)", "Oracle: USD 18.00 (90.00 %)", 1).replace(
        "Oracle: USD 2.00", "AWS: USD 2.00"
    )
    found = judged(answer_of(text=text))
    assert "lacks 18.00 USD for `AWS`" in found.reasons
    assert "states USD 18.00, which is not true there" in found.reasons


def test_a_share_that_is_no_quotient_of_its_own_value_is_caught() -> None:
    found = judged(answer_of(changed("AWS.share", "89.99", "%"), TEXT.replace("90.00 %", "89.99 %")))
    assert found.reasons == ("states 89.99 %, which is not true there",)


def test_a_share_of_another_line_is_caught() -> None:
    text = TEXT.replace("(90.00 %)", "(x)").replace("(10.00 %)", "(90.00 %)").replace("(x)", "(10.00 %)")
    assert judged(answer_of(text=text)).wrong_figures == 2


def test_an_amount_in_the_text_that_is_no_figure_is_caught() -> None:
    found = judged(answer_of(text=TEXT + " That is USD 3.00 or 15 % more."))
    assert found.reasons == ("`USD 3.00` is bound to nothing", "`15 %` is bound to nothing")
    assert found.wrong_figures == 2


@pytest.mark.parametrize(
    "words", [" Of 7 services.", " On 31 days.", " The top 3.", " In 4 of 9 months.", " Some 2,000 rows."]
)
def test_a_number_without_a_unit_that_is_no_figure_is_caught(words: str) -> None:
    assert "is bound to nothing" in " ".join(judged(answer_of(text=TEXT + words)).reasons)


@pytest.mark.parametrize(
    "words", [" From 1 to 7 September 2024.", " In Q3 2024.", " In 2024.", " On 2024-09-03.", " See `lake-12-3`."]
)
def test_dates_and_quoted_names_are_no_numbers(words: str) -> None:
    assert judged(answer_of(text=TEXT + words)).reasons == ()


def test_a_figure_without_evidence_is_caught() -> None:
    assert "figure `USD 18.00` has no evidence" in judged(answer_of(evidence=())).reasons


def test_a_figure_that_its_evidence_does_not_hold_is_caught() -> None:
    other = evidence_of(changed("total", "21.00"))
    stated = tuple(one.model_copy(update={"evidence": other.id}) for one in answer_of().figures)
    found = judged(answer_of(figures=stated, evidence=(other,)))
    assert found.reasons == ("figure `USD 20.00` is not `total` of its evidence",)


def test_evidence_that_was_changed_is_caught() -> None:
    broken = answer_of().evidence[0].model_copy(update={"rows_read": 4})
    assert "the evidence of `USD 20.00` is not as it was sealed" in judged(answer_of(evidence=(broken,))).reasons


def test_a_figure_that_is_not_in_the_text_is_caught() -> None:
    assert "figure `USD 20.00` is not in the text" in judged(answer_of(text=TEXT.replace("USD 20.00", "much"))).reasons


def test_words_come_after_figures() -> None:
    text = TEXT.replace("September 2024", "May").replace("Total: USD 20.00.", "")
    found = judged(answer_of(tuple(one for one in STATED if one[0] != "total"), text))
    assert found.reasons == ("lacks 20 USD", "does not say `September`")


def test_an_optional_figure_need_not_be_stated_and_may_be() -> None:
    optional = (*TRUTH[:2], TRUTH[2].model_copy(update={"must": False}))
    without = answer_of(tuple(one for one in STATED if one[0] != "total"), TEXT.replace("Total: USD 20.00.", ""))
    assert judged(without, optional).passed
    assert judged(answer_of(), optional).passed


@pytest.mark.parametrize(("within", "passes"), [("0", False), ("1", True)])
def test_an_estimate_may_be_off_by_as_much_as_the_case_says(within: str, passes: bool) -> None:  # noqa: FBT001
    truth = (TrueFigure(value=Decimal("19.9"), unit="USD"),)
    only = answer_of((("total", "20.00", "USD"),), "USD 20.00")
    assert (not list(figure_faults(only, truth, within=Decimal(within)))) == passes


def test_a_figure_beside_the_truth_is_graded() -> None:
    assert "states USD 2.00, which is not true there" in list(figure_faults(answer_of(), TRUTH[:1]))


def test_a_share_that_is_the_quotient_of_two_groups_is_caught() -> None:
    # Of AWS in Oracle, not in the total.
    found = judged(answer_of(changed("Oracle.share", "11.11", "%"), TEXT.replace("10.00 %", "11.11 %")))
    assert found.reasons == ("states 11.11 %, which is not true there",)


def test_a_refusal_is_no_answer_and_an_answer_no_refusal() -> None:
    refusal = RefusalCase(kind="refusal", id="r", estate="sample", ask=("hm?",), says=("try",))
    refused = Played(error="not understood; try another", exit_code=2)
    assert grade(refusal, refused).passed
    assert not grade(refusal, Played(answer=answer_of())).passed
    assert not grade(refusal, refused.model_copy(update={"exit_code": 1})).passed
    assert not grade(refusal, refused.model_copy(update={"error": "no"})).passed
    assert grade(CASE, refused, TRUTH).reasons[0].startswith("gave no answer")


PARAPHRASE = Paraphrase(
    kind="paraphrase", id="p", estate="sample", ask=("how much?",), expect="figure", truth="select 1, 'USD'"
)


@pytest.mark.parametrize(("exit_code", "understood"), [(2, "asked_back"), (1, "failed"), (0, "failed")])
def test_only_bad_input_is_asking_back(exit_code: Literal[0, 1, 2], understood: str) -> None:
    found = grade(PARAPHRASE, Played(error="the disk is full", exit_code=exit_code), TRUTH)
    assert (found.understood, found.passed) == (understood, exit_code == 2)
    assert found.reasons == (() if exit_code == 2 else ("failed instead of asking back: the disk is full",))


def test_where_asking_back_is_right_a_fault_is_not() -> None:
    vague = Paraphrase(kind="paraphrase", id="p", estate="sample", ask=("cost?",), expect="clarify")
    assert grade(vague, Played(error="which month?", exit_code=2)).understood == "correct"
    assert not grade(vague, Played(error="the disk is full", exit_code=1)).passed


def test_an_answer_whose_amount_is_no_figure_is_no_question_back() -> None:
    found = grade(PARAPHRASE, Played(answer=answer_of((), "It came to USD 20.00.")), TRUTH)
    assert (found.understood, found.wrong_figures > 0) == ("wrong", True)
