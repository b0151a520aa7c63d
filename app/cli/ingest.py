"""`toll ingest`: load bills and metrics."""

from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from app.cli.output import Json, emit_json, note, say
from app.cli.person import present_person
from app.cli.table import print_table
from finops.errors import BadInput
from finops.money import plain
from finops.people import Principal
from finops.tables import LoadWarning
from gateway.acting import audit_of_loads
from gateway.home import Home
from gateway.ingest import FORMATS, OVERLAPS, Change, Format, LoadReport, Overlap, Preview, ingest, preview

_MOST_SERVICES = 20


def register(app: typer.Typer, name: str, line: str) -> None:
    """Add `toll ingest`."""
    app.command(name, help=line)(load)


def load(
    places: Annotated[
        list[str], typer.Argument(help="Files, folders, patterns, or s3://, gs:// and az:// addresses of them.")
    ],
    *,
    source: Annotated[
        str | None, typer.Option("--source", help="Name of the source; provider/account without it.")
    ] = None,
    file_format: Annotated[
        str, typer.Option("--format", help=f"auto, {', '.join(FORMATS)}; auto tells it by the header.")
    ] = "auto",
    overlap: Annotated[
        str, typer.Option("--overlap", help="Files of one load that share rows of a month: refuse them, or sum them.")
    ] = "refuse",
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would change, by service, and change nothing.")
    ] = False,
    as_json: Annotated[bool, Json] = False,
) -> None:
    """Load all of them or nothing. A month of a source that was loaded before is replaced; the same again changes nothing."""
    home = Home.open()
    principal = present_person(home)
    chosen, shared = _format(file_format), _overlap(overlap)
    if dry_run:
        with _progress() as tell:
            found = preview(home, principal, places, source=source, format=chosen, overlap=shared, progress=tell)
        emit_json(found) if as_json else _foretell(found)
        return
    report = load_with_progress(home, principal, places, source=source, file_format=chosen, overlap=shared)
    emit_json(report) if as_json else _show(report)


def _format(name: str) -> Format | None:
    if name != "auto" and name not in FORMATS:
        raise BadInput(f"unknown format `{name}`", fix=f"known are `auto`, {', '.join(f'`{one}`' for one in FORMATS)}")
    return next((one for one in FORMATS if one == name), None)


def _overlap(name: str) -> Overlap:
    for one in OVERLAPS:
        if one == name:
            return one
    raise BadInput(f"unknown overlap `{name}`", fix=f"known are {', '.join(f'`{one}`' for one in OVERLAPS)}")


@contextmanager
def _progress() -> Generator[Callable[[str, float], None]]:
    """Show a progress bar on stderr, which goes when it is done; gives what is told of each step."""
    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("reading", total=1.0)
        yield lambda text, share: bar.update(task, description=text, completed=share)


def load_with_progress(
    home: Home,
    principal: Principal,
    places: Sequence[str | Path],
    *,
    source: str | None = None,
    file_format: Format | None = None,
    overlap: Overlap = "refuse",
) -> LoadReport:
    """Load with a progress bar on stderr, each load written to the audit log."""
    audit = audit_of_loads(home, principal)
    with _progress() as tell:
        return ingest(
            home, principal, places, source=source, format=file_format, overlap=overlap, audit=audit, progress=tell
        )


def _foretell(found: Preview) -> None:
    _warn(found.warnings)
    columns = ("source", "period", "service", "rows", "rows after", "billed cost", "after", "change", "status")
    lines = [*found.parts, *found.services[:_MOST_SERVICES]]
    print_table(columns, map(_line, lines), right=("rows", "rows after", "billed cost", "after", "change"))
    if len(found.services) > _MOST_SERVICES:
        say(f"and {len(found.services) - _MOST_SERVICES} more services; --json lists all")
    say("nothing was loaded: this was a dry run")


def _line(one: Change) -> tuple[object, ...]:
    amounts = (f"{one.currency} {plain(amount)}" for amount in (one.cost_before, one.cost_after, one.cost_change))
    service = "all of it" if one.service is None else one.service
    return (one.source, one.month, service, one.rows_before, one.rows_after, *amounts, one.status)


def _warn(warnings: Sequence[LoadWarning]) -> None:
    for warning in warnings:
        note(warning.message if warning.code == "read_as" else f"warning: {warning.message}{_details(warning)}")


def _details(warning: LoadWarning) -> str:
    """Return what the message itself does not say: how many rows, and examples."""
    rows = f"{warning.rows} row{'s'[: warning.rows != 1]}"
    fresh = [example for example in warning.examples if example not in warning.message][:2]
    said = [rows] if warning.rows and rows not in warning.message else []
    said += [f"such as {', '.join(fresh)}"] if fresh and warning.rows else []
    return f" ({', '.join(said)})" if said else ""


def _show(report: LoadReport) -> None:
    _warn(report.warnings)
    rows = (
        (p.table, p.source, p.period, p.rows, ", ".join(f"{c} {a}" for c, a in p.totals.items()), p.status)
        for p in report.periods
    )
    print_table(("table", "source", "period", "rows", "billed cost", "status"), rows, right=("rows", "billed cost"))
    totals = ", ".join(f"{currency} {amount}" for currency, amount in report.totals.items())
    say(f"{report.rows} cost rows{f', {totals}' if totals else ''}; {report.metrics_rows} metric rows")
    say(f"snapshot {report.snapshot}" if report.changed else "nothing changed: all of it was loaded before")
