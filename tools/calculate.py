"""`calculate`: exact arithmetic on figures of evidence, with their units and currencies checked."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal, Inexact, localcontext

from finops.errors import ToolError, UnknownName
from finops.evidence import Evidence, Figure
from finops.money import EXACT, divide, exact, trimmed
from finops.query import COST_METRICS
from tools.calculate_contract import Calculate, CalculateResult, Operation, Term
from tools.contract import Finding, ToolContext

# Quotients: enough that an amount in any currency stays exact to far below its smallest coin.
_PLACES = 12
_PERCENT_PLACES = 2
# The numbers of the calendar and of units. Any other would be a figure of the caller's own making.
CALENDAR_DAYS = frozenset({7, 28, 29, 30, 31, 90, 91, 92, 181, 182, 184, 365, 366})
"""How many days a week, a month, a quarter, a half and a whole year can have."""
_NUMBERS = frozenset(
    {"2", "4", "12", "24", "52", "60", "100", "720", "730", "1000", "1000000", *(str(days) for days in CALENDAR_DAYS)}
)
_PURE = ("ratio", "count")
_ALIKE: frozenset[Operation] = frozenset[Operation](
    {"sum", "difference", "percent_change", "share", "mean", "min", "max"}
)
_PAIRS: frozenset[Operation] = frozenset[Operation]({"difference", "ratio", "percent_change", "share"})


@dataclass(frozen=True, slots=True)
class _Read:
    """One operand: its figure, and the evidence it is from; a bare number has none."""

    reference: str
    figure: Figure
    evidence: str = ""


def calculate(asked: Calculate, context: ToolContext) -> Finding:
    """Derive one figure. Raises `ToolError` where units, currencies or the number of operands do not fit."""
    operands = [_read(reference, asked.op, context.evidence) for reference in asked.operands]
    figures = [operand.figure for operand in operands]
    _check_count(asked.op, len(figures))
    if not any(operand.evidence for operand in operands):
        raise ToolError("no operand is evidence", fix="give at least one reference like EVIDENCE#total")
    if asked.op in _ALIKE:
        _check_alike(asked.op, figures)
    try:
        with localcontext(EXACT):
            value, lossless = _value(asked.op, [figure.value for figure in figures])
    except Inexact as error:
        raise ToolError(f"the {asked.op} has more than 76 digits", fix="take fewer or rounder operands") from error
    unit = _unit(asked.op, figures)
    result = CalculateResult(
        op=asked.op, label=asked.label, value=value, unit=unit, exact=lossless,
        terms=tuple(Term(reference=o.reference, value=o.figure.value, unit=o.figure.unit, subject=o.figure.subject)
                    for o in operands),
    )  # fmt: skip
    return Finding(
        result=result,
        figures=(_figure(asked.op, value, unit, operands),),
        formula=f"{asked.op}({', '.join(asked.operands)})" + ("" if lossless else ", rounded half-even"),
        sources=tuple(dict.fromkeys(operand.evidence for operand in operands if operand.evidence)),
    )


def _read(reference: str, op: Operation, evidence: Callable[[str], Evidence]) -> _Read:
    if reference.startswith("number:"):
        if op not in ("product", "ratio"):
            raise ToolError(
                f"`{reference}` is a bare number, which {op} does not take", fix="give references like EVIDENCE#total"
            )
        if reference.removeprefix("number:") not in _NUMBERS:
            raise ToolError(
                f"`{reference}` is no number of calendar or units",
                fix=f"use one of {', '.join(sorted(_NUMBERS, key=int))}",
            )
        number = exact(reference.removeprefix("number:"))
        return _Read(reference, Figure(name="number", value=number, unit="ratio", subject=""))
    source, _, name = reference.partition("#")
    kept = evidence(source)
    figure = kept.figure(name)
    if figure is None:
        raise UnknownName(f"figure of `{source}`", name, [figure.name for figure in kept.figures])
    return _Read(reference, figure, kept.id)


def _check_count(op: Operation, given: int) -> None:
    if op in _PAIRS and given != 2:
        raise ToolError(f"{op} takes two operands, not `{given}`", fix="give a and b, in this order")
    if op == "product" and given < 2:
        raise ToolError("product takes two operands or more, not `1`", fix="give what to multiply with")


def _check_alike(op: Operation, figures: Sequence[Figure]) -> None:
    units = sorted({figure.unit for figure in figures})
    if len(units) > 1:
        raise ToolError(
            f"cannot take the {op} of `{units[0]}` and `{units[1]}`",
            fix="currencies and units are never added; take each by itself",
        )
    costs = sorted({_cost(figure.definition) for figure in figures} & COST_METRICS)
    if op in ("sum", "mean") and len(costs) > 1:
        raise ToolError(
            f"cannot take the {op} of `{costs[0]}` and `{costs[1]}`, two definitions of the same cost",
            fix="ask for one metric",
        )


def _value(op: Operation, values: list[Decimal]) -> tuple[Decimal, bool]:
    """Return the value, and whether no digit was lost."""
    a = values[0]
    match op:
        case "sum":
            return sum(values, Decimal(0)), True
        case "difference":
            return a - values[1], True
        case "min":
            return min(values), True
        case "max":
            return max(values), True
        case "product":
            return _product(values), True
        case "mean":
            return _quotient(sum(values, Decimal(0)), Decimal(len(values)), _PLACES)
        case "ratio":
            return _quotient(a, values[1], _PLACES)
        case "share":
            return _quotient(a * 100, values[1], _PERCENT_PLACES)
        case "percent_change":
            return _quotient((a - values[1]) * 100, abs(values[1]), _PERCENT_PLACES)


def _product(values: list[Decimal]) -> Decimal:
    result = Decimal(1)
    for value in values:
        result *= value
    return result


def _quotient(numerator: Decimal, denominator: Decimal, places: int) -> tuple[Decimal, bool]:
    if not denominator:
        raise ToolError("the second operand is `0`, nothing can be divided by it", fix="choose another base")
    value = trimmed(divide(numerator, denominator, places=places))
    return value, value * denominator == numerator


def _cost(definition: str) -> str:
    """Return the cost a figure is of, whatever it leaves out and whether or not it still grows."""
    return definition.partition(" (")[0].partition(" without ")[0]


def _unit(op: Operation, figures: Sequence[Figure]) -> str:
    if op in ("share", "percent_change"):
        return "%"
    if op == "ratio":
        return _unit_of_ratio(figures[0].unit, figures[1].unit)
    if op == "product":
        return _unit_of_product([figure.unit for figure in figures])
    return figures[0].unit


def _unit_of_ratio(a: str, b: str) -> str:
    if a == b:
        return "ratio"
    return a if b in _PURE else f"{a} per {b}"


def _unit_of_product(units: Sequence[str]) -> str:
    """Return what is left: pure numbers vanish, and `USD per Hours` times `Hours` is `USD`."""
    left = [unit for unit in units if unit not in _PURE]
    rate = next((unit for unit in left if " per " in unit), None)
    if rate is not None and len(left) == 2:
        above, _, below = rate.partition(" per ")
        other = left[1 - left.index(rate)]
        if other == below:
            return above
    if len(left) > 1:
        raise ToolError(
            f"cannot multiply {' and '.join(f'`{unit}`' for unit in left)}",
            fix="multiply with a pure number, or a price per unit with its unit",
        )
    return left[0] if left else "ratio"


def _figure(op: Operation, value: Decimal, unit: str, operands: Sequence[_Read]) -> Figure:
    """Return the result. What it is about comes from the operands alone, never from the caller's words."""
    sources = [operand.figure for operand in operands if operand.evidence]
    numbers = [operand.reference.removeprefix("number:") for operand in operands if not operand.evidence]
    subjects = list(dict.fromkeys(figure.subject for figure in sources))
    definitions = list(dict.fromkeys(figure.definition for figure in sources if figure.definition))
    # INVARIANT: grounding lets a scaled figure stand only where the sentence says that it is one.
    scaled = f"scaled by {', '.join(numbers)}: " if numbers else ""
    periods = list({figure.period: None for figure in sources})
    return Figure(
        name="result",
        value=value,
        unit=unit,
        subject=", ".join(subjects) or "all",
        period=periods[0] if len(periods) == 1 else None,
        definition=f"{scaled}{op} of {', '.join(definitions)}" if definitions else f"{scaled}{op}",
    )
