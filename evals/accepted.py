"""The last accepted report of each planner, kept beside the code: what a new one is compared with."""

from pathlib import Path

from pydantic import ValidationError

from evals.report import CaseResult, Report, difference, report_of
from finops.errors import BadFile
from finops.query import Frozen

FOLDER = Path(__file__).with_name("accepted")


class _Kept(Frozen):
    """What is kept of a report: every play of every suite, without the words of what failed."""

    planner: str
    plays: tuple[CaseResult, ...]


def accepted(planner: str, folder: Path = FOLDER) -> Report | None:
    """Return what was accepted of a planner; None before the first time. Raises `BadFile` for a file that is none."""
    path = _path(planner, folder)
    if not path.is_file():
        return None
    try:
        kept = _Kept.model_validate_json(path.read_text(encoding="utf-8"))
    except (ValidationError, OSError, UnicodeDecodeError) as error:
        raise BadFile(f"`{path}` is no accepted report", fix="accept one again with `toll eval --accept`") from error
    return report_of("all", kept.plays, (), seconds=0, planner=kept.planner)


def compared(report: Report, folder: Path = FOLDER) -> Report:
    """Return the report with how it differs from the accepted one."""
    before = accepted(report.planner, folder)
    return report.model_copy(update={"beside_accepted": difference(report, before)}) if before else report


def accept(report: Report, folder: Path = FOLDER) -> Path:
    """Keep a report as the accepted one; suites that it did not play stay as they were. Raises `BadFile` where it cannot be written."""
    before = accepted(report.planner, folder)
    played = {one.suite for one in report.suites}
    old = tuple(one for one in before.plays if one.suite not in played) if before else ()
    plays = sorted(
        (one.model_copy(update={"reasons": ()}) for one in (*old, *report.plays)), key=lambda one: (one.suite, one.id, one.epoch)
    )  # fmt: skip
    path = _path(report.planner, folder)
    lines = ",\n".join(one.model_dump_json(exclude_defaults=True) for one in plays)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        path.write_text(f'{{"planner":"{report.planner}","plays":[\n{lines}\n]}}\n', encoding="utf-8")
    except OSError as error:
        raise BadFile(f"`{path}` cannot be written, {error.strerror}", fix="run from a checkout of your own") from error
    return path


def _path(planner: str, folder: Path) -> Path:
    return folder / f"{planner}.json"
