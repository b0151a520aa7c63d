"""`toll login`: prove who you are."""

import sys
from getpass import getpass
from typing import Annotated

import typer

from app.cli.output import Json, emit_json, note
from gateway.home import Home
from gateway.people import login as log_in
from gateway.people import owner_login
from gateway.session import authenticate, save


def register(app: typer.Typer, name: str, line: str) -> None:
    """Add `toll login`."""
    app.command(name, help=line)(login)


def login(
    name: Annotated[str, typer.Argument(help="The name you were added with.")],
    *,
    as_json: Annotated[bool, Json] = False,
) -> None:
    """Ask for the secret (or read it from standard input) and keep a session for 12 hours.

    The person made at first start, who has no secret yet, gives an empty one.
    """
    home = Home.open()
    secret = getpass(f"secret of {name}: ") if sys.stdin.isatty() else sys.stdin.readline().rstrip("\n")
    # Who made this home and never got a secret is its owner on this machine; that is proof enough here, and nowhere else.
    token = log_in(home, name, secret) if secret else owner_login(home, name)
    save(home, token)
    principal = authenticate(home, token)
    if as_json:
        emit_json(principal)
        return
    note(f"logged in as `{principal.name}` with the role `{principal.role}`")
