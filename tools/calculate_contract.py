"""What `calculate` takes and returns."""

from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field

from finops.query import Frozen

Operation = Literal[
    "sum", "difference", "ratio", "percent_change", "share", "product", "mean", "min", "max"
]  # fmt: skip
Operand = Annotated[
    str,
    Field(
        max_length=400,
        pattern=r"^([^#\s]+#.+|number:[+-]?\d+(\.\d+)?)$",
        description="EVIDENCE_ID#FIGURE; for product and ratio also number:12",
    ),
]


class Calculate(Frozen):
    """Derive one figure from figures of evidence; units and currencies are checked."""

    op: Operation = Field(description="of a, b: difference a-b, ratio a/b, share 100a/b, percent_change 100(a-b)/b")
    operands: tuple[Operand, ...] = Field(min_length=1, max_length=100)
    label: str = Field(default="", max_length=200, description="words for the result")


class Term(Frozen):
    """One operand as it was read."""

    reference: str
    value: Decimal
    unit: str
    subject: str


class CalculateResult(Frozen):
    """One derived figure, called `result`. Quotients are rounded half-even, `exact` says whether that lost digits."""

    status: Literal["ok"] = "ok"
    op: Operation
    label: str
    value: Decimal
    unit: str = Field(description="`ratio` for like over like, `USD per Hours` for unlike")
    exact: bool
    terms: tuple[Term, ...]
