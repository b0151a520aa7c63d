"""`toll chat`: a conversation in the terminal."""

import secrets
from typing import Annotated

import typer
from rich.console import Console

from agent.answer import Answered
from agent.compose import open_assistant
from app.cli.output import Json, emit_json, note
from app.cli.person import present_person
from app.cli.render import AnswerView
from finops.errors import TollError
from gateway.home import Home


def register(app: typer.Typer, name: str, line: str) -> None:
    """Add `toll chat`."""
    app.command(name, help=line)(chat)


def chat(
    *,
    conversation: Annotated[str | None, typer.Option("--resume", help="Go on with this conversation.")] = None,
    as_json: Annotated[bool, Json] = False,
) -> None:
    """Ask question after question, one a line; `exit`, Ctrl-D or Ctrl-C ends. With --json, one JSON answer a question."""
    home = Home.open()
    principal = present_person(home)
    out, err = Console(highlight=False), Console(stderr=True, highlight=False, quiet=as_json)
    view = AnswerView(out, err)
    if err.is_terminal:
        err.print("Ask about cost, e.g. [italic]What did each provider cost last month?[/italic]  (exit ends)")
    conversation = conversation or f"c-{secrets.token_hex(6)}"
    with open_assistant(home, keep=True) as assistant:
        while (question := _next_question(err)) is not None:
            try:
                for event in assistant.stream(principal, question, conversation):
                    if not as_json:
                        view.show(event)
                    elif isinstance(event, Answered):
                        emit_json(event.answer)
            except TollError as error:
                # One question that fails does not end the conversation.
                note(f"toll: {error}")
    if err.is_terminal:
        err.print(f"[dim]go on later with: toll chat --resume {conversation}[/dim]")


def _next_question(err: Console) -> str | None:
    while True:
        try:
            question = err.input("[bold]> [/bold]" if err.is_terminal else "").strip()
        except (EOFError, KeyboardInterrupt):
            return None
        if question in ("exit", "quit"):
            return None
        if question:
            return question
