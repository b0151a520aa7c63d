"""`toll validate`: a bill against FOCUS, without loading it."""

from pathlib import Path
from typing import Annotated

import typer

from app.cli.output import Json, emit_json, say
from app.cli.person import present_person
from app.cli.table import print_table
from gateway.home import Home
from gateway.ingest import validate


def register(app: typer.Typer, name: str, line: str) -> None:
    """Add `toll validate`."""
    app.command(name, help=line)(check)


def check(
    file: Annotated[Path, typer.Argument(help="A bill: CSV, CSV.gz or Parquet.")],
    *,
    as_json: Annotated[bool, Json] = False,
) -> None:
    """Report columns, values, amounts and periods; exit 1 where the file does not conform, 2 where it cannot be read."""
    report = validate(present_person(Home.open()), file)
    if as_json:
        emit_json(report)
    else:
        say(f"{report.file}: {report.kind}, FOCUS {report.version}, {report.rows} rows")
        for columns in report.columns:
            missing = f"; missing {', '.join(columns.missing)}" if columns.missing else ""
            say(f"{columns.level}: {len(columns.present)} present{missing}")
        rows = (
            (v.column, v.kind, v.rows, v.first_row, ", ".join(v.examples[:2]), "yes" if v.refuses else "no")
            for v in report.violations
        )
        if report.violations:
            print_table(
                ("column", "kind", "rows", "first row", "examples", "refuses"), rows, right=("rows", "first row")
            )
        say(f"loadable: {'yes' if report.loadable else 'no'}; conforms: {'yes' if report.conforms else 'no'}")
    if not report.conforms:
        raise typer.Exit(1)
