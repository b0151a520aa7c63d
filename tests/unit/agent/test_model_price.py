"""What a reply cost. Prices: the providers' list prices as of 2026-01, worked out by hand below."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from agent.answer import ModelCost
from agent.planners.model_price import Spent, price, together

AT = datetime(2026, 1, 15, tzinfo=UTC)


@pytest.mark.parametrize("base_url", ["https://api.openai.com/v1", "http://127.0.0.1:4000/v1"])
def test_known_model_is_priced_directly_and_behind_a_proxy(base_url: str) -> None:
    # gpt-4o: USD 2.50 a million read, 1.25 cached, 10.00 written: 600 x 2.5 + 400 x 1.25 + 100 x 10 = 3000 micro-dollars.
    cost = price(Spent(read=1000, cached=400, written=100, counted=True), model="gpt-4o", base_url=base_url, at=AT)
    assert cost == ModelCost(value=Decimal("0.003"))


def test_unknown_model_costs_nothing_that_is_known() -> None:
    cost = price(
        Spent(read=1000, written=100, counted=True), model="my-own-7b", base_url="http://127.0.0.1:1/v1", at=AT
    )
    assert cost == ModelCost(value=Decimal(0), priced=False)


def test_reply_without_a_token_count_is_not_priced() -> None:
    assert not price(Spent(), model="gpt-4o", base_url="https://api.openai.com/v1", at=AT).priced


def test_sum_is_priced_only_where_each_part_is() -> None:
    known, unknown = ModelCost(value=Decimal("0.1")), ModelCost(priced=False)
    assert together([known, known]) == ModelCost(value=Decimal("0.2"))
    assert together([known, unknown]) == ModelCost(value=Decimal("0.1"), priced=False)
