"""ChatOpenAI, speaking to the configured endpoint and to nobody else."""

import json
import re
from collections.abc import Generator, Sequence
from typing import Any, Self, cast

import httpx2
from langchain_core.messages import BaseMessage
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from langchain_openai import ChatOpenAI
from pydantic import PrivateAttr, SecretStr

from agent.planners.model_settings import ModelSettings

USAGE = "tollkeeper_usage"
"""Under what a piece of a reply keeps the endpoint's own count of tokens, as it was sent."""


class Chat(ChatOpenAI):
    """A chat model that is asked past LangChain's callbacks.

    Callbacks carry prompts and replies to whatever tracer an environment variable names, and unchecked text to whoever streams
    the graph; neither may happen.
    """

    _limit: dict[str, int] = PrivateAttr(default_factory=dict[str, int])

    @classmethod
    def to(cls, settings: ModelSettings, http: httpx2.Client) -> Self:
        """Return the model of `settings`. Everything an environment variable could set is set here."""
        made = cls(
            model=settings.model,
            api_key=SecretStr(settings.api_key),
            base_url=_base_url(settings),
            # Azure's dated API is told its version with each request.
            default_query={"api-version": settings.azure_api_version} if settings.azure_api_version else None,
            # Reasoning models refuse any temperature but their own.
            temperature=None if re.match(r"o\d|gpt-5", settings.model.rpartition("/")[2]) else 0.0,
            max_retries=0,
            streaming=settings.stream,
            stream_usage=True,
            use_responses_api=False,
            openai_proxy=None,
            # Our own client reads proxies from the environment itself.
            http_socket_options=(),
            http_client=http,
        )
        made._limit = {settings.limit_field: settings.max_tokens}
        return made

    def size(self, messages: list[BaseMessage], tools: Sequence[dict[str, object]]) -> int:
        """Return the bytes of a request: no tokenizer makes more tokens of it."""
        payload = self._get_request_payload(messages, **_chosen(tools))
        return len(json.dumps(payload, ensure_ascii=False).encode(errors="replace"))

    def pieces(
        self, messages: list[BaseMessage], tools: Sequence[dict[str, object]], *, seconds: float
    ) -> Generator[ChatGeneration, None, None]:
        """Yield one reply, in pieces where the endpoint streams."""
        timeout = httpx2.Timeout(seconds, connect=min(seconds, 5.0))
        if self.streaming:
            yield from self._stream(messages, timeout=timeout, **_chosen(tools))
        else:
            yield from self._generate(messages, timeout=timeout, **_chosen(tools)).generations

    def _get_request_payload(self, input_: Any, *, stop: list[str] | None = None, **kwargs: Any) -> dict[str, Any]:  # pyright: ignore[reportIncompatibleMethodOverride]
        """Say where a reply has to end, by the name that the endpoint knows."""
        return {**super()._get_request_payload(input_, stop=stop, **kwargs), **self._limit}  # pyright: ignore[reportUnknownMemberType]

    def _convert_chunk_to_generation_chunk(
        self, chunk: dict[str, Any], default_chunk_class: type, base_generation_info: dict[str, Any] | None
    ) -> ChatGenerationChunk | None:
        """Keep the endpoint's own count: what LangChain makes of it drops what it does not know."""
        made = super()._convert_chunk_to_generation_chunk(chunk, default_chunk_class, base_generation_info)  # pyright: ignore[reportUnknownMemberType]
        if made is not None and isinstance(chunk.get("usage"), dict):
            made.generation_info = {**(made.generation_info or {}), USAGE: chunk["usage"]}
        return made

    def _create_chat_result(self, response: Any, generation_info: dict[str, Any] | None = None) -> ChatResult:
        made = super()._create_chat_result(response, generation_info)  # pyright: ignore[reportUnknownMemberType]
        usage = cast("dict[str, object]", made.llm_output or {}).get("token_usage")
        for one in made.generations if isinstance(usage, dict) else []:
            one.generation_info = {**(one.generation_info or {}), USAGE: usage}
        return made


def _base_url(settings: ModelSettings) -> str:
    if not settings.azure_api_version:
        return settings.base_url
    root = settings.base_url.removesuffix("/openai/v1").removesuffix("/openai")
    return f"{root}/openai/deployments/{settings.azure_deployment or settings.model}"


def _chosen(tools: Sequence[dict[str, object]]) -> dict[str, Any]:
    return {"tools": list(tools)} if tools else {}
