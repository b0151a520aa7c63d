"""`toll exempt`: resources that are to be left alone until a date."""

from datetime import date
from typing import Annotated

import typer

from app.cli.output import Json, emit_json, say
from app.cli.person import present_person
from app.cli.table import print_table
from finops.errors import BadInput
from gateway.acting import open_exemptions
from gateway.home import Home

group = typer.Typer(no_args_is_help=True)


def register(app: typer.Typer, name: str, line: str) -> None:
    """Add `toll exempt`."""
    app.add_typer(group, name=name, help=line)


@group.command("add")
def add(
    resource: Annotated[str, typer.Argument(help="ResourceId, such as i-0abc.")],
    *,
    until: Annotated[str, typer.Option("--until", help="Last day it holds on, such as 2026-12-31.")],
    reason: Annotated[str, typer.Option("--reason", help="Why, in words; shown wherever it is refused for it.")],
    as_json: Annotated[bool, Json] = False,
) -> None:
    """Exempt a resource: every change of it is refused until then, but for taking back what ran before."""
    home = Home.open()
    made = open_exemptions(home).add(present_person(home), resource, _day(until), reason)
    if as_json:
        emit_json(made)
        return
    say(f"{made.id}: `{made.resource_id}` is exempt through {made.until}: {made.reason}")


@group.command("list")
def list_all(
    *,
    past: Annotated[bool, typer.Option("--all", help="Those that ended or were lifted too.")] = False,
    as_json: Annotated[bool, Json] = False,
) -> None:
    """List the exemptions in force."""
    home = Home.open()
    present_person(home)
    found = open_exemptions(home).list(past=past)
    if as_json:
        emit_json({"exemptions": found})
        return
    print_table(
        ("id", "resource", "through", "by", "reason", "lifted"),
        ((one.id, one.resource_id, str(one.until), one.person, one.reason, one.lifted) for one in found),
    )


@group.command("lift")
def lift(
    exemption: Annotated[str, typer.Argument(help="Its id, such as x-1.")], *, as_json: Annotated[bool, Json] = False
) -> None:
    """Take an exemption back."""
    home = Home.open()
    door = open_exemptions(home)
    lifted = door.lift(present_person(home), exemption)
    if as_json:
        emit_json(lifted)
        return
    others = [one for one in door.list(past=False) if one.resource_id == lifted.resource_id]
    rest = (
        f"still exempt through {others[-1].until} by {others[-1].id}: {others[-1].reason}"
        if others
        else "no longer exempt"
    )
    say(f"{lifted.id}: lifted, `{lifted.resource_id}` is {rest}")


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise BadInput(f"`{text}` is not a day", fix="write it as 2026-12-31") from error
