"""What a failed call to the endpoint means: one sentence, the fix, and whether trying again can help. Holds no key."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import cast

import httpx2
import openai
from langchain_core.exceptions import ContextOverflowError

from agent.planners.model_http import TooLong
from agent.planners.model_settings import ModelSettings
from finops.errors import Unavailable

# What a foreign answer can raise while it is read: the SDK's and the HTTP library's own, and what their parsers let through.
FOREIGN = (
    openai.OpenAIError,
    httpx2.HTTPError,
    httpx2.StreamError,
    ValueError,
    KeyError,
    TypeError,
    AttributeError,
    IndexError,
)


class BrokenOff(ValueError):
    """The stream ended before the reply did."""


@dataclass(frozen=True, slots=True)
class Failure:
    """A failed attempt. `wait` is what the endpoint asked for, in seconds, None where it asked for nothing."""

    error: Unavailable
    again: bool
    wait: float | None = None
    unserved: bool = False
    """Whether no model can have answered, so that nothing is charged; where nobody knows, it is not."""


def explain(raised: Exception, settings: ModelSettings) -> Failure:
    """Say what `raised` means for the person who asked, and whether anything can have been charged."""
    return replace(_explained(raised, settings), unserved=_unserved(raised))


def _unserved(raised: Exception) -> bool:
    """Tell whether no model can have answered: nothing was connected to, or the request was refused as it stood.

    A failing server (5xx) or one that gave up (408, 499) may have asked a model and charged for it.
    """
    if isinstance(raised, openai.APIStatusError):
        return raised.status_code < 500 and raised.status_code not in (408, 499)
    never = (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout)
    return any(isinstance(cause, never) for cause in _causes(raised))


def _explained(raised: Exception, settings: ModelSettings) -> Failure:
    endpoint = f"the model endpoint `{settings.host}`"
    if isinstance(raised, ContextOverflowError):
        return _final(
            f"the question and its results are too long for model `{settings.model}`", "ask a narrower question"
        )
    if isinstance(raised, openai.APIStatusError):
        return _status(raised, endpoint, settings)
    for cause in _causes(raised):
        if isinstance(cause, openai.APITimeoutError | httpx2.TimeoutException):
            return _final(
                f"{endpoint} did not answer within {settings.timeout:g} s",
                f"try again, or raise {settings.named('timeout')}",
            )
        if isinstance(cause, TooLong):
            return _final(f"{endpoint} sent more than an answer can be, reading was ended", "try another model")
        if isinstance(cause, httpx2.ConnectError):
            return _passing(f"{endpoint} cannot be reached", f"start it, or check {settings.named('base_url')}")
    if isinstance(raised, BrokenOff | openai.APIConnectionError | httpx2.TransportError | httpx2.StreamError):
        return _passing(f"{endpoint} broke off in the middle of an answer", "try again")
    if type(raised) is openai.APIError:
        return _passing(f"{endpoint} failed while it answered{_said(raised, settings)}", "try again later")
    return _passing(
        f"{endpoint} did not answer in the chat-completions protocol",
        f"check that {settings.named('base_url')} names an OpenAI-compatible endpoint (usually ending in /v1), or set "
        f"{settings.named('stream')}",
    )


def _causes(raised: BaseException) -> Iterator[BaseException]:
    cause: BaseException | None = raised
    while cause is not None:
        yield cause
        cause = cause.__cause__


def _status(raised: openai.APIStatusError, endpoint: str, settings: ModelSettings) -> Failure:
    code, said = raised.status_code, _said(raised, settings)
    if code in (401, 403):
        return _final(f"{endpoint} refused the key ({code})", f"check {settings.named('api_key_env')}")
    if code == 404:
        return _final(
            f"{endpoint} knows no model `{settings.model}` (404)",
            f"check {settings.named('model')} and {settings.named('base_url')}",
        )
    if code == 429 and "insufficient_quota" in str(raised.code):
        return _final(
            f"{endpoint} says the account's quota is used up (429)", "raise it there, or choose another endpoint"
        )
    if code == 429:
        wait = _retry_after(raised.response.headers)
        asks = f" and asks to wait {wait:g} s" if wait else ""
        return Failure(
            Unavailable(f"{endpoint} limits the rate{asks} (429)", fix="try again later"), again=True, wait=wait
        )
    if code >= 500 or code in (408, 409):
        return Failure(Unavailable(f"{endpoint} failed with {code}{said}", fix="try again later"), again=True,
                       wait=_retry_after(raised.response.headers))  # fmt: skip
    if code < 400:
        return _final(
            f"{endpoint} redirects elsewhere ({code}), which is not followed",
            f"set {settings.named('base_url')} to the final address",
        )
    return _final(
        f"{endpoint} refused the request ({code}){said}",
        f"check {settings.named('model')}; {settings.named('stream')} asks for less",
    )


def _final(message: str, fix: str) -> Failure:
    return Failure(Unavailable(message, fix=fix), again=False)


def _passing(message: str, fix: str) -> Failure:
    return Failure(Unavailable(message, fix=fix), again=True)


def _retry_after(headers: Mapping[str, str]) -> float | None:
    # Dates are not read: a clock that differs from the endpoint's would make the wait wrong.
    text = headers.get("retry-after", "").strip()
    return float(text) if re.fullmatch(r"\d{1,9}(\.\d{1,9})?", text) else None


def _said(raised: openai.APIError, settings: ModelSettings) -> str:
    """Return the endpoint's own words, shortened, on one line; nothing where they quote the key, other keys blotted out."""
    body: object = raised.body
    if isinstance(body, Mapping):
        body = cast(Mapping[str, object], body).get("message")
    if not isinstance(body, str):
        return ""
    if _quotes(body, settings.api_key):
        return ""
    words = re.sub(r"\b(sk|key|Bearer)[-_ ][^\s\"']+", "***", body)
    words = " ".join("".join(c if c.isprintable() else " " for c in words[:1000]).split())[:160].strip(" .;")
    return f", saying {json.dumps(words, ensure_ascii=False)}" if words else ""


def _quotes(body: str, key: str) -> bool:
    """Tell whether six characters in a row of the key stand in the text."""
    return any(key[start : start + 6] in body for start in range(len(key) - 5))
