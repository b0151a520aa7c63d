"""What a calculation of an answer comes to, worked out again from figures that the raw rows give."""

import re
from collections.abc import Mapping, Sequence
from decimal import ROUND_HALF_EVEN, Decimal
from typing import cast

from evals.truth import TrueFigure
from finops.evidence import Evidence

_NUMBER = re.compile(r"number:[0-9]+(?:\.[0-9]+)?")
# Figures of `calculate` are exact to this many digits.
CLOSE = Decimal("0.000001")


def calculated(
    one: Evidence, known: Mapping[str, Sequence[TrueFigure]], evidence: Mapping[str, Evidence]
) -> TrueFigure | None:
    """Return what an operation on raw figures comes to; None where an operand is no raw figure or the operation is not known here."""
    values, unit = list[Decimal](), ""
    by = Decimal(0)
    for given in cast(list[object], one.input.get("operands") or []):
        name, _, figure = str(given).partition("#")
        if _NUMBER.fullmatch(name):
            # A divisor that is no figure, such as the days of a month: whether it is right, the case's truth says.
            by = Decimal(name.removeprefix("number:"))
            continue
        found = evidence[name].figure(figure) if name in evidence else None
        if found is None or not any(
            row.unit == found.unit and abs(row.value - found.value) <= CLOSE for row in known.get(name, ())
        ):
            return None
        values.append(found.value)
        unit = found.unit
    a, b = (values[0], values[1]) if len(values) == 2 else (Decimal(0), Decimal(0))
    match one.input.get("op"):
        case "sum":
            return _row(sum(values, Decimal(0)), unit)
        case "mean" if values:
            return _row(sum(values, Decimal(0)) / len(values), unit)
        case "difference":
            return _row(a - b, unit)
        case "share" if b:
            return _row(_rounded(a * 100 / b), "%")
        case "percent_change" if b:
            return _row(_rounded((a - b) * 100 / abs(b)), "%")
        case "ratio" if by and len(values) == 1:
            return _row(values[0] / by, unit)
        case "ratio" if b:
            return _row(a / b, "ratio")
        case _:
            return None


def _row(value: Decimal, unit: str) -> TrueFigure:
    return TrueFigure(value=value, unit=unit, must=False)


def _rounded(value: Decimal) -> Decimal:
    return value.quantize(Decimal("0.01"), rounding=ROUND_HALF_EVEN)
