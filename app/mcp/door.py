"""The door of the HTTP server: every request proves host, origin and person before the protocol sees it."""

from collections.abc import Callable, Iterable

import anyio.to_thread
from mcp.server.auth.middleware.bearer_auth import AuthenticatedUser
from mcp.server.auth.provider import AccessToken
from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from finops.errors import Unauthenticated
from finops.people import Principal

PERSON = "toll.principal"
_REALM = 'Bearer realm="tollkeeper"'


class Door:
    """ASGI wrapper. `hosts` are the exact Host headers served: any other name may be rebound DNS."""

    def __init__(self, app: ASGIApp, *, hosts: Iterable[str], authenticate: Callable[[str], Principal]) -> None:
        self._app = app
        self._hosts = frozenset(host.lower() for host in hosts)
        self._authenticate = authenticate

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, or refuse it."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        if scope["type"] != "http":
            return
        headers = Headers(scope=scope)
        refusal = self._foreign(headers) or await self._unknown(scope, headers)
        await (refusal or self._app)(scope, receive, send)

    def _foreign(self, headers: Headers) -> Response | None:
        host = headers.get("host", "").lower()
        if host not in self._hosts:
            return PlainTextResponse("unknown host; use the address that `toll mcp --http` printed\n", 421)
        origin = headers.get("origin")
        if origin is not None and origin.lower() not in (f"http://{host}", f"https://{host}"):
            return PlainTextResponse("requests from other sites are refused\n", 403)
        return None

    async def _unknown(self, scope: Scope, headers: Headers) -> Response | None:
        kind, _, token = headers.get("authorization", "").partition(" ")
        if kind.lower() != "bearer" or not token.strip():
            return _challenge("send `Authorization: Bearer TOKEN`; `toll mcp --token` prints yours", _REALM)
        try:
            person = await anyio.to_thread.run_sync(self._authenticate, token)
        except Unauthenticated as error:
            return _challenge(f"{error}; `toll mcp --token` prints yours", f'{_REALM}, error="invalid_token"')
        scope[PERSON] = person
        # The SDK binds a session to who opened it by this: with another's credential it is not there.
        scope["user"] = AuthenticatedUser(AccessToken(token="", client_id=person.name, scopes=[]))
        return None


def _challenge(words: str, header: str) -> Response:
    return PlainTextResponse(f"{words}\n", 401, {"www-authenticate": header, "cache-control": "no-store"})
