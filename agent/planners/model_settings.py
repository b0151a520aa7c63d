"""Where a model is and how long to wait for it. Light to import, so that asking whether a model is configured costs nothing."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from finops.errors import BadInput
from finops.model_tiers import DEFAULT_BASE_URL, DEFAULT_MAX_TOKENS, Price, Tier

_LOOPBACK = re.compile(r"localhost|127(\.\d{1,3}){3}|::1")
# Hosts that no longer take `max_tokens`; every other endpoint does, and few take what came in its place.
_NEW_LIMIT = re.compile(r"(?:.*\.)?(?:openai\.com|azure\.com)")
# A key outside this alphabet cannot be sent in a header; checked here, since the HTTP library would print it when it refuses.
_SENDABLE = re.compile(r"[\x21-\x7e]+")
_VARIABLES = {
    "model": "TOLL_MODEL",
    "base_url": "OPENAI_BASE_URL",
    "api_key_env": "OPENAI_API_KEY",
    "timeout": "TOLL_MODEL_TIMEOUT",
    "max_tokens": "TOLL_MODEL_MAX_TOKENS",
    "stream": "TOLL_MODEL_STREAM=0",
}


@dataclass(frozen=True, slots=True)
class ModelSettings:
    """One endpoint and one model on it. The key is in no representation of it."""

    model: str
    base_url: str = DEFAULT_BASE_URL
    api_key: str = field(default="none", repr=False)
    timeout: float = 60.0
    """Seconds for one planning step, all attempts together."""
    retries: int = 2
    """Attempts after the first one."""
    stream: bool = True
    max_tokens: int = DEFAULT_MAX_TOKENS
    """Most tokens of one reply, reasoning included; always sent, so that what a reply can cost has an end."""
    azure_api_version: str = ""
    """Empty for the plain protocol; else the dated API of Azure, with the key in a header of its own."""
    azure_deployment: str = ""
    price: Price | None = None
    """Own price in place of the list price."""
    tier: str = ""
    """Section of the settings file; empty where the environment names the model."""

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> "ModelSettings | None":
        """Read `TOLL_MODEL`, `OPENAI_BASE_URL`, `OPENAI_API_KEY`; None without `TOLL_MODEL`. Raises `BadInput`.

        A key alone configures nothing: a bill is sent to no endpoint that was not chosen for this.
        """
        model = environment.get("TOLL_MODEL", "").strip()
        if not model:
            return None
        url, key = environment.get("OPENAI_BASE_URL", "").strip(), environment.get("OPENAI_API_KEY", "").strip()
        if not url and not key:
            raise BadInput(f"`TOLL_MODEL` is `{model}`, but no endpoint is given",
                           fix="set OPENAI_API_KEY, or OPENAI_BASE_URL for another endpoint")  # fmt: skip
        return cls(
            model=model,
            base_url=_url(url or DEFAULT_BASE_URL),
            api_key=_key(key or "none", "OPENAI_API_KEY"),
            timeout=_number(environment, "TOLL_MODEL_TIMEOUT", 60, least=1, most=3600),
            retries=int(_number(environment, "TOLL_MODEL_RETRIES", 2, least=0, most=5)),
            stream=_switch(environment, "TOLL_MODEL_STREAM"),
            max_tokens=int(_number(environment, "TOLL_MODEL_MAX_TOKENS", 0, least=0, most=1_000_000))
            or DEFAULT_MAX_TOKENS,
        )

    @classmethod
    def of_tier(cls, name: str, tier: Tier, environment: Mapping[str, str]) -> "ModelSettings":
        """Return what a section of the settings file says, with the key of the variable it names. Raises `BadInput`."""
        key = environment.get(tier.api_key_env, "").strip() if tier.api_key_env else "none"
        if not key:
            raise BadInput(
                f"`{name}.api_key_env` names `{tier.api_key_env}`, which is not set",
                fix="set it, or name another variable",
            )
        if tier.base_url == DEFAULT_BASE_URL and not tier.api_key_env:
            raise BadInput(
                f"`{name}` is a model of OpenAI's without a key",
                fix=f"name the variable that holds it in `{name}.api_key_env`, or give a `base_url`",
            )
        return cls(
            model=tier.model, base_url=tier.base_url, api_key=_key(key, tier.api_key_env), timeout=float(tier.timeout),
            retries=tier.retries, stream=tier.stream, max_tokens=tier.max_tokens, azure_api_version=tier.azure_api_version,
            azure_deployment=tier.azure_deployment, price=tier.price, tier=name,
        )  # fmt: skip

    @property
    def host(self) -> str:
        """Host and port as configured, for messages; never credentials."""
        return _host(self.base_url)

    @property
    def loopback(self) -> bool:
        """Whether the endpoint is on this machine."""
        return bool(_LOOPBACK.fullmatch(urlsplit(self.base_url).hostname or ""))

    @property
    def limit_field(self) -> str:
        """What the protocol calls the most tokens of a reply at this endpoint."""
        new = bool(self.azure_api_version) or _NEW_LIMIT.fullmatch(urlsplit(self.base_url).hostname or "")
        return "max_completion_tokens" if new else "max_tokens"

    def named(self, setting: str) -> str:
        """Return what the person calls a setting: the environment variable, or its place in the settings file."""
        if not self.tier:
            return _VARIABLES[setting]
        return f"`{self.tier}.stream = false`" if setting == "stream" else f"`{self.tier}.{setting}`"


def _host(url: str) -> str:
    return urlsplit(url).netloc.rpartition("@")[2]


def _url(text: str) -> str:
    shown = re.sub(r"//[^/@]*@", "//", text)
    fix = "set OPENAI_BASE_URL to something like http://127.0.0.1:8000/v1"
    try:
        parts = urlsplit(text)
        _ = parts.port
    except ValueError:
        raise BadInput(f"`{shown}` is not the address of a model endpoint", fix=fix) from None
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise BadInput(f"`{shown}` is not the address of a model endpoint", fix=fix)
    return text.rstrip("/")


def _key(text: str, variable: str) -> str:
    if not _SENDABLE.fullmatch(text):
        raise BadInput("the model's key holds spaces or characters that no key has", fix=f"set {variable} again")
    return text


def _number(environment: Mapping[str, str], name: str, default: int, *, least: int, most: int) -> float:
    text = environment.get(name, "").strip() or str(default)
    if not re.fullmatch(r"\d{1,9}(\.\d{1,3})?", text) or not least <= float(text) <= most:
        raise BadInput(f"`{text}` is no value for {name}", fix=f"give a number from {least} to {most}")
    return float(text)


def _switch(environment: Mapping[str, str], name: str) -> bool:
    text = environment.get(name, "").strip().lower()
    if text not in ("", "0", "1", "true", "false"):
        raise BadInput(f"`{text}` is no value for {name}", fix="give 1 or 0")
    return text not in ("0", "false")
