"""How each kind of endpoint counts tokens, over real HTTP: what is booked and what it costs, nothing twice."""

from decimal import Decimal
from typing import Any

import pytest

from agent.planners.contract import Planned, Say
from agent.planners.model import ModelPlanner, ModelSettings
from agent.planners.model_usage import spent_of
from evals.scripted_endpoint import Reply, ScriptedEndpoint
from finops.model_tiers import Price
from finops.spend import Account, Attempt, Reservation, Tokens
from tests.unit.agent.model_turns import turn


class Book:
    """A guard with room for everything, which keeps what it is told."""

    def __init__(self) -> None:
        self.reserved: list[Attempt] = []
        self.settled: list[tuple[Tokens, Decimal | None]] = []
        self.presumed = 0

    def reserve(self, account: Account, attempt: Attempt) -> Reservation:
        self.reserved.append(attempt)
        return Reservation(str(len(self.reserved)))

    def settle(self, reservation: Reservation, used: Tokens, usd: Decimal | None) -> None:
        self.settled.append((used, usd))

    def release(self, reservation: Reservation) -> None:
        raise NotImplementedError

    def presume(self, reservation: Reservation) -> None:
        self.presumed += 1


@pytest.fixture(params=[True, False], ids=["streamed", "whole"])
def asked(request: pytest.FixtureRequest) -> Any:
    """Return a function that asks a model whose reply counts in this way."""

    def ask(usage: dict[str, Any] | None, model: str, *, price: Price | None = None) -> tuple[Planned, Book]:
        book = Book()
        with ScriptedEndpoint([Reply(text="ok", usage=None, raw_usage=usage)]) as endpoint:
            settings = ModelSettings(model, endpoint.base_url, stream=request.param, price=price)
            with ModelPlanner(settings, guard=lambda: book) as planner:
                return planner.plan(turn(account=Account("ana", "q"))), book

    return ask


OPENAI = {
    "prompt_tokens": 1000, "completion_tokens": 100, "total_tokens": 1100,
    "prompt_tokens_details": {"cached_tokens": 400, "audio_tokens": 0},
    "completion_tokens_details": {"reasoning_tokens": 60, "accepted_prediction_tokens": 0},
}  # fmt: skip
# vLLM sends null where it has no details; Azure adds what it filtered elsewhere in the body.
VLLM = {"prompt_tokens": 1000, "completion_tokens": 100, "total_tokens": 1100, "prompt_tokens_details": None}
# LiteLLM before Anthropic: the prompt holds what was read from and written into the cache, said in both ways.
LITELLM = {
    "prompt_tokens": 1000, "completion_tokens": 100, "total_tokens": 1100,
    "cache_creation_input_tokens": 100, "cache_read_input_tokens": 400,
    "prompt_tokens_details": {"cached_tokens": 400, "cache_creation_tokens": 100},
}  # fmt: skip
# xAI: reasoning stands beside the completion, and in the total alone.
XAI = {
    "prompt_tokens": 1000, "completion_tokens": 100, "total_tokens": 1400,
    "prompt_tokens_details": {"cached_tokens": 0}, "completion_tokens_details": {"reasoning_tokens": 300},
}  # fmt: skip


@pytest.mark.parametrize(
    ("usage", "model", "booked", "usd"),
    [
        # 600 x 2.50 + 400 x 1.25 + 100 x 10 a million; reasoning is among the 100.
        (OPENAI, "gpt-4o", Tokens(1000, 400, 0, 100, 60), "0.003"),
        (VLLM, "gpt-4o", Tokens(1000, 0, 0, 100, 0), "0.0035"),
        # 500 x 3 + 400 x 0.30 + 100 x 3.75 + 100 x 15.
        (LITELLM, "anthropic/claude-sonnet-4-5", Tokens(1000, 400, 100, 100, 0), "0.003495"),
        (XAI, "xai-alike", Tokens(1000, 0, 0, 400, 300), None),
    ],
    ids=["openai", "vllm", "litellm", "xai"],
)
def test_count_of_an_endpoint_is_booked_once_and_priced(
    asked: Any, usage: dict[str, Any], model: str, booked: Tokens, usd: str | None
) -> None:
    planned, book = asked(usage, model)
    assert planned.step == Say(text="ok")
    assert book.settled == [(booked, Decimal(usd) if usd else None)]
    assert (planned.tokens, planned.cost.value) == (booked.total, Decimal(usd or 0))


def test_endpoint_that_counts_nothing_stays_at_its_worst(asked: Any) -> None:
    planned, book = asked(None, "qwen3:8b")
    assert (book.settled, book.presumed) == ([], 1)
    assert not planned.cost.priced


@pytest.mark.parametrize(
    "usage",
    [
        {}, {"prompt_tokens": 0, "completion_tokens": 0}, {"prompt_tokens": -5, "completion_tokens": 1},
        {"prompt_tokens": "many", "completion_tokens": 1}, {"prompt_tokens": True, "completion_tokens": 1},
        {"prompt_tokens": 10}, {"prompt_tokens": 10**18, "completion_tokens": 1}, {"prompt_tokens": 1.5, "completion_tokens": 1},
    ],
)  # fmt: skip
def test_count_that_is_none_makes_nothing_free(usage: dict[str, Any]) -> None:
    assert not spent_of(usage).counted


def test_more_cached_than_read_is_no_more_than_all() -> None:
    odd = {"prompt_tokens": 100, "completion_tokens": 1, "prompt_tokens_details": {"cached_tokens": 400}}
    assert spent_of(odd).booked == Tokens(100, 100, 0, 1, 0)


def test_own_price_is_what_is_booked_and_set_aside(asked: Any) -> None:
    own = Price(input=Decimal(1), output=Decimal(2))
    _, book = asked(OPENAI, "my-own-7b", price=own)
    assert book.settled[0][1] == Decimal("0.0012")
    worst = book.reserved[0]
    assert worst.usd == (worst.worst.read + 2 * worst.worst.written) / Decimal(1_000_000)


def test_azures_dated_api_is_asked_as_it_wants_to_be() -> None:
    with ScriptedEndpoint([Reply(text="ok")]) as endpoint:
        root = endpoint.base_url.removesuffix("/v1")
        settings = ModelSettings("gpt-4o", root, "azure-key", azure_api_version="2024-10-21", azure_deployment="mine")
        with ModelPlanner(settings) as planner:
            assert planner.plan(turn()).step == Say(text="ok")
        assert endpoint.paths == ["/openai/deployments/mine/chat/completions?api-version=2024-10-21"]
        (headers,) = endpoint.headers
        assert headers["api-key"] == "azure-key"
        assert "authorization" not in headers
        assert endpoint.requests[0]["max_completion_tokens"] == 4096
        assert "max_tokens" not in endpoint.requests[0]


def test_what_bounds_a_reply_has_the_name_the_endpoint_knows() -> None:
    assert ModelSettings("m").limit_field == "max_completion_tokens"
    assert ModelSettings("m", "https://x.openai.azure.com/openai/v1").limit_field == "max_completion_tokens"
    assert ModelSettings("m", "http://127.0.0.1:8000/v1").limit_field == "max_tokens"
    assert ModelSettings("m", "https://openai.com.example/v1").limit_field == "max_tokens"
