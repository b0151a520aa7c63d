"""The web app's outer door: every request and every socket proves host, origin and person before a page is built."""

import secrets
from collections.abc import Awaitable, Callable, Iterable
from http.cookies import CookieError, SimpleCookie

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.web.sessions import has_link_token
from finops.errors import Unauthenticated
from finops.people import Principal

PUBLIC = frozenset({"/login", "/favicon.ico"})
PUBLIC_PREFIX = "/assets/"

Authenticate = Callable[[str], Awaitable[Principal]]


def policy(nonce: str) -> str:
    """Return the content security policy: everything from here, inline scripts only with this response's nonce.

    NiceGUI compiles templates in the browser, hence 'unsafe-eval'; without 'unsafe-inline' an injected handler is dead.
    """
    return "; ".join(
        (
            "default-src 'self'",
            f"script-src 'self' 'unsafe-eval' 'nonce-{nonce}'",
            "style-src 'self' 'unsafe-inline'",
            "img-src 'self' data:",
            "font-src 'self' data:",
            "connect-src 'self'",
            "object-src 'none'",
            "base-uri 'none'",
            "form-action 'self'",
            "frame-ancestors 'none'",
        )
    )


_HEADERS = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    # Not `no-referrer`: with it a browser sends `Origin: null` with our own forms.
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=(), payment=()",
}


def cookie(headers: Headers, name: str) -> str:
    """Return one cookie's value, empty where there is none that can be read."""
    try:
        morsel = SimpleCookie(headers.get("cookie", "")).get(name)
    except CookieError:
        return ""
    return morsel.value if morsel else ""


def _is_page(scope: Scope, headers: Headers) -> bool:
    return scope["type"] == "http" and scope["method"] == "GET" and "text/html" in headers.get("accept", "")


class Door:
    """ASGI wrapper. `hosts` are the exact Host headers served: any other name may be rebound DNS."""

    def __init__(self, app: ASGIApp, *, hosts: Iterable[str], cookie_name: str, authenticate: Authenticate) -> None:
        self._app = app
        self._hosts = frozenset(host.lower() for host in hosts)
        self._cookie = cookie_name
        self._authenticate = authenticate

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request or socket, or refuse it."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        refusal = self._refusal(scope, headers) or await self._unknown(scope, headers)
        if refusal is not None:
            await _refuse(refusal, scope, receive, send)
            return
        # NiceGUI writes this header into the page; nothing sits in front of us that may set it.
        scope["headers"] = [pair for pair in scope["headers"] if pair[0] != b"x-forwarded-prefix"]
        if scope["type"] == "websocket":
            await self._app(scope, receive, send)
        else:
            await self._app(scope, receive, _Sealed(send))

    def _refusal(self, scope: Scope, headers: Headers) -> Response | None:
        host = headers.get("host", "").lower()
        if host not in self._hosts:
            return PlainTextResponse("unknown host; open the address that `toll serve` printed\n", 421)
        origin = headers.get("origin")
        safe = scope["type"] == "http" and scope["method"] in ("GET", "HEAD")
        if origin is not None and origin.lower() not in (f"http://{host}", f"https://{host}"):
            return PlainTextResponse("requests from other sites are refused\n", 403)
        if not safe and origin is None and headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
            return PlainTextResponse("requests from other sites are refused\n", 403)
        return None

    async def _unknown(self, scope: Scope, headers: Headers) -> Response | None:
        path: str = scope["path"]
        token = cookie(headers, self._cookie)
        try:
            if not token:
                raise Unauthenticated("no credential")
            scope["toll.principal"] = await self._authenticate(token)
            scope["toll.token"] = token
        except Unauthenticated:
            if path in PUBLIC or path.startswith(PUBLIC_PREFIX) or has_link_token(scope):
                return None
            if _is_page(scope, headers):
                return RedirectResponse("/login", 303)
            return PlainTextResponse("sign in first; open /login\n", 401)
        return None


async def _refuse(response: Response, scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.close", "code": 1008})
        return
    await response(scope, receive, _Sealed(send))


class _Sealed:
    """Adds the security headers; gives each inline script of an HTML page the response's nonce."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._nonce = secrets.token_urlsafe(18)
        self._start: Message | None = None
        self._body = bytearray()

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(raw=message["headers"])
            for name, value in _HEADERS.items():
                headers[name] = value
            headers["content-security-policy"] = policy(self._nonce)
            for name in [name for name in headers if name.startswith("access-control-")]:
                del headers[name]
            if headers.get("content-type", "").startswith("text/html"):
                headers["cache-control"] = "no-store"
                self._start = message
                return
        elif self._start is not None and message["type"] == "http.response.body":
            await self._finish(message)
            return
        await self._send(message)

    async def _finish(self, message: Message) -> None:
        self._body += message.get("body", b"")
        if message.get("more_body"):
            return
        # INVARIANT: only scripts of the page's own template are here; NiceGUI writes elements with `<` escaped.
        body = bytes(self._body).replace(b"<script", b'<script nonce="' + self._nonce.encode() + b'"')
        start = self._start
        if start is None:
            return
        MutableHeaders(raw=start["headers"])["content-length"] = str(len(body))
        await self._send(start)
        await self._send({"type": "http.response.body", "body": body})
