"""Words of rank and counts in words against the evidence: the second largest, three providers, both rose, only one fell."""

import re
from collections.abc import Iterator
from decimal import Decimal
from functools import partial

from agent.grounding import quantity_words as words
from agent.grounding.facts import Move, Ranking
from agent.grounding.kinds import Kind
from agent.grounding.names import Span, subject_parts
from agent.grounding.reader import Reader
from finops.evidence import Figure

_UNCHECKED = "has nothing in the evidence to be checked against; leave it out"
_OF_THE = re.compile(r"\bof the\s+$", re.IGNORECASE)
_NTH = {"second": 2, "2nd": 2, "third": 3, "3rd": 3, "fourth": 4, "4th": 4, "fifth": 5}


def rank(reader: Reader, match: re.Match[str]) -> str:
    """Judge `the largest provider`, `the second largest rise`, `cost the most`; the group is named, or is that of the figure told."""
    nth = _NTH.get((match["nth"] or "").lower(), 1)
    least = bool(match["least"]) or (match["cost"] or "").lower().endswith("least")
    kind, sign = _ranked(match)
    if any(word.islower() and not _is_ranked_by_cost(word, reader) for word in (match["what"] or "").split()):
        return _UNCHECKED
    candidates = list(_candidates(reader, match, kind))
    if not candidates:
        return _UNCHECKED
    for ranking, figure in candidates:
        figures = list(ranking.figures)
        if kind == "change":
            figures.sort(key=partial(_most_first, sign=sign))
        elif least:
            if not ranking.whole:
                continue
            figures.reverse()
        if (
            nth <= len(figures)
            and figures[nth - 1].value == figure.value
            and (sign * figure.value > 0 or kind != "change" or not sign)
        ):
            return ""
    return "does not fit the evidence: another is"


def _is_ranked_by_cost(word: str, reader: Reader) -> bool:
    """Tell whether `the largest ...` of a word ranks by a cost: of a group, or of a tag; the largest outage is none."""
    tags = {ranking.dimension.rpartition(":")[2].lower().removesuffix("s") for ranking in reader.rankings}
    known = word in words.RANKED or any(word.startswith(noun) for noun in words.NOUNS)
    return known or word.removesuffix("s") in tags


def _most_first(figure: Figure, sign: int) -> Decimal:
    return -abs(figure.value) if sign == 0 else -sign * figure.value


def _ranked(match: re.Match[str]) -> tuple[Kind, int]:
    what = f"{match['what'] or ''} {match['moved'] or ''}".lower()
    if re.search(r"\b(?:sav\w+|recommendation)", what):
        return "saving", 0
    if re.search(r"\b(?:excess|anomal\w+|incident|spike|overrun)", what):
        return "excess", 0
    if re.search(r"\b(?:rise|rose|grew|growth|increase[sd]?|climbed|jump)\b", what):
        return "change", 1
    if re.search(r"\b(?:fall|fell|drop(?:ped)?|decline[sd]?|decrease[sd]?)\b", what):
        return "change", -1
    return ("change", 0) if re.search(r"\bchanges?\b|\bmover\b", what) else ("amount", 0)


def _candidates(reader: Reader, match: re.Match[str], kind: Kind) -> Iterator[tuple[Ranking, Figure]]:
    span = match.span()
    noun = (match["what"] or "").strip().lower().split(" ")[0].rstrip("s")
    wanted = next((names for word, names in words.NOUNS.items() if noun.startswith(word)), ())
    for ranking in reader.rankings:
        if ranking.kind != kind or (wanted and ranking.dimension not in wanted) or len(ranking.figures) < 2:
            continue
        if figure := _figure_of(reader, span, ranking):
            in_days = ranking.evidence.tool == "detect_anomalies" or reader.is_in(span, figure.period)
            if in_days and reader.is_definition(span, figure):
                yield ranking, figure


def _figure_of(reader: Reader, span: Span, ranking: Ranking) -> Figure | None:
    """Return the ranked figure of the group that is meant: named in the clause, else of the figure told there, else named before."""
    known = reader.known.get(ranking.dimension, frozenset())
    clause, sentence = reader.page.clause(span[0]), reader.page.sentence(span[0])
    named = [v for _, v in reader.page.spoken(ranking.dimension, known, clause)]
    if not named:
        told = [
            v
            for b in reader.near(span)
            for d, own in subject_parts(b.figure.subject)
            if d == ranking.dimension
            for v in own
        ]
        spoken = reader.page.spoken(ranking.dimension, known, sentence)
        # `AWS, the largest provider`: the one named last; else the next one.
        before = [v for at, v in spoken if at < span[0]]
        named = told[:1] or before[-1:] or [v for _, v in spoken[:1]] or reader.said(span)[:1]
    return ranking.of(named[0]) if named else None


def count(reader: Reader, match: re.Match[str]) -> str | None:
    """Judge `two of the five services rose`, `both providers fell`, `no anomalies`; None where the words say no quantity."""
    number, noun = match["number"].lower(), match["noun"].lower()
    if re.match(r"(?:unusual )?(?:anomal|incident|spike|spell|days)", noun.removeprefix("unusual ")):
        return _named_count(reader, words.NUMBERS.get(number), "incidents")
    clause = reader.page.clause(match.start())
    verb = words.DIRECTION.search(reader.page.plain, match.end(), clause[1])
    dimensions = next((names for word, names in words.NOUNS.items() if noun.startswith(word)), ())
    if verb is not None:
        return _count_moved(reader, match, 1 if verb["up"] else -1, dimensions)
    if number not in words.NUMBERS or number in ("no", "one"):
        return None if number != "both" else _count_groups(reader, match.span(), 2, dimensions)
    return _count_groups(reader, match.span(), words.NUMBERS[number], dimensions)


def _named_count(reader: Reader, number: int | None, name: str) -> str:
    found = [figure for item in reader.items if (figure := item.figure(name)) and figure.unit == "count"]
    if number is None or not found:
        return _UNCHECKED
    return (
        ""
        if any(figure.value == number for figure in found)
        else f"does not fit the evidence: it is {found[0].value:f}"
    )


def _count_groups(reader: Reader, span: Span, number: int, dimensions: tuple[str, ...]) -> str:
    """There are as many named in the sentence; where none or one is, as many in the evidence, or as many as were asked for.

    `of the five providers` is of all there are, whoever is named.
    """
    wanted = [r for r in reader.rankings if not dimensions or r.dimension in dimensions]
    named: set[str] = set()
    for ranking in wanted:
        known = reader.known.get(ranking.dimension, frozenset())
        spoken = reader.page.spoken(ranking.dimension, known, reader.page.sentence(span[0]))
        named |= {value.lower() for _, value in spoken}
    if len(named) > 1 and not _OF_THE.search(reader.page.plain[: span[0]]):
        counts = [len(named)]
    else:
        counts = [len(r.figures) for r in wanted if r.whole or r.evidence.input.get("top") == number]
        for item in reader.items:
            counts += [
                int(f.value)
                for f in item.figures
                if f.unit == "count" and f.name.removesuffix(".distinct") in dimensions
            ]
            counts += [int(f.value) for f in item.figures if f.name == "instances" and "ResourceId" in dimensions]
    if not counts:
        return _UNCHECKED
    return "" if number in counts else f"does not fit the evidence: there are {counts[0]}"


def _count_moved(reader: Reader, match: re.Match[str], sign: int, dimensions: tuple[str, ...]) -> str:
    number, whole = match["number"].lower(), (match["whole"] or "").lower()
    said = {v.lower() for v in reader.said(match.span())}
    for listed in reader.group_moves(match.span(), dimensions):
        named = [m for m in listed if not _is_rest(m)]
        moved = [m for m in named if m.change * sign > 0]
        of = [m for m in named if said & _values(m)] or named
        wanted: int = {"both": len(of), "all": len(of), "every": len(of), "each": len(of), "none": 0, "neither": 0}.get(
            number, words.NUMBERS.get(number, -1)
        )
        if number in ("both", "all", "every", "each"):
            moved = [m for m in of if m.change * sign > 0]
            if number == "both" and len(of) != 2:
                continue
        if len(moved) == wanted and (not whole or words.NUMBERS[whole] == len(named)):
            return ""
    return "does not fit the evidence: it is not so many"


def only(reader: Reader, match: re.Match[str]) -> str | None:
    """Judge `only AWS rose`: it did, and no other; None where `only` says something else."""
    clause = reader.page.clause(match.start())
    verb = words.DIRECTION.search(reader.page.plain, match.end(), clause[1])
    if verb is None or (not verb["up"] and not verb["down"]):
        return None
    every = frozenset[str]().union(*reader.known.values())
    named = {v.lower() for _, v in reader.page.spoken("", every, (match.end(), verb.start()))}
    sign = 1 if verb["up"] else -1
    if not named:
        return None
    for listed in reader.group_moves(match.span()):
        moved = [m for m in listed if m.change * sign > 0 and not _is_rest(m)]
        if moved and all(named & _values(m) for m in moved) and len(moved) == len(named):
            return ""
    return "does not fit the evidence: others did too, or it did not"


def _is_rest(move: Move) -> bool:
    return "other" in _values(move)


def _values(move: Move) -> set[str]:
    return {value.lower() for _, own in subject_parts(move.figure.subject) for value in own}
