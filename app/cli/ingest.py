"""`toll ingest`: load bills and metrics."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from app.cli.output import Json, emit_json, note, say
from app.cli.person import present_person
from app.cli.table import print_table
from finops.people import Principal
from gateway.acting import audit_of_loads
from gateway.home import Home
from gateway.ingest import LoadReport, ingest


def register(app: typer.Typer, name: str, line: str) -> None:
    """Add `toll ingest`."""
    app.command(name, help=line)(load)


def load(
    paths: Annotated[list[Path], typer.Argument(help="Files, or folders of them.")],
    *,
    source: Annotated[
        str | None, typer.Option("--source", help="Name of the source; provider/account without it.")
    ] = None,
    as_json: Annotated[bool, Json] = False,
) -> None:
    """Load all of them or nothing. A month of a source that was loaded before is replaced; the same again changes nothing."""
    home = Home.open()
    principal = present_person(home)
    report = load_with_progress(home, principal, paths, source=source)
    if as_json:
        emit_json(report)
        return
    _show(report)


def load_with_progress(home: Home, principal: Principal, paths: list[Path], *, source: str | None = None) -> LoadReport:
    """Load with a progress bar on stderr, each load written to the audit log."""
    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("reading", total=1.0)
        return ingest(
            home, principal, paths, source=source, audit=audit_of_loads(home, principal),
            progress=lambda text, share: bar.update(task, description=text, completed=share),
        )  # fmt: skip


def _show(report: LoadReport) -> None:
    for warning in report.warnings:
        rows = f" ({warning.rows} rows, such as {', '.join(warning.examples[:2])})" if warning.examples else ""
        note(f"warning: {warning.message}{rows}")
    rows = (
        (p.table, p.source, p.period, p.rows, ", ".join(f"{c} {a}" for c, a in p.totals.items()), p.status)
        for p in report.periods
    )
    print_table(("table", "source", "period", "rows", "billed cost", "status"), rows, right=("rows", "billed cost"))
    totals = ", ".join(f"{currency} {amount}" for currency, amount in report.totals.items())
    say(f"{report.rows} cost rows{f', {totals}' if totals else ''}; {report.metrics_rows} metric rows")
    say(f"snapshot {report.snapshot}" if report.changed else "nothing changed: all of it was loaded before")
