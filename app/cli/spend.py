"""`toll spend`: what models took on a day, and the caps."""

from datetime import date
from typing import Annotated

import typer

from app.cli.output import Json, emit_json, say
from app.cli.person import present_person
from app.cli.table import print_table
from finops.errors import BadInput
from finops.money import plain, trimmed
from finops.spend_caps import Cap
from gateway.home import Home
from gateway.spend_report import ModelSpend, Sum, spend_of_day

_COLUMNS = ("person", "model", "calls", "tokens", "cached", "USD", "at worst case", "under way")
_CAPS = (
    ("question", "one question"),
    ("conversation", "one conversation"),
    ("person_day", "one person a day"),
    ("day", "everybody a day"),
)


def register(app: typer.Typer, name: str, line: str) -> None:
    """Add `toll spend`."""
    app.command(name, help=line)(show)


def show(
    *,
    day: Annotated[str | None, typer.Option("--day", help="A UTC day, such as 2026-11-27; today unless given.")] = None,
    as_json: Annotated[bool, Json] = False,
) -> None:
    """Show what models took by person and model, what is set aside for calls under way, and the caps."""
    home = Home.open()
    found = spend_of_day(home, present_person(home), _day(day))
    if as_json:
        emit_json(found)
        return
    if found.models:
        print_table(_COLUMNS, map(_row, found.models), right=_COLUMNS[2:])
        say(f"\n{found.day} (UTC): {_amount(found.total)} of {_cap(found.caps.day)}")
        if any(one.presumed.calls for one in found.models):
            say("at worst case: broken off or not counted by the endpoint, so that the most it can have taken is kept")
    else:
        say(f"{found.day} (UTC): no model was asked")
    say(f"caps, set in `{found.settings}`:")
    for scope, words in _CAPS:
        say(f"  {words}: {_cap(getattr(found.caps, scope))} (`caps.{scope}`)")


def _row(one: ModelSpend) -> tuple[str, ...]:
    price = plain(trimmed(one.settled.usd)) if one.priced else f"{plain(trimmed(one.settled.usd))} and unpriced"
    return (
        one.person, one.model, str(one.settled.calls), f"{one.settled.tokens:,}", f"{one.cached_tokens:,}", price,
        _amount(one.presumed), _amount(one.reserved),
    )  # fmt: skip


def _amount(one: Sum) -> str:
    return f"{one.tokens:,} tokens, USD {plain(trimmed(one.usd))}" if one.calls else ""


def _cap(one: Cap) -> str:
    return f"{one.tokens:,} tokens, USD {plain(trimmed(one.usd))}"


def _day(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise BadInput(f"`{text}` is not a day", fix="write it as 2026-11-27") from None
