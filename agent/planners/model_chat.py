"""ChatOpenAI, speaking to the configured endpoint and to nobody else."""

import re
from collections.abc import Generator, Sequence
from typing import Any, Self

import httpx2
from langchain_core.messages import BaseMessage
from langchain_core.outputs import ChatGeneration
from langchain_openai import ChatOpenAI
from pydantic import SecretStr

from agent.planners.model_settings import ModelSettings


class Chat(ChatOpenAI):
    """A chat model that is asked past LangChain's callbacks.

    Callbacks carry prompts and replies to whatever tracer an environment variable names, and unchecked text to whoever streams
    the graph; neither may happen.
    """

    @classmethod
    def to(cls, settings: ModelSettings, http: httpx2.Client) -> Self:
        """Return the model of `settings`. Everything an environment variable could set is set here."""
        return cls(
            model=settings.model,
            api_key=SecretStr(settings.api_key),
            base_url=settings.base_url,
            # Reasoning models refuse any temperature but their own.
            temperature=None if re.match(r"o\d", settings.model.rpartition("/")[2]) else 0.0,
            max_completion_tokens=settings.max_tokens,
            max_retries=0,
            streaming=settings.stream,
            stream_usage=True,
            use_responses_api=False,
            openai_proxy=None,
            # Our own client reads proxies from the environment itself.
            http_socket_options=(),
            http_client=http,
        )

    def pieces(
        self, messages: list[BaseMessage], tools: Sequence[dict[str, object]], *, seconds: float
    ) -> Generator[ChatGeneration, None, None]:
        """Yield one reply, in pieces where the endpoint streams."""
        timeout = httpx2.Timeout(seconds, connect=min(seconds, 5.0))
        chosen: dict[str, Any] = {"tools": list(tools)} if tools else {}
        if self.streaming:
            yield from self._stream(messages, timeout=timeout, **chosen)
        else:
            yield from self._generate(messages, timeout=timeout, **chosen).generations
