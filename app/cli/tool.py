"""`toll tool list` and `toll tool run`: the typed tools without a planner, for scripts."""

import json
import sys
from pathlib import Path
from typing import Annotated, cast

import typer
from pydantic import BaseModel, JsonValue

from app.cli.known_on import AsOf, as_of
from app.cli.output import Json, emit_json, say
from app.cli.person import present_person
from app.cli.result_words import about_lines, dimension_lines, note_lines, remark_lines
from app.cli.tool_fields import fields_of, nested_in, summary
from finops.errors import BadInput
from finops.people import Principal
from gateway.compose import open_questions
from gateway.home import Home
from gateway.questions import Questions
from tools.dimensions_contract import DimensionsResult
from tools.notes_contract import NotesResult
from tools.registry import TOOLS

group = typer.Typer(no_args_is_help=True)


def register(app: typer.Typer, name: str, line: str) -> None:
    """Add `toll tool`."""
    app.add_typer(group, name=name, help=line)


@group.command("list")
def list_tools(
    name: Annotated[str | None, typer.Argument(help="Only this tool.")] = None,
    *,
    as_json: Annotated[bool, Json] = False,
) -> None:
    """List the tools with what they take; with --json, exactly what a model is sent."""
    chosen = [tool for tool in TOOLS.values() if name in (None, tool.name)]
    if not chosen:
        raise BadInput(f"unknown tool `{name}`", fix=f"known are {', '.join(f'`{n}`' for n in TOOLS)}")
    if as_json:
        entries = [
            {"name": t.name, "effect": t.effect, "description": t.description, "input": t.schema()} for t in chosen
        ]
        sys.stdout.write(json.dumps(entries, separators=(",", ":"), ensure_ascii=False) + "\n")
        return
    for tool in chosen:
        say(f"{tool.name}  [{tool.effect}]\n  {tool.description}")
        _say_fields(tool.input, examples=name is not None)
        if name is not None:
            for inner in nested_in(tool.input):
                say(f"\n  {inner.__name__}: {summary(inner)}")
                _say_fields(inner, examples=False)
    if name is None:
        say("\n`toll tool list NAME` tells what is within filters and the like, with examples.")


def _say_fields(model: type[BaseModel], *, examples: bool) -> None:
    for one in fields_of(model):
        must = "required" if one.required else f"default {one.default}" if one.default else "optional"
        say(f"    {one.name} ({must})  {one.kind}{f': {one.meaning}' if one.meaning else ''}")
        if examples and one.example:
            say(f"      such as {one.example}")


def _arguments(source: str) -> dict[str, JsonValue]:
    try:
        text = sys.stdin.read() if source == "-" else Path(source).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(
            f"`{source}` cannot be read as UTF-8 text", fix="name a JSON file, or - for standard input"
        ) from error
    try:
        value: object = json.loads(text)
    except json.JSONDecodeError as error:
        raise BadInput(
            f"input is not JSON (line {error.lineno}: {error.msg})", fix='give an object such as {"period": "2024-09"}'
        ) from error
    if not isinstance(value, dict):
        raise BadInput("input is JSON, but not an object", fix='give an object such as {"period": "2024-09"}')
    return cast(dict[str, JsonValue], value)


def _explain(
    questions: Questions, person: Principal, name: str, arguments: dict[str, JsonValue], dialect: str
) -> tuple[str, ...]:
    # Loaded where it is asked for: running a tool must not pay for it.
    from gateway.explain import explain  # noqa: PLC0415

    return explain(questions, person, name, arguments, dialect)


@group.command("run")
def run_tool(
    name: Annotated[str, typer.Argument(help="Name of the tool, as `toll tool list` shows it.")],
    *,
    source: Annotated[str, typer.Option("--input", help="JSON file with the tool's input, or - for standard input.")],
    known_on: Annotated[str | None, AsOf] = None,
    dialect: Annotated[
        str | None,
        typer.Option("--explain", help="Print the SQL of its questions for an engine, such as trino, instead."),
    ] = None,
    as_json: Annotated[bool, Json] = False,
) -> None:
    """Run one tool and print its evidence."""
    home = Home.open()
    questions, person, arguments = open_questions(home, as_of=as_of(known_on)), present_person(home), _arguments(source)
    if dialect is not None:
        found = _explain(questions, person, name, arguments, dialect)
        emit_json(found) if as_json else say(";\n\n".join(found))
        return
    evidence = questions.run(person, name, arguments)
    if as_json:
        emit_json(evidence)
        return
    for line in about_lines(evidence):
        say(line)
    if evidence.tool == "list_dimensions":
        for line in dimension_lines(DimensionsResult.model_validate(evidence.result)):
            say(line)
    elif evidence.tool == "list_notes":
        for line in note_lines(NotesResult.model_validate(evidence.result)):
            say(line)
    else:
        for figure in evidence.figures:
            say(f"{figure.name}  {figure.value:f} {figure.unit}")
    for line in remark_lines(evidence):
        say(line)
    if evidence.result.get("status") == "not_enough_data":
        say(f"not enough data: {evidence.result['reason']}")
    say(f"{evidence.rows_read} rows read, snapshot {evidence.snapshot}, evidence {evidence.id}")
