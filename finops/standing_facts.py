"""Standing facts: what a person told of their company that no bill says, in a closed set of types. Kept once the person confirmed it."""

import re
from collections.abc import Iterable
from datetime import datetime
from typing import Annotated, Final, Literal

from pydantic import ConfigDict, Field

from finops.periods import Period, add_months
from finops.query import Frozen

MOST_NAME: Final = 60
MOST_VALUES: Final = 20
_Name = Annotated[str, Field(min_length=1, max_length=MOST_NAME)]
_Value = Annotated[str, Field(min_length=1, max_length=200)]
MONTH_NAMES = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December",
)  # fmt: skip
# Built when a fact is first read: most questions have none.
_LATE = ConfigDict(defer_build=True)
_COSTS = {
    "BilledCost": "billed cost",
    "EffectiveCost": "amortised (effective) cost",
    "ListCost": "list cost",
    "ContractedCost": "contracted cost",
}


class FiscalYear(Frozen):
    """The month the fiscal year starts in. It is called by the calendar year it ends in: FY26 ends in 2026."""

    model_config = _LATE

    kind: Literal["fiscal_year"] = "fiscal_year"
    start_month: int = Field(ge=1, le=12)

    def year(self, number: int) -> Period:
        """Return the days of the fiscal year that ends in `number`."""
        start = Period.month(number if self.start_month == 1 else number - 1, self.start_month).start
        return Period(start=start, end=add_months(start, 12))


class AccountOwner(Frozen):
    """The team that owns an account, as the bill spells the account."""

    model_config = _LATE

    kind: Literal["account_owner"] = "account_owner"
    dimension: Literal["SubAccountId", "SubAccountName"]
    account: _Value
    team: _Name


class Alias(Frozen):
    """A company's own word for values of one dimension; `word` in lower case."""

    model_config = _LATE

    kind: Literal["alias"] = "alias"
    word: _Name
    dimension: _Value
    values: tuple[_Value, ...] = Field(min_length=1, max_length=MOST_VALUES)


class CostDefinition(Frozen):
    """Which definition a plain `cost` means."""

    model_config = _LATE

    kind: Literal["cost_definition"] = "cost_definition"
    metric: Literal["BilledCost", "EffectiveCost", "ListCost", "ContractedCost"]


class DefaultCurrency(Frozen):
    """The currency amounts are told in where none is named."""

    model_config = _LATE

    kind: Literal["currency"] = "currency"
    currency: str = Field(pattern=r"^[A-Z]{3}$")


Fact = Annotated[FiscalYear | AccountOwner | Alias | CostDefinition | DefaultCurrency, Field(discriminator="kind")]
Scope = Literal["person", "team"]


class StandingFact(Frozen):
    """A fact as the records have it. `replaces` is the id of the one it was shown to contradict."""

    model_config = _LATE

    id: str
    fact: Fact
    scope: Scope = "person"
    person: str = Field(description="who said it")
    said: str = Field(description="in the person's own words")
    state: Literal["pending", "confirmed"] = "pending"
    stated: datetime
    confirmed: datetime | None = None
    confirmed_by: str = ""
    replaces: str = ""


def about(fact: Fact) -> str:
    """Return what a fact is about: of two facts about one thing only one can hold."""
    match fact:
        case AccountOwner():
            return f"owner of {fact.dimension} {fact.account}"
        case Alias():
            return f"meaning of {fact.word}"
        case _:
            return fact.kind


def in_words(fact: Fact) -> str:
    """Say a fact, without a capital and a full stop."""
    match fact:
        case FiscalYear():
            return f"fiscal year starts in {MONTH_NAMES[fact.start_month - 1]}"
        case AccountOwner():
            return f"team `{fact.team}` owns {dimension_words(fact.dimension)} `{fact.account}`"
        case Alias():
            return f"`{fact.word}` means {dimension_words(fact.dimension)} {' or '.join(f'`{one}`' for one in fact.values)}"
        case CostDefinition():
            return f"cost means {_COSTS[fact.metric]}"
        case DefaultCurrency():
            return f"amounts are in {fact.currency}"


def dimension_words(dimension: str) -> str:
    """Return a dimension in words: `sub account id`, `tag environment`."""
    if ":" in dimension:
        kind, _, key = dimension.partition(":")
        return key if kind == "virtual" else f"{kind} {key}"
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", dimension.removeprefix("x_")).lower()


def source_words(found: StandingFact) -> str:
    """Say whose word a fact is and since when, for whoever reads an answer that rests on it."""
    day = f"{found.confirmed:%Y-%m-%d}" if found.confirmed else ""
    return f"as `{found.confirmed_by}` confirmed for everybody on {day}" if found.scope == "team" else (
        f"as you confirmed on {day}"
    )  # fmt: skip


def said_of(found: StandingFact) -> str:
    """Return the sentence an answer that used the fact ends in: `Fiscal year starts in April (as you confirmed on 2026-11-02).`."""
    words = in_words(found.fact)
    return f"{words[:1].upper()}{words[1:]} ({source_words(found)})."


def in_force(found: Iterable[StandingFact]) -> tuple[StandingFact, ...]:
    """Return the confirmed facts, one about each thing: a person's own before what is so for everybody."""
    held: dict[str, StandingFact] = {}
    for one in sorted(found, key=lambda one: (one.scope == "team", one.id)):
        if one.state == "confirmed":
            held.setdefault(about(one.fact), one)
    return tuple(held.values())
