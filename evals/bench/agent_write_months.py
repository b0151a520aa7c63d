"""Answers about cost by month. Nothing here knows how answers are judged."""
# A template's name says what it writes, and a sentence is read on one line.
# ruff: noqa: D103, E501

from decimal import Decimal

from evals.bench.agent_pen import Pen, Unfit
from evals.bench.agent_scenes import Row
from evals.bench.agent_words import true_move, value, wrong_move


def _line(pen: Pen) -> tuple[str, list[Row]]:
    names = sorted({r.name for r in pen.scene.rows})
    lines = [(n, [r for r in pen.scene.rows if r.name == n and abs(value(pen, r)) > 20]) for n in names]
    full = [(n, line) for n, line in lines if len(line) >= 3]
    if not full:
        raise Unfit
    return pen.dice.choice(full)


def _percent(pen: Pen, was: Row, now: Row) -> Decimal:
    return (value(pen, now) / value(pen, was) - 1) * 100


def two_months(pen: Pen) -> str:
    name, line = _line(pen)
    a, b = pen.dice.sample(line, 2)
    others = [r for r in pen.scene.rows if r.name != name]
    same = [r for r in others if r.period == a.period], [r for r in others if r.period == b.period]
    return (f"{name} cost {pen.fig(a, others=same[0])} {pen.when(a.period)} and {pen.fig(b, others=same[1])} "
            f"{pen.when(b.period)}.")  # fmt: skip


def over_the_months(pen: Pen) -> str:
    name, line = _line(pen)
    percent = _percent(pen, line[0], line[-1])
    if abs(percent) < Decimal("0.4") or Decimal("0.4") <= abs(percent) < 1:
        raise Unfit
    true = true_move(percent, ("rose", "grew", "climbed"), ("fell", "dropped", "declined"), pen)
    # With another month it could be true by chance.
    first, last = (r.period.label() if r.period else "" for r in (line[0], line[-1]))
    return f"From {first} to {last} {name} {pen.word(true, *wrong_move(percent))}."


def from_to_months(pen: Pen) -> str:
    name, line = _line(pen)
    others = [r for r in pen.scene.rows if r.name != name]
    ends = [[r for r in others if r.period == one.period] for one in (line[0], line[-1])]
    return (f"{name} went from {pen.fig(line[0], others=ends[0])} {pen.when(line[0].period)} to {pen.fig(line[-1], others=ends[1])} "
            f"{pen.when(line[-1].period)}.")  # fmt: skip


def dearer_than_month(pen: Pen) -> str:
    name, line = _line(pen)
    a, b = line[1], line[0]
    if abs(_percent(pen, b, a)) < 1:
        raise Unfit
    words = ("more", "less") if value(pen, a) > value(pen, b) else ("less", "more")
    others = [r for r in pen.scene.rows if r.name != name and r.period == a.period]
    return f"{pen.one_of('With', 'At')} {pen.fig(a, others=others)} {pen.when(a.period)}, {name} cost {pen.word(*words)} than {pen.when(b.period)}."


def listed_months(pen: Pen) -> str:
    name, line = _line(pen)
    others = [r for r in pen.scene.rows if r.name != name]
    lines = [
        f"- {pen.when(r.period, lead=False)}: {pen.fig(r, others=[o for o in others if o.period == r.period])}"
        for r in line
    ]
    return "\n".join([f"Monthly cost of {name}:", *lines])
