"""The words a rule's reason may hold in braces, filled from the request. What a tag says is shown, cleaned, never obeyed."""

import string
from collections.abc import Iterable
from datetime import date, datetime
from decimal import ROUND_FLOOR, Decimal

from finops.actions import effective
from finops.money import plain, trimmed
from policies.context import data_age_days, difference, environments_of, share, size_of_change, whole
from policies.request import PolicyRequest

LONGEST = 80
WORDS = frozenset({
    "account", "action", "actions_last_hour", "amount_today", "approvals", "approver", "approver_role", "capacity_ratio", "cost_after",
    "cost_before", "cost_change", "cost_increase", "currency", "data_age", "effect", "environment", "exempt_reason", "exempt_until",
    "failures", "fleet_size", "freeze", "in_flight", "newest_data", "observation_coverage", "observation_days", "owner",
    "owner_resources_today", "peak", "proposer", "region", "rejected", "resource", "risk", "saving", "saving_confidence", "time", "undone",
})  # fmt: skip


def placeholders(template: str) -> tuple[str, ...]:
    """Return the names in braces, in order; raises `ValueError` on a lone brace or on more than a name inside a pair."""
    found: list[str] = []
    for _, name, spec, conversion in string.Formatter().parse(template):
        if name is None:
            continue
        if spec or conversion or not name.isidentifier():
            raise ValueError(f"`{{{name}}}` is not a plain name in braces")
        found.append(name)
    return tuple(found)


def fill(template: str, words: dict[str, str]) -> str:
    """Put the words into their places. The words themselves are never read as a template."""
    return template.format_map(words)


def clean(text: str, *, longest: int = LONGEST) -> str:
    """Show text from outside on one line: nothing unprintable, no backtick, cut after `longest` characters."""
    line = " ".join(text.split()).replace("`", "'")
    shown = "".join(letter if letter.isprintable() else "?" for letter in line)
    return f"{shown[:longest]}…" if len(shown) > longest else shown


def quoted(text: str) -> str:
    """Show a value of the user's, cleaned, in backticks."""
    return f"`{clean(text)}`"


def words_of(request: PolicyRequest) -> dict[str, str]:
    """Return the word for every name in `WORDS`; the request's numbers are in range."""
    facts, target, aim = request.facts, request.action.target, effective(request.action)
    approvals, around, age = request.approvals, request.circumstances, data_age_days(request)
    before, after = facts.monthly_cost_before, facts.monthly_cost_after
    return {
        "action": quoted(request.action.kind),
        "account": quoted(target.account),
        "region": quoted(target.region),
        "effect": quoted(aim.kind),
        "resource": quoted(aim.target.resource_id),
        "approver": _listed(dict.fromkeys(one.approver for one in approvals), none="nobody"),
        "approver_role": _listed(dict.fromkeys(one.approver_role for one in approvals), none="none"),
        "proposer": _listed(
            dict.fromkeys(one.approver for one in approvals if one.approver_is_proposer), none="nobody who approved it"
        ),
        "approvals": str(len({one.approver for one in approvals})),
        "environment": _listed(environments_of(facts)),
        "owner": quoted(facts.owner) if facts.owner and facts.owner.strip() else "missing",
        "currency": quoted(facts.currency),
        "cost_before": _money(before, facts.currency),
        "cost_after": _money(after, facts.currency),
        "cost_increase": _money(difference(after, before), facts.currency),
        "saving": _money(facts.monthly_saving, facts.currency),
        "capacity_ratio": _ratio(facts.capacity_ratio),
        "observation_days": str(facts.observation_days),
        "observation_coverage": _percent(facts.observation_coverage),
        "peak": {True: "fits", False: "does not fit", None: "is not known to fit"}[facts.peak_fits],
        "newest_data": "of an unknown day" if age is None else f"of {facts.newest_data}",
        "data_age": _age(age),
        "cost_change": _money(size_of_change(facts), facts.currency),
        "saving_confidence": _percent(facts.saving_confidence),
        "risk": facts.risk,
        "fleet_size": str(facts.fleet_size),
        "time": f"{request.at:%A %H:%M} UTC",
        "freeze": quoted(around.freeze) if around.freeze else "none",
        "exempt_until": _day(around.exempt_until),
        "exempt_reason": quoted(around.exempt_reason) if around.exempt_reason else "none",
        "rejected": f"{_moment(around.rejected_on)} by {quoted(around.rejected_by) if around.rejected_by else 'nobody'}",
        "undone": _moment(around.undone_on),
        "in_flight": quoted(around.in_flight) if around.in_flight else "none",
        "amount_today": _money(around.amount_today, facts.currency),
        "actions_last_hour": str(around.actions_last_hour),
        "owner_resources_today": str(around.owner_resources_today),
        "failures": str(around.failures),
    }


def _listed(names: Iterable[str], *, none: str = "missing") -> str:
    return " and ".join(quoted(name) for name in names) or none


def _day(day: date | None) -> str:
    return "no day" if day is None else day.isoformat()


def _moment(moment: datetime | None) -> str:
    return f"on {_day(moment and moment.date())}"


def _money(amount: Decimal | None, currency: str) -> str:
    return "an amount out of range" if amount is None else f"{clean(currency)} {trimmed(amount):,f}"


def _ratio(value: Decimal | None) -> str:
    millionths = whole(value, ROUND_FLOOR)
    return "not known" if millionths is None else plain(trimmed(Decimal(millionths).scaleb(-6), least=1))


def _percent(value: Decimal) -> str:
    millionths = share(value)
    return "an unknown share" if millionths is None else f"{plain(trimmed(Decimal(millionths).scaleb(-4), least=0))} %"


def _age(days: int | None) -> str:
    if days is None:
        return "of unknown age"
    unit = "day" if abs(days) == 1 else "days"
    return f"{days} {unit} old" if days >= 0 else f"{-days} {unit} ahead"
