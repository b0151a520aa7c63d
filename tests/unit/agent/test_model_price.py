"""What a reply cost. Prices: the providers' list prices as of 2026-01, worked out by hand below."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from agent.answer import ModelCost
from agent.planners.model_price import Spent, price, together, worst_price
from agent.planners.model_settings import ModelSettings
from finops.model_tiers import Price
from finops.spend import Tokens

AT = datetime(2026, 1, 15, tzinfo=UTC)


@pytest.mark.parametrize("base_url", ["https://api.openai.com/v1", "http://127.0.0.1:4000/v1"])
def test_known_model_is_priced_directly_and_behind_a_proxy(base_url: str) -> None:
    # gpt-4o: USD 2.50 a million read, 1.25 cached, 10.00 written: 600 x 2.5 + 400 x 1.25 + 100 x 10 = 3000 micro-dollars.
    cost = price(Spent(read=1000, cached=400, written=100, counted=True), ModelSettings("gpt-4o", base_url), at=AT)
    assert cost == ModelCost(value=Decimal("0.003"))


def test_unknown_model_costs_nothing_that_is_known() -> None:
    own = ModelSettings("my-own-7b", "http://127.0.0.1:1/v1")
    cost = price(Spent(read=1000, written=100, counted=True), own, at=AT)
    assert cost == ModelCost(value=Decimal(0), priced=False)


def test_reply_without_a_token_count_is_not_priced() -> None:
    assert not price(Spent(), ModelSettings("gpt-4o"), at=AT).priced


def test_sum_is_priced_only_where_each_part_is() -> None:
    known, unknown = ModelCost(value=Decimal("0.1")), ModelCost(priced=False)
    assert together([known, known]) == ModelCost(value=Decimal("0.2"))
    assert together([known, unknown]) == ModelCost(value=Decimal("0.1"), priced=False)


@pytest.mark.parametrize("model", ["openai/gpt-4o", "gpt-4o"])
def test_name_with_its_provider_before_it_has_the_same_price(model: str) -> None:
    proxy = ModelSettings(model, "http://127.0.0.1:4000/v1")
    assert price(Spent(read=1000, written=100, counted=True), proxy, at=AT).value == Decimal("0.0035")


def test_reasoning_is_paid_once_as_part_of_what_was_written() -> None:
    settings = ModelSettings("gpt-4o")
    plain = price(Spent(read=1000, written=100, counted=True), settings, at=AT)
    assert price(Spent(read=1000, written=100, reasoning=90, counted=True), settings, at=AT) == plain


def test_what_is_written_into_a_cache_has_its_own_price() -> None:
    # claude-sonnet-4-5: 3 read, 0.30 cached, 3.75 into the cache, 15 written: 500 x 3 + 400 x 0.3 + 100 x 3.75 + 100 x 15.
    spent = Spent(read=1000, cached=400, cache_written=100, written=100, counted=True)
    claude = ModelSettings("claude-sonnet-4-5", "http://127.0.0.1:4000/v1")
    assert price(spent, claude, at=AT).value == Decimal("0.003495")


def test_the_worst_is_that_all_of_the_prompt_is_written_into_a_cache() -> None:
    claude = ModelSettings("claude-sonnet-4-5", "http://127.0.0.1:4000/v1")
    assert worst_price(Tokens(read=1000, written=100), claude, at=AT) == Decimal("0.00525")
    assert worst_price(Tokens(read=1000, written=100), ModelSettings("gpt-4o"), at=AT) == Decimal("0.0035")
    assert (
        worst_price(Tokens(read=1000, written=100), ModelSettings("my-own-7b", "http://127.0.0.1:1/v1"), at=AT) is None
    )


def test_own_price_goes_before_the_list_price() -> None:
    own = Price(input=Decimal(1), output=Decimal(2), cached_input=Decimal("0.1"))
    spent = Spent(read=1000, cached=400, cache_written=100, written=100, counted=True)
    settings = ModelSettings("gpt-4o", price=own)
    # 600 x 1 (what went into the cache is read at the input's price) + 400 x 0.1 + 100 x 2.
    assert price(spent, settings, at=AT).value == Decimal("0.00084")
