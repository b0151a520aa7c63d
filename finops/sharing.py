"""Split an amount over targets so that the parts sum to it to the last digit."""

from collections.abc import Mapping
from decimal import Decimal, localcontext
from fractions import Fraction

from finops.errors import BadInput
from finops.money import EXACT, exact


def split(amount: Decimal, weights: Mapping[str, Decimal], *, places: int) -> dict[str, Decimal]:
    """Return each target's part of `amount`, in proportion to its weight, in units of the last of `places` decimals.

    Largest remainder: each part is rounded towards zero, and the units left over go to the largest remainders, ties by name. So
    no part is off its exact share by a whole unit, and a negative amount gives the negated parts of the positive one.
    Raises `BadInput` where no weight is positive, one is negative, or `amount` has more decimals than `places`.
    """
    if any(weight < 0 for weight in weights.values()) or not any(weights.values()):
        raise BadInput("an amount cannot be split by these weights", fix="give weights of zero or more, not all zero")
    units = Fraction(exact(amount)) * 10**places
    if units.denominator != 1:
        raise BadInput(f"`{amount}` has more than {places} decimals", fix="split it with as many as it has")
    whole = abs(units.numerator)
    total = sum((Fraction(weight) for weight in weights.values()), Fraction(0))
    shares = {name: whole * Fraction(weights[name]) / total for name in sorted(weights)}
    parts = {name: share.numerator // share.denominator for name, share in shares.items()}
    by_remainder = sorted(shares, key=lambda name: (parts[name] - shares[name], name))
    for name in by_remainder[: whole - sum(parts.values())]:
        parts[name] += 1
    sign = -1 if units < 0 else 1
    with localcontext(EXACT):
        return {name: Decimal(sign * part).scaleb(-places) for name, part in parts.items()}
