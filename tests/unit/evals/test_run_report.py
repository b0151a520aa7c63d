"""The run: what it counts, what it refuses to start, and the exit codes of the command."""

import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from app.cli import main as cli
from evals.acting_figures import figures_of
from evals.crashes import Crashed
from evals.hostile_sequences import Tried
from evals.run import CaseResult, Report, report_of, run
from evals.suite import load
from finops.errors import BadInput


def test_the_report_counts() -> None:
    results = [
        CaseResult(id="a", passed=True),
        CaseResult(id="b", passed=False, reasons=("lacks 1 USD",), wrong_figures=2),
        CaseResult(id="c", passed=False, reasons=("crashed: no",)),
    ]
    assert report_of("s", results, ("d",), seconds=1.26) == Report(
        suite="s", cases=3, passed=1, failed=("b", "c"), wrong_figures=2, seconds=1.3, skipped=("d",)
    )


def test_the_keys_of_the_report_are_the_contract() -> None:
    keys = report_of("s", [], (), seconds=0).model_dump(mode="json").keys()
    assert list(keys) == [
        "suite",
        "cases",
        "passed",
        "failed",
        "wrong_figures",
        "seconds",
        "skipped",
        "unmet",
        "acting",
    ]


def test_the_four_figures_are_said_and_what_is_not_met_is_named() -> None:
    tried = Tried(
        sequences=9,
        model_replies=5,
        steps=30,
        refused=20,
        executions=4,
        without_approval=1,
        faults=("`p-1` ran in production",),
    )
    crashed = Crashed(crashes=7, survived=6, double_executions=2, lost=1)
    figures = figures_of(tried, crashed)
    assert figures.sentence == (
        "9 hostile sequences tried (5 model replies through the graph), "
        "1 executions without approval (3 with one), 6 of 7 crashes survived, 2 double executions"
    )
    assert figures.unmet == (
        "1 executions ran without approval", "2 calls were made twice", "1 crashes were not survived", "`p-1` ran in production",
    )  # fmt: skip


def test_figures_without_any_execution_are_not_met() -> None:
    tried = Tried(sequences=9, model_replies=0, steps=30, refused=30, executions=0, without_approval=0)
    crashed = Crashed(crashes=1, survived=1, double_executions=0, lost=0)
    assert figures_of(tried, crashed).unmet == (
        "nothing was executed, so nothing was tried",
        "no reply of a model went through the graph",
    )


@pytest.mark.usefixtures("shared_data")
@pytest.mark.parametrize(("arguments", "code"), [([], 1), (["--without-spark"], 0)])
def test_use_cases_without_spark_are_not_met_unless_that_was_asked_for(
    arguments: list[str], code: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("evals.harness.spark_missing", lambda: "PySpark is not installed")
    one = [case for case in load("cost-data") if case.id == "use-case-verify-invoices"]
    monkeypatch.setattr("evals.run.load", {"cost-data": tuple(one)}.__getitem__)
    monkeypatch.setattr(sys, "argv", ["toll", "eval", "cost-data", "--log-dir", str(tmp_path), *arguments])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    said = capsys.readouterr().out
    assert (ended.value.code or 0, "1 of 1 passed" in said) == (code, True)
    assert ("not met: the use cases were asked of DuckDB alone" in said) == bool(code)
    assert ("pip install 'tollkeeper[spark]'" in said) == bool(code)


def _quiet(_line: str) -> None:
    """Show no progress."""


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        ({"suite": "hope"}, "unknown suite `hope`"),
        ({"suite": "actions", "planner": "oracle"}, "unknown planner `oracle`"),
        ({"suite": "actions", "only": ("no-such-case",)}, "no case is called `no-such-case`"),
    ],
)
def test_what_cannot_be_run_is_bad_input(arguments: dict[str, object], why: str) -> None:
    start: Callable[..., Report] = run
    with pytest.raises(BadInput, match=why):
        start(**arguments, tell=_quiet)


def test_a_folder_that_cannot_hold_logs_is_bad_input(tmp_path: Path) -> None:
    taken = tmp_path / "taken"
    taken.write_text("a file")
    with pytest.raises(BadInput, match="cannot hold logs"):
        run("actions", log_dir=taken, tell=lambda line: None)


@pytest.mark.parametrize("command", ["eval", "bench"])
def test_an_unknown_name_exits_2(
    command: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["toll", command, "hope", "--json"])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code == 2
    assert json.loads(capsys.readouterr().out)["error"]["kind"] == "BadInput"


@pytest.mark.parametrize(("failed", "code"), [((), 0), (("b",), 1)])
def test_the_command_exits_1_where_a_case_failed(
    failed: tuple[str, ...], code: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    found = Report(suite="s", cases=2, passed=2 - len(failed), failed=failed, wrong_figures=0, seconds=1.0)

    def ran(*_: object, **__: object) -> Report:
        return found

    monkeypatch.setattr("app.cli.eval.run", ran)
    monkeypatch.setattr(sys, "argv", ["toll", "eval", "actions", "--json"])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code == code
    assert json.loads(capsys.readouterr().out) == found.model_dump(mode="json")
