"""Caps on what models may cost. Amounts in USD, exact."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Literal, cast

from pydantic import Field, model_validator

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

    @model_validator(mode="before")
    @classmethod
    def _half_given(cls, given: object) -> object:
        """Let a cap that names one limit keep the usual other one."""
        if not isinstance(given, Mapping):
            return given
        fields = cast(Mapping[str, object], given)
        usual: dict[str, Cap] = {name: field.default for name, field in cls.model_fields.items()}
        return {
            name: usual[name].model_dump() | dict(cast(Mapping[str, object], cap))
            if name in usual and isinstance(cap, Mapping)
            else cap
            for name, cap in fields.items()
        }

    def of(self, scope: Scope) -> Cap:
        """Return the cap of one scope."""
        found: dict[Scope, Cap] = {
            "question": self.question,
            "conversation": self.conversation,
            "person_day": self.person_day,
            "day": self.day,
        }
        return found[scope]
