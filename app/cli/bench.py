"""`toll bench`: the benchmarks, each with its baseline run in the same call."""

from typing import Annotated

import typer

from app.cli.output import Json, emit_json, note
from app.cli.table import print_table
from evals.bench.run import ALL, BENCHMARKS, bench


def register(app: typer.Typer, name: str, line: str) -> None:
    """Add `toll bench`."""
    app.command(name, help=line)(measure)


def measure(
    name: Annotated[str, typer.Argument(help=f"{', '.join(BENCHMARKS)}, or {ALL}.")] = ALL,
    *,
    as_json: Annotated[bool, Json] = False,
) -> None:
    """Measure, and exit 1 where a goal is not met, 2 for an unknown benchmark."""
    found = bench(name, note)
    if as_json:
        emit_json(found)
    else:
        rows = (
            (
                r.measure,
                f"{r.value:,g}",
                r.unit,
                _or_dash(r.baseline),
                _or_dash(r.ratio),
                r.goal,
                "yes" if r.met else "NO",
            )
            for r in found.rows
        )
        print_table(
            ("measure", "value", "unit", "baseline", "ratio", "goal", "met"), rows, right=("value", "baseline", "ratio")
        )
    if not all(row.met for row in found.rows):
        raise typer.Exit(1)


def _or_dash(number: float | None) -> str:
    return "-" if number is None else f"{number:,g}"
