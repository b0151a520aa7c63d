"""Words of movement against the evidence: doubled, rose, fell, no change.

Tolerances: a multiple may be 5 % off (`doubled` is +90 % to +110 %), `nearly` up to 15 % short, `about` 15 % either way, `more than` and
`over` beyond it by less than one more of it; `no change`, `flat` and the like are less than 0.5 % either way; what
soared or plunged moved by 10 % at least, what crept by 10 % at most.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal

from agent.grounding import quantity_words as words
from agent.grounding.facts import Move
from agent.grounding.kinds import kind_of
from agent.grounding.names import Span
from agent.grounding.reader import Reader

FLAT_BELOW, STRONGLY = Decimal("0.5"), Decimal(10)
_UNCHECKED = "has no figure to be checked against; leave it out, or ask a tool for the change"
Holds = Callable[[Move], bool]


def near(ratio: Decimal | None, wanted: Decimal, hedge: str) -> bool:
    """Tell whether a ratio is what a multiple or fraction says, `hedge` being the word before it."""
    if ratio is None:
        return False
    off = ratio / wanted - 1
    match hedge.lower().split():
        case ["nearly" | "almost"] | ["close", "to"] | ["just", "under"]:
            return Decimal("-0.15") <= off < (Decimal(0) if hedge.lower() == "just under" else Decimal("0.02"))
        case ["about" | "around" | "roughly" | "approximately" | "some"]:
            return abs(off) <= Decimal("0.15")
        case [*_, "more", "than"] | [*_, "over"] | ["above"] | ["at", "least"]:
            return 0 < off < Decimal("0.5") if wanted >= 1 else 0 < off < 1
        case [*_, "less", "than"] | ["under" | "below"] | ["at", "most"]:
            return -Decimal("0.5") < off < 0
        case _:
            return abs(off) <= Decimal("0.05")


def judge(found: Sequence[Move], holds: Holds, *, negated: bool) -> str:
    """Say what is wrong with a word of which some moves must hold, of each group that is named; empty where nothing is."""
    if not found:
        return _UNCHECKED
    by_evidence: dict[str, dict[str, list[Move]]] = {}
    for move in found:
        by_evidence.setdefault(move.evidence.id, {}).setdefault(move.figure.subject, []).append(move)
    if any(all(any(map(holds, each)) != negated for each in groups.values()) for groups in by_evidence.values()):
        return ""
    move = found[0]
    if move.percent is None:
        return f"does not fit the evidence: the change is {move.change.normalize():f} {move.figure.unit}"
    return f"does not fit the evidence: the change is {round(move.percent, 2)} %"


def multiple(reader: Reader, match: re.Match[str]) -> str:
    """Judge `doubled`, `halved`, `threefold`."""
    verb, fold = (match["verb"] or "").lower(), (match["fold"] or match["folds"] or "").lower()
    wanted = Decimal(str(words.MULTIPLES[verb] if verb else words.FOLDS[fold]))
    hedge = match["hedge"] or ""
    if wanted < 1 and hedge:
        # `more than halved` is less than half of it.
        hedge = {"more than": "less than", "over": "less than", "less than": "more than"}.get(hedge.lower(), hedge)
    found = reader.moves_at(match.span())
    return judge(found, lambda m: near(m.ratio, wanted, hedge), negated=_negated(reader, match.start()))


def direction(reader: Reader, match: re.Match[str]) -> str:
    """Judge `rose` and `fell`; where a figure of change follows, its own sign is judged with it instead."""
    if _is_told_with_figure(reader, match.span()):
        return ""
    sign, strong, mild = 1 if match["up"] else -1, words.STRONG.search(match[0]), words.MILD.search(match[0])

    def holds(move: Move) -> bool:
        size = STRONGLY if move.percent is None else abs(move.percent)
        return move.change * sign > 0 and not (strong and size < STRONGLY) and not (mild and size > STRONGLY)

    return judge(reader.moves_at(match.span()), holds, negated=_negated(reader, match.start()))


def flat(reader: Reader, match: re.Match[str]) -> str:
    """Judge `unchanged`, `flat`, `nothing changed`."""
    if match["nothing"]:
        return every(reader, match.span(), lambda m: not m.change)
    found = reader.moves_at(match.span())
    return judge(found, lambda m: abs(m.percent or m.change) < FLAT_BELOW, negated=_negated(reader, match.start()))


def every(reader: Reader, span: Span, holds: Holds, but: Iterable[str] = ()) -> str:
    """Judge what is said of every group, or of all but some."""
    left_out = {one.lower() for one in but}
    groups = [
        [m for m in listed if not left_out & {v.lower() for v in _values(m)}] for listed in reader.group_moves(span)
    ]
    groups = [listed for listed in groups if listed]
    if not groups:
        return "" if left_out else _UNCHECKED
    return (
        "" if any(all(holds(m) for m in listed) for listed in groups) else "does not fit the evidence: not so of each"
    )


def quantifier(reader: Reader, match: re.Match[str]) -> str:
    """Judge `nothing rose` and `the others did not fall`."""
    verb = match["verb"].lower()
    sign = 0 if verb.startswith("change") else -1 if verb[:3] in ("fel", "fal", "dro", "dec") else 1
    said = reader.page.spoken("", frozenset[str]().union(*reader.known.values()), (0, len(reader.page.text)))
    but = [value for _, value in said] if match["others"] else []

    def holds(move: Move) -> bool:
        moved = bool(move.change) if sign == 0 else move.change * sign > 0
        return not moved if match["nothing"] or match["neg"] else moved

    return every(reader, match.span(), holds, but)


def _values(move: Move) -> list[str]:
    from_subject = [part.partition("=")[2] for part in move.figure.subject.split("; ")]
    return [value for value in from_subject if value]


def _negated(reader: Reader, at: int) -> bool:
    return bool(words.NOT.search(reader.page.plain[max(0, at - 30) : at]))


def denies(reader: Reader, at: int) -> bool:
    """Tell whether what compares at `at` is denied: `no more than`, `by no means cheaper than`, `did not exceed`."""
    return _negated(reader, at) or bool(words.DENIED.search(reader.page.plain[max(0, at - 30) : at]))


def _is_told_with_figure(reader: Reader, span: Span) -> bool:
    clause = reader.page.clause(span[0])
    kinds = [kind_of(b.figure, b.evidence) for b in reader.bound if span[1] <= b.start < clause[1]]
    return any(kind in ("change", "excess", "points") for kind in kinds[:1])
