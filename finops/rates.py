"""Dated exchange rates: which rate holds on a day, and conversion without rounding.

The rate of a day is the last one on or before it, `max_age_days` old at most; else there is none, and amounts stay apart. A rate
given from USD to EUR converts EUR to USD only where `inverse` is declared, and one that is not given goes through a third
currency only where `through` is.
"""

from bisect import bisect_right
from calendar import monthrange
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_HALF_EVEN, Context, Decimal, Inexact, InvalidOperation, localcontext
from typing import Annotated, Literal, Self

from pydantic import ConfigDict, Field, model_validator

from finops.money import plain
from finops.query import Frozen

Currency = Annotated[str, Field(pattern=r"^[A-Z]{3}$", description="ISO 4217")]
# A rate has this many digits at most, so that the product of an amount of 38 and of two rates, summed up, fits in `WIDE`.
MOST_DIGITS = 18
# Wide enough for every product and sum made here; a digit lost would raise.
WIDE = Context(prec=200, rounding=ROUND_HALF_EVEN, traps=[InvalidOperation, Inexact])


class Rate(Frozen):
    """On `day`, one unit of `source` is `rate` units of `target`."""

    model_config = ConfigDict(defer_build=True)

    day: date
    source: Currency
    target: Currency
    rate: Decimal

    @model_validator(mode="after")
    def _sound(self) -> Self:
        if self.source == self.target:
            raise ValueError(f"`{self.source}` is converted to itself; delete the row")
        if not self.rate.is_finite() or self.rate <= 0:
            raise ValueError(f"rate `{self.rate}` is not above zero")
        exponent = self.rate.as_tuple().exponent
        if (
            len(self.rate.as_tuple().digits) > MOST_DIGITS
            or not isinstance(exponent, int)
            or abs(exponent) > MOST_DIGITS
        ):
            raise ValueError(f"rate `{self.rate}` has more than {MOST_DIGITS} digits; round it")
        return self


class Used(Frozen):
    """The rate an amount was converted with. `via` says how it comes from the file where it does not stand there as it is."""

    source: Currency
    target: Currency
    rate: Decimal
    day: date = Field(description="day of the oldest rate in it")
    via: Literal["", "inverse", "cross"] = ""

    def __str__(self) -> str:
        how = f" ({self.via})" if self.via else ""
        return f"1 {self.source} = {plain(self.rate)} {self.target} of {self.day}{how}"


class NoRate(Frozen):
    """Why there is none: `newest` is the last one before the day, too old, or None where there is none before it."""

    model_config = ConfigDict(defer_build=True)

    source: Currency
    target: Currency
    day: date
    newest: date | None = None

    def __str__(self) -> str:
        newest = f", the last is of {self.newest}" if self.newest else ""
        return f"no rate from {self.source} to {self.target} for {self.day}{newest}"


class Rates(Frozen):
    """A file of rates with what was declared of it."""

    model_config = ConfigDict(defer_build=True)

    rates: tuple[Rate, ...] = Field(min_length=1)
    max_age_days: int = Field(default=7, ge=0, le=366, description="how old the last rate may be")
    inverse: bool = Field(default=False, description="whether 1 / rate serves the other way")
    through: Currency | None = Field(default=None, description="the one currency a missing pair may go through")
    basis: Literal["day", "month_end"] = Field(
        default="day", description="the rate of the charge's day, or of the last day of its month"
    )

    @model_validator(mode="after")
    def _once(self) -> Self:
        seen: dict[tuple[date, str, str], Decimal] = {}
        for one in self.rates:
            place = (one.day, one.source, one.target)
            if seen.setdefault(place, one.rate) != one.rate:
                raise ValueError(f"two rates from {one.source} to {one.target} on {one.day}; keep one of them")
        return self

    @property
    def currencies(self) -> tuple[str, ...]:
        """Every currency named."""
        return tuple(sorted({code for one in self.rates for code in (one.source, one.target)}))


@dataclass(frozen=True, slots=True)
class RateTable:
    """Rates put in order for looking up; made once for many amounts."""

    rates: Rates
    _days: dict[tuple[str, str], list[date]] = field(init=False, repr=False, compare=False)
    _values: dict[tuple[str, str], list[Decimal]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        days: dict[tuple[str, str], list[date]] = {}
        values: dict[tuple[str, str], list[Decimal]] = {}
        for one in sorted(self.rates.rates, key=lambda rate: rate.day):
            days.setdefault((one.source, one.target), []).append(one.day)
            values.setdefault((one.source, one.target), []).append(one.rate)
        object.__setattr__(self, "_days", days)
        object.__setattr__(self, "_values", values)

    def on(self, day: date, source: str, target: str) -> Used | NoRate:
        """Return the rate for a charge of `day`: as given, else the inverse, else through the declared currency, else none."""
        at = self._basis(day)
        found = self._leg(at, source, target)
        if isinstance(found, Used):
            return found
        base = self.rates.through or target
        first, second = self._leg(at, source, base), self._leg(at, base, target)
        if isinstance(first, NoRate) or isinstance(second, NoRate):
            return found.model_copy(update={"day": day})
        with localcontext(WIDE):
            rate = first.rate * second.rate
        return Used(source=source, target=target, rate=rate, day=min(first.day, second.day), via="cross")

    def _basis(self, day: date) -> date:
        if self.rates.basis == "day":
            return day
        return day.replace(day=monthrange(day.year, day.month)[1])

    def _leg(self, day: date, source: str, target: str) -> Used | NoRate:
        given = self._given(day, source, target)
        if isinstance(given, Used) or not self.rates.inverse:
            return given
        back = self._given(day, target, source)
        if isinstance(back, NoRate):
            return given.model_copy(update={"newest": _newest(given.newest, back.newest)})
        # 1 / rate has no last digit: it is rounded once, half-even to 18 digits, and this rate is then used exactly.
        rate = Context(prec=MOST_DIGITS, rounding=ROUND_HALF_EVEN).divide(Decimal(1), back.rate)
        return Used(source=source, target=target, rate=rate, day=back.day, via="inverse")

    def _given(self, day: date, source: str, target: str) -> Used | NoRate:
        days = self._days.get((source, target), [])
        index = bisect_right(days, day) - 1
        if index < 0:
            return NoRate(source=source, target=target, day=day)
        if (day - days[index]).days > self.rates.max_age_days:
            return NoRate(source=source, target=target, day=day, newest=days[index])
        rate = self._values[source, target][index]
        return Used(source=source, target=target, rate=rate, day=days[index])


def _newest(*days: date | None) -> date | None:
    return max((day for day in days if day is not None), default=None)


def converted(amount: Decimal, used: Used) -> Decimal:
    """Return `amount` times the rate, with every digit."""
    with localcontext(WIDE):
        return amount * used.rate


def added(amounts: Iterable[Decimal]) -> Decimal:
    """Return the sum with every digit; converted amounts may have more of them than a sum from the store."""
    with localcontext(WIDE):
        return sum(amounts, Decimal(0))
