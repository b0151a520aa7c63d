"""What each planner of a question cost, added up and said."""

from collections.abc import Iterable
from decimal import Decimal

from agent.answer import ModelCost
from agent.ladder import Spent
from agent.state import Share
from finops.money import plain, trimmed


def together(*costs: ModelCost) -> ModelCost:
    """Add costs; the sum is priced only where each is."""
    return ModelCost(value=sum((cost.value for cost in costs), Decimal(0)), priced=all(cost.priced for cost in costs))


def shared(shares: tuple[Share, ...], spent: Iterable[Spent]) -> tuple[Share, ...]:
    """Add what was spent to each planner's share; who cost nothing for certain has none."""
    found = {share.planner: share for share in shares}
    for one in spent:
        if one.tokens or one.cost.value or not one.cost.priced:
            share = found.get(one.planner, Share(planner=one.planner))
            tokens, cost = share.tokens + one.tokens, together(share.cost, one.cost)
            found[one.planner] = Share(planner=one.planner, tokens=tokens, cost=cost)
    return tuple(found.values())


def shares_note(shares: tuple[Share, ...], planner: str) -> tuple[str, ...]:
    """Say who answered and what each cost, where more than one model was asked."""
    if len(shares) < 2:
        return ()
    parts = (f"`{share.planner}`{' (answered)' if share.planner == planner else ''} {_cost(share)}" for share in shares)
    return (f"models asked: {', '.join(parts)}",)


def _cost(share: Share) -> str:
    tokens = f"{share.tokens:,} tokens"
    known = f"{share.cost.unit} {plain(trimmed(share.cost.value))}"
    return f"{tokens}, {known}" if share.cost.priced else f"{tokens}, at least {known}" if share.cost.value else tokens
