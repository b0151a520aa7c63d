"""`toll mcp`: the tools for any MCP client."""

import sys
from importlib import import_module
from typing import Annotated

import typer

from app.cli.output import Json, emit_json, note, say
from app.cli.person import present_person
from gateway.home import Home


def register(app: typer.Typer, name: str, line: str) -> None:
    """Add `toll mcp`."""
    app.command(name, help=line)(run)


def run(
    *,
    http: Annotated[
        bool, typer.Option("--http", help="Serve streamable HTTP instead; each request needs a token.")
    ] = False,
    host: Annotated[str, typer.Option("--host", help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[
        int, typer.Option("--port", min=0, max=65535, help="Port to listen on; 0 takes a free one.")
    ] = 8322,
    allowed_hosts: Annotated[
        list[str] | None, typer.Option("--allow-host", help="Another Host header, name:port, of a proxy.")
    ] = None,
    token: Annotated[
        bool, typer.Option("--token", help="Print the token of your session for --http, and stop.")
    ] = False,
    as_json: Annotated[bool, Json] = False,
) -> None:
    """Serve on standard input and output until the client leaves, as the person who is logged in here.

    Tools read and propose; nothing can be approved or executed through it.
    """
    home = Home.open()
    if http:
        _serve_http(home, host=host, port=port, allowed_hosts=tuple(allowed_hosts or ()), as_json=as_json)
        return
    # Before anything is served: who is nobody here is told at once, on standard error.
    present_person(home)
    if token:
        held = home.session.read_text(encoding="utf-8").strip()
        emit_json({"token": held}) if as_json else say(held)
    else:
        if sys.stdin.isatty():
            note("an MCP server speaks here to a client, not to a person; end it with Ctrl-D (see docs/mcp.md)")
        import_module("app.mcp.stdio").serve_stdio(home)


def _serve_http(home: Home, *, host: str, port: int, allowed_hosts: tuple[str, ...], as_json: bool) -> None:
    server = import_module("app.mcp.http")

    def announce(address: str) -> None:
        emit_json({"address": address}) if as_json else say(address)

    if host not in server.LOOPBACK:
        note(f"others can reach `{host}`, and tokens cross the network unencrypted; put a proxy with TLS before it")
    note("send `Authorization: Bearer TOKEN` with each request; `toll mcp --token` prints yours")
    server.serve_http(home, host=host, port=port, allowed_hosts=allowed_hosts, announce=announce)
    note("stopped")
