"""`toll conversations`: list, show, export and delete one's own conversations."""

import sys
from typing import Annotated

import typer
from rich.console import Console

from app.cli.output import Json, emit_json, say
from app.cli.person import present_person
from app.cli.table import print_table
from app.transcript import as_document, as_markdown
from finops.errors import BadInput, StateConflict
from finops.people import Principal
from gateway.conversations import Conversations
from gateway.home import Home
from gateway.people import open_records

group = typer.Typer(invoke_without_command=True)
_Id = Annotated[str, typer.Argument(help="Its id, such as c-0a1b2c3d4e5f.")]


def register(app: typer.Typer, name: str, line: str) -> None:
    """Add `toll conversations`."""
    app.add_typer(group, name=name, help=line)


def _door() -> tuple[Home, Principal, Conversations]:
    home = Home.open()
    return home, present_person(home), Conversations(lambda: open_records(home))


@group.callback()
def list_all(context: typer.Context, *, as_json: Annotated[bool, Json] = False) -> None:
    """List your conversations, the newest first. Nobody sees another's, an admin neither."""
    if context.invoked_subcommand is not None:
        return
    _, principal, door = _door()
    found = door.list(principal)
    if as_json:
        emit_json({"conversations": found})
        return
    rows = ((one.id, f"{one.updated or one.created:%Y-%m-%d %H:%M}", one.exchanges, one.title) for one in found)
    print_table(("id", "last asked", "questions", "title"), rows, right=("questions",))


@group.command("show")
def show(conversation: _Id, *, as_json: Annotated[bool, Json] = False) -> None:
    """Print what was asked and answered."""
    _, principal, door = _door()
    one, exchanges = door.get(principal, conversation), door.exchanges(principal, conversation)
    if as_json:
        emit_json(as_document(one, exchanges))
        return
    out = Console(highlight=False)
    for exchange in exchanges:
        out.print(f"> {exchange.question}", markup=False, soft_wrap=True, style="bold")
        out.print(str(exchange.answer.get("answer", "")), "\n", markup=False, soft_wrap=True)


@group.command("export")
def export(
    conversation: _Id,
    *,
    as_json: Annotated[bool, Json] = False,
    markdown: Annotated[bool, typer.Option("--markdown", help="Write Markdown, which is the default.")] = False,
) -> None:
    """Write a conversation to stdout, every figure with the id of its evidence."""
    if as_json and markdown:
        raise BadInput("a conversation is exported in one form", fix="give --json or --markdown")
    _, principal, door = _door()
    one, exchanges = door.get(principal, conversation), door.exchanges(principal, conversation)
    if as_json:
        emit_json(as_document(one, exchanges))
    else:
        say(as_markdown(one, exchanges).rstrip("\n"))


@group.command("delete")
def delete(
    conversation: _Id,
    *,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask first.")] = False,
    as_json: Annotated[bool, Json] = False,
) -> None:
    """Delete a conversation for good. Proposals, evidence and the audit log stay."""
    # Only who deletes pays for the checkpointer.
    from agent.threads import delete_conversation  # noqa: PLC0415

    home, principal, door = _door()
    one = door.get(principal, conversation)
    if not yes:
        _confirm(one.id, one.title)
    count = delete_conversation(home, door, principal, conversation)
    if as_json:
        emit_json({"conversation": one.id, "deleted": True, "exchanges": count})
        return
    say(
        f"{one.id}: deleted, {count} {'question' if count == 1 else 'questions'}; proposals, evidence and the audit log stay"
    )


def _confirm(conversation: str, title: str) -> None:
    if not sys.stdin.isatty():
        raise BadInput(f"`{conversation}` would be deleted for good", fix="give --yes where nobody can be asked")
    if not typer.confirm(f"Delete `{title}` for good?", err=True):
        raise StateConflict("nothing was deleted", fix=f"`toll conversations show {conversation}` shows it")
