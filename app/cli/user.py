"""`toll user`: the people of this Tollkeeper."""

from typing import Annotated

import typer

from app.cli.output import Json, emit_json, note, say
from app.cli.person import present_person
from app.cli.table import print_table
from gateway.home import Home
from gateway.people import add_person, list_people, new_secret

group = typer.Typer(no_args_is_help=True)


def register(app: typer.Typer, name: str, line: str) -> None:
    """Add `toll user`."""
    app.add_typer(group, name=name, help=line)


@group.command("add")
def add(
    name: Annotated[str, typer.Argument(help="Name to log in with.")],
    *,
    role: Annotated[str, typer.Option("--role", help="analyst, approver or admin.")],
    as_json: Annotated[bool, Json] = False,
) -> None:
    """Add a person; prints the secret they log in with, once."""
    home = Home.open()
    admin = present_person(home)
    first = add_person(home, admin, name, role)
    if as_json:
        emit_json({"name": name, "role": role, "secret": first})
        return
    say(first)
    note(f"`{name}` ({role}) logs in with `toll login {name}` and this secret, which is not shown again")
    if admin.local:
        note(f"from now on everybody logs in: give yourself a secret with `toll user secret {admin.name}`")


@group.command("secret")
def secret(
    name: Annotated[str, typer.Argument(help="Who gets a new secret, oneself included.")],
    *,
    as_json: Annotated[bool, Json] = False,
) -> None:
    """Give a person a new secret; prints it once, and the old one no longer holds."""
    home = Home.open()
    new = new_secret(home, present_person(home), name)
    if as_json:
        emit_json({"name": name, "secret": new})
        return
    say(new)
    note(f"`{name}` logs in with this secret from now on; it is not shown again")


@group.command("list")
def list_all(*, as_json: Annotated[bool, Json] = False) -> None:
    """List everybody with their role."""
    home = Home.open()
    present_person(home)
    people = list_people(home)
    if as_json:
        emit_json({"people": people})
        return
    print_table(("name", "role"), ((person.name, person.role) for person in people))
