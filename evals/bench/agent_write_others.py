"""Answers about anomalies, right-sizing and results of `calculate`. Nothing here knows how answers are judged."""
# A template's name says what it writes, and a sentence is read on one line.
# ruff: noqa: D103, E501

from evals.bench.agent_pen import Pen, Unfit
from evals.bench.agent_scenes import Row
from evals.bench.agent_words import NUMBERS, share_words, true_move, value, wrong_move


def ran_above(pen: Pen) -> str:
    a = _incident(pen)
    return (f"{a.name} cost {pen.fig(a, 'actual')} {pen.when(a.period)}, {pen.fig(a)} more than the {pen.fig(a, 'expected')} that was "
            f"expected.")  # fmt: skip


def excess_of(pen: Pen) -> str:
    a = _incident(pen)
    return f"On {pen.when(a.period, lead=False)} {a.name} showed an excess of {pen.fig(a)} over the expected {pen.fig(a, 'expected')}."


def _incident(pen: Pen) -> Row:
    rows = [r for r in pen.scene.rows if pen.scene.has(f"{r.figure}.expected") and value(pen, r, "expected") > 20]
    if not rows:
        raise Unfit
    return pen.dice.choice(rows)


def multiple_of_expected(pen: Pen) -> str:
    a = _incident(pen)
    percent = value(pen, a) / value(pen, a, "expected") * 100
    true = true_move(percent, ("rose",), ("fell",), pen)
    return f"{a.name} {pen.word(true, *wrong_move(percent))} {pen.when(a.period)} against what was expected, an excess of {pen.fig(a)}."


def how_many_incidents(pen: Pen) -> str:
    count = int(pen.scene.figure("incidents").value)
    if not 2 <= count <= 11:
        raise Unfit
    said = pen.word(NUMBERS[count], NUMBERS[count - 1], NUMBERS[count + 1]).capitalize()
    rows = pen.scene.rows
    return f"{said} anomalies were found; the largest excess was {pen.fig(rows[0])} for {rows[0].name} {pen.when(rows[0].period)}."


def saves(pen: Pen) -> str:
    a = pen.dice.choice(pen.scene.rows)
    return f"Resizing {a.name} {pen.one_of('saves', 'would save')} {pen.fig(a, 'saving')} a month."


def would_go(pen: Pen) -> str:
    a = pen.dice.choice(pen.scene.rows)
    return f"{a.name} would go from {pen.fig(a, 'before')} to {pen.fig(a, 'after')}, saving {pen.fig(a, 'saving')}."


def largest_saving(pen: Pen) -> str:
    rows = sorted(pen.scene.rows, key=lambda r: -value(pen, r, "saving"))
    if value(pen, rows[0], "saving") - value(pen, rows[1], "saving") < 3:
        raise Unfit
    word = pen.word("largest", "smallest", "second largest")
    return f"In total {pen.fig(Row('saving', 'saving'))} could be saved; the {word} saving is {pen.fig(rows[0], 'saving')} for {rows[0].name}."


def looked_at(pen: Pen) -> str:
    return f"{pen.fig(Row('instances', 'instances'))} instances were looked at, and together they could save {pen.fig(Row('saving', 'saving'))}."


def share_of_total(pen: Pen) -> str:
    a = pen.scene.named["a"]
    result = Row(a.name, "result")
    true, false = share_words(pen.scene.figure("result", "E2").value)
    if not true or pen.dice.random() < 0.5:
        return f"{a.name} made up {pen.fig(result, alias='E2')} of the total {pen.when(pen.scene.period)}, that is {pen.fig(a)}."
    return f"{a.name} made up {pen.word(true, *false)} the total {pen.when(pen.scene.period)}, that is {pen.fig(a)}."


def more_by(pen: Pen) -> str:
    a, b = pen.scene.named["a"], pen.scene.named["b"]
    result = Row(a.name, "result")
    if pen.scene.figure("result", "E2").value <= 0:
        raise Unfit
    way = ("less", "more") if pen.lies_here("sign or unit", "the other way") else ("more", "less")
    return f"In {pen.when(pen.scene.period, lead=False)} {a.name} cost {pen.fig(result, alias='E2')} {way[0]} than {b.name}."


def calculated_growth(pen: Pen) -> str:
    a = pen.scene.named["a"]
    change = pen.scene.figure("result", "E3").value
    if abs(change) < 1:
        raise Unfit
    return (f"{a.name} {pen.moved(change)} by {pen.fig(Row(a.name, 'result'), alias='E3', falls=change < 0)} from "
            f"{pen.when(pen.scene.before, lead=False)} to {pen.when(pen.scene.period, lead=False)}, when it cost {pen.fig(a)}.")  # fmt: skip


def averaged(pen: Pen) -> str:
    a = pen.scene.named["a"]
    return (f"On average {a.name} cost {pen.fig(Row(a.name, 'result'), alias='E3')} in {pen.when(pen.scene.before, lead=False)} and "
            f"{pen.when(pen.scene.period, lead=False)}.")  # fmt: skip
