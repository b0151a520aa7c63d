"""Serve one client on standard input and output: the person is whoever the command line's session says, asked at each request."""

import anyio
from mcp.server.stdio import stdio_server

from app.mcp.server import build
from gateway.home import Home
from gateway.session import principal_from_cli


def serve_stdio(home: Home) -> None:
    """Serve until the client closes our input. Nothing but messages of the protocol goes to standard output."""
    server = build(home, lambda _: principal_from_cli(home))

    async def serve() -> None:
        async with stdio_server() as (incoming, outgoing):
            await server.run(incoming, outgoing, server.create_initialization_options())

    anyio.run(serve)
