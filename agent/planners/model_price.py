"""What a reply cost: tokens as the endpoint counted them, priced by the list prices that ship with genai-prices."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from genai_prices import Usage, calc_price
from genai_prices.types import PriceCalculation

from agent.answer import ModelCost


@dataclass(frozen=True, slots=True)
class Spent:
    """Tokens of one reply. Cached tokens are part of `read`, reasoning tokens part of `written`: neither is added again."""

    read: int = 0
    cached: int = 0
    written: int = 0
    counted: bool = False
    """Whether the endpoint said anything about tokens."""

    @property
    def tokens(self) -> int:
        """Read and written together."""
        return self.read + self.written


def price(spent: Spent, *, model: str, base_url: str, at: datetime) -> ModelCost:
    """Return the list price in USD; 0 and `priced=False` where the model has none or the endpoint counted nothing."""
    if not spent.counted:
        return ModelCost(priced=False)
    usage = Usage(input_tokens=spent.read, cache_read_tokens=spent.cached, output_tokens=spent.written)
    found = _lookup(usage, model, base_url, at)
    return ModelCost(value=found.total_price) if found else ModelCost(priced=False)


def _lookup(usage: Usage, model: str, base_url: str, at: datetime) -> PriceCalculation | None:
    try:
        return calc_price(usage, model, provider_api_url=base_url, genai_request_timestamp=at)
    except LookupError:
        pass
    try:  # A proxy or an own gateway: the model's name tells whose list price it has.
        return calc_price(usage, model, genai_request_timestamp=at)
    except LookupError:
        return None


def together(costs: list[ModelCost]) -> ModelCost:
    """Add costs; the sum is priced only where each is."""
    return ModelCost(value=sum((cost.value for cost in costs), Decimal(0)), priced=all(cost.priced for cost in costs))
