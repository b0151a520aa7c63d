"""Setting a budget: nothing costs more or less; what the account cost in the last 30 days stands beside the amount."""

from dataclasses import dataclass
from decimal import Decimal

from finops.actions import SetBudget
from finops.errors import ToolError, UnknownName
from finops.money import plain, trimmed
from finops.periods import Period
from finops.ports import DataHandle
from finops.relational import Aggregate, Condition, Key, Question
from tools.cost_questions import count
from tools.instances import MONTH_DAYS, amount, sources_of
from tools.proposing.effect import Effect, Proposed, proposed
from tools.scope import CHARGE_START, days_of

_ACCOUNT = Key("SubAccountId")
_AGGREGATES = (Aggregate("cost", "sum", "EffectiveCost"), Aggregate("rows", "count"))


@dataclass(frozen=True, slots=True)
class _Account:
    """What the bill says of an account; a budget has no tags, so nobody's fleet is counted."""

    resource_id: str
    account: str
    region: str
    currency: str
    sources: tuple[str | None, ...]
    cost: Decimal
    rows: int
    tags: dict[str, str]
    aws: bool = True
    currencies: int = 1
    service: str | None = None
    newest_row: Period | None = None


def propose_budget(action: SetBudget, data: DataHandle, *, period: Period) -> Proposed:
    """Return the facts. Raises `UnknownName` for an account that is none, `ToolError` where it is billed in another currency."""
    account, query = _account(action, data, period)
    effect = Effect(
        after=account.cost,
        ratio=Decimal(1),
        fits=True,
        risk="low",
        formula=f"a budget saves nothing; account `{account.account}` cost {plain(trimmed(account.cost))} EffectiveCost in "
        f"{MONTH_DAYS} days, the budget is {plain(action.amount)} a month",
    )
    return proposed(account, effect, data=data, period=period, queries=(query,))


def _account(action: SetBudget, data: DataHandle, period: Period) -> tuple[_Account, str]:
    target = action.target
    where = (
        Condition(_ACCOUNT, "is", (target.account,)),
        Condition(Key("ProviderName"), "is", ("AWS", "Amazon Web Services")),
        *days_of(CHARGE_START, period.start, period.end),
    )
    answer = data.ask(Question("cost", _AGGREGATES, (Key("BillingCurrency"), Key("x_Source")), where))
    records = answer.records()
    if not records:
        known = next((info.values for info in data.dimensions if info.name == _ACCOUNT.column), ())
        raise UnknownName("AWS account", target.account, known)
    currencies = sorted({str(one["BillingCurrency"]) for one in records})
    if currencies != [action.currency]:
        raise ToolError(
            f"account `{target.account}` is billed in {', '.join(f'`{one}`' for one in currencies)}, the budget is in "
            f"`{action.currency}`",
            fix="set it by hand",
        )
    account = _Account(
        resource_id=target.resource_id, account=target.account, region=target.region, currency=action.currency,
        sources=sources_of(records), cost=sum((amount(one["cost"]) for one in records), Decimal(0)),
        rows=sum(count(one["rows"]) for one in records), tags={},
    )  # fmt: skip
    return account, answer.query
