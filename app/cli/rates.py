"""`toll rates`: dated exchange rates, for answers in one currency."""

from pathlib import Path
from typing import Annotated

import typer

from app.cli.output import Json, emit_json, say
from app.cli.person import present_person
from app.cli.table import print_table
from finops.books import RateBook
from finops.errors import BadInput
from gateway.bookkeeping import book_history, load_book, read_rates
from gateway.books import open_shelf
from gateway.home import Home
from gateway.rates_file import pairs_of

group = typer.Typer(no_args_is_help=True)
File = Annotated[Path, typer.Argument(help="CSV file with the header Date, From, To, Rate.")]
MaxAge = Annotated[int, typer.Option("--max-age", help="How many days old the last rate before a charge may be.")]
Inverse = Annotated[bool, typer.Option("--inverse", help="Let 1 / rate serve the other way.")]
Through = Annotated[
    str | None, typer.Option("--through", help="Let a missing pair go through this currency, such as EUR.")
]
Basis = Annotated[str, typer.Option("--basis", help="day (of the charge) or month_end (of the charge's month).")]


def register(app: typer.Typer, name: str, line: str) -> None:
    """Add `toll rates`."""
    app.add_typer(group, name=name, help=line)


@group.command("load")
def load(
    file: File,
    *,
    max_age: MaxAge = 7,
    inverse: Inverse = False,
    through: Through = None,
    basis: Basis = "day",
    as_json: Annotated[bool, Json] = False,
) -> None:
    """Check the rates and put them in force in place of those before; earlier answers stay replayable."""
    home = Home.open()
    principal = present_person(home)
    book = _read(file, max_age=max_age, inverse=inverse, through=through, basis=basis)
    done = load_book(home, principal, book)
    if as_json:
        emit_json(done)
        return
    say(f"in force: {_summary(book)} (book {done.book[:12]})" if done.changed else "nothing changed: in force already")


@group.command("check")
def check(
    file: File,
    *,
    max_age: MaxAge = 7,
    inverse: Inverse = False,
    through: Through = None,
    basis: Basis = "day",
    as_json: Annotated[bool, Json] = False,
) -> None:
    """Check the rates without loading them."""
    present_person(Home.open())
    _show(_read(file, max_age=max_age, inverse=inverse, through=through, basis=basis), as_json=as_json)


@group.command("show")
def show(*, as_json: Annotated[bool, Json] = False) -> None:
    """Show the pairs in force with their days."""
    home = Home.open()
    present_person(home)
    book = open_shelf(home).rates()
    if book is None:
        raise BadInput("no exchange rates are loaded", fix="load some with `toll rates load FILE`")
    _show(book, as_json=as_json)


@group.command("history")
def history(*, as_json: Annotated[bool, Json] = False) -> None:
    """List who loaded which rates when, from the audit log."""
    home = Home.open()
    events = book_history(home, present_person(home), "rates")
    if as_json:
        emit_json({"loads": events})
        return
    print_table(
        ("at", "person", "file", "book"), ((f"{e.at:%Y-%m-%d %H:%M}", e.person, e.file, e.book[:12]) for e in events)
    )


def _read(file: Path, *, max_age: int, inverse: bool, through: str | None, basis: str) -> RateBook:
    if basis not in ("day", "month_end"):
        raise BadInput(f"unknown basis `{basis}`", fix="give day or month_end")
    return read_rates(file, max_age_days=max_age, inverse=inverse, through=through, basis=basis)


def _summary(book: RateBook) -> str:
    rates = book.content
    days = [one.day for one in rates.rates]
    declared = [f"at most {rates.max_age_days} days old", f"by {rates.basis.replace('_', ' ')}"]
    declared += ["inverse too"] if rates.inverse else []
    declared += [f"through {rates.through}"] if rates.through else []
    return f"{len(days)} rates of {book.file}, {min(days)} to {max(days)}, {', '.join(declared)}"


def _show(book: RateBook, *, as_json: bool) -> None:
    pairs = pairs_of(book.content)
    if as_json:
        emit_json(
            {"file": book.file, "declared": book.content.model_dump(mode="json", exclude={"rates"}), "pairs": pairs}
        )
        return
    print_table(
        ("from", "to", "rates", "first", "last", "last rate"),
        ((p.source, p.target, p.rates, p.first, p.last, p.last_rate) for p in pairs),
        right=("rates", "last rate"),
    )
    say(_summary(book))
