"""Grading: figures against the truth, decisions and end states before wording."""

from decimal import Decimal

from agent.answer import Answer, BoundFigure
from evals.case import QuestionCase
from evals.truth import Expected
from finops.query import Frozen


class Verdict(Frozen):
    """What came of one case. `wrong_figures` counts figures stated that the truth does not hold."""

    passed: bool
    reasons: tuple[str, ...] = ()
    wrong_figures: int = 0


def _pairs(figures: tuple[BoundFigure, ...]) -> set[tuple[Decimal, str]]:
    return {(Decimal(figure.value), figure.unit) for figure in figures}


def missing_words(text: str, words: tuple[str, ...]) -> list[str]:
    """Return a reason for each of `words` that `text` lacks, case-blind."""
    return [f"does not say `{word}`" for word in words if word.lower() not in text.lower()]


def grade_question(case: QuestionCase, answer: Answer, truth: Expected) -> Verdict:
    """Pass when every true figure is stated, written out in the text, and no other figure of a unit that is graded."""
    stated = _pairs(answer.figures)
    reasons = [f"lacks {value} {unit}" for value, unit in sorted(truth - stated, key=str)]
    wrong = {(value, unit) for value, unit in stated - truth if unit not in case.derived}
    reasons += [f"states {value} {unit}, which is not true" for value, unit in sorted(wrong, key=str)]
    reasons += [
        f"figure `{figure.text}` is not in the text" for figure in answer.figures if figure.text not in answer.answer
    ]
    reasons += [
        f"figure `{figure.text}` has no evidence"
        for figure in answer.figures
        if figure.evidence not in {evidence.id for evidence in answer.evidence}
    ]
    reasons += missing_words(answer.answer, case.says)
    return Verdict(passed=not reasons, reasons=tuple(reasons), wrong_figures=len(wrong))
