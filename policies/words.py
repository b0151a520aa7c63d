"""The words a rule's reason may hold in braces, filled from the request. What a tag says is shown, cleaned, never obeyed."""

import string
from collections.abc import Iterable
from decimal import ROUND_FLOOR, Decimal

from finops.money import plain, trimmed
from policies.context import data_age_days, difference, environments_of, share, whole
from policies.request import PolicyRequest

LONGEST = 80
WORDS = frozenset({
    "account", "action", "approver", "approver_role", "capacity_ratio", "cost_after", "cost_before", "cost_increase", "currency",
    "data_age", "environment", "newest_data", "observation_coverage", "observation_days", "owner", "peak", "region", "resource",
    "saving",
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
    facts, target = request.facts, request.action.target
    approval, age = request.approval, data_age_days(request)
    before, after = facts.monthly_cost_before, facts.monthly_cost_after
    return {
        "action": quoted(request.action.kind),
        "account": quoted(target.account),
        "region": quoted(target.region),
        "resource": quoted(target.resource_id),
        "approver": quoted(approval.approver) if approval else "nobody",
        "approver_role": quoted(approval.approver_role) if approval else "none",
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
    }


def _listed(names: Iterable[str]) -> str:
    return " and ".join(quoted(name) for name in names) or "missing"


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
