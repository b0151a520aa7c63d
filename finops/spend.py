"""Who a model's call is booked on, and what one call took. Plain tuples: a question that needs no model pays for no more."""

from decimal import Decimal
from typing import NamedTuple


class Account(NamedTuple):
    """Who a model's call is booked on. `question` is unique; `conversation` is empty where a question stands alone."""

    person: str
    question: str
    conversation: str = ""


class Tokens(NamedTuple):
    """Tokens of one call. `cached` and `cache_written` are part of `read`, `reasoning` is part of `written`."""

    read: int = 0
    cached: int = 0
    cache_written: int = 0
    written: int = 0
    reasoning: int = 0

    @property
    def total(self) -> int:
        """Read and written together."""
        return self.read + self.written


class Attempt(NamedTuple):
    """One attempt at a model that is about to be made: whose, and the most it can take."""

    model: str
    endpoint: str
    worst: Tokens
    usd: Decimal | None
    """None where the model has no price."""
    seconds: float
    """How long the attempt may last; after that and some more its reservation counts as lost."""


class Reservation(NamedTuple):
    """What is set aside for an attempt. `near` says which cap leaves no room for another like it, empty where all do."""

    id: str
    near: str = ""
