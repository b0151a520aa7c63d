"""Does a sentence give a figure the role it has? A share is no growth, a change is no cost, a fall is no rise."""

from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType

from agent.grounding import role_words as words
from agent.grounding.kinds import Kind, definition_of, ending_of, kind_of
from agent.grounding.names import Span
from agent.grounding.page import Page
from finops.evidence import Evidence, Figure
from finops.query import COST_METRICS

_SAID: Mapping[Kind, str] = MappingProxyType(
    {"share": "a share", "change": "a change", "points": "a difference in percentage points", "excess": "what is beyond the expected",
     "saving": "a saving", "before": "of the period before", "expected": "what was expected", "amount": "an amount"}
)  # fmt: skip
_NOTHING_BETWEEN = ("", "of", "was", "were", "is", "are", "came to", "in it")


class Around:
    """The words around a figure, nearest first: its clause on both sides, its sentence, the line that introduces it."""

    def __init__(self, page: Page, span: Span) -> None:
        clause, sentence, intro = page.clause(span[0]), page.sentence(span[0]), page.introduction(span[0])
        self.before = page.plain[clause[0] : span[0]]
        self.after = page.plain[span[1] : clause[1]]
        self.clause = page.plain[slice(*clause)]
        self.sentence_before = page.plain[sentence[0] : span[0]]
        self.sentence = page.plain[slice(*sentence)]
        self.wide = page.plain[slice(*intro)] + "\n" + self.sentence


def role_faults(page: Page, span: Span, figure: Figure, evidence: Evidence) -> Iterable[str]:  # noqa: PLR0912 - one case a kind
    """Yield what role the words around `span` give the figure that is not its own."""
    kind, around = kind_of(figure, evidence), Around(page, span)
    match kind:
        case "change":
            yield from _change(figure, around)
        case "share":
            yield from _share(around)
        case "points":
            if not words.POINTS_AFTER.match(around.after):
                yield f"is {_SAID[kind]}; say so right after it"
        case "excess":
            yield from _excess(figure, around)
        case "saving":
            yield from _saving(around)
        case "expected":
            if not words.EXPECTED_WORDS.search(around.sentence):
                yield f"is {_SAID[kind]}, which its sentence does not say"
        case "mean":
            if not words.MEAN_WORDS.search(around.wide):
                yield "is an average; say so"
        case "part" | "before" | "amount":
            yield from _amount(figure, evidence, around, kind, told=page.told_after(span[1]) is not None)
        case "count" | "other":
            yield from _other(around)
    if kind != "points" and figure.unit == "%" and words.POINTS_AFTER.match(around.after):
        yield "is in percent, not in percentage points"


def _change(figure: Figure, around: Around) -> Iterator[str]:
    if words.SHARE_AFTER.match(around.after) and figure.unit == "%":
        yield "is a change, not a share"
    elif words.SPENT_BEFORE.search(around.before) and not words.CHANGE_AFTER.match(around.after):
        yield "is a change, not a cost"
    elif not words.CHANGE_WORDS.search(around.clause) and (
        words.COST_BEFORE.search(around.before) or not words.CHANGE_WORDS.search(around.wide)
    ):
        yield "is a change, which its sentence does not say"
    yield from _direction(figure, around)


def _direction(figure: Figure, around: Around) -> Iterator[str]:
    said = direction(around)
    if said * figure.value < 0:
        yield f"{'rose' if said < 0 else 'fell'}, but its sentence says that it {'rose' if said > 0 else 'fell'}"


def direction(around: Around) -> int:
    """Return the direction a figure is said to have gone: 1 up, -1 down, 0 where it is not said."""
    if after := words.CHANGE_AFTER.match(around.after):
        return 1 if after["up"] else -1
    for text in (around.before, around.sentence_before):
        if found := list(words.DIRECTED.finditer(text)):
            return 1 if found[-1]["up"] else -1 if found[-1]["down"] else 0
    return 0


def _share(around: Around) -> Iterator[str]:
    after = words.CHANGE_AFTER.match(around.after)
    grown = words.CHANGE_BEFORE.search(around.before) or (after and not words.SHARE_AFTER.match(around.after))
    by = words.BY_BEFORE.search(around.before) and words.CHANGE_WORDS.search(around.sentence_before)
    moved = words.DIRECTED.search(around.before) and not words.SHARE_WORDS.search(around.clause)
    of_bill = words.SHARE_AFTER.match(around.after)
    if words.CHANGE_BEFORE.search(around.before) or ((grown or by or moved) and not of_bill):
        yield "is a share, not a change"


def _excess(figure: Figure, around: Around) -> Iterator[str]:
    if words.SHARE_AFTER.match(around.after) and figure.unit == "%":
        yield "is what is beyond the expected, not a share"
    elif words.SPENT_BEFORE.search(around.before) and not words.CHANGE_AFTER.match(around.after):
        yield "is what is beyond the expected, not a cost"
    elif words.EXPECTED_BEFORE.search(around.before) or not words.EXCESS_WORDS.search(around.wide):
        yield "is what is beyond the expected, which its sentence does not say"
    yield from _direction(figure, around)


def _saving(around: Around) -> Iterator[str]:
    if words.SPENT_BEFORE.search(around.before):
        yield "is a saving, not a cost"
    elif not words.SAVING_WORDS.search(around.wide):
        yield "is a saving, which its sentence does not say"


def _amount(figure: Figure, evidence: Evidence, around: Around, kind: Kind, *, told: bool) -> Iterator[str]:
    if words.CHANGE_BEFORE.search(around.before) or words.CHANGE_AFTER.match(around.after):
        yield "is an amount, not a change"
    if words.SAVING_BEFORE.search(around.before):
        yield "is an amount, not a saving"
    if words.EXPECTED_BEFORE.search(around.before) and evidence.tool == "detect_anomalies":
        yield "is not what was expected"
    if kind == "part":
        part = ending_of(figure).removeprefix("compare_")
        if part in words.PART_WORDS and not words.PART_WORDS[part].search(around.wide):
            yield f"is only the {part} in it, which its sentence does not say"
        return
    if kind == "before":
        if words.MOVED_TO.search(around.before) and not told:
            yield "is of the period before, not what it came to"
        return
    compared = evidence.figure(f"{figure.name}.compare") is not None
    if compared and not told and words.MOVED_FROM.search(around.before):
        yield "is not of the period before"
    yield from _not_a_part(figure, around)


def _not_a_part(figure: Figure, around: Around) -> Iterator[str]:
    """A whole must not be told as the tax or the credits in it, unless that is all that was asked for."""
    if (
        "ChargeC" in figure.subject
        or not definition_of(figure).startswith(tuple(COST_METRICS))
        or " " in definition_of(figure)
    ):
        return  # a kind of charge by itself is a whole of its own
    tail = around.before.rstrip().lower()
    for part, said in words.PART_WORDS.items():
        if part == "support" or part in figure.definition or part.rstrip("s") in figure.subject.lower():
            continue
        found = list(said.finditer(tail))
        direct = bool(found) and tail[found[-1].end() :].strip(" :(") in _NOTHING_BETWEEN
        if direct and "without" not in tail and "before" not in tail and "exclud" not in tail:
            yield f"is the whole, not only the {part} in it"


def _other(around: Around) -> Iterator[str]:
    if words.CHANGE_BEFORE.search(around.before) or words.SHARE_AFTER.match(around.after):
        yield "is neither a change nor a share"
