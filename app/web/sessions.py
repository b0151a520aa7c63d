"""Signing in and out: a one-time link in local mode, a name and a secret otherwise; the session is an HttpOnly cookie."""

import hashlib
import html
import re
import secrets
import threading
import time
from collections.abc import Callable
from pathlib import Path
from string import Template
from urllib.parse import parse_qsl

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from finops.errors import TollError, Unauthenticated
from finops.people import Principal

_PAGE = Template((Path(__file__).parent / "static" / "login.html").read_text(encoding="utf-8"))
MOST_FAILURES = 5
FAILURE_WINDOW = 60.0


class Links:
    """One-time links of local mode: each token is exchanged once for a session, then another is made."""

    def __init__(self, local_session: Callable[[], str], announce: Callable[[str], None]) -> None:
        self._local_session = local_session
        self._announce = announce
        self._lock = threading.Lock()
        self._digest = b""

    def renew(self) -> None:
        """Make the next token and announce it; the one before stops working."""
        token = secrets.token_urlsafe(24)
        self._digest = _digest(token)
        self._announce(token)

    def exchange(self, token: str) -> str:
        """Return a session for a token that was announced and not yet used; raises `Unauthenticated` for any other."""
        with self._lock:
            if not self._digest or not secrets.compare_digest(self._digest, _digest(token)):
                raise Unauthenticated(
                    "this link was used already or is not ours", fix="open the newest one that `toll serve` printed"
                )
            session = self._local_session()
            self.renew()
            return session


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


class Throttle:
    """Slows guessing: after five tries within a minute that did not succeed, further ones wait until it is over."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._tries: list[float] = []

    def enter(self) -> bool:
        """Count one try, before its outcome is known, and tell whether it may be made."""
        now = self._clock()
        self._tries = [at for at in self._tries if now - at < FAILURE_WINDOW]
        if len(self._tries) >= MOST_FAILURES:
            return False
        self._tries.append(now)
        return True

    def succeeded(self) -> None:
        """Forget the tries: the person is known."""
        self._tries.clear()


class Sessions:
    """Reads and ends sessions. A session that was signed out of is refused here until the process ends."""

    def __init__(self, authenticate: Callable[[str], Principal], *, cookie_name: str) -> None:
        self._authenticate = authenticate
        self._ended: set[bytes] = set()
        self.cookie_name = cookie_name

    def person(self, token: str) -> Principal:
        """Return who holds `token`; raises `Unauthenticated`."""
        if _digest(token) in self._ended:
            raise Unauthenticated("this session was signed out", fix="sign in again")
        return self._authenticate(token)

    def end(self, token: str) -> None:
        """Refuse `token` from now on."""
        self._ended.add(_digest(token))

    def begin(self, response: Response, token: str) -> Response:
        """Give the browser its session: unreadable to scripts, never sent from another site."""
        response.set_cookie(self.cookie_name, token, httponly=True, samesite="strict", path="/")
        return response


def login_page(*, error: str = "", name: str = "", status: int = 200, local: bool = False) -> Response:
    """Return the page that asks for name and secret; what a person typed comes back escaped."""
    hint = "Or open the one-time link that <code>toll serve</code> printed in the terminal." if local else ""
    note = f'<p class="login-error" role="alert">{_words(error)}</p>' if error else ""
    return HTMLResponse(_PAGE.substitute(error=note, name=html.escape(name, quote=True), hint=hint), status)


def _words(text: str) -> str:
    """Return text as HTML: everything escaped, what stands in backticks as code."""
    return re.sub("`([^`]*)`", r"<code>\1</code>", html.escape(text))


async def form(request: Request) -> dict[str, str]:
    """Return the fields of a small URL-encoded form; anything longer than 4 kB is none."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > 4096:
            return {}
    return dict(parse_qsl(body.decode("utf-8", "replace"), max_num_fields=10))


def signed_out(sessions: Sessions, token: str) -> Response:
    """End the session and go to the login page."""
    sessions.end(token)
    response = RedirectResponse("/login", 303)
    response.delete_cookie(sessions.cookie_name, path="/", httponly=True, samesite="strict")
    return response


def sentence(error: TollError) -> str:
    """Return an error as a sentence: a capital at its start, a full stop at its end."""
    text = str(error)
    return f"{text[:1].upper()}{text[1:]}{'' if text.endswith(('.', '?', '!')) else '.'}"


def has_link_token(scope: Scope) -> bool:
    """Tell whether this is somebody opening a one-time link."""
    return scope["type"] == "http" and scope["path"] == "/" and b"token=" in scope.get("query_string", b"")


class LinkExchange:
    """ASGI wrapper that takes `/?token=...` before any page is built: the token becomes a cookie and leaves the address."""

    def __init__(self, app: ASGIApp, links: Links | None, sessions: Sessions) -> None:
        self._app = app
        self._links = links
        self._sessions = sessions

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve the exchange, or hand the request on."""
        if not has_link_token(scope):
            await self._app(scope, receive, send)
            return
        response = await run_in_threadpool(self._exchange, Request(scope))
        await response(scope, receive, send)

    def _exchange(self, request: Request) -> Response:
        home = RedirectResponse("/", 303)
        try:
            if self._links is None:
                raise Unauthenticated("there are no one-time links here", fix="sign in with your name and secret")
            return self._sessions.begin(home, self._links.exchange(request.query_params.get("token", "")))
        except TollError as error:
            # A used link opened again in the same browser, as a bookmark is: the session says who it is.
            if "toll.principal" in request.scope:
                return home
            return login_page(error=sentence(error), status=401, local=self._links is not None)
