"""`toll ask`: one question, one answer."""

from datetime import datetime
from typing import Annotated

import typer
from rich.console import Console

from agent.answer import Answer, Answered
from agent.compose import open_assistant
from app.cli.known_on import as_of
from app.cli.output import Json, emit_json
from app.cli.person import present_person
from app.cli.render import AnswerView
from finops.errors import BadInput, CheckFailed
from gateway.home import Home


def register(app: typer.Typer, name: str, line: str) -> None:
    """Add `toll ask`."""
    app.command(name, help=line)(ask)


def ask(
    question: Annotated[str, typer.Argument(help="The question, in quotes.")],
    *,
    as_json: Annotated[bool, Json] = False,
    known_on: Annotated[
        str | None, typer.Option("--as-of", help="Ask the data as it was known on this day, such as 2026-11-03.")
    ] = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress on stderr.")] = False,
) -> None:
    """Answer one question; each figure can be retraced with `toll evidence ID`."""
    day = as_of(known_on)
    if isinstance(day, datetime):
        raise BadInput(f"`{known_on}` is a moment", fix="name a day, such as 2026-11-03, or use `toll tool run`")
    home = Home.open()
    principal = present_person(home)
    view = AnswerView(Console(highlight=False), Console(stderr=True, highlight=False, quiet=quiet or as_json))
    answer: Answer | None = None
    with open_assistant(home) as assistant:
        for event in assistant.stream(principal, question, known_on=day):
            if isinstance(event, Answered):
                answer = event.answer
            if not as_json:
                view.show(event)
    if answer is None:
        raise CheckFailed("the question ended without an answer", fix="ask again")
    if as_json:
        emit_json(answer)
    if any(proposal.state == "denied" for proposal in answer.proposals):
        raise typer.Exit(1)
