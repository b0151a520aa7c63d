"""How numbers are written on a page. Rounding happens here and nowhere below; the exact digits stay at hand."""

from decimal import ROUND_HALF_EVEN, Context, Decimal, localcontext

from finops.evidence import Figure
from finops.money import plain

_WIDE = Context(prec=76, rounding=ROUND_HALF_EVEN)


def exact_digits(value: Decimal, unit: str = "") -> str:
    """Return every digit of `value` as the source wrote it, thousands separated; a currency has two decimals at least."""
    with localcontext(_WIDE):
        fraction = max(0, -int(value.as_tuple().exponent))
        places = max(fraction, 2 if is_currency(unit) else 0)
        return f"{value.quantize(Decimal(1).scaleb(-places)) + 0:,f}"


def rounded(value: Decimal, *, places: int = 2) -> str:
    """Return `value` to `places` decimals; a value that would vanish keeps two significant digits."""
    with localcontext(_WIDE):
        if value and abs(value) < Decimal(1).scaleb(-places):
            places = min(18, 1 - value.adjusted())
        return f"{value.quantize(Decimal(1).scaleb(-places)) + 0:,f}"


def is_currency(unit: str) -> bool:
    """Tell whether `unit` is written as an ISO 4217 code, in front of its amount."""
    return len(unit) == 3 and unit.isascii() and unit.isalpha() and unit.isupper()


def with_unit(digits: str, unit: str) -> str:
    """Join digits and unit as people write them: `USD 18.01`, `12.5 %`, `14 days`."""
    if not unit or unit == "ratio":
        return digits
    return f"{unit} {digits}" if is_currency(unit) else f"{digits} {unit}"


def shown(value: Decimal, unit: str) -> str:
    """Return `value` as it is read: money and shares to two decimals, counts without any."""
    whole = value == value.to_integral_value() and not is_currency(unit)
    return with_unit(exact_digits(value, unit) if whole else rounded(value), unit)


def exactly(value: Decimal, unit: str) -> str:
    """Return `value` with all its digits and its unit."""
    return with_unit(exact_digits(value, unit), unit)


def signed(value: Decimal, unit: str) -> str:
    """Return `value` with a sign in front, as changes are written; the minus is the typographic one."""
    text = shown(abs(value), unit)
    return f"\u2212{text}" if value < 0 else f"+{text}" if value else text


def figure_title(figure: Figure, evidence_id: str) -> str:
    """Say what a figure is, for a tooltip: name, subject, definition, period, exact value, evidence."""
    parts = [figure.name, figure.subject if figure.subject not in ("all", figure.name) else "", figure.definition]
    if figure.period:
        parts.append(figure.period.label())
    exact = with_unit(plain(figure.value), figure.unit)
    return f"{' · '.join(part for part in parts if part)}: exactly {exact} ({evidence_id})"


def milliseconds(value: int) -> str:
    """Return a duration: `340 ms`, `12.4 s`."""
    return f"{value} ms" if value < 1000 else f"{value / 1000:.1f} s"


def count(number: int, noun: str, plural: str = "") -> str:
    """Return `1 row`, `2,000 rows`."""
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"
