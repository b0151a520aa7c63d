"""`toll ask`: one question, one answer."""

from typing import Annotated

import typer
from rich.console import Console

from agent.answer import Answer, Answered
from agent.compose import open_assistant
from app.cli.output import Json, emit_json
from app.cli.person import present_person
from app.cli.render import AnswerView
from finops.errors import CheckFailed
from gateway.home import Home


def register(app: typer.Typer, name: str, line: str) -> None:
    """Add `toll ask`."""
    app.command(name, help=line)(ask)


def ask(
    question: Annotated[str, typer.Argument(help="The question, in quotes.")],
    *,
    as_json: Annotated[bool, Json] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress on stderr.")] = False,
) -> None:
    """Answer one question; each figure can be retraced with `toll evidence ID`."""
    home = Home.open()
    principal = present_person(home)
    view = AnswerView(Console(highlight=False), Console(stderr=True, highlight=False, quiet=quiet or as_json))
    answer: Answer | None = None
    with open_assistant(home) as assistant:
        for event in assistant.stream(principal, question):
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
