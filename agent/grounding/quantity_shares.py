"""Words of portion and comparison against the evidence: half of, most of, twice as much as, more than.

Tolerances: a fraction may be 2 points off (5 with `about`, up to 5 short with `nearly`); `most` is more than 50 %, `nearly all` 95 % or
more, `almost none` 5 % or less, `all of` 99.95 % or more, a minority less than 50 %.
"""

import re
from collections.abc import Callable, Iterator
from decimal import Decimal

from agent.grounding import quantity_words as words
from agent.grounding.facts import Ranking
from agent.grounding.kinds import kind_of
from agent.grounding.quantity_moves import denies, judge, near
from agent.grounding.reader import Reader
from finops.evidence import Figure

# What dwarfs another is so many times as much at least.
_DWARFED = Decimal("1.5")
_UNCHECKED = "has no figure to be checked against; leave it out, or ask a tool for the share"


def fraction(reader: Reader, match: re.Match[str]) -> str:
    """Judge `half of`, `about a third of`, `more than a quarter of`."""
    wanted = Decimal(str(words.FRACTIONS[match["fraction"].lower()]))
    hedge = (match["hedge"] or "").lower()

    def holds(share: Decimal) -> bool:
        off = share - wanted
        if hedge.endswith(("more than", "over", "above", "at least")):
            return 0 < off < 15
        if hedge.endswith(("less than", "under", "below", "at most")) and hedge != "just under":
            return -15 < off < 0
        if hedge in ("nearly", "almost", "close to", "just under"):
            return -5 <= off < 1
        return abs(off) <= (5 if hedge else 2)

    # `a tenth of AWS` is said of two groups, `a tenth of the bill` of one.
    if pairs := list(_pairs(reader, match, next_to=True)):
        ratios = [a / b for a, b in pairs if b > 0]
        return "" if any(near(ratio, wanted / 100, hedge) for ratio in ratios) else _off(pairs)
    return _share(reader, match, holds)


def portion(reader: Reader, match: re.Match[str]) -> str:
    """Judge `most of`, `nearly all`, `almost none`."""
    said = match["portion"].lower()
    if said.startswith(("none", "no part")):
        return _share(reader, match, lambda share: abs(share) < Decimal("0.05"))
    if "none" in said or "hardly" in said:
        return _share(reader, match, lambda share: abs(share) <= 5)
    if "minority" in said:
        return _share(reader, match, lambda share: share < 50)
    if said.startswith(("all", "the whole", "the entirety")):
        return _share(reader, match, lambda share: share >= Decimal("99.95"))
    least = 95 if any(word in said for word in (" all", " whole", " entire", "everything")) else 50
    return _share(reader, match, lambda share: share >= least if least == 95 else share > least)


def _share(reader: Reader, match: re.Match[str], holds: Callable[[Decimal], bool]) -> str:
    found = reader.shares_at(match.span())
    if not found:
        return _UNCHECKED
    if any(holds(figure.value) for figure in found):
        return ""
    return f"does not fit the evidence: the share is {found[0].value.normalize():f} %"


def times(reader: Reader, match: re.Match[str]) -> str:
    """Judge `twice as much as Microsoft`, `half of what it was`."""
    said = match["twice"].lower()
    named = {"twice": 2, "double": 2, "thrice": 3, "half": Decimal("0.5")}
    wanted = Decimal(named[said] if said in named else words.FOLDS[said.split()[0]])
    hedge = match["hedge"] or ""
    pairs = list(_pairs(reader, match))
    if pairs:
        return "" if any(near(a / b if b > 0 else None, wanted, hedge) for a, b in pairs) else _off(pairs)
    found = reader.moves_at(match.span())
    return judge(found, lambda m: near(m.ratio, wanted, hedge), negated=False)


def than(reader: Reader, match: re.Match[str]) -> str:
    """Judge `more than Microsoft`, `cheaper than in August`, `more than expected`; `more than` an amount is judged with the amount."""
    rest = reader.page.plain[match.end() :]
    if re.match(
        r"\s+(?:half|a |one |two|three|four|five|doubled?|tripled|twice|[-$\u20ac\u00a3]?\d|[A-Z]{3} ?\d)", rest
    ):
        return ""  # a hedge of what follows
    if strange := [w for w in match["between"].split() if w.islower() and w.isalpha() and w not in words.COMPARED]:
        return f"is of `{strange[0]}`, of which no figure is; compare what was spent"
    sign = 1 if match["more"] else -1
    told = [b for b in reader.bound if b.start >= match.end()][:1]
    if told and reader.page.plain[match.end() : told[0].start].strip() in ("", "the", "its"):
        return _than_figure(reader, match, sign)
    pairs, denied = list(_pairs(reader, match)), denies(reader, match.start())
    if pairs:
        return "" if any((a - b) * sign > 0 for a, b in pairs) != denied else _off(pairs)
    end = reader.page.sentence(match.start())[1]
    expected = words.EXPECTED.search(reader.page.plain, match.end(), end) is not None
    found = [m for m in reader.moves_at(match.span()) if (m.way == "expected") == expected]
    return judge(found, lambda m: m.change * sign > 0, negated=denied)


def outdone(reader: Reader, match: re.Match[str]) -> str | None:
    """Judge `dwarfs AWS`, `trails AWS`, `ahead of AWS`; None where it compares no groups, as in `what is behind that`."""
    sign, least = 1 if match["more"] else -1, Decimal(1)
    if _is_passive(reader, match):
        sign = -sign
    if match[0].lower().startswith(("dwarf", "tower")):
        least = _DWARFED
    pairs, denied = list(_pairs(reader, match)), denies(reader, match.start())
    if pairs:
        holds = (a > b * least if sign > 0 else b > a * least for a, b in pairs)
        return "" if any(holds) != denied else _off(pairs)
    if match[0].lower().endswith(("behind", "ahead of")):
        return None
    return "has nothing in the evidence to be checked against; name the two that are compared, or leave it out"


def _is_passive(reader: Reader, match: re.Match[str]) -> bool:
    """Tell whether `outspent by AWS`, `dwarfed in May by AWS`: the group behind `by` does it, and none stands in between."""
    sentence, plain = reader.page.sentence(match.start()), reader.page.plain
    every = frozenset[str]().union(*reader.known.values())
    after = [at for at, _ in reader.page.spoken("", every, sentence) if at >= match.end()]
    return bool(after) and words.BY.search(plain[match.end() : after[0]]) is not None


def _than_figure(reader: Reader, match: re.Match[str], sign: int) -> str:
    """`more than {{before}}` compares with the period before; said of its own figure it is false, for that is exact."""
    told = next(b for b in reader.bound if b.start >= match.end())
    sentence = reader.page.sentence(match.start())
    others = [b for b in reader.bound if sentence[0] <= b.start < match.start() and b.figure.unit == told.figure.unit]
    others = [b for b in others if kind_of(b.figure, b.evidence) not in ("change", "share", "excess", "points")]
    if others:
        return "" if (others[-1].figure.value - told.figure.value) * sign > 0 else "is the wrong way round"
    found = [m for m in reader.moves_at(match.span()) if m.before == told.figure.value]
    return judge(found, lambda m: m.change * sign > 0, negated=False)


def _pairs(reader: Reader, match: re.Match[str], *, next_to: bool = False) -> Iterator[tuple[Decimal, Decimal]]:
    """Yield the values of the two groups that are compared: the last one named before the words, and the first one after.

    With `next_to`, the latter stands right behind the words.
    """
    sentence, text = reader.page.sentence(match.start()), reader.page.text
    for ranking in reader.rankings:
        if ranking.kind not in ("amount", "saving"):
            continue
        known = reader.known.get(ranking.dimension, frozenset())
        spoken = reader.page.spoken(ranking.dimension, known, sentence)
        before = [v for at, v in spoken if at < match.start()]
        after = [v for at, v in spoken if at >= match.end() and not (next_to and text[match.end() : at].strip())]
        if not before:
            before = [v for v in reader.said(match.span()) if not after or v != after[0]]
        if (
            before
            and after
            and (a := ranking.of(before[-1]))
            and (b := ranking.of(after[0]))
            and _fits(reader, match, ranking, a)
        ):
            yield a.value, b.value


def _fits(reader: Reader, match: re.Match[str], ranking: Ranking, figure: Figure) -> bool:
    definitions = reader.is_definition(match.span(), figure)
    return definitions and (ranking.evidence.tool == "detect_anomalies" or reader.is_in(match.span(), figure.period))


def _off(pairs: list[tuple[Decimal, Decimal]]) -> str:
    a, b = pairs[0]
    return f"does not fit the evidence: it is {a.normalize():f} beside {b.normalize():f}"
