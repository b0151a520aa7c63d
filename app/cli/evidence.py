"""`toll evidence`: what is behind a figure."""

from typing import Annotated

import typer

from app.cli.output import Json, emit_json, say
from app.cli.person import present_person
from app.cli.result_words import about_lines, remark_lines
from app.cli.table import print_table
from finops.canonical import canonical
from finops.errors import CheckFailed
from finops.people import require
from gateway.compose import open_questions
from gateway.home import Home


def register(app: typer.Typer, name: str, line: str) -> None:
    """Add `toll evidence`."""
    app.command(name, help=line)(show)


def show(
    evidence_id: Annotated[str, typer.Argument(help="The id, such as ev-0123456789abcdef.")],
    *,
    replay: Annotated[bool, typer.Option("--replay", help="Run it again on its own snapshot and compare.")] = False,
    as_json: Annotated[bool, Json] = False,
) -> None:
    """Show the call, the snapshot, the rows, the formula and every figure; with --replay, prove it again."""
    home = Home.open()
    principal = present_person(home)
    require(principal, "ask")
    evidence = open_questions(home).evidence.get(evidence_id)
    if replay and not open_questions(home, snapshot=evidence.snapshot).replay(principal, evidence):
        raise CheckFailed(
            f"`{evidence_id}` gives another result on its snapshot", fix="check who changed the lake's files"
        )
    if as_json:
        emit_json({"evidence": evidence, "replayed": True} if replay else {"evidence": evidence})
        return
    say(f"{evidence.tool} {canonical(evidence.input)}")
    say(f"snapshot {evidence.snapshot}, today {evidence.as_of}, {evidence.rows_read} rows read")
    for line in about_lines(evidence):
        say(line)
    say(f"formula: {evidence.formula}")
    if evidence.sources:
        say(f"from: {', '.join(evidence.sources)}")
    if evidence.query:
        say(f"query:\n{evidence.query}")
    rows = (
        (f.name, f"{f.value:f}", f.unit, f.period.label() if f.period else "", f.definition) for f in evidence.figures
    )
    print_table(("figure", "value", "unit", "period", "definition"), rows, right=("value",))
    for line in remark_lines(evidence):
        say(line)
    if replay:
        say("replayed: the same result, byte for byte")
