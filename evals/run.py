"""Run suites and report: `toll eval`. No key, no network; the whole of it runs in this process and in the demo's cloud."""

import gc
import sys
import time
import warnings
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import dataclass, replace
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory, mkdtemp

from inspect_ai import Task
from inspect_ai import eval as inspect_eval  # pyright: ignore[reportUnknownVariableType] - only partly typed
from inspect_ai.log import EvalLog, EvalSample
from inspect_ai.scorer import CORRECT, Score

from evals.acting_figures import SEQUENCES, ActingFigures, measure
from evals.case import Case, estate_of
from evals.estates import Tell
from evals.harness import Harness, skipped_of
from evals.report import CaseResult, Report, Understood, report_of
from evals.sharing import Ids, halves
from evals.suite import ALL, chosen, load
from evals.tasks import suite_task
from finops.errors import BadInput, CheckFailed, TollError
from gateway.process import set_up

PLANNERS = ("rules", "openai")
MOST_EPOCHS = 100
LEAST_CASES, MOST_SECONDS = 300, 120
"""What the whole suite is to hold: so many cases, and one epoch within so long on two cores. How long it took is told and fails nothing."""
_AT_ONCE = 2


def to_stderr(line: str) -> None:
    """Write a line of progress."""
    sys.stderr.write(line + "\n")


def run(
    suite: str,
    *,
    planner: str = "rules",
    epochs: int = 1,
    log_dir: Path | None = None,
    tell: Tell = to_stderr,
    only: Sequence[str] = (),
    without_spark: bool = False,
    sequences: int | None = None,
) -> Report:
    """Play a suite, or all, `epochs` times; `only` keeps the cases with these ids.

    What takes long belongs to a suite that is named: with `actions` hostile `sequences` are tried and processes are killed (with 0
    of them neither), and `cost-data` asks Spark too, without which installed the report is unmet unless that was asked for. `all`
    plays every case, and tries as many sequences as it is told.

    Raises `BadInput` for an unknown suite or planner and for a case that does not load; `TollError` where the harness itself fails.
    """
    if planner not in PLANNERS:
        known = " or ".join(f"`{one}`" for one in PLANNERS)
        raise BadInput(f"unknown planner `{planner}`", fix=f"use {known}; adversaries bring their own model")
    if not 1 <= epochs <= MOST_EPOCHS:
        raise BadInput(f"`{epochs}` epochs cannot be played", fix=f"give a number from 1 to {MOST_EPOCHS}")
    tried = (0 if suite == ALL else SEQUENCES) if sequences is None else sequences
    started = time.perf_counter()
    loaded = _loaded(chosen(suite), only)
    wanted = Wanted(
        only=tuple(only), planner=planner, epochs=epochs, without_spark=without_spark or suite == ALL, folder=_log_folder(log_dir)
    )  # fmt: skip
    found = _at_once(loaded, wanted, tell) if suite == ALL and not only else [_found(tuple(loaded), wanted, tell)]
    results = [one for name in loaded for part in found for one in part.results if one.suite == name]
    lacking = {case for part in found for case in part.lacking}
    acting = (
        _acting(tried, tell) if "actions" in loaded and not only and not lacking & _ids(loaded["actions"]) else None
    )
    for result in results:
        if not result.passed:
            tell(f"failed {result.id}: {'; '.join(result.reasons)}")
    tell(f"log: inspect view --log-dir {wanted.folder}")
    few = too_few(len({one.id for one in results})) if suite == ALL and not only else ()
    unmet = (*(what for part in found for what in part.unmet), *(acting.unmet if acting else ()), *few)
    skipped = tuple(case.id for cases in loaded.values() for case in cases if case.id in lacking)
    report = report_of(suite, results, skipped, unmet, seconds=time.perf_counter() - started, planner=planner)
    return report.model_copy(update={"acting": acting})


def too_few(cases: int) -> tuple[str, ...]:
    """Say that the whole suite is smaller than it must be; nothing where it is not."""
    return (f"{cases} cases were played, fewer than {LEAST_CASES}",) if cases < LEAST_CASES else ()


@dataclass(frozen=True, slots=True)
class Wanted:
    """How suites are to be played, whichever process plays them."""

    only: tuple[str, ...]
    planner: str
    epochs: int
    without_spark: bool
    folder: Path
    estates: Path | None = None
    """Where estates are loaded that several processes play on."""


@dataclass(frozen=True, slots=True)
class Found:
    """What came of suites; `lacking` are cases that cannot be played here."""

    results: tuple[CaseResult, ...]
    lacking: tuple[str, ...]
    unmet: tuple[str, ...]


def _at_once(loaded: dict[str, tuple[Case, ...]], wanted: Wanted, tell: Tell) -> list[Found]:
    """Play half of the cases in this process and half in another."""
    first, second = halves(loaded)
    # A process that is not forked: this one has threads, and databases that are open.
    with (
        TemporaryDirectory(prefix="toll-eval-estates-") as estates,
        ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool,
    ):
        wanted = replace(wanted, estates=Path(estates))
        elsewhere = pool.submit(played_elsewhere, *_share(loaded, second, wanted))
        here = _found(*_share(loaded, first, wanted), tell)
        there = elsewhere.result()
    if isinstance(there, str):
        raise CheckFailed(f"the other half of the suites ended early: {there}", fix="see what it said above")
    return [here, there]


def _share(loaded: dict[str, tuple[Case, ...]], ids: Ids, wanted: Wanted) -> tuple[tuple[str, ...], Wanted]:
    """Return the suites that hold these cases, and that nothing else of them is wanted."""
    names = tuple(name for name, cases in loaded.items() if any(one.id in ids for one in cases))
    return names, replace(wanted, only=tuple(sorted(ids)))


def played_elsewhere(names: tuple[str, ...], wanted: Wanted) -> Found | str:
    """Play suites in a process of their own; an error comes back as its sentence."""
    set_up()
    try:
        return _found(names, wanted, to_stderr)
    except TollError as error:
        return str(error)


def _found(names: tuple[str, ...], wanted: Wanted, tell: Tell) -> Found:
    loaded = _loaded(names, wanted.only)
    with Harness(tell, without_spark=wanted.without_spark, planner=wanted.planner, shared=wanted.estates) as harness:
        lacking = skipped_of(harness, [case for cases in loaded.values() for case in cases])
        for reason in dict.fromkeys(lacking.values()):
            tell(f"skipped {sum(why == reason for why in lacking.values())} cases: {reason}")
        results: list[CaseResult] = []
        for batch in _batches(loaded):
            tasks = list(_tasks(batch, lacking, harness))
            # What was loaded stays until the end: the collector need not look at it again and again.
            gc.collect()
            gc.freeze()
            results += results_of(tasks, wanted.folder, wanted.epochs) if tasks else []
        gc.unfreeze()
        if harness.faults:
            raise harness.faults[0]
        return Found(tuple(results), tuple(lacking), tuple(harness.unmet))


def _batches(loaded: dict[str, tuple[Case, ...]]) -> list[dict[str, tuple[Case, ...]]]:
    """Return what needs no demo estate before what does: another process may be loading it meanwhile."""
    without = {name: cases for name, cases in loaded.items() if all(estate_of(case) != "demo" for case in cases)}
    return [without, {name: cases for name, cases in loaded.items() if name not in without}]


def _ids(cases: Sequence[Case]) -> set[str]:
    return {case.id for case in cases}


def _acting(sequences: int, tell: Tell) -> ActingFigures | None:
    if sequences < 1:
        return None
    with TemporaryDirectory(prefix="toll-acting-") as folder:
        return measure(sequences, Path(folder), tell)


def _log_folder(log_dir: Path | None) -> Path:
    if log_dir is None:
        return Path(mkdtemp(prefix="toll-eval-log-"))
    try:
        log_dir.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise BadInput(f"`{log_dir}` cannot hold logs, {error.strerror}", fix="name another folder") from error
    return log_dir


def _loaded(names: Sequence[str], only: Sequence[str]) -> dict[str, tuple[Case, ...]]:
    loaded = {name: load(name) for name in names}
    ids = [case.id for cases in loaded.values() for case in cases]
    twice = sorted({one for one in ids if ids.count(one) > 1})
    strange = sorted(set(only) - set(ids))
    if twice:
        raise BadInput(f"two suites have a case `{twice[0]}`", fix="give each case its own id")
    if strange:
        raise BadInput(f"no case is called `{strange[0]}`", fix="name cases of the suite")
    return {name: tuple(case for case in cases if not only or case.id in only) for name, cases in loaded.items()}


def _tasks(loaded: dict[str, tuple[Case, ...]], lacking: dict[str, str], harness: Harness) -> Iterator[Task]:
    for name, cases in loaded.items():
        if here := [case for case in cases if case.id not in lacking]:
            yield suite_task(name, harness.prepare(here), harness)


def results_of(tasks: list[Task], folder: Path, epochs: int = 1) -> list[CaseResult]:
    """Run Inspect tasks and return what came of each play. Raises `CheckFailed` where one was not graded."""
    with warnings.catch_warnings():
        # Inspect leaves streams to the collector, which warns of each: here, and not in whoever runs next.
        warnings.simplefilter("ignore")
        # In a thread of its own: Inspect starts an event loop, and whoever calls this may be inside one.
        with ThreadPoolExecutor(1) as pool:
            logs = pool.submit(_inspected, tasks, folder, epochs).result()
        gc.collect()
    return [_result(sample, log.eval.task) for log in logs for sample in _samples(log)]


def _inspected(tasks: list[Task], folder: Path, epochs: int) -> list[EvalLog]:
    return inspect_eval(
        tasks, model=None, display="none", log_dir=str(folder), max_samples=_AT_ONCE, max_tasks=1, fail_on_error=False,
        log_level="error", ctl_server=False, score_display=False, epochs=epochs, log_realtime=False,
    )  # fmt: skip


def _samples(log: EvalLog) -> list[EvalSample]:
    if log.status != "success" or log.samples is None:
        why = log.error.message if log.error else log.status
        raise CheckFailed(f"Inspect ended `{log.eval.task}` early: {why}", fix="see its log")
    return log.samples


def _result(sample: EvalSample, suite: str) -> CaseResult:
    case, took = str(sample.id), round((sample.total_time or 0) * 1000)
    if sample.error:
        # The product raised what it never should: a failed case, whatever it was.
        why = f"crashed: {sample.error.message}"
        lost: Understood | None = "failed" if (sample.metadata or {}).get("kind") == "paraphrase" else None
        return CaseResult(
            id=case, suite=suite, epoch=sample.epoch, passed=False, reasons=(why,), milliseconds=took, understood=lost
        )
    score: Score | None = (sample.scores or {}).get("truth")
    if score is None:
        raise CheckFailed(f"case `{case}` was played and not graded", fix="see its log")
    return CaseResult.model_validate(
        {"id": case, "suite": suite, "epoch": sample.epoch, "passed": score.value == CORRECT, "milliseconds": took}
        | (score.metadata or {})
    )
