"""Serve any number of clients over streamable HTTP, on this machine unless another address is asked for."""

from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import partial

import uvicorn
from mcp.server.streamable_http_manager import StreamableHTTPASGIApp, StreamableHTTPSessionManager
from starlette.applications import Starlette
from starlette.routing import Route
from starlette.types import ASGIApp

from app.listening import listen
from app.mcp.desk import Context
from app.mcp.door import PERSON, Door
from app.mcp.server import build
from finops.errors import Unauthenticated
from finops.people import Principal
from gateway.home import Home
from gateway.session import authenticate

PATH = "/mcp"
LOOPBACK = ("127.0.0.1", "localhost", "::1")
_MOST_SESSIONS = 200
_MOST_BYTES = 1_000_000
_IDLE_SECONDS = 30 * 60.0


def serve_http(
    home: Home, *, host: str, port: int, allowed_hosts: Iterable[str] = (), announce: Callable[[str], None]
) -> None:
    """Serve until interrupted; `announce` is told the address. Raises `Unavailable` where the port is taken."""
    # Listening before it is announced: who connects at once waits instead of being refused.
    with listen(host, port) as listener:
        taken = int(listener.getsockname()[1])
        app = application(home, host=host, port=taken, allowed_hosts=allowed_hosts)
        announce(f"http://{_named(host)}:{taken}{PATH}")
        config = uvicorn.Config(
            app, log_level="warning", access_log=False, server_header=False, ws="none", timeout_graceful_shutdown=3
        )
        with suppress(KeyboardInterrupt):
            uvicorn.Server(config).run(sockets=[listener])


def application(home: Home, *, host: str, port: int, allowed_hosts: Iterable[str] = ()) -> ASGIApp:
    """Return the server behind its door, for any ASGI server. Host and origin are the door's affair, so the SDK's own check is off."""
    manager = StreamableHTTPSessionManager(
        build(home, _person),
        session_idle_timeout=_IDLE_SECONDS,
        max_request_body_size=_MOST_BYTES,
        max_sessions=_MOST_SESSIONS,
    )
    app = Starlette(routes=[Route(PATH, StreamableHTTPASGIApp(manager))], lifespan=lambda _: manager.run())
    names = {*(LOOPBACK if host in LOOPBACK else ()), host}
    hosts = {f"{_named(name)}:{port}" for name in names} | set(allowed_hosts)
    return Door(app, hosts=hosts, authenticate=partial(authenticate, home))


def _person(context: Context) -> Principal:
    """Return who the door let in with this very request."""
    request = context.request
    person = request.scope.get(PERSON) if request is not None else None
    if not isinstance(person, Principal):
        raise Unauthenticated("this request carries no credential", fix="send `Authorization: Bearer TOKEN`")
    return person


def _named(host: str) -> str:
    return f"[{host}]" if ":" in host else host
