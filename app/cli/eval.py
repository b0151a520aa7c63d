"""`toll eval`: the offline eval suites."""

from pathlib import Path
from typing import Annotated

import typer

from app.cli.output import Json, emit_json, say
from evals.acting_figures import SEQUENCES
from evals.homes import SAMPLE
from evals.run import PLANNERS, run
from evals.suite import ALL


def register(app: typer.Typer, name: str, line: str) -> None:
    """Add `toll eval`."""
    app.command(name, help=line)(evaluate)


def evaluate(
    suite: Annotated[str, typer.Argument(help="Name of a suite, or all.")] = ALL,
    *,
    planner: Annotated[str, typer.Option("--planner", help="Who answers the questions; rules so far.")] = PLANNERS[0],
    log_dir: Annotated[
        Path | None, typer.Option("--log-dir", help="Folder for Inspect's logs; a temporary one without it.")
    ] = None,
    without_spark: Annotated[bool, typer.Option("--without-spark", help="Ask the use cases of DuckDB alone.")] = False,
    sequences: Annotated[
        int,
        typer.Option(
            "--sequences",
            min=0,
            help="Hostile sequences tried with the suite actions; 0 leaves them and the crashes out.",
        ),
    ] = SEQUENCES,
    as_json: Annotated[bool, Json] = False,
) -> None:
    """Play every case and grade it against truth computed from the raw files; exit 1 where one fails, or Spark is missing, 2 for
    an unknown suite.
    """
    report = run(suite, planner=planner, log_dir=log_dir, without_spark=without_spark, sequences=sequences)
    if as_json:
        emit_json(report)
    else:
        skipped = f", {len(report.skipped)} skipped" if report.skipped else ""
        say(f"{report.suite}: {report.passed} of {report.cases} passed{skipped}, "
            f"{report.wrong_figures} wrong figures, {report.seconds} s")  # fmt: skip
        if report.acting:
            say(report.acting.sentence)
        if not report.cases:
            folder = SAMPLE.resolve().parent
            say(f"nothing was checked: what the cases need is not on this machine; the bill belongs in {folder}")
        for case in report.failed:
            say(f"failed: {case}")
        for what in report.unmet:
            say(f"not met: {what}")
    if report.failed or report.unmet:
        raise typer.Exit(1)
