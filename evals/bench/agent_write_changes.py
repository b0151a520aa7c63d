"""Answers about two periods side by side. Nothing here knows how answers are judged."""
# A template's name says what it writes, and a sentence is read on one line.
# ruff: noqa: D103, E501

from decimal import Decimal

from evals.bench.agent_pen import Pen, Unfit
from evals.bench.agent_scenes import Row
from evals.bench.agent_words import NUMBERS, all_named, noun, pick, true_move, value, whole, wrong_move


def _changes(pen: Pen) -> tuple[Row, Decimal, Decimal]:
    (a,) = pick(pen, changed=True)
    return a, value(pen, a, "change"), value(pen, a, "change_percent")


def cost_and_change(pen: Pen) -> str:
    a, change, _ = _changes(pen)
    way = ("up", "down") if change > 0 else ("down", "up")
    said = pen.fig(a, "change_percent", falls=change < 0)
    if pen.lies_here("sign or unit", "the other way"):
        way = way[::-1]
    return (f"{a.name} cost {pen.fig(a)} {pen.when(pen.scene.period)}, {way[0]} {said} from {pen.fig(a, 'compare')} "
            f"{pen.when(pen.scene.before)}.")  # fmt: skip


def moved_by(pen: Pen) -> str:
    a, change, _ = _changes(pen)
    return (f"{pen.one_of('Spending on', 'The cost of', 'Cost for')} {a.name} {pen.moved(change)} by {pen.fig(a, 'change', falls=change < 0)} "
            f"({pen.fig(a, 'change_percent')}) {pen.one_of('from', 'between')} {pen.when(pen.scene.before, lead=False)} "
            f"to {pen.when(pen.scene.period, lead=False)}.").replace("between", "from")  # fmt: skip


def went_from_to(pen: Pen) -> str:
    (a,) = pick(pen, changed=True)
    return (f"Between {pen.when(pen.scene.before, lead=False)} and {pen.when(pen.scene.period, lead=False)}, {a.name} went from "
            f"{pen.fig(a, 'compare')} to {pen.fig(a)}.")  # fmt: skip


def against(pen: Pen) -> str:
    a, _, _ = _changes(pen)
    return (f"{a.name}: {pen.fig(a)} {pen.when(pen.scene.period)} against {pen.fig(a, 'compare')} {pen.when(pen.scene.before)}; "
            f"the change is {pen.fig(a, 'change')}.")  # fmt: skip


def moved_in_words(pen: Pen) -> str:
    a, _, percent = _changes(pen)
    true = true_move(
        percent, ("rose", "grew", "increased", "climbed"), ("fell", "dropped", "decreased", "declined"), pen
    )
    return f"{a.name} {pen.word(true, *wrong_move(percent))} {pen.when(pen.scene.period)}{pen.one_of('', f', to {pen.fig(a)}')}."


def two_moved(pen: Pen) -> str:
    a, b = pick(pen, 2, changed=True)
    x, y = value(pen, a, "change"), value(pen, b, "change")
    return (f"In {pen.when(pen.scene.period, lead=False)} {a.name} {pen.moved(x)} by "
            f"{pen.fig(a, 'change_percent', falls=x < 0)}, while {b.name} {pen.moved(y)} by {pen.fig(b, 'change', falls=y < 0)}.")  # fmt: skip


def largest_rise(pen: Pen) -> str:
    rows = [r for r in pen.scene.rows if pen.scene.has(f"{r.figure}.change")]
    every = sorted(rows, key=lambda r: -value(pen, r, "change"))
    if (
        len(every) < 3
        or value(pen, every[0], "change") <= 5
        or value(pen, every[0], "change") == value(pen, every[1], "change")
    ):
        raise Unfit
    top = every[0]
    all_named(pen)
    # What rose most in percent could be called the largest rise too.
    percent = max(
        (r for r in rows if pen.scene.has(f"{r.figure}.change_percent")), key=lambda r: value(pen, r, "change_percent")
    )
    name = pen.word(top.name, *(row.name for row in every[1:] if row.name != percent.name))
    if name != top.name:
        return f"The largest rise {pen.when(pen.scene.period)} was that of {name}."
    return f"The largest rise {pen.when(pen.scene.period)} was that of {name}, which added {pen.fig(top, 'change')}."


def how_many_moved(pen: Pen) -> str:
    all_named(pen)
    changes = [value(pen, r, "change") for r in pen.scene.rows if pen.scene.has(f"{r.figure}.change")]
    if len(changes) != len(pen.scene.rows) or not 3 <= len(changes) <= 12 or pen.scene.rest:
        raise Unfit
    up = pen.dice.random() < 0.5
    count = sum(1 for change in changes if (change > 0 if up else change < 0))
    if count < 2:
        raise Unfit
    wrong = [NUMBERS[n] for n in (count - 1, count + 1, count + 2) if 2 <= n <= 12 and n != count]
    said = pen.word(NUMBERS[count], *wrong)
    return (f"{said.capitalize()} of the {NUMBERS[len(changes)]} {noun(pen, many=True)} {'rose' if up else 'fell'} "
            f"{pen.when(pen.scene.period)}.")  # fmt: skip


def total_moved(pen: Pen) -> str:
    total = whole(pen)
    change = value(pen, total, "change")
    return (f"Overall, cost {pen.moved(change)} by {pen.fig(total, 'change', falls=change < 0)}, or "
            f"{pen.fig(total, 'change_percent', falls=change < 0)}, to {pen.fig(total)} {pen.when(pen.scene.period)}.")  # fmt: skip


def total_more_than(pen: Pen) -> str:
    total = whole(pen)
    more = value(pen, total, "change") > 0
    words = ("more", "less") if more else ("less", "more")
    return (f"The total was {pen.fig(total)} {pen.when(pen.scene.period)}, {pen.word(*words)} than the "
            f"{pen.fig(total, 'compare')} of {pen.when(pen.scene.before, lead=False)}.")  # fmt: skip


def listed_changes(pen: Pen) -> str:
    rows = pick(pen, 3, changed=True)
    lines = [f"- {r.name}: {pen.fig(r, 'change')} ({pen.fig(r, 'change_percent')})" for r in rows]
    head = f"Changes from {pen.when(pen.scene.before, lead=False)} to {pen.when(pen.scene.period, lead=False)}:"
    return "\n".join([head, *lines])


def it_moved(pen: Pen) -> str:
    a, change, _ = _changes(pen)
    return (f"{a.name} came to {pen.fig(a)} {pen.when(pen.scene.period)}. It {pen.moved(change)} by "
            f"{pen.fig(a, 'change', falls=change < 0)}, from {pen.fig(a, 'compare')} the month before.")  # fmt: skip
