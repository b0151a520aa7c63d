"""`toll eval`: the offline eval suites."""

from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated
from uuid import uuid4

import typer

from app.cli.output import Json, emit_json, note, say
from evals.accepted import accept, compared
from evals.acting_figures import SEQUENCES
from evals.estates import SAMPLE
from evals.report import Report, SuiteFigures
from evals.report_page import page
from evals.run import MOST_SECONDS, PLANNERS, run
from evals.suite import ALL
from finops.errors import BadInput


def register(app: typer.Typer, name: str, line: str) -> None:
    """Add `toll eval`."""
    app.command(name, help=line)(evaluate)


def evaluate(
    suite: Annotated[str, typer.Argument(help="Name of a suite, or all.")] = ALL,
    *,
    planner: Annotated[
        str, typer.Option("--planner", help="Who answers: rules, or openai for the model that is configured.")
    ] = PLANNERS[0],
    epochs: Annotated[int, typer.Option("--epochs", help="How often each case is played, for pass^k.")] = 1,
    log_dir: Annotated[
        Path | None, typer.Option("--log-dir", help="Folder for Inspect's logs; a temporary one without it.")
    ] = None,
    html: Annotated[Path | None, typer.Option("--html", help="Write the report as one HTML page.")] = None,
    accepting: Annotated[
        bool, typer.Option("--accept", help="Keep this report as the one that later ones are compared with.")
    ] = False,
    without_spark: Annotated[
        bool, typer.Option("--without-spark", help="Ask the use cases of DuckDB alone, as `all` does.")
    ] = False,
    sequences: Annotated[
        int | None,
        typer.Option(
            "--sequences",
            min=0,
            help=f"Hostile sequences tried with the suite actions; 0 leaves them and the crashes out. {SEQUENCES:,}, and none with all.",
        ),
    ] = None,
    as_json: Annotated[bool, Json] = False,
) -> None:
    """Play every case and grade it against truth computed from the raw files; exit 1 where one fails, or Spark is missing, 2 for
    an unknown suite.
    """
    with drafted(html) as write:
        report = compared(run(
            suite, planner=planner, epochs=epochs, log_dir=log_dir, without_spark=without_spark, sequences=sequences,
        ))  # fmt: skip
        write(page(report))
    if html:
        note(f"report: {html}")
    if accepting:
        note(f"accepted: {accept(report)}")
    if as_json:
        emit_json(report)
    else:
        _told(report)
    if report.failed or report.unmet:
        raise typer.Exit(1)


@contextmanager
def drafted(html: Path | None) -> Generator[Callable[[str], object]]:
    """Give what writes a page: to a draft beside it that is opened at once, before minutes are spent on it, and takes its place at the end.

    Without a path nothing is written. Raises `BadInput` for a path that no file can have.
    """
    if html is None:
        yield lambda text: None
        return
    draft = html.with_name(f".{html.name}.{uuid4().hex[:8]}")
    try:
        if html.exists() and not html.is_file():
            raise BadInput(f"`{html}` cannot be written, it is no file", fix="name a file in a folder of your own")
        stream = draft.open("w", encoding="utf-8")
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else str(error)
        raise BadInput(f"`{html}` cannot be written, {why}", fix="name a file in a folder of your own") from error
    try:
        with stream:
            yield stream.write
        draft.replace(html)
    finally:
        draft.unlink(missing_ok=True)


def _told(report: Report) -> None:
    often = f" in each of {report.epochs} epochs" if report.epochs > 1 else ""
    for one in report.suites if len(report.suites) > 1 else ():
        say(f"{one.suite}: {one.passed} of {one.cases} passed, {_more(one)}")
    target = f" (target {MOST_SECONDS} s)" if report.suite == ALL and report.epochs == 1 else ""
    only = f", {_more(report.suites[0])}" if len(report.suites) == 1 else ""
    say(f"{report.suite}: {report.passed} of {report.cases} passed{often}, "
        f"{report.wrong_figures} wrong figures, {report.seconds} s{target}{only}")  # fmt: skip
    if report.paraphrases:
        say(report.paraphrases.sentence)
    if report.acting:
        say(report.acting.sentence)
    if report.beside_accepted:
        say(report.beside_accepted.sentence)
    if not report.cases:
        folder = SAMPLE.resolve().parent
        say(f"nothing was checked: what the cases need is not on this machine; the bill belongs in {folder}")
    for case in report.failed:
        say(f"failed: {case}")
    for what in report.unmet:
        say(f"not met: {what}")
    if report.skipped:
        played = f"{len(report.skipped)} of {report.cases + len(report.skipped)} cases"
        say(
            f"skipped: {played} were not played, since what they need is not on this machine; no other figure counts them"
        )


def _more(one: SuiteFigures) -> str:
    powers = f"pass^{len(one.pass_k)} {one.pass_k[-1]}, " if len(one.pass_k) > 1 else ""
    spent = f"{one.tokens:,} tokens, USD {'' if one.priced else 'at least '}{one.dollars:f}, " if one.tokens else ""
    return f"{powers}{spent}median {one.median_ms:,} ms and P95 {one.p95_ms:,} ms a case"
