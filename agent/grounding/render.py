"""How a figure is written: money exact with its code, shares to two decimals, counts with their unit."""

import re
from decimal import ROUND_HALF_EVEN, Decimal, localcontext

from finops.evidence import UNITS, Figure
from finops.money import EXACT, trimmed

_CURRENCY = re.compile(r"[A-Z]{3}")
_BARE = ("count", "ratio", "")
SYMBOLS = {"$": "USD", "€": "EUR", "£": "GBP"}


def is_money(unit: str) -> bool:
    """Tell whether a figure's unit is a currency."""
    return unit not in UNITS and _CURRENCY.fullmatch(unit) is not None


def _grouped(value: Decimal) -> str:
    return f"{value if value else abs(value):,f}"


def rounded(value: Decimal, places: int) -> Decimal:
    """Round half-even to `places` decimals, for display and for comparing with what was displayed."""
    with localcontext() as context:
        context.prec = EXACT.prec
        return value.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_EVEN)


def render(figure: Figure) -> str:
    """Write a figure: `USD 18.00663861840`, `12.34 %`, `1,000 rows`; money keeps every digit the evidence has."""
    if is_money(figure.unit):
        return f"{figure.unit} {_grouped(figure.value)}"
    if figure.unit == "%":
        return f"{_grouped(rounded(figure.value, 2))} %"
    number = _grouped(trimmed(figure.value, least=0))
    return number if figure.unit in _BARE else f"{number} {figure.unit}"
