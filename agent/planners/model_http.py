"""The HTTP client under the model: no redirects, no proxy to this machine, and an end to every answer in seconds and bytes."""

import time
from collections.abc import Iterator

import httpx2
from openai import DefaultHttpxClient

MOST_BYTES = 16_000_000
_STARTED = "tollkeeper_started"


class TooLong(httpx2.ReadError):
    """The endpoint sent more than any answer needs; reading was ended."""


class _Bounded(httpx2.SyncByteStream):
    # A read timeout alone ends no stream that dribbles: each byte starts it again.
    def __init__(self, inner: httpx2.SyncByteStream, request: httpx2.Request, deadline: float) -> None:
        self._inner, self._request, self._deadline = inner, request, deadline

    def __iter__(self) -> Iterator[bytes]:
        received = 0
        for piece in self._inner:
            received += len(piece)
            if received > MOST_BYTES:
                raise TooLong("answer is too long", request=self._request)
            if time.monotonic() > self._deadline:
                raise httpx2.ReadTimeout("answer took too long", request=self._request)
            yield piece

    def close(self) -> None:
        self._inner.close()


def _start(request: httpx2.Request) -> None:
    request.extensions[_STARTED] = time.monotonic()


def _bound(response: httpx2.Response) -> None:
    request = response.request
    limit = request.extensions.get("timeout", {}).get("read")
    if limit is not None and isinstance(response.stream, httpx2.SyncByteStream):
        response.stream = _Bounded(response.stream, request, request.extensions[_STARTED] + limit)


def client(*, loopback: bool, azure_key: str = "") -> httpx2.Client:
    """Return a client that asks only the address it is given: a redirect could carry the bill elsewhere.

    With `azure_key` the key goes where Azure's dated API wants it: as a bearer it would be taken for a token of Entra's.
    """

    def to_azure(request: httpx2.Request) -> None:
        request.headers.pop("authorization", None)
        request.headers["api-key"] = azure_key

    return DefaultHttpxClient(
        follow_redirects=False,
        trust_env=not loopback,
        event_hooks={"request": [_start, to_azure] if azure_key else [_start], "response": [_bound]},
    )
