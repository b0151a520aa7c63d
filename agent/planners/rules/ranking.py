"""Ranks and amounts to be above or below: `top 3`, `the five cheapest`, `most expensive month`, `over $1,000`."""

import re
from dataclasses import dataclass
from decimal import Decimal

from agent.planners.rules.lexicon import GRAINS, LARGEST, SMALLEST
from agent.planners.rules.reading import Movers, Shown
from agent.planners.rules.scan import Scan
from agent.planners.rules.vocabulary import Vocabulary
from finops.periods import Grain

_COSTLY = ("expensive", "costly", "pricey")
# What ranks by size without a number beside it: `which 4 regions cost the most`.
_LARGELY = ("most", "eating", "eats", "burning", "top", "largest")
_BETWEEN = 4
_DIGITS = 2
_MONEY = re.compile(r"(\$|€|£)?(\d[\d,]*(?:\.\d+)?)(k|m)?(\$|€|£)?")
_SCALE = {"k": 1_000, "m": 1_000_000}
_CURRENCY_WORDS = frozenset(["dollars", "dollar", "bucks", "usd", "eur", "euros", "gbp", "pounds", "quid"])
_LEAST: tuple[tuple[str, ...], ...] = (
    ("over",), ("above",), ("more", "than"), ("greater", "than"), ("at", "least"), ("exceeding",), ("higher", "than"), ("beyond",),
    ("north", "of"), (">",), (">=",),
)  # fmt: skip
_MOST: tuple[tuple[str, ...], ...] = (
    ("under",), ("below",), ("less", "than"), ("at", "most"), ("lower", "than"), ("up", "to"), ("fewer", "than"), ("<",), ("<=",),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Rank:
    """How many of the largest, or of the smallest, of groups or of buckets of time; `count` None is all of them in that order."""

    count: int | None
    smallest: bool = False
    grain: Grain | None = None


@dataclass(frozen=True, slots=True)
class Limits:
    """Amounts that a row must be above or below, in the bill's currency; None where there is none."""

    least: Decimal | None = None
    most: Decimal | None = None


def find_rank(scan: Scan, vocabulary: Vocabulary) -> Rank | None:
    """Find and take `top 3`, `the 5 largest`, `3 most expensive`, `cheapest region`, `most expensive day`, `which 3 teams ... the least`.

    What is said twice, `costliest services, top 3`, is one rank; one from above and one from below are not, and the second stays.
    """
    rank: Rank | None = None
    for at in range(len(scan.tokens)):
        if scan.free(at) and (found := _rank(scan, at, vocabulary)):
            end, one = found
            if scan.word(end) == "single" and scan.word(end + 1) in GRAINS:
                scan.take(end, end + 1)
                end += 1
            if scan.word(end) in GRAINS:
                one = Rank(one.count or _single(scan, end), one.smallest, GRAINS[scan.word(end)])
                end += 1
            elif grain := _bucket_before(scan, at):
                one = Rank(one.count or 1, one.smallest, grain)
            if rank and (rank.smallest != one.smallest or (rank.grain and one.grain and rank.grain != one.grain)):
                continue
            scan.take(at, end)
            # Of `the biggest` and `the top 3` the three say more: the biggest is among them.
            counts = [count for count in (rank.count if rank else None, one.count) if count]
            rank = Rank(max(counts, default=None), one.smallest, one.grain or (rank.grain if rank else None))
    return _counted(scan, vocabulary, rank or _of_buckets(scan))


def _of_buckets(scan: Scan) -> Rank | None:
    """`on which day did we spend the most`: the bucket stands apart from what ranks it."""
    said = {scan.word(at) for at in range(len(scan.tokens)) if scan.free(at)}
    if said.isdisjoint({"most", "least"}) or (grain := _bucket_before(scan, len(scan.tokens))) is None:
        return None
    return Rank(1, smallest="least" in said, grain=grain)


def _counted(scan: Scan, vocabulary: Vocabulary, rank: Rank | None) -> Rank | None:
    """Take a number that stands apart from its rank, `which 4 regions cost the most`, and `the least` that ranks from below."""
    place = next((at for at in range(len(scan.tokens)) if _counts_things(scan, at, vocabulary)), None)
    least = [at for at in range(len(scan.tokens)) if scan.has(at, ("least",)) and scan.word(at - 1) not in ("at",)]
    if least and (rank is None or rank.smallest):
        scan.take(least[0], least[0] + 1)
        rank = Rank(rank.count if rank else None, smallest=True, grain=rank.grain if rank else None)
    if place is None:
        return rank
    if rank is None and any(scan.word(at) in _LARGELY for at in range(len(scan.tokens))):
        rank = Rank(None)
    if rank is None or rank.count not in (None, 1):
        return rank
    scan.take(place, place + 1)
    bucket = scan.word(place + 1)
    grain = GRAINS[bucket] if bucket in GRAINS and rank.grain is None and scan.free(place + 1) else rank.grain
    if grain and grain != rank.grain:
        scan.take(place + 1, place + 2)
    return Rank(int(scan.word(place)), rank.smallest, grain)


def _counts_things(scan: Scan, at: int, vocabulary: Vocabulary) -> bool:
    """Tell whether a number counts what is listed: `which 3`, `3 teams`, `the 3 buckets`; not `7 days`, which is a period."""
    word = scan.word(at)
    if not (scan.free(at) and is_small(word) and len(word) <= _DIGITS):
        return False
    for start in range(at + 1, min(at + _BETWEEN, len(scan.tokens))):
        hit = scan.longest(start, vocabulary.dimension_words)
        if hit:
            return tuple(scan.word(n) for n in range(start, hit[0])) in vocabulary.plurals
        length = vocabulary.value_at(scan, start)
        if not length:
            break
        if scan.word(start + length - 1).endswith("s"):
            return True
    return scan.word(at - 1) in ("which", "what") and scan.word(at + 1) not in GRAINS


def _rank(scan: Scan, at: int, vocabulary: Vocabulary) -> tuple[int, Rank] | None:
    word, after = scan.word(at), scan.word(at + 1)
    smallest = word in SMALLEST
    if (smallest and after == "first") or (word == "ascending" and after == "order"):
        return at + 2, Rank(None, smallest=True)
    if word == "top" or word in LARGEST or smallest:
        if is_small(after):
            return at + 2, Rank(int(after), smallest)
        return at + 1, Rank(_one(scan, at + 1, vocabulary), smallest)
    if word in ("most", "least") and after in _COSTLY:
        count = scan.word(at + 2)
        if is_small(count):
            return at + 3, Rank(int(count), word == "least")
        return at + 2, Rank(_one(scan, at + 2, vocabulary), word == "least")
    if is_small(word) and (after in LARGEST or after in SMALLEST):
        return at + 2, Rank(int(word), after in SMALLEST)
    if is_small(word) and after in ("most", "least") and scan.word(at + 2) in _COSTLY:
        return at + 3, Rank(int(word), after == "least")
    return None


def _one(scan: Scan, at: int, vocabulary: Vocabulary) -> int | None:
    """`the biggest service` is one; `the biggest services` are all of them, by size."""
    hit = scan.longest(at, vocabulary.dimension_words)
    return 1 if hit and tuple(scan.word(n) for n in range(at, hit[0])) not in vocabulary.plurals else None


def _single(scan: Scan, at: int) -> int | None:
    return None if scan.word(at).endswith("s") else 1


def _bucket_before(scan: Scan, at: int) -> Grain | None:
    """`which month was the most expensive`: the bucket that is ranked stands before."""
    for start in range(at):
        if (
            scan.word(start) in ("which", "what")
            and scan.free(start)
            and scan.word(start + 1) in GRAINS
            and scan.free(start + 1)
        ):
            grain = GRAINS[scan.word(start + 1)]
            scan.take(start, start + 2)
            return grain
    return None


def find_limits(scan: Scan) -> Limits:
    """Find and take `over $1,000`, `less than 500 dollars`, `between 500 and 2000 dollars`; bare counts of things are left alone."""
    limits = Limits()
    for at in range(len(scan.tokens)):
        if between := _between(scan, at):
            return between
        for phrases, above in ((_LEAST, True), (_MOST, False)):
            if (length := scan.phrase(at, phrases)) and (found := _amount(scan, at + length)):
                scan.take(at, found[0])
                limits = Limits(found[1], limits.most) if above else Limits(limits.least, found[1])
    return limits


def _between(scan: Scan, at: int) -> Limits | None:
    low = _amount(scan, at + 1) if scan.has(at, ("between",)) else None
    high = _amount(scan, low[0] + 1) if low and scan.word(low[0]) in ("and", "to") else None
    if low is None or high is None:
        return None
    scan.take(at, high[0])
    return Limits(low[1], high[1])


def _amount(scan: Scan, at: int) -> tuple[int, Decimal] | None:
    """Return the end and the value of an amount of money; a bare number needs a currency beside it, or three digits."""
    match = _MONEY.fullmatch(scan.word(at)) if scan.free(at) else None
    if match is None:
        return None
    named = scan.word(at + 1) in _CURRENCY_WORDS
    digits = match[2].replace(",", "")
    year = len(digits) == 4 and digits.startswith("20")
    if not (match[1] or match[4] or match[3] or named or (len(digits) >= 3 and not year)) or scan.word(at + 1) in (
        "days",
        "hours",
        "weeks",
        "months",
    ):
        return None
    return at + (2 if named else 1), Decimal(digits) * _SCALE.get(match[3] or "", 1)


def shown_of(movers: Movers, rank: Rank | None, limits: Limits) -> Shown:
    """Return which rows are told."""
    return Shown(
        movers=movers, least=limits.least, most=limits.most, smallest=bool(rank and rank.smallest),
        buckets=bool(rank and rank.grain), ranked=rank is not None,
    )  # fmt: skip


def is_small(word: str) -> bool:
    """Tell whether a word is a number of things to list."""
    return word.isdecimal() and 1 <= int(word) <= 1000
