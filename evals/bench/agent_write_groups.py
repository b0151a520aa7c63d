"""Answers about the groups of one period. Nothing here knows how answers are judged."""
# A template's name says what it writes, and a sentence is read on one line.
# ruff: noqa: D103, E501

from decimal import Decimal

from evals.bench.agent_pen import Pen, Unfit
from evals.bench.agent_scenes import Row
from evals.bench.agent_words import NUMBERS, all_named, noun, pick, share_words, value, whole


def cost_and_share(pen: Pen) -> str:
    (a,) = pick(pen)
    whole = pen.one_of("the total", "the bill", "all spending")
    return f"{a.name} cost {pen.fig(a)} {pen.when(pen.scene.period)}, which is {pen.fig(a, 'share')} of {whole}."


def largest_group(pen: Pen) -> str:
    rows = sorted(pen.scene.rows, key=lambda r: -value(pen, r))
    _top_is_named(pen, rows)
    if len(rows) < 3 or value(pen, rows[1]) - value(pen, rows[2]) < 5:
        raise Unfit
    at = pen.dice.randrange(2)
    word = pen.word(
        ("largest", "second largest")[at], ("second largest", "largest")[at], ("smallest", "third largest")[at]
    )
    return f"In {pen.when(pen.scene.period, lead=False)}, the {word} {noun(pen)} was {rows[at].name} with {pen.fig(rows[at])} ({pen.fig(rows[at], 'share')})."


def _top_is_named(pen: Pen, rows: list[Row]) -> None:
    listed = pen.scene.evidence["E1"].result["rows"]
    first = listed[:3] if isinstance(listed, list) else []
    names = [str(one["figure"]) for one in first if isinstance(one, dict) and not one["other"]]
    if names[:2] != [row.figure for row in rows[:2]] or value(pen, rows[0]) - value(pen, rows[1]) < 5:
        raise Unfit


def part_in_words(pen: Pen) -> str:
    (a,) = pick(pen)
    true, false = share_words(value(pen, a, "share"))
    if not true:
        raise Unfit
    verb = pen.one_of("makes up", "accounts for", "is")
    return f"{a.name} {verb} {pen.word(true, *false)} the bill {pen.when(pen.scene.period)}{pen.one_of('', f', with {pen.fig(a)}')}."


def out_of(pen: Pen) -> str:
    (a,) = pick(pen)
    return f"Of {pen.fig(whole(pen))} {pen.when(pen.scene.period)}, {a.name} took {pen.fig(a)}."


def more_than(pen: Pen) -> str:
    a, b = pick(pen, 2)
    if abs(value(pen, a) - value(pen, b)) < 5:
        raise Unfit
    words = ("more", "less") if value(pen, a) > value(pen, b) else ("less", "more")
    return f"{a.name} cost {pen.word(*words)} than {b.name} {pen.when(pen.scene.period)}: {pen.fig(a)} against {pen.fig(b)} for {b.name}."


def times_as_much(pen: Pen) -> str:
    a, b = pick(pen, 2)
    if min(value(pen, a), value(pen, b)) <= 0:
        raise Unfit  # half a credit is more or less of it, as one likes
    ratio = value(pen, a) / value(pen, b)
    true = next((word for word, low, high in (("twice as much as", 1.94, 2.06), ("about twice as much as", 1.86, 2.14),
                 ("three times as much as", 2.91, 3.09), ("half as much as", 0.485, 0.515), ("more than twice as much as", 2.05, 2.9),
                 ("less than half as much as", 0.3, 0.48)) if Decimal(str(low)) <= ratio <= Decimal(str(high))), "")  # fmt: skip
    false = [word for word, low, high in (("twice as much as", 1.8, 2.2), ("half as much as", 0.4, 0.6), ("three times as much as", 2.6, 3.4))
             if not Decimal(str(low)) <= ratio <= Decimal(str(high))]  # fmt: skip
    if not true:
        raise Unfit
    return f"{a.name} cost {pen.word(true, *false)} {b.name} {pen.when(pen.scene.period)}."


def listed_costs(pen: Pen) -> str:
    rows = pick(pen, 3)
    lines = [f"- {r.name}: {pen.fig(r)} ({pen.fig(r, 'share')})" for r in rows]
    if pen.scene.rest:
        lines.append(f"- The rest: {pen.fig(Row('other', pen.scene.rest))}")
    return "\n".join([f"Cost by {noun(pen)} {pen.when(pen.scene.period)}:", *lines])


def tabled_costs(pen: Pen) -> str:
    rows = pick(pen, 3)
    head = f"| {noun(pen).capitalize()} | Cost {pen.when(pen.scene.period)} | Share |\n|---|---|---|"
    return "\n".join([head, *(f"| {r.name} | {pen.fig(r)} | {pen.fig(r, 'share')} |" for r in rows)])


def counted_top(pen: Pen) -> str:
    rows = sorted(pen.scene.rows, key=lambda r: -value(pen, r))
    _top_is_named(pen, rows)
    listed = pen.scene.evidence["E1"].result["rows"]
    third = str(listed[2]["figure"]) if isinstance(listed, list) and isinstance(listed[2], dict) else ""
    if len(rows) < 4 or third != rows[2].figure or value(pen, rows[2]) - value(pen, rows[3]) < 5:
        raise Unfit
    count = pen.word("three", "five", "seven")
    return (f"The {count} {noun(pen, many=True)} that cost the most {pen.when(pen.scene.period)} are {rows[0].name} ({pen.fig(rows[0])}), "
            f"{rows[1].name} ({pen.fig(rows[1])}) and {rows[2].name} ({pen.fig(rows[2])}).")  # fmt: skip


def how_many_groups(pen: Pen) -> str:
    all_named(pen)
    count = len(pen.scene.rows)
    if pen.scene.rest or not 3 <= count <= 11:
        raise Unfit
    said = pen.word(NUMBERS[count], NUMBERS[count - 1], NUMBERS[count + 1])
    return f"The bill has {said} {noun(pen, many=True)} {pen.when(pen.scene.period)}, which come to {pen.fig(whole(pen))} in total."


def round_about(pen: Pen) -> str:
    (a,) = pick(pen)
    cost = value(pen, a)
    if cost < 300:
        raise Unfit
    step = Decimal(1).scaleb(cost.adjusted() - 1)
    rounded = (cost / step).to_integral_value() * step
    wrong = rounded * pen.dice.choice((Decimal("1.4"), Decimal("0.6")))
    names = [
        f"about USD {rounded:,.0f}",
        f"over USD {(cost // step) * step:,.0f}",
        f"at least USD {(cost // step) * step:,.0f}",
    ]
    at = pen.dice.randrange(3)
    if cost == (cost // step) * step:
        raise Unfit
    false = [
        f"about USD {wrong:,.0f}",
        f"over USD {cost * Decimal('1.2'):,.0f}",
        f"under USD {(cost // step) * step:,.0f}",
    ]
    return f"{a.name} cost {pen.word(names[at], *false)} {pen.when(pen.scene.period)}."


def two_shares(pen: Pen) -> str:
    a, b = pick(pen, 2)
    return f"{a.name} had a share of {pen.fig(a, 'share')} {pen.when(pen.scene.period)}; {b.name} had {pen.fig(b, 'share')}."


def total_and_one(pen: Pen) -> str:
    (a,) = pick(pen)
    return f"The bill {pen.when(pen.scene.period)} came to {pen.fig(whole(pen))}; {a.name} alone was {pen.fig(a)}."


def it_cost(pen: Pen) -> str:
    (a,) = pick(pen)
    intro = pen.one_of("stands out", "is worth a look", "is one of them")
    return f"{a.name} {intro} {pen.when(pen.scene.period)}. It cost {pen.fig(a)}, or {pen.fig(a, 'share')} of the bill."


def without_credits(pen: Pen) -> str:
    rows = [r for r in pen.scene.rows if pen.scene.has(f"{r.figure}.credits")]
    if not rows:
        raise Unfit
    a = pen.dice.choice(rows)
    others = [r for r in pen.scene.rows if pen.scene.has(f"{r.figure}.credits")]
    return (f"{a.name} cost {pen.fig(a)} net {pen.when(pen.scene.period)}; gross it was {pen.fig(a, 'gross', others=others)}, before credits of "
            f"{pen.fig(a, 'credits', others=others)}.")  # fmt: skip


def filtered_total(pen: Pen) -> str:
    (a,) = pen.scene.rows
    return f"{pen.one_of('The bill of ', 'What was spent on ', 'Cost of ')}{a.name} {pen.when(pen.scene.period)}: {pen.fig(a)}."


def filtered_rows(pen: Pen) -> str:
    (a,) = pen.scene.rows
    return (
        f"In {pen.when(pen.scene.period, lead=False)} {a.name} cost {pen.fig(a)} over {pen.fig(Row('rows', 'rows'))}."
    )
