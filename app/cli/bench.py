"""`toll bench`: the benchmarks, each with its baseline run in the same call."""

from typing import Annotated

import typer

from app.cli.output import Json, emit_json, note
from app.cli.table import print_table
from evals.bench.report import Row
from evals.bench.run import ALL, BENCHMARKS, bench
from evals.bench.settings import Settings


def register(app: typer.Typer, name: str, line: str) -> None:
    """Add `toll bench`."""
    app.command(name, help=line)(measure)


def measure(
    name: Annotated[str, typer.Argument(help=f"{', '.join(BENCHMARKS)}, or {ALL}.")] = ALL,
    *,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Seed of generated bills and answers.")] = 1,
    share: Annotated[
        float, typer.Option("--share", min=0.0001, max=1, help="Share of the full size; goals are of the full size.")
    ] = 1.0,
    without_spark: Annotated[bool, typer.Option("--without-spark", help="Leave out what needs Spark.")] = False,
    as_json: Annotated[bool, Json] = False,
) -> None:
    """Measure, and exit 1 where a goal is not met, 2 for an unknown benchmark."""
    found = bench(name, note, settings=Settings(seed=seed, share=share, without_spark=without_spark))
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
                _met(r),
            )
            for r in found.rows
        )
        print_table(
            ("measure", "value", "unit", "baseline", "ratio", "goal", "met"), rows, right=("value", "baseline", "ratio")
        )
    if any(row.met is False for row in found.rows):
        raise typer.Exit(1)


def _or_dash(number: float | None) -> str:
    return "-" if number is None else f"{number:,g}"


def _met(row: Row) -> str:
    return "-" if row.met is None else "yes" if row.met else "NO"
