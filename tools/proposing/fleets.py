"""How much else its owner has of the same service: one question, whatever the size of the bill."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from finops.money import trimmed
from finops.periods import Period
from finops.ports import DataHandle
from finops.relational import Aggregate, Condition, Key, Question
from tools.cost_questions import count
from tools.instances import amount
from tools.ownership import owner_tag
from tools.scope import CHARGE_START, days_of

_AGGREGATES = (Aggregate("resources", "distinct", "ResourceId"), Aggregate("cost", "sum", "EffectiveCost"))


@dataclass(frozen=True, slots=True)
class Fleet:
    """Resources and their EffectiveCost; none of either where nobody owns the target."""

    size: int
    cost: Decimal
    query: str


def owned(period: Period, *, service: str, owner: tuple[str, str], currency: str) -> Question:
    """Return the question for what has this ServiceName and this tag in `period`, in `currency`."""
    key, value = owner
    where = (
        Condition(Key("ServiceName"), "is", (service,)),
        Condition(Key("Tags", json_key=key), "is", (value,)),
        Condition(Key("BillingCurrency"), "is", (currency,)),
        *days_of(CHARGE_START, period.start, period.end),
    )
    return Question("cost", _AGGREGATES, (), where)


def fleet_of(data: DataHandle, period: Period, *, service: str | None, tags: Mapping[str, str], currency: str) -> Fleet:
    """Return what has the same ServiceName and the same owner (or team) tag in `period`, in `currency`."""
    owner = owner_tag(tags)
    if owner is None or service is None:
        return Fleet(0, Decimal(0), "")
    answer = data.ask(owned(period, service=service, owner=owner, currency=currency))
    (record,) = answer.records()
    return Fleet(count(record["resources"]), trimmed(amount(record["cost"])), answer.query)
