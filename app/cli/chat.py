"""`toll chat`: a conversation in the terminal, kept for its person, that can be gone on with later."""

import secrets
from functools import cache, partial
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

from agent.answer import Answered
from agent.compose import open_assistant
from agent.threads import forget_conversation
from app.cli.output import Json, emit_json, note
from app.cli.person import present_person
from app.cli.render import AnswerView
from app.exchanges import ask_and_keep
from finops.errors import BadInput, TollError
from finops.people import Principal
from gateway.conversations import Conversation, Conversations
from gateway.home import Home
from gateway.people import open_records


def register(app: typer.Typer, name: str, line: str) -> None:
    """Add `toll chat`."""
    app.command(name, help=line)(chat)


def chat(
    conversation: Annotated[str | None, typer.Argument(help="With --resume: which one; the latest without it.")] = None,
    *,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with an earlier conversation of yours.")] = False,
    as_json: Annotated[bool, Json] = False,
) -> None:
    """Ask question after question, one a line; `exit`, Ctrl-D or Ctrl-C ends. With --json, one JSON answer a question."""
    if conversation and not resume:
        raise BadInput(f"`{conversation}` is no option", fix=f"go on with it by `toll chat --resume {conversation}`")
    home = Home.open()
    principal = present_person(home)
    out, err = Console(highlight=False), Console(stderr=True, highlight=False, quiet=as_json)
    view, kept = AnswerView(out, err), Conversations(cache(lambda: open_records(home)))
    earlier = _earlier(kept, principal, conversation) if resume else None
    if earlier:
        asked = f"{earlier.exchanges} {'question' if earlier.exchanges == 1 else 'questions'}"
        err.print(f"[dim]going on with {earlier.id}: {escape(earlier.title)} ({asked})[/dim]", soft_wrap=True)
    elif err.is_terminal:
        err.print("Ask about cost, e.g. [italic]What did each provider cost last month?[/italic]  (exit ends)")
    name = earlier.id if earlier else f"c-{secrets.token_hex(6)}"
    answered = False
    with open_assistant(home, keep=True) as assistant:
        while (question := _next_question(err)) is not None:
            try:
                for event in ask_and_keep(
                    assistant, kept, principal, question, name, forget=partial(forget_conversation, home)
                ):
                    if not as_json:
                        view.show(event)
                    if isinstance(event, Answered):
                        answered = True
                        if as_json:
                            emit_json(event.answer)
            except TollError as error:
                # One question that fails does not end the conversation.
                note(f"toll: {error}")
    if err.is_terminal and (answered or earlier):
        err.print(f"[dim]go on later with: toll chat --resume {name}[/dim]")


def _earlier(kept: Conversations, principal: Principal, conversation: str | None) -> Conversation:
    """Return the conversation to go on with: the one named, or the one last asked in."""
    if conversation:
        return kept.get(principal, conversation)
    found = kept.list(principal)
    if not found:
        raise BadInput("you have no conversation to go on with", fix="begin one with `toll chat`")
    return max(found, key=lambda one: one.updated or one.created)


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
