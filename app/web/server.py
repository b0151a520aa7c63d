"""Build and serve the web app: the door in front, sign-in routes, downloads, and NiceGUI's pages behind them."""

import json
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from pathlib import Path
from typing import cast

import uvicorn
from fastapi import FastAPI, Request, Response
from nicegui import ui
from starlette.concurrency import run_in_threadpool
from starlette.responses import PlainTextResponse, RedirectResponse
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp

from app.listening import listen
from app.transcript import as_document, as_markdown
from app.web.chat_page import chat_page
from app.web.door import Door
from app.web.grids import grid
from app.web.pages import audit_page, evidence_page, proposals_page
from app.web.services import Services
from app.web.sessions import LinkExchange, Links, Sessions, Throttle, form, login_page, sentence, signed_out
from app.web.table import as_csv
from app.web.viewer import Viewer
from finops.errors import TollError
from finops.people import Principal

_STATIC = Path(__file__).parent / "static"
_HEAD = """<link rel="stylesheet" href="/assets/app.css"><script src="/assets/app.js"></script>"""
PAGE_SECONDS = 30.0


def serve(
    services: Services,
    host: str = "127.0.0.1",
    port: int = 8321,
    *,
    announce: Callable[[str], None] = print,
    allowed_hosts: Iterable[str] = (),
) -> None:
    """Serve until interrupted. `announce` is told each address to open: with a one-time token in local mode.

    `allowed_hosts` are further Host headers (`name:port`) to serve, for a reverse proxy of one's own. Raises `Unavailable`
    where the port is taken.
    """
    # Listening before it is announced: whoever opens the address at once waits instead of being refused.
    with listen(host, port) as listener:
        app = build(services, host=host, port=port, announce=announce, allowed_hosts=allowed_hosts)
        config = uvicorn.Config(
            app, log_level="warning", ws="wsproto", server_header=False, timeout_graceful_shutdown=3
        )
        with suppress(KeyboardInterrupt):
            uvicorn.Server(config).run(sockets=[listener])


def build(
    services: Services, *, host: str, port: int, announce: Callable[[str], None], allowed_hosts: Iterable[str] = ()
) -> ASGIApp:
    """Return the whole app behind its door, ready for any ASGI server. NiceGUI is one to a process, so is this."""
    sessions = Sessions(services.authenticate, cookie_name=f"toll_{port}")
    base = f"http://{f'[{host}]' if ':' in host else host}:{port}"
    links = None
    if services.local_session is not None:
        links = Links(services.local_session, lambda token: announce(f"{base}/?token={token}"))
        links.renew()
    else:
        announce(f"{base}/")
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    app.mount("/assets", StaticFiles(directory=_STATIC), name="assets")
    _sign_in_routes(app, services, sessions, local=links is not None)
    _download_routes(app, services)
    _pages(services, sessions)
    ui.run_with(  # pyright: ignore[reportUnknownMemberType] - a vendor's bare Callable
        app, title="Tollkeeper", favicon=_STATIC / "favicon.svg", dark=None, language="en-US", tailwind=False,
        gzip_middleware_factory=None, show_welcome_message=False, reconnect_timeout=20,
    )  # fmt: skip
    hosts = {f"{name}:{port}" for name in ("127.0.0.1", "localhost", "[::1]", host)} | set(allowed_hosts)

    async def person(token: str) -> Principal:
        return await run_in_threadpool(sessions.person, token)

    return Door(LinkExchange(app, links, sessions), hosts=hosts, cookie_name=sessions.cookie_name, authenticate=person)


def _sign_in_routes(app: FastAPI, services: Services, sessions: Sessions, *, local: bool) -> None:
    throttle = Throttle()

    async def show(request: Request) -> Response:
        if "toll.principal" in request.scope:
            return RedirectResponse("/", 303)
        return login_page(local=local)

    async def enter(request: Request) -> Response:
        fields = await form(request)
        name, secret = fields.get("name", ""), fields.get("secret", "")
        if not throttle.enter():
            return login_page(error="Too many tries; wait a minute.", name=name, status=429, local=local)
        try:
            token = await run_in_threadpool(services.login, name, secret)
        except TollError as error:
            return login_page(error=sentence(error), name=name, status=401, local=local)
        throttle.succeeded()
        return sessions.begin(RedirectResponse("/", 303), token)

    async def leave(request: Request) -> Response:
        return signed_out(sessions, cast(str, request.scope["toll.token"]))

    app.add_api_route("/login", show, methods=["GET"])
    app.add_api_route("/login", enter, methods=["POST"])
    app.add_api_route("/logout", leave, methods=["POST"])


def _viewer(request: Request, services: Services, sessions: Sessions) -> Viewer:
    principal = cast(Principal, request.scope["toll.principal"])
    return Viewer(principal, cast(str, request.scope["toll.token"]), services, sessions)


def _download_routes(app: FastAPI, services: Services) -> None:
    async def whole(request: Request, evidence_id: str) -> Response:
        try:
            evidence = await run_in_threadpool(services.evidence, request.scope["toll.principal"], evidence_id)
        except TollError as error:
            return PlainTextResponse(f"{sentence(error)}\n", 404)
        return _file(evidence.model_dump_json(indent=2), f"{evidence.id}.json", "application/json")

    async def table(request: Request, evidence_id: str) -> Response:
        try:
            evidence = await run_in_threadpool(services.evidence, request.scope["toll.principal"], evidence_id)
        except TollError as error:
            return PlainTextResponse(f"{sentence(error)}\n", 404)
        found = grid(evidence)
        if found is None:
            return PlainTextResponse("This evidence holds no table; download its JSON.\n", 404)
        return _file(as_csv(found), f"{evidence.id}.csv", "text/csv; charset=utf-8")

    async def conversation(request: Request, conversation_id: str, form: str) -> Response:
        person, talks = cast(Principal, request.scope["toll.principal"]), services.conversations
        try:
            one = await run_in_threadpool(talks.get, person, conversation_id)
            exchanges = await run_in_threadpool(talks.exchanges, person, conversation_id)
        except TollError as error:
            return PlainTextResponse(f"{sentence(error)}\n", 404)
        if form == "json":
            return _file(json.dumps(as_document(one, exchanges), indent=2), "conversation.json", "application/json")
        return _file(as_markdown(one, exchanges), "conversation.md", "text/markdown; charset=utf-8")

    app.add_api_route("/chat/{conversation_id}/conversation.{form}", conversation, methods=["GET"])
    app.add_api_route("/evidence/{evidence_id}/evidence.json", whole, methods=["GET"])
    app.add_api_route("/evidence/{evidence_id}/table.csv", table, methods=["GET"])


def _file(text: str, name: str, media_type: str) -> Response:
    return Response(text, media_type=media_type, headers={"content-disposition": f'attachment; filename="{name}"'})


def _pages(services: Services, sessions: Sessions) -> None:
    ui.add_head_html(_HEAD, shared=True)

    async def start(request: Request) -> None:
        await chat_page(_viewer(request, services, sessions))

    async def conversation(request: Request, conversation_id: str) -> None:
        await chat_page(_viewer(request, services, sessions), conversation_id)

    async def proposals(request: Request, state: str = "") -> None:
        await proposals_page(_viewer(request, services, sessions), state)

    async def evidence(request: Request, evidence_id: str, figure: str = "") -> None:
        await evidence_page(_viewer(request, services, sessions), evidence_id, figure)

    async def audit(request: Request) -> None:
        await audit_page(_viewer(request, services, sessions))

    builders: dict[str, tuple[str, Callable[..., Awaitable[None]]]] = {
        "/": ("Chat", start),
        "/chat/{conversation_id}": ("Chat", conversation),
        "/proposals": ("Proposals", proposals),
        "/evidence/{evidence_id}": ("Evidence", evidence),
        "/audit": ("Audit log", audit),
    }
    for path, (title, builder) in builders.items():
        ui.page(path, title=f"{title} · Tollkeeper", response_timeout=PAGE_SECONDS)(builder)
