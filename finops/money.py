"""Exact amounts with a currency. Floats never enter; rounding happens once, at display."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Context, Decimal, Inexact, InvalidOperation, localcontext

from finops.errors import BadInput

# 38 digits is what the lake holds; 76 lets a product of two of them be exact before it is rounded.
EXACT = Context(prec=76, rounding=ROUND_HALF_EVEN, traps=[InvalidOperation, Inexact])
_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,3})?", re.ASCII)


def exact(value: str | int | Decimal) -> Decimal:
    """Return `value` as a finite Decimal; refuse floats, bools, NaN, infinity and text that is no number."""
    if isinstance(value, bool | float):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise BadInput(
            f"amount `{value}` is a {type(value).__name__}", fix="give it as text or Decimal, so that it is exact"
        )
    if isinstance(value, str) and not _NUMBER.fullmatch(value.strip()):
        raise BadInput(f"`{value}` is not a finite number", fix="write it in digits, such as 12.50")
    amount = Decimal(value.strip() if isinstance(value, str) else value)
    if not amount.is_finite():
        raise BadInput(f"`{value}` is not a finite number", fix="write it in digits, such as 12.50")
    return amount


def plain(value: Decimal) -> str:
    """Return the digits of `value` without an exponent; zero has no sign."""
    return format(value if value else abs(value), "f")


def trimmed(value: Decimal, *, least: int = 2) -> Decimal:
    """Drop zeros at the end of the fraction, down to `least` decimals; the value stays the same."""
    with localcontext(EXACT):
        fraction = plain(value.normalize()).partition(".")[2]
        return value.quantize(Decimal(1).scaleb(-max(len(fraction), least)))


def divide(numerator: Decimal, denominator: Decimal, *, places: int) -> Decimal:
    """Return the quotient rounded half-even to `places` decimals: the one place where division happens."""
    with localcontext(Context(prec=76, rounding=ROUND_HALF_EVEN)):
        return (numerator / denominator).quantize(Decimal(1).scaleb(-places))


@dataclass(frozen=True, slots=True, order=False)
class Money:
    """An exact amount in one ISO 4217 currency."""

    amount: Decimal
    currency: str

    def __post_init__(self) -> None:
        object.__setattr__(self, "amount", exact(self.amount))
        if not re.fullmatch(r"[A-Z]{3}", self.currency):
            raise BadInput(f"`{self.currency}` is not a currency", fix="give an ISO 4217 code such as USD")

    def _same(self, other: "Money") -> None:
        if self.currency != other.currency:
            raise BadInput(
                f"cannot add `{self.currency}` and `{other.currency}`", fix="ask for each currency by itself"
            )

    def __add__(self, other: "Money") -> "Money":
        self._same(other)
        with localcontext(EXACT):
            return Money(self.amount + other.amount, self.currency)

    def __sub__(self, other: "Money") -> "Money":
        return self + -other

    def __neg__(self) -> "Money":
        return Money(self.amount.copy_negate(), self.currency)

    def times(self, factor: Decimal, *, places: int = 18) -> "Money":
        """Return the amount times `factor`, rounded half-even to `places` decimals."""
        with localcontext(Context(prec=76, rounding=ROUND_HALF_EVEN)):
            return Money((self.amount * exact(factor)).quantize(Decimal(1).scaleb(-places)), self.currency)

    def __str__(self) -> str:
        return f"{self.currency} {self.amount:,f}"


def total(amounts: Iterable[Money], currency: str) -> Money:
    """Add amounts of one currency; the sum of none is zero of `currency`."""
    result = Money(Decimal(0), currency)
    for amount in amounts:
        result = result + amount
    return result
