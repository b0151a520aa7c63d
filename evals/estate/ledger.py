"""Lines of a bill as exact integers: quantities in millionths, money in billionths of a dollar.

INVARIANT: list cost is list price times pricing quantity, to the last digit; a line that cannot be written so is refused.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

import numpy as np

from evals.estate.seeded import Floats, Ints

MICRO = 10**6
NANO = 10**9


def nano(price: str | Decimal) -> int:
    """Return a price or an amount in USD as whole billionths; raises `ValueError` where it has more than 9 decimals."""
    scaled = Decimal(price).scaleb(9)
    if scaled != scaled.to_integral_value():
        raise ValueError(f"`{price}` has more than 9 decimals")
    return int(scaled)


def dollars(amount: int) -> Decimal:
    """Return billionths as exact dollars."""
    return Decimal(amount).scaleb(-9)


def rounded(quantity: Floats, *, digits: int) -> Ints:
    """Return quantities in millionths, rounded to `digits` decimals."""
    step: int = 10 ** (6 - digits)
    return np.rint(quantity * 10**digits).astype(np.int64) * step


def cost(quantity: Ints, price: int) -> Ints:
    """Return quantity times price in billionths; raises `ValueError` where it does not come out even."""
    product = quantity * np.int64(price)
    whole = product // MICRO
    if np.any(whole * MICRO != product):
        raise ValueError(f"price `{dollars(price)}` times these quantities has more than 9 decimals")
    return whole


@dataclass(frozen=True, slots=True)
class Price:
    """List and contracted price of one pricing unit, in billionths of a dollar."""

    listed: int
    contracted: int

    @classmethod
    def of(cls, price: str | Decimal, *, discount: int = 0) -> "Price":
        """Return a price with `discount` percent off by contract."""
        listed = Decimal(price)
        return cls(nano(listed), nano(listed * (100 - discount) / 100))


@dataclass(frozen=True, slots=True)
class Block:
    """Rows that differ only in day, quantity and cost. `days` are indexes; The optional ones are null in the bill where None."""

    columns: Mapping[str, str]
    days: Ints
    listed: Ints
    contracted: Ints
    billed: Ints
    effective: Ints
    quantity: Ints | None = None
    consumed: Ints | None = None
    price: Price | None = None
    commitment: Ints | None = None  # in billionths: it is money


def charge(columns: Mapping[str, str], days: Ints, amount: Ints) -> Block:
    """Return rows of a plain amount, such as a tax, a credit or a correction."""
    return Block(columns, days, amount, amount, amount, amount)


@dataclass(frozen=True, slots=True)
class Event:
    """What happens to one line from day `first` to day `last` (both included): its quantity times `factor` plus `plus` units."""

    anomaly: str
    line: str
    first: int
    last: int
    factor: int = 1
    plus: int = 0


@dataclass(frozen=True, slots=True)
class Excess:
    """What an event did to one line on one day, in billionths of a dollar of EffectiveCost."""

    anomaly: str
    columns: Mapping[str, str]
    day: int
    actual: int
    expected: int


@dataclass(slots=True)
class Ledger:
    """Collects the lines of one biller, and lets the planned events happen to them."""

    events: tuple[Event, ...] = ()
    blocks: list[Block] = field(default_factory=list[Block])
    excesses: list[Excess] = field(default_factory=list[Excess])

    def use(
        self, line: str, columns: Mapping[str, str], *, days: Ints, quantity: Ints, price: Price, consumed: int = 1
    ) -> None:
        """Add usage of `quantity` pricing units a day, `consumed` consumed units each. Days without any give no row."""
        actual = self._happened(line, days, quantity)
        used = actual > 0
        contracted = cost(actual, price.contracted)
        self._explain(line, columns, days, contracted, cost(quantity, price.contracted))
        listed = cost(actual, price.listed)
        self.blocks.append(
            Block(
                columns, days[used], listed[used], contracted[used], contracted[used], contracted[used],
                quantity=actual[used], consumed=actual[used] * consumed, price=price,
            )
        )  # fmt: skip

    def add(self, block: Block) -> None:
        """Add rows that no event touches."""
        if block.days.size:
            self.blocks.append(block)

    def _happened(self, line: str, days: Ints, quantity: Ints) -> Ints:
        for event in self.events:
            if event.line == line:
                hit = (days >= event.first) & (days <= event.last)
                quantity = np.where(hit, quantity * event.factor + event.plus * MICRO, quantity)
        return quantity

    def _explain(self, line: str, columns: Mapping[str, str], days: Ints, actual: Ints, expected: Ints) -> None:
        for event in self.events:
            if event.line == line:
                for i in np.flatnonzero((days >= event.first) & (days <= event.last)):
                    self.excesses.append(Excess(event.anomaly, columns, int(days[i]), int(actual[i]), int(expected[i])))
