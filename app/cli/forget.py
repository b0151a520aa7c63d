"""`toll forget`: take months of a source out of the cost data."""

from typing import Annotated

import typer

from app.cli.output import Json, emit_json, say
from app.cli.person import present_person
from app.cli.table import print_table
from gateway.acting import audit_of_loads
from gateway.forget import Forgotten, forget, forgettable
from gateway.home import Home


def register(app: typer.Typer, name: str, line: str) -> None:
    """Add `toll forget`."""
    app.command(name, help=line)(drop)


def drop(
    *,
    source: Annotated[str, typer.Option("--source", help="Name of the source, such as AWS/1234.")],
    month: Annotated[str | None, typer.Option("--month", help="One month, such as 2026-01; all without it.")] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do it; without it, show what would go.")] = False,
    as_json: Annotated[bool, Json] = False,
) -> None:
    """Take what was loaded of a source out of the data. Every earlier state keeps it and can be asked, with --as-of."""
    home = Home.open()
    principal = present_person(home)
    if yes:
        found = forget(home, principal, source=source, month=month, audit=audit_of_loads(home, principal))
    else:
        found = forgettable(home, principal, source=source, month=month)
    emit_json(found) if as_json else _show(found)


def _show(found: Forgotten) -> None:
    rows = (
        (part.source, part.month, part.rows, ", ".join(f"{code} {amount}" for code, amount in part.totals.items()))
        for part in found.parts
    )
    print_table(("source", "period", "rows", "billed cost"), rows, right=("rows", "billed cost"))
    say(f"forgotten; snapshot {found.snapshot}" if found.snapshot else "nothing was forgotten: give --yes to do it")
