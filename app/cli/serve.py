"""`toll serve`: the web app."""

from typing import Annotated

import typer

from app.cli.output import Json, emit_json, note, say
from app.web.compose import services_of
from app.web.server import serve
from gateway.home import Home


def register(app: typer.Typer, name: str, line: str) -> None:
    """Add `toll serve`."""
    app.command(name, help=line)(run)


Port = Annotated[int, typer.Option("--port", min=1, max=65535, help="Port on this machine.")]


def run(
    *,
    port: Port = 8321,
    allowed_hosts: Annotated[
        list[str] | None, typer.Option("--allow-host", help="Another Host header, name:port, of a proxy.")
    ] = None,
    as_json: Annotated[bool, Json] = False,
) -> None:
    """Serve until interrupted, on 127.0.0.1 only; prints the address to open."""
    serve_home(Home.open(), port=port, allowed_hosts=tuple(allowed_hosts or ()), as_json=as_json)


def serve_home(home: Home, *, port: int, allowed_hosts: tuple[str, ...] = (), as_json: bool) -> None:
    """Serve the web app over one home."""

    def announce(address: str) -> None:
        if as_json:
            emit_json({"address": address})
        else:
            say(f"open {address}")

    serve(services_of(home), port=port, announce=announce, allowed_hosts=allowed_hosts)
    note("stopped")
