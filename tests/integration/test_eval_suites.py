"""A handful of cases end to end: the real estates, the demo cloud over HTTP, a scripted model over HTTP, Inspect and its log."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from inspect_ai.log import list_eval_logs, read_eval_log

from evals.run import run

CASES = (
    "resize-staging-and-undo", "production-is-protected", "stop-an-idle-one", "invents-a-figure", "approved-by-a-tag",
    "demo-each-provider", "demo-savings", "demo-forecast",
)  # fmt: skip


def test_a_handful_of_cases_pass_end_to_end_and_are_logged(tmp_path: Path) -> None:
    told: list[str] = []
    report = run("all", log_dir=tmp_path, tell=told.append, only=CASES)
    assert (report.failed, report.wrong_figures) == ((), 0), told
    assert (report.cases, report.passed, report.skipped) == (len(CASES), len(CASES), ())
    # In a thread of its own, as Inspect starts an event loop to read too and another test's may still be running here.
    with ThreadPoolExecutor(1) as pool:
        logs = pool.submit(lambda: [read_eval_log(log) for log in list_eval_logs(str(tmp_path))]).result()
    assert {str(sample.id) for log in logs for sample in log.samples or []} == set(CASES)
    assert {log.status for log in logs} == {"success"}
