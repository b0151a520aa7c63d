"""`toll facts`: what was told of the company and is kept for later answers."""

from typing import Annotated

import typer

from app.cli.output import Json, emit_json, say
from app.cli.person import present_person
from app.cli.table import print_table
from finops.people import Principal
from finops.standing_facts import StandingFact, in_words, source_words
from gateway.home import Home
from gateway.standing_facts import StandingFacts, open_facts

group = typer.Typer(invoke_without_command=True)
_Id = Annotated[str, typer.Argument(help="Its id, such as f-0a1b2c3d.")]


def register(app: typer.Typer, name: str, line: str) -> None:
    """Add `toll facts`."""
    app.add_typer(group, name=name, help=line)


def _door() -> tuple[Principal, StandingFacts]:
    home = Home.open()
    return present_person(home), open_facts(home)


@group.callback()
def list_all(context: typer.Context, *, as_json: Annotated[bool, Json] = False) -> None:
    """List your standing facts and those that hold for everybody. State one in `toll chat` or `toll ask`."""
    if context.invoked_subcommand is not None:
        return
    principal, door = _door()
    found = door.list(principal)
    if as_json:
        emit_json({"facts": found})
        return
    print_table(
        ("id", "fact", "for", "state"), ((one.id, in_words(one.fact), _whom(one), _state(one)) for one in found)
    )


@group.command("confirm")
def confirm(
    fact: _Id,
    *,
    team: Annotated[bool, typer.Option("--team", help="Let it hold for everybody; takes an admin.")] = False,
    replacing: Annotated[str, typer.Option("--replace", help="Id of the fact that it may take the place of.")] = "",
    as_json: Annotated[bool, Json] = False,
) -> None:
    """Keep a fact you stated: later answers use it and say so."""
    principal, door = _door()
    found, old = door.confirm(principal, fact, team=team, replacing=replacing)
    if as_json:
        emit_json({"fact": found, "replaced": old})
        return
    instead = f"; it replaces: {in_words(old.fact)} ({source_words(old)})" if old else ""
    say(f"{found.id}: kept for {_whom(found)}: {in_words(found.fact)}{instead}")


@group.command("forget")
def forget(fact: _Id, *, as_json: Annotated[bool, Json] = False) -> None:
    """Forget a fact: later answers no longer use it."""
    principal, door = _door()
    found = door.forget(principal, fact)
    if as_json:
        emit_json({"fact": found, "forgotten": True})
        return
    say(f"{found.id}: forgotten: {in_words(found.fact)}")


def _whom(found: StandingFact) -> str:
    return "everybody" if found.scope == "team" else "you"


def _state(found: StandingFact) -> str:
    if found.confirmed is None:
        return f"not kept yet: toll facts confirm {found.id}"
    return f"confirmed {found.confirmed:%Y-%m-%d} by {found.confirmed_by}"
