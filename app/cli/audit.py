"""`toll audit`: the log of everything that was proposed, decided, approved, executed and undone."""

from pathlib import Path
from typing import Annotated

import typer

from app.cli.output import Json, emit_json, say
from app.cli.person import present_person
from finops.errors import BadInput, CheckFailed
from gateway.acting import open_audit
from gateway.audit import Head, parse_head
from gateway.dossier import parse_dossier, replay
from gateway.home import Home

group = typer.Typer(no_args_is_help=True)


def register(app: typer.Typer, name: str, line: str) -> None:
    """Add `toll audit`."""
    app.add_typer(group, name=name, help=line)


@group.command("verify")
def verify(
    *,
    head: Annotated[
        Path | None,
        typer.Option("--head", help="A head exported earlier (`toll audit head --json`): finds a full rewrite."),
    ] = None,
    as_json: Annotated[bool, Json] = False,
) -> None:
    """Prove the log whole, event by event; exit 1 and say where it is not."""
    home = Home.open()
    found = open_audit(home).verify(present_person(home), _exported(head))
    if as_json:
        emit_json(found)
    else:
        for fault in found.faults:
            say(f"event {fault.seq}: {fault.what}, {fault.detail}")
        if found.ok:
            against = " and against the exported head" if head else ""
            say(f"whole: {found.events} events, head {found.head.seq} {found.head.hash}{against}")
    found.require()


def _exported(path: Path | None) -> Head | None:
    if path is None:
        return None
    try:
        return parse_head(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"`{path}` cannot be read", fix="give what `toll audit head --json` wrote") from error


@group.command("head")
def show_head(*, as_json: Annotated[bool, Json] = False) -> None:
    """Print the last event's number and hash, to be kept where the database's keeper cannot write."""
    home = Home.open()
    head = open_audit(home).head(present_person(home))
    if as_json:
        emit_json(head)
        return
    say(f"{head.seq} {head.hash}")


@group.command("export")
def export(*, as_json: Annotated[bool, Json] = False) -> None:
    """Write the log as JSON lines, one event each."""
    del as_json  # it is JSON either way
    home = Home.open()
    for line in open_audit(home).export(present_person(home)):
        say(line)


@group.command("replay")
def replay_dossier(
    file: Annotated[Path, typer.Argument(help="A dossier (`toll proposals dossier ID`).")],
    *,
    as_json: Annotated[bool, Json] = False,
) -> None:
    """Decide everything in a dossier again, offline; exit 1 where anything does not come out as recorded."""
    try:
        found = replay(parse_dossier(file.name, file.read_text(encoding="utf-8")))
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"`{file}` cannot be read", fix="give what `toll proposals dossier ID` wrote") from error
    if as_json:
        emit_json(found)
    else:
        for fault in found.faults:
            say(fault)
        say(f"{found.proposal}: {found.decisions} decisions the same byte for byte, {found.events} events hold")
    if found.faults:
        raise CheckFailed(
            f"the dossier of `{found.proposal}` does not hold: {found.faults[0]}", fix="make it anew from the records"
        )
