"""The settings of models: one a tier, from the cheap one that is asked first to the large one, and the caps on both."""

import re
from decimal import Decimal
from typing import Annotated

from pydantic import Field, field_validator

from finops.query import Frozen
from finops.spend_caps import Caps

DEFAULT_BASE_URL = "https://api.openai.com/v1"
DEFAULT_MAX_TOKENS = 4096
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,127}", re.ASCII)
PerMillion = Annotated[Decimal, Field(ge=0, le=10_000, decimal_places=6, allow_inf_nan=False)]
_URL = re.compile(r"https?://(?:\[[0-9A-Fa-f:.]+\]|[^\s/?#:\[\]]+)(?::[1-9][0-9]{0,4})?(?:/[^\s?#]*)?")


class Price(Frozen):
    """What a million tokens cost, USD; where one is left out, what is cached costs as much as any other input."""

    input: PerMillion
    output: PerMillion
    cached_input: PerMillion | None = None
    cache_write: PerMillion | None = None


class Tier(Frozen):
    """One model on one endpoint that speaks the chat-completions protocol."""

    model: Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[!-~]+$")]
    base_url: Annotated[str, Field(max_length=1000)] = DEFAULT_BASE_URL
    api_key_env: Annotated[str, Field(description="variable that holds the key; left out where none is asked for")] = ""
    timeout: Annotated[float, Field(ge=1, le=3600, description="seconds for one step, all attempts together")] = 60
    retries: Annotated[int, Field(ge=0, le=5)] = 2
    stream: bool = True
    max_tokens: Annotated[int, Field(ge=16, le=1_000_000, description="of one reply, reasoning included")] = (
        DEFAULT_MAX_TOKENS
    )
    azure_api_version: Annotated[str, Field(pattern=r"^(\d{4}-\d{2}-\d{2}(-[a-z]+)?)?$")] = ""
    azure_deployment: Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]{0,64}$")] = ""
    price: Price | None = None

    @field_validator("api_key_env")
    @classmethod
    def _no_key(cls, name: str) -> str:
        if name and not _VARIABLE.fullmatch(name):
            # Not quoted: whoever wrote the key itself here would read it in the log.
            raise ValueError(
                "it names an environment variable, such as OPENAI_API_KEY; keep the key itself out of the file"
            )
        return name

    @field_validator("base_url")
    @classmethod
    def _plain(cls, url: str) -> str:
        if "@" in url:
            raise ValueError("it holds a credential; name a variable in api_key_env")
        if not _URL.fullmatch(url):
            raise ValueError(f"`{url}` is not the address of a model endpoint; write it as http://127.0.0.1:8000/v1")
        return url.rstrip("/")


class Models(Frozen):
    """All of the settings file."""

    small: Tier | None = None
    large: Tier | None = None
    caps: Caps = Caps()
