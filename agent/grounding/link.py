"""Link a number written out to the one figure that it says.

It says a figure where it is the figure after display rounding. With `about` and the like it may be rounded further, by 5 % at most;
with `over`, `under` and the like it may be a bound that the figure keeps, 25 % off at most; with `nearly` a little more than the figure.
"""

# ruff: noqa: E501 - a pattern is read on one line
import re
from collections.abc import Iterator, Mapping
from decimal import ROUND_HALF_EVEN, Decimal

from agent.grounding.glue import glued_after
from agent.grounding.kinds import kind_of
from agent.grounding.literals import Literal
from agent.grounding.references import Bound
from agent.grounding.render import is_money, rounded
from agent.grounding.role_words import POINTS_AFTER
from agent.grounding.statements import Page, mismatches
from finops.evidence import Evidence, Figure

_LESS = re.compile(
    r"\b(fell|fallen|falls?|dropp?(?:ed|s)?|down|decreas\w*|declin\w*|less|lower|reduc\w*|sav\w+|shrank|cheaper|below|under|drops?)\b",
    re.IGNORECASE,
)
_COUNTS = ("count", "ratio")
_HEDGE = re.compile(
    r"(?:(?P<about>about|around|roughly|approximately|circa|some|~|\u2248)|(?P<over>more than|over|above|at least|just over|exceed(?:s|ed|ing))|"
    r"(?P<under>less than|under|below|at most|just under|up to)|(?P<nearly>nearly|almost|close to))\s?$",
    re.IGNORECASE,
)
# A number with one of these after it is no count of anything else.
_MEASURED = re.compile(
    r"\s?(?:[KMGTP]i?B|bytes?|hours?|hrs?|h|minutes?|seconds?|ms|weeks?|months?|years?|quarters?|requests?|tokens?|points?|times|x|dollars?|"
    r"euros?|cents?|vCPUs?|cores?)\b",
)
_SIGNLESS = ("change", "points", "excess", "part")
_BOUND_DIGITS = 3
_LOOSE, _BOUND = Decimal("0.05"), Decimal("0.25")


def link(number: Literal, page: Page, evidence: Mapping[str, Evidence]) -> Bound | str:
    """Return what a number is bound to, or the complaint where that is nothing or more than one thing."""
    start, end = page.sentence(number.start)
    falling = bool(_LESS.search(page.blank[start:end]))
    found = [(f, e) for f, e in _candidates(number, page, evidence) if _says(number, page, f, e, falling=falling)]
    span = (number.start, number.end)
    faults = [
        (f, e, next(iter([*mismatches(page, span, f, e), *glued_after(page.text, span, f)]), "")) for f, e in found
    ]
    fitting = [(f, e) for f, e, fault in faults if not fault]
    said = number.text.strip()
    # Several figures of exactly one value say the same of this sentence, whichever is meant.
    if fitting and len({(f.value, f.unit) for f, _ in fitting}) == 1:
        return Bound(*span, *fitting[0])
    if fitting:
        return f"`{said}` could be any of {len(fitting)} figures; write it as a reference such as {{{{E1.total}}}}"
    if faults:
        figure, _, reason = faults[0]
        return f"`{said}` (`{figure.name}`) {reason}"
    unit = "" if number.unit else " without a unit beside it"
    return f"`{said}`{unit} is no figure of the evidence; write figures as references such as {{{{E1.total}}}}"


def _candidates(number: Literal, page: Page, evidence: Mapping[str, Evidence]) -> Iterator[tuple[Figure, Evidence]]:
    seen: set[tuple[object, ...]] = set()
    for _, item in sorted(evidence.items()):
        for figure in item.figures:
            identity = (figure.value, figure.unit, figure.subject, figure.period, figure.definition)
            if identity not in seen and _unit_fits(number, page, figure, item):
                seen.add(identity)
                yield figure, item


def _unit_fits(number: Literal, page: Page, figure: Figure, item: Evidence) -> bool:
    after = page.text[number.end :]
    if number.unit:
        return number.unit == figure.unit
    if figure.unit == "%":
        return kind_of(figure, item) == "points" and POINTS_AFTER.match(after) is not None
    if figure.unit in _COUNTS:
        return not _MEASURED.match(after)
    return not is_money(figure.unit) and re.match(rf"\s?{re.escape(figure.unit)}\b", after) is not None


def _says(number: Literal, page: Page, figure: Figure, item: Evidence, *, falling: bool) -> bool:
    """Tell whether a number as it is written, with the word before it, says this figure; a fall may be told without its sign."""
    hedge = _HEDGE.search(page.blank[: number.start])
    value = figure.value
    unsigned = (
        value < 0 < number.value and (kind_of(figure, item) == "part" or falling) and kind_of(figure, item) in _SIGNLESS
    )
    return _reads(number, -value if unsigned else value, hedge, across=not is_money(figure.unit) and figure.unit != "%")


def _reads(number: Literal, value: Decimal, hedge: re.Match[str] | None, *, across: bool) -> bool:
    exact = number.value == rounded(value, number.places)
    # `over 9,118 rows` are all of them, not more.
    if hedge is None or (across and exact) or not value or value * number.value <= 0:
        return exact
    off = (number.value - value) / abs(value)
    if hedge["about"]:
        step = number.value.normalize().as_tuple().exponent
        coarse = (
            value.quantize(Decimal(1).scaleb(int(step)), rounding=ROUND_HALF_EVEN) if isinstance(step, int) else value
        )
        return exact or (coarse == number.value and abs(off) <= _LOOSE)
    if hedge["nearly"]:
        return 0 <= off <= _LOOSE
    # A bound is a round number; any other is a value, and then it has to be the figure's.
    if len(number.value.normalize().as_tuple().digits) > _BOUND_DIGITS:
        return False
    return -_BOUND <= off < 0 if hedge["over"] else 0 < off <= _BOUND
