"""What models may cost: caps, who a call is booked on, and what one call took. Amounts in USD, exact."""

from decimal import Decimal
from typing import Annotated, Literal, NamedTuple

from pydantic import Field

from finops.query import Frozen

Scope = Literal["question", "conversation", "person_day", "day"]
Usd = Annotated[Decimal, Field(ge=0, le=1_000_000, decimal_places=6, allow_inf_nan=False)]
MOST_TOKENS = 1_000_000_000_000


class Cap(Frozen):
    """The most that one scope may take; 0 lets no model be called."""

    tokens: Annotated[int, Field(ge=0, le=MOST_TOKENS, description="read and written together")]
    usd: Annotated[Usd, Field(description="at list price; a model without a price is held by `tokens` alone")]


class Caps(Frozen):
    """The four caps. Each holds by itself, whoever asks at the same time."""

    question: Cap = Cap(tokens=200_000, usd=Decimal(1))
    conversation: Cap = Cap(tokens=2_000_000, usd=Decimal(5))
    person_day: Annotated[Cap, Field(description="one person on one day, UTC")] = Cap(tokens=5_000_000, usd=Decimal(10))
    day: Annotated[Cap, Field(description="everybody on one day, UTC")] = Cap(tokens=20_000_000, usd=Decimal(50))

    def of(self, scope: Scope) -> Cap:
        """Return the cap of one scope."""
        found: dict[Scope, Cap] = {
            "question": self.question,
            "conversation": self.conversation,
            "person_day": self.person_day,
            "day": self.day,
        }
        return found[scope]


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
