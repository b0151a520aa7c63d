"""Words that are true of figures, and words that are false of them by a clear margin. Nothing here knows how answers are judged."""
# ruff: noqa: D103

from decimal import Decimal

from evals.bench.agent_pen import Pen, Unfit
from evals.bench.agent_scenes import Row

NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")


def pick(pen: Pen, count: int = 1, *, changed: bool = False) -> list[Row]:
    rows = [r for r in pen.scene.rows if abs(pen.scene.figure(r.figure).value) > 20]
    if changed:
        rows = [r for r in rows if pen.scene.has(f"{r.figure}.change_percent") and abs(value(pen, r, "change")) > 2]
    if len(rows) < count:
        raise Unfit
    return pen.dice.sample(rows, count)


def value(pen: Pen, row: Row, ending: str = "") -> Decimal:
    return pen.scene.figure(row.figure + (f".{ending}" if ending else "")).value


def whole(pen: Pen) -> Row:
    return Row("total", "total")


def noun(pen: Pen, *, many: bool = False) -> str:
    noun = pen.scene.noun
    return noun if not many else f"{noun[:-1]}ies" if noun.endswith("y") else f"{noun}s"


def wrong_move(percent: Decimal) -> list[str]:
    """Return words of movement that are false of a change by so many percent, by a clear margin."""
    ratio = 1 + percent / 100
    wrong = ["was unchanged", "stayed flat"] if abs(percent) > 2 else []
    wrong += ["fell"] if percent > 0 else ["rose"]
    for word, low, high in (
        ("doubled", 1.7, 2.3),
        ("tripled", 2.5, 3.5),
        ("halved", 0.4, 0.6),
        ("more than doubled", 1.8, 4),
    ):
        wrong += [word] if not Decimal(str(low)) < ratio < Decimal(str(high)) else []
    return wrong


def true_move(percent: Decimal, up: tuple[str, ...], down: tuple[str, ...], pen: Pen) -> str:
    ratio = 1 + percent / 100
    for word, low, high in (("doubled", 1.92, 2.08), ("tripled", 2.88, 3.12), ("halved", 0.48, 0.52), ("nearly doubled", 1.87, 1.99),
                            ("more than doubled", 2.1, 2.9)):  # fmt: skip
        if Decimal(str(low)) <= ratio <= Decimal(str(high)):
            return word
    if abs(percent) < Decimal("0.4"):
        return pen.one_of("was unchanged", "stayed flat", "was stable")
    return pen.one_of(*(up if percent > 0 else down))


def share_words(share: Decimal) -> tuple[str, tuple[str, ...]]:
    """Return true words of a share, and false ones."""
    said = (
        ("nearly all of", share >= 96), ("most of", share > 52), ("the majority of", share > 52), ("over half of", 51 < share < 60),
        ("about half of", 47 <= share <= 53), ("about a third of", 30 <= share <= 36), ("about a quarter of", 22 <= share <= 28),
        ("less than half of", 38 < share < 49), ("less than a quarter of", 12 < share < 24), ("about a tenth of", 8 <= share <= 12),
        ("almost none of", 0 <= share < 4), ("a minority of", share < 45),
    )  # fmt: skip
    true = [word for word, holds in said if holds]
    far = (
        ("nearly all of", 0, 85), ("most of", 0, 45), ("the majority of", 0, 45), ("half of", 0, 40), ("a third of", 0, 25),
        ("a third of", 45, 101), ("a quarter of", 0, 15), ("a quarter of", 35, 101), ("almost none of", 12, 101), ("two thirds of", 0, 55),
    )  # fmt: skip
    return (true[0] if true else ""), tuple(word for word, low, high in far if low <= share < high)


def all_named(pen: Pen) -> None:
    """Ranks and counts are of all groups: a group without a name that can be written would be among them."""
    item = pen.scene.evidence["E1"]
    listed = item.result["rows"]
    if not isinstance(listed, list) or len(listed) != len(pen.scene.rows):
        raise Unfit
