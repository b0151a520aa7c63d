"""What a failed call to the endpoint means: one sentence, the fix, and whether trying again can help. Holds no key."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
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
_PROTOCOL_FIX = (
    "check that OPENAI_BASE_URL names an OpenAI-compatible endpoint (usually ending in /v1), or set TOLL_MODEL_STREAM=0"
)


class BrokenOff(ValueError):
    """The stream ended before the reply did."""


@dataclass(frozen=True, slots=True)
class Failure:
    """A failed attempt. `wait` is what the endpoint asked for, in seconds, None where it asked for nothing."""

    error: Unavailable
    again: bool
    wait: float | None = None


def explain(raised: Exception, settings: ModelSettings) -> Failure:
    """Say what `raised` means for the person who asked."""
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
                f"{endpoint} did not answer within {settings.timeout:g} s", "try again, or raise TOLL_MODEL_TIMEOUT"
            )
        if isinstance(cause, TooLong):
            return _final(f"{endpoint} sent more than an answer can be, reading was ended", "try another model")
        if isinstance(cause, httpx2.ConnectError):
            return _passing(f"{endpoint} cannot be reached", "start it, or check OPENAI_BASE_URL")
    if isinstance(raised, BrokenOff | openai.APIConnectionError | httpx2.TransportError | httpx2.StreamError):
        return _passing(f"{endpoint} broke off in the middle of an answer", "try again")
    if type(raised) is openai.APIError:
        return _passing(f"{endpoint} failed while it answered{_said(raised, settings)}", "try again later")
    return _passing(f"{endpoint} did not answer in the chat-completions protocol", _PROTOCOL_FIX)


def _causes(raised: BaseException) -> Iterator[BaseException]:
    cause: BaseException | None = raised
    while cause is not None:
        yield cause
        cause = cause.__cause__


def _status(raised: openai.APIStatusError, endpoint: str, settings: ModelSettings) -> Failure:
    code, said = raised.status_code, _said(raised, settings)
    if code in (401, 403):
        return _final(f"{endpoint} refused the key ({code})", "check OPENAI_API_KEY")
    if code == 404:
        return _final(f"{endpoint} knows no model `{settings.model}` (404)", "check TOLL_MODEL and OPENAI_BASE_URL")
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
            "set OPENAI_BASE_URL to the final address",
        )
    return _final(
        f"{endpoint} refused the request ({code}){said}", "check TOLL_MODEL; TOLL_MODEL_STREAM=0 asks for less"
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
