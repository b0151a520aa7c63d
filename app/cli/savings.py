"""`toll savings`: what executed actions really saved, beside what they promised."""

from decimal import ROUND_HALF_EVEN, Decimal
from typing import Annotated

import typer

from app.cli.output import Json, emit_json, say
from app.cli.person import present_person
from app.cli.table import print_table
from gateway.home import Home
from gateway.savings import ProposalSaving, SavingsTotal, realised_savings

_COLUMNS = ("proposal", "action", "executed", "days", "promised", "saved", "95 % interval", "ratio", "evidence")
_RIGHT = ("days", "promised", "saved", "95 % interval", "ratio")
_CENT = Decimal("0.01")


def register(app: typer.Typer, name: str, line: str) -> None:
    """Add `toll savings`."""
    app.command(name, help=line)(show)


def show(*, as_json: Annotated[bool, Json] = False) -> None:
    """Measure every executed action on the days after it; rounded to cents, --json has every digit."""
    home = Home.open()
    found = realised_savings(home, present_person(home))
    if as_json:
        emit_json(found)
        return
    if not found.proposals:
        say("nothing that was executed and verified promised a saving yet; see `toll proposals list`")
        return
    print_table(_COLUMNS, [*map(_row, found.proposals), *map(_total, found.totals)], right=_RIGHT)
    for one in found.proposals:
        caveats = one.realised.caveats if one.realised else ()
        for text in filter(None, (one.lacking, one.note, *caveats)):
            say(f"{one.proposal}: {text}")


def _row(one: ProposalSaving) -> tuple[str, ...]:
    known, what = one.realised, one.action.replace("`", "")
    head = (one.proposal, what, one.executed_on.isoformat())
    if known is None:
        return (*head, "", "", "not known yet", "", "", one.evidence)
    amounts = _amounts(one.currency, known.promised, known.saved, known.low, known.high)
    return (*head, str(known.days), *amounts, _percent(known.ratio), one.evidence)


def _total(one: SavingsTotal) -> tuple[str, ...]:
    amounts = _amounts(one.currency, one.promised, one.saved, one.low, one.high)
    return (f"total {one.currency}", f"{one.proposals} measured", "", "", *amounts, _percent(one.ratio), "")


def _amounts(currency: str, promised: Decimal, saved: Decimal, low: Decimal, high: Decimal) -> tuple[str, str, str]:
    return f"{currency} {_cents(promised)}", f"{currency} {_cents(saved)}", f"{_cents(low)} to {_cents(high)}"


def _cents(amount: Decimal) -> str:
    return f"{amount.quantize(_CENT, ROUND_HALF_EVEN):,f}"


def _percent(ratio: Decimal | None) -> str:
    return "" if ratio is None else f"{ratio * 100:.1f} %"
