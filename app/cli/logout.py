"""`toll logout`: end the command line's session."""

from typing import Annotated

import typer

from app.cli.output import Json, emit_json, note
from gateway.home import Home
from gateway.session import forget


def register(app: typer.Typer, name: str, line: str) -> None:
    """Add `toll logout`."""
    app.command(name, help=line)(logout)


def logout(*, as_json: Annotated[bool, Json] = False) -> None:
    """Forget the session kept in the home; in local mode the next command begins a new one."""
    forget(Home.open())
    if as_json:
        emit_json({"logged_out": True})
        return
    note("logged out")
