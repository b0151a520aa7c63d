"""`toll notes`: deploys, launches and the like, recorded so that `why` can set them beside a change."""

from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from app.cli.output import Json, emit_json, say
from app.cli.output import note as warn
from app.cli.person import present_person
from app.cli.table import print_table
from finops.errors import BadInput
from finops.notes import KINDS, Note, NoteKind, concerns, days_told
from finops.people import Principal
from gateway.home import Home
from gateway.notes import Notes, Wording, read_notes

group = typer.Typer(invoke_without_command=True)
Until = Annotated[str, typer.Option("--until", help="Last day of it, where it took several.")]
Kind = Annotated[str, typer.Option("--kind", help=f"{', '.join(KINDS[:-1])} or {KINDS[-1]}.")]
Where = Annotated[
    list[str] | None,
    typer.Option(
        "--where", help="What it concerns, such as 'ServiceName=AWS Lambda' or tag:team=search; may be repeated."
    ),
]


def register(app: typer.Typer, name: str, line: str) -> None:
    """Add `toll notes`."""
    app.add_typer(group, name=name, help=line)


def _door() -> tuple[Principal, Notes]:
    home = Home.open()
    return present_person(home), Notes(home)


@group.callback()
def list_all(context: typer.Context, *, as_json: Annotated[bool, Json] = False) -> None:
    """List what was recorded, by day."""
    if context.invoked_subcommand is not None:
        return
    _, door = _door()
    found = door.list()
    if as_json:
        emit_json({"notes": found})
        return
    print_table(
        ("id", "day", "kind", "note", "concerns", "by"),
        (
            (one.id, days_told(one.day, one.last_day), one.kind, one.text, concerns(one.scope), one.person)
            for one in found
        ),
    )


@group.command("add")
def add(
    day: Annotated[str, typer.Argument(help="The day it happened, such as 2026-10-12.")],
    text: Annotated[str, typer.Argument(help="What happened, in words: at most 300 characters.")],
    *,
    kind: Kind = "note",
    until: Until = "",
    where: Where = None,
    as_json: Annotated[bool, Json] = False,
) -> None:
    """Record that something happened on a day; a deploy pipeline may call this."""
    principal, door = _door()
    wording = Wording(
        day=_day(day), text=text, kind=_kind(kind), until=_day(until) if until else None, scope=_scope(where or [])
    )  # fmt: skip
    made = door.add(principal, [wording])
    for one in made:
        _warn(door, one)
    if as_json:
        emit_json({"recorded": made})
        return
    say(f"recorded {made[0].id}: {_sentence(made[0])}" if made else "nothing changed: recorded already")


@group.command("load")
def load(
    file: Annotated[Path, typer.Argument(help="CSV file: Day, Until, Kind, Text, and a column for each dimension.")],
    *,
    as_json: Annotated[bool, Json] = False,
) -> None:
    """Record every note of a file, all or none; those recorded already are not recorded twice."""
    principal, door = _door()
    wordings = read_notes(file)
    made = door.add(principal, wordings)
    if as_json:
        emit_json({"recorded": made, "known": len(wordings) - len(made)})
        return
    say(f"recorded {len(made)} notes of {file.name}; {len(wordings) - len(made)} were there already")


@group.command("withdraw")
def withdraw(
    note: Annotated[str, typer.Argument(help="Its id, such as n-0a1b2c3d.")],
    *,
    as_json: Annotated[bool, Json] = False,
) -> None:
    """Take a note back: later answers no longer tell it, earlier ones can still be replayed."""
    principal, door = _door()
    found = door.withdraw(principal, note)
    if as_json:
        emit_json({"withdrawn": found})
        return
    say(f"withdrawn {found.id}: {_sentence(found)}")


def _warn(door: Notes, note: Note) -> None:
    for pair in door.unheard_of(note):
        warn(
            f"{note.id}: no charge so far has {pair}; `toll notes withdraw {note.id}` takes it back where it is misspelt"
        )


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise BadInput(f"`{text}` is no day", fix="write it as 2026-10-12") from error


def _kind(text: str) -> NoteKind:
    if text not in KINDS:
        raise BadInput(f"`{text}` is no kind of note", fix=f"give one of {', '.join(KINDS)}")
    return text


def _scope(pairs: list[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for pair in pairs:
        name, given, value = pair.partition("=")
        if not given or not name.strip() or not value.strip():
            raise BadInput(f"`{pair}` is no dimension and value", fix="write it as ServiceName=VALUE")
        if name.strip() in found:
            raise BadInput(f"`{name.strip()}` is given twice", fix="record a note for each value")
        found[name.strip()] = value.strip()
    return found


def _sentence(note: Note) -> str:
    return f"{days_told(note.day, note.last_day)}, {note.kind}: {note.text} ({concerns(note.scope)})"
