"""`toll history`: what was loaded when."""

from typing import Annotated

import typer

from app.cli.output import Json, emit_json, say
from app.cli.person import present_person
from app.cli.table import print_table
from gateway.history import load_history
from gateway.home import Home


def register(app: typer.Typer, name: str, line: str) -> None:
    """Add `toll history`."""
    app.command(name, help=line)(show)


def show(*, as_json: Annotated[bool, Json] = False) -> None:
    """List every state of the cost data: each can still be asked, with --as-of."""
    home = Home.open()
    states = load_history(home, present_person(home))
    if as_json:
        emit_json(states)
        return
    if not states:
        say("nothing was loaded yet")
        return
    rows = (
        (
            f"{state.committed_at:%Y-%m-%d %H:%M} UTC", one.table, one.source, one.month, one.status, one.rows_before, one.rows,
            _amounts(one.totals_before), _amounts(one.totals), state.snapshot,
        )
        for state in states
        for one in state.changes
    )  # fmt: skip
    columns = (
        "loaded",
        "table",
        "source",
        "period",
        "status",
        "rows before",
        "rows",
        "cost before",
        "cost",
        "snapshot",
    )
    print_table(columns, rows, right=("rows before", "rows", "cost before", "cost"))


def _amounts(totals: dict[str, str]) -> str:
    return ", ".join(f"{currency} {amount}" for currency, amount in totals.items())
