"""What a reply cost: tokens as the endpoint counted them, at the settings' price or the list prices that ship with genai-prices."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from genai_prices import Usage, calc_price

from agent.answer import ModelCost
from agent.planners.model_settings import ModelSettings
from finops.model_tiers import Price
from finops.spend import Tokens

_MILLION = Decimal(1_000_000)


@dataclass(frozen=True, slots=True)
class Spent:
    """Tokens of one reply. What was cached is part of `read`, reasoning part of `written`: neither is added again."""

    read: int = 0
    cached: int = 0
    written: int = 0
    counted: bool = False
    """Whether the endpoint said anything about tokens."""
    cache_written: int = 0
    reasoning: int = 0

    @property
    def tokens(self) -> int:
        """Read and written together."""
        return self.read + self.written

    @property
    def booked(self) -> Tokens:
        """The same as the ledger keeps it."""
        return Tokens(self.read, self.cached, self.cache_written, self.written, self.reasoning)


def price(spent: Spent, settings: ModelSettings, *, at: datetime) -> ModelCost:
    """Return the price in USD; 0 and `priced=False` where the model has none or the endpoint counted nothing."""
    if not spent.counted:
        return ModelCost(priced=False)
    found = _usd(spent.booked, settings, at)
    return ModelCost(priced=False) if found is None else ModelCost(value=found)


def worst_price(worst: Tokens, settings: ModelSettings, *, at: datetime) -> Decimal | None:
    """Return the most that so many tokens can cost, None for a model without a price: to write a cache may cost more than to read."""
    plain = _usd(worst, settings, at)
    if plain is None:
        return None
    into_cache = _usd(worst._replace(cache_written=worst.read), settings, at)
    return max(plain, into_cache or Decimal(0))


def _usd(tokens: Tokens, settings: ModelSettings, at: datetime) -> Decimal | None:
    return _own(tokens, settings.price) if settings.price else _listed(tokens, settings, at)


def _own(tokens: Tokens, price: Price) -> Decimal:
    plain = tokens.read - tokens.cached - tokens.cache_written
    cached = price.input if price.cached_input is None else price.cached_input
    into_cache = price.input if price.cache_write is None else price.cache_write
    parts = (
        plain * price.input,
        tokens.cached * cached,
        tokens.cache_written * into_cache,
        tokens.written * price.output,
    )
    return sum(parts, Decimal(0)) / _MILLION


def _listed(tokens: Tokens, settings: ModelSettings, at: datetime) -> Decimal | None:
    usage = Usage(
        input_tokens=tokens.read,
        cache_read_tokens=tokens.cached,
        cache_write_tokens=tokens.cache_written,
        output_tokens=tokens.written,
    )
    try:
        return calc_price(
            usage, settings.model, provider_api_url=settings.base_url, genai_request_timestamp=at
        ).total_price
    except LookupError:
        pass
    # A proxy or an own gateway: the model's name tells whose list price it has, alone or as PROVIDER/MODEL.
    provider, slash, rest = settings.model.rpartition("/")
    for model, whose in ((settings.model, None), (rest, provider) if slash else (settings.model, None)):
        try:
            return calc_price(usage, model, provider_id=whose, genai_request_timestamp=at).total_price
        except LookupError:
            continue
    return None


def together(costs: list[ModelCost]) -> ModelCost:
    """Add costs; the sum is priced only where each is."""
    return ModelCost(value=sum((cost.value for cost in costs), Decimal(0)), priced=all(cost.priced for cost in costs))
