"""Benchmarks: rows say whether their goal is met, and a command that fails is never a measurement."""

import json
import sys
from pathlib import Path

import pytest

from app.cli import main as cli
from evals.bench.lake_questions import unasked_row
from evals.bench.policy import policy
from evals.bench.report import Benchmark, below_row, ratio_row
from evals.bench.run import Measured, bench
from evals.bench.settings import Settings
from evals.bench.timing import in_turn, run_once
from finops.errors import BadInput, CheckFailed

MET = below_row("help", 0.2, "s", most=0.4)
MISSED = ratio_row("ask", 3.0, "s", 1.0, "the baseline", most=2)


def test_a_goal_is_met_or_not() -> None:
    assert (MET.met, MET.goal, MET.baseline, MET.ratio) == (True, "under 0.4 s", None, None)
    assert (MISSED.met, MISSED.ratio, MISSED.goal) == (False, 3.0, "at most 2 times the baseline")
    assert not below_row("help", 0.4, "s", most=0.4).met
    assert ratio_row("ask", 2.0, "s", 1.0, "it", most=2).met


def test_a_ratio_is_judged_before_it_is_rounded() -> None:
    assert not ratio_row("ask", 2.001, "s", 1.0, "it", most=2).met


def test_all_benchmarks_in_one_name_each_measure() -> None:
    known: dict[str, Measured] = {
        "a": lambda _settings, _tell: Benchmark(name="a", rows=(MET,)),
        "b": lambda _settings, _tell: Benchmark(name="b", rows=(MET, MISSED)),
    }
    told: list[str] = []
    found = bench("all", told.append, known)
    assert (found.name, [row.measure for row in found.rows]) == ("all", ["a: help", "b: help", "b: ask"])
    assert told == ["measuring a", "measuring b"]
    assert bench("a", told.append, known).rows == (MET,)


def test_an_unknown_benchmark_is_bad_input() -> None:
    with pytest.raises(
        BadInput, match="unknown benchmark `speed`; known are `actions`, `agent`, `lake`, `policy`, `startup` and `all`"
    ):
        bench("speed", lambda line: None)


def test_runs_take_turns_and_the_median_counts() -> None:
    order: list[str] = []
    times = {"a": iter([9.0, 1.0, 5.0, 2.0]), "b": iter([9.0, 4.0, 4.0, 4.0])}

    def timed(name: str) -> float:
        order.append(name)
        return next(times[name])

    assert in_turn({"a": lambda: timed("a"), "b": lambda: timed("b")}, runs=3) == {"a": 2.0, "b": 4.0}
    assert order == ["a", "b"] * 4


def test_a_command_that_fails_is_no_measurement(tmp_path: Path) -> None:
    with pytest.raises(CheckFailed, match="exited 3: no luck"):
        run_once([sys.executable, "-c", "import sys; sys.stderr.write('no luck'); sys.exit(3)"], {}, tmp_path)
    ran = run_once([sys.executable, "-c", "import os; print(os.environ['TOLL_HOME'])"], {"TOLL_HOME": "here"}, tmp_path)
    assert ran.stdout == "here\n"
    assert ran.seconds > 0


def test_a_decision_is_measured_beside_a_bare_call() -> None:
    (row,) = policy(runs=1).rows
    assert row.value > 0
    assert row.baseline is not None
    assert row.baseline > 0


@pytest.mark.parametrize(("row", "code"), [(MET, 0), (MISSED, 1)])
def test_the_command_exits_1_where_a_goal_is_missed(
    row: object, code: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    found = Benchmark.model_validate({"name": "startup", "rows": [row]})

    def measured(_name: str | None, *_rest: object, settings: Settings) -> Benchmark:
        assert settings == Settings()
        return found

    monkeypatch.setattr("app.cli.bench.bench", measured)
    monkeypatch.setattr(sys, "argv", ["toll", "bench", "startup", "--json"])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code == code
    assert json.loads(capsys.readouterr().out)["rows"][0].keys() == {
        "measure", "value", "unit", "baseline", "ratio", "goal", "met",
    }  # fmt: skip


def test_questions_that_spark_was_not_asked_are_not_met() -> None:
    row = unasked_row("there is no Java")
    assert (row.met, row.value, row.goal) == (False, 0, "all of them; not asked, there is no Java")
