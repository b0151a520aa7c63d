"""From a request to what Cedar compares: whole numbers, normalised names, and a sentinel for all that is not known.

Where a value is not known the sentinel says so and the value itself is the one that refuses most, so that a rule that forgets
the sentinel still refuses.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal, localcontext

from finops.actions import ChangeCode, Facts, effective
from finops.money import EXACT
from policies.request import ApprovalFacts, PolicyRequest

ContextValue = bool | int | str | list[str]
# A million million units in micro-units: nine such numbers can be added before a 64-bit integer overflows.
LARGEST = 10**18
OLDEST_DAYS = 1_000_000
_MILLION = 6


@dataclass(frozen=True, slots=True)
class OutOfRange:
    """A fact too large, or with too many digits, for the engine to compare: nothing is allowed on it."""

    fact: str


# Who approves best: where even these are refused, no approval can help.
ANYBODY = tuple(
    ApprovalFacts(approver=f"anybody {number}", approver_role="admin", approver_is_proposer=False, local=False)
    for number in range(1, 6)
)


def context_of(request: PolicyRequest, *, approvals: Sequence[ApprovalFacts]) -> dict[str, ContextValue] | OutOfRange:
    """Return the Cedar context of `request` as approved by `approvals`, in the attributes of schema.cedarschema."""
    numbers = numbers_of(request.facts)
    around = circumstances_of(request)
    if isinstance(numbers, OutOfRange):
        return numbers
    if isinstance(around, OutOfRange):
        return around
    facts, age = request.facts, data_age_days(request)
    owner = name_of(facts.owner or "")
    return {
        "approved": bool(approvals),
        # Counted by person: one who says yes twice is one.
        "approvals": len({one.approver for one in approvals}),
        "approvers": sorted({one.approver for one in approvals}),
        "approver_roles": sorted({one.approver_role for one in approvals}),
        "approver_is_proposer": not approvals or any(one.approver_is_proposer for one in approvals),
        "local": bool(approvals) and all(one.local for one in approvals),
        "account": request.action.target.account,
        "region": request.action.target.region,
        "environments": environments_of(facts),
        "owner": owner,
        "owner_known": any(letter.isalnum() for letter in owner),
        "tags": sorted(f"{key}={value}" for key, value in facts.tags.items()),
        "currency": facts.currency,
        **numbers,
        "capacity_known": facts.capacity_ratio is not None,
        "peak_fits": facts.peak_fits is True,
        "data_age_days": OLDEST_DAYS if age is None else age,
        "data_age_known": age is not None,
        "effect": effective(request.action).kind,
        "by_review_only": isinstance(request.action, ChangeCode) and request.action.stands_for is None,
        "risk": facts.risk,
        "reversible": facts.reversible,
        "undo_certain": facts.reversible and facts.undo_certain,
        **around,
    }


def circumstances_of(request: PolicyRequest) -> dict[str, ContextValue] | OutOfRange:
    """Return what the records and the calendar say, in whole numbers; what never was, was longest ago."""
    around = request.circumstances
    amount = whole(around.amount_today, ROUND_CEILING)
    if amount is None:
        return OutOfRange("amount_today")
    return {
        "hour": request.at.hour,
        "weekday": request.at.isoweekday(),
        "frozen": bool(around.freeze),
        "exempt": around.exempt_until is not None and around.exempt_until >= request.now,
        "rejected_days_ago": _days_since(around.rejected_on, request.at),
        "undone_days_ago": _days_since(around.undone_on, request.at),
        "in_flight": bool(around.in_flight),
        "amount_today": amount,
        "actions_last_hour": around.actions_last_hour,
        "owner_resources_today": around.owner_resources_today,
        "failures": around.failures,
    }


def _days_since(moment: datetime | None, now: datetime) -> int:
    """Return the whole days of 24 hours since a moment."""
    # A clock that was set back makes no time pass: what is yet to come was just now.
    return OLDEST_DAYS if moment is None else max(0, (now - moment).days)


def numbers_of(facts: Facts) -> dict[str, int | bool] | OutOfRange:
    """Return every number of `facts` as a whole one: money rounded up, ratios rounded down, each range-checked."""
    before, after, saving = facts.monthly_cost_before, facts.monthly_cost_after, facts.monthly_saving
    # Out of range already: their difference may be without end, so it is not even computed.
    for fact, amount in (("monthly_cost_before", before), ("monthly_cost_after", after), ("monthly_saving", saving)):
        if whole(amount, ROUND_CEILING) is None:
            return OutOfRange(fact)
    scaled = {
        "monthly_cost_before": whole(before, ROUND_CEILING),
        "monthly_cost_after": whole(after, ROUND_CEILING),
        "monthly_saving": whole(saving, ROUND_CEILING),
        "cost_increase": whole(difference(after, before), ROUND_CEILING),
        "cost_change": whole(size_of_change(facts), ROUND_CEILING),
        "saving_beyond_spend": whole(difference(saving, before), ROUND_CEILING),
        "capacity_ratio": 0 if facts.capacity_ratio is None else whole(facts.capacity_ratio, ROUND_FLOOR),
        "observation_coverage": share(facts.observation_coverage),
        "observation_days": facts.observation_days if abs(facts.observation_days) <= LARGEST else None,
        "saving_confidence": share(facts.saving_confidence),
        "fleet_size": facts.fleet_size if 0 <= facts.fleet_size <= LARGEST else None,
        "fleet_cost": whole(facts.fleet_cost, ROUND_FLOOR),
    }
    known: dict[str, int | bool] = {}
    for fact, number in scaled.items():
        if number is None:
            return OutOfRange(fact)
        known[fact] = number
    return known | {"amounts_agree": difference(before, after) == saving}


def whole(value: Decimal | None, rounding: str) -> int | None:
    """Return millionths of `value` as a whole number, or None where it is not finite, too large or not exact in 76 digits."""
    if value is None or not value.is_finite() or value.copy_abs() > LARGEST // 10**_MILLION:
        return None
    try:
        return int(value.scaleb(_MILLION, EXACT).to_integral_value(rounding, EXACT))
    except ArithmeticError:
        return None


def share(value: Decimal) -> int | None:
    """Return millionths of a share of 1, rounded away from what is good: down up to 1, up where it is more than there can be."""
    return whole(value, ROUND_FLOOR if value <= 1 else ROUND_CEILING) if value.is_finite() else None


def difference(left: Decimal, right: Decimal) -> Decimal | None:
    """Return `left` less `right` to the last digit, or None where that takes more than 76 digits."""
    try:
        with localcontext(EXACT):
            return left - right
    except ArithmeticError:
        return None


def size_of_change(facts: Facts) -> Decimal | None:
    """Return how much the monthly cost changes, up or down, or None where that takes more than 76 digits: what limits count."""
    change = difference(facts.monthly_cost_after, facts.monthly_cost_before)
    return None if change is None else change.copy_abs()


def name_of(text: str) -> str:
    """Return a tag's value for comparing: lower case, no spaces at its ends. Only ASCII is folded.

    Other scripts stay as they are, so that no look-alike (a long s in `staging`, a full-width `dev`) turns into a name that is known.
    """
    return text.strip().lower() if text.isascii() else text


def environments_of(facts: Facts) -> list[str]:
    """Return every environment named by the facts or by a tag such as `Environment`, `env` or `acme:env`, in order."""
    named = [facts.environment] if facts.environment is not None else []
    named += [
        value for key, value in facts.tags.items() if re.split(r"[:/.]", name_of(key))[-1] in ("environment", "env")
    ]
    return sorted({name_of(value) for value in named} - {""})


def data_age_days(request: PolicyRequest) -> int | None:
    """Return the days from the newest data to the day of the decision, or None where the data's day is no date."""
    try:
        return (request.now - date.fromisoformat(request.facts.newest_data)).days
    except ValueError:
        return None
