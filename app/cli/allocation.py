"""`toll allocation`: rules that give cost to teams, products and other virtual dimensions."""

from pathlib import Path
from typing import Annotated

import typer

from app.cli.output import Json, emit_json, note, say
from app.cli.person import present_person
from app.cli.table import print_table
from finops.allocation import Allocation
from finops.errors import BadInput
from finops.people import Principal
from gateway.bookkeeping import book_history, load_book, read_allocation
from gateway.books import open_shelf
from gateway.compose import open_questions
from gateway.home import Home
from gateway.rule_report import dead_rules, rule_uses, strange_targets

group = typer.Typer(no_args_is_help=True)
File = Annotated[Path, typer.Argument(help="YAML file of rules; see docs/allocation.md.")]


def register(app: typer.Typer, name: str, line: str) -> None:
    """Add `toll allocation`."""
    app.add_typer(group, name=name, help=line)


@group.command("load")
def load(file: File, *, as_json: Annotated[bool, Json] = False) -> None:
    """Check the rules and put them in force; earlier answers stay replayable."""
    home = Home.open()
    principal = present_person(home)
    book = read_allocation(file)
    done = load_book(home, principal, book)
    if as_json:
        emit_json(done)
        return
    data = open_questions(home).data
    for warning in strange_targets(book.content, data) if data.cost else ():
        note(f"warning: {warning}")
    names = ", ".join(f"virtual:{name}" for name in book.content.dimensions)
    say(f"in force: {names} (book {done.book[:12]})" if done.changed else "nothing changed: these rules are in force")


@group.command("check")
def check(file: File, *, as_json: Annotated[bool, Json] = False) -> None:
    """Check the rules without loading them, and show what they would do to the bill that is loaded."""
    home = Home.open()
    principal = present_person(home)
    _report(home, principal, read_allocation(file).content, file.name, as_json=as_json)


@group.command("show")
def show(*, as_json: Annotated[bool, Json] = False) -> None:
    """Show the rules in force, with the rows and the cost that each decides."""
    home = Home.open()
    principal = present_person(home)
    book = open_shelf(home).allocation()
    if book is None:
        raise BadInput("no allocation rules are loaded", fix="load some with `toll allocation load FILE`")
    _report(home, principal, book.content, book.file, as_json=as_json)


@group.command("history")
def history(*, as_json: Annotated[bool, Json] = False) -> None:
    """List who loaded which rules when, from the audit log."""
    home = Home.open()
    events = book_history(home, present_person(home), "allocation")
    if as_json:
        emit_json({"loads": events})
        return
    print_table(
        ("at", "person", "file", "book"), ((f"{e.at:%Y-%m-%d %H:%M}", e.person, e.file, e.book[:12]) for e in events)
    )


@group.command("schema")
def schema() -> None:
    """Print the JSON schema of the file, for editors."""
    emit_json(Allocation.model_json_schema(by_alias=True))


def _report(home: Home, principal: Principal, allocation: Allocation, file: str, *, as_json: bool) -> None:
    data = open_questions(home).data
    uses = rule_uses(principal, allocation, data) if data.cost else ()
    warnings = (*dead_rules(allocation, uses, data), *strange_targets(allocation, data)) if data.cost else ()
    if as_json:
        emit_json({"file": file, "dimensions": list(allocation.dimensions), "rules": uses, "warnings": warnings})
        return
    for warning in warnings:
        note(f"warning: {warning}")
    if data.cost is None:
        say(f"{file}: {', '.join(allocation.dimensions)}; no bill is loaded to try the rules on")
        return
    print_table(
        ("dimension", "rule", "gives", "rows", "billed cost"),
        ((u.dimension, u.rule or "", u.label, u.rows, ", ".join(f"{c} {a}" for c, a in u.cost.items())) for u in uses),
        right=("rule", "rows", "billed cost"),
    )
