"""The run: what it counts, what it refuses to start, and the exit codes of the command."""

import json
import sys
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest

from app.cli import main as cli
from evals.accepted import accept, accepted, compared
from evals.acting_figures import figures_of
from evals.crashes import Crashed
from evals.hostile_sequences import Tried
from evals.report import CaseResult, Paraphrases, Report, Understood, pass_power, report_of
from evals.report_page import page
from evals.run import run, too_few
from evals.suite import load
from finops.errors import BadFile, BadInput


def test_the_report_counts_cases_that_passed_in_every_epoch() -> None:
    plays = [
        CaseResult(id="a", suite="s", passed=True, tokens=10, dollars=Decimal("0.01"), milliseconds=4),
        CaseResult(id="b", suite="s", passed=True, milliseconds=6),
        CaseResult(id="c", suite="t", passed=False, reasons=("crashed: no",), milliseconds=8),
        CaseResult(
            id="a", suite="s", epoch=2, passed=True, tokens=30, dollars=Decimal("0.02"), priced=False, milliseconds=4
        ),
        CaseResult(
            id="b", suite="s", epoch=2, passed=False, reasons=("lacks 1 USD",), wrong_figures=2, milliseconds=100
        ),
        CaseResult(id="c", suite="t", epoch=2, passed=True, milliseconds=8),
    ]
    report = report_of("all", plays, ("d",), seconds=1.26)
    assert (report.cases, report.passed, report.failed, report.wrong_figures) == (3, 1, ("b", "c"), 2)
    assert (report.epochs, report.seconds, report.skipped) == (2, 1.3, ("d",))
    first, second = report.suites
    assert (first.suite, first.cases, first.passed, first.pass_k) == ("s", 2, 1, (Decimal("0.75"), Decimal("0.5")))
    assert (first.tokens, first.dollars, first.priced, first.median_ms, first.p95_ms) == (
        40,
        Decimal("0.03"),
        False,
        5,
        100,
    )
    assert (second.pass_k, second.wrong_figures) == ((Decimal("0.5"), Decimal(0)), 0)


def test_the_keys_of_the_report_are_the_contract() -> None:
    keys = report_of("s", [], (), seconds=0).model_dump(mode="json").keys()
    assert list(keys) == [
        "suite", "cases", "passed", "failed", "wrong_figures", "seconds", "skipped", "unmet", "acting", "planner", "epochs", "suites",
        "paraphrases", "plays", "beside_accepted",
    ]  # fmt: skip


def test_pass_power_is_the_chance_of_so_many_in_a_row() -> None:
    assert [pass_power(3, 5, k) for k in (1, 2, 3, 4)] == [Decimal("0.6"), Decimal("0.3"), Decimal("0.1"), Decimal(0)]


def test_paraphrases_are_told_in_percent() -> None:
    kinds: list[Understood] = ["correct", "correct", "asked_back", "wrong"]
    plays = [
        CaseResult(id=str(n), suite="paraphrases", passed=kind != "wrong", understood=kind)
        for n, kind in enumerate(kinds)
    ]
    report = report_of("paraphrases", plays, (), seconds=0)
    assert report.paraphrases == Paraphrases(
        questions=4, accuracy=Decimal("50.0"), asked_back=Decimal("25.0"), wrong=Decimal("25.0")
    )
    assert report.paraphrases is not None
    assert report.paraphrases.sentence == "4 paraphrases: 50.0 % right, 25.0 % asked back, 25.0 % wrong"


def test_the_shares_are_of_the_questions_that_were_kept_apart_alone() -> None:
    plays = [
        CaseResult(id="1", suite="paraphrases", passed=True, understood="correct"),
        CaseResult(id="2", suite="phrasings", passed=False, understood="wrong"),
    ]
    report = report_of("all", plays, (), seconds=0)
    assert report.paraphrases == Paraphrases(
        questions=1, accuracy=Decimal("100.0"), asked_back=Decimal("0.0"), wrong=Decimal("0.0")
    )
    assert report_of("phrasings", plays[1:], (), seconds=0).paraphrases is None


def test_a_report_is_set_beside_the_accepted_one(tmp_path: Path) -> None:
    old = [
        CaseResult(id="stays", suite="s", passed=True, milliseconds=10),
        CaseResult(id="breaks", suite="s", passed=True, milliseconds=10, tokens=100, dollars=Decimal("0.5")),
        CaseResult(id="mends", suite="s", passed=False, reasons=("no",), milliseconds=10),
        CaseResult(id="went", suite="s", passed=True),
        CaseResult(id="other", suite="t", passed=True),
    ]
    path = accept(report_of("all", old, (), seconds=1), tmp_path)
    assert path == tmp_path / "rules.json"
    new = [
        CaseResult(id="stays", suite="s", passed=True, milliseconds=20),
        CaseResult(id="breaks", suite="s", passed=False, reasons=("no",), milliseconds=20, tokens=40),
        CaseResult(id="mends", suite="s", passed=True, milliseconds=20),
        CaseResult(id="came", suite="s", passed=True),
    ]
    found = compared(report_of("s", new, (), seconds=1), tmp_path).beside_accepted
    assert found is not None
    assert (found.newly_failed, found.newly_passed, found.added, found.gone) == (
        ("breaks",),
        ("mends",),
        ("came",),
        ("went",),
    )
    assert (found.accepted_cases, found.tokens, found.dollars, found.times_slower) == (
        4,
        -60,
        Decimal("-0.5"),
        Decimal("2.00"),
    )
    # Accepting one suite leaves the others as they were accepted.
    accept(report_of("s", new, (), seconds=1), tmp_path)
    kept = accepted("rules", tmp_path)
    assert kept is not None
    assert {one.id for one in kept.plays} == {"stays", "breaks", "mends", "came", "other"}
    assert accepted("openai", tmp_path) is None


def test_a_paraphrase_that_fares_worse_than_accepted_is_told(tmp_path: Path) -> None:
    def played(*kinds: Understood) -> Report:
        plays = [CaseResult(id=str(n), suite="paraphrases", passed=True, understood=k) for n, k in enumerate(kinds)]
        return report_of("paraphrases", plays, (), seconds=1)

    accept(played("correct", "asked_back", "correct", "asked_back"), tmp_path)
    found = compared(played("asked_back", "correct", "correct", "asked_back"), tmp_path).beside_accepted
    assert found is not None
    assert (found.understood_worse, found.understood_better) == (("0",), ("1",))
    assert "1 paraphrases understood worse, 1 paraphrases understood better" in found.sentence


def test_paraphrases_that_fail_are_told_apart_from_wrong_ones() -> None:
    plays = [CaseResult(id="a", suite="paraphrases", passed=False, understood="failed")]
    found = report_of("paraphrases", plays, (), seconds=0).paraphrases
    assert found is not None
    assert found.sentence == "1 paraphrases: 0.0 % right, 0.0 % asked back, 0.0 % wrong, 100.0 % failed"


def test_an_accepted_report_that_is_none_is_said(tmp_path: Path) -> None:
    (tmp_path / "rules.json").write_text("{", encoding="utf-8")
    with pytest.raises(BadFile, match="is no accepted report; accept one again"):
        accepted("rules", tmp_path)


def test_the_page_tells_what_failed_and_escapes_what_was_said() -> None:
    plays = [
        CaseResult(id="a", suite="s", passed=False, reasons=("says `<script>alert(1)</script>`",)),
        CaseResult(id="b", suite="s", passed=True, tokens=7, dollars=Decimal("0.0001"), priced=False),
    ]
    text = page(report_of("s", plays, (), ("Spark is missing",), seconds=2))
    assert "1 of 2 cases passed in 1 epoch" in text
    assert "Not met: Spark is missing" in text
    assert "&lt;script&gt;" in text
    assert "<script" not in text
    assert "at least 0.0001" in text
    assert "None was accepted yet" in text


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


def _as_it_is(report: Report) -> Report:
    """Compare a report with none."""
    return report


def _ending(monkeypatch: pytest.MonkeyPatch, found: Report, *arguments: str) -> int:
    """Return the exit code of `toll eval` whose run comes to `found`."""

    def ran(*_: object, **__: object) -> Report:
        return found

    monkeypatch.setattr("app.cli.eval.run", ran)
    monkeypatch.setattr("app.cli.eval.compared", _as_it_is)
    monkeypatch.setattr(sys, "argv", ["toll", "eval", *arguments])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    return int(ended.value.code or 0)


ALL_FINE = Report(suite="all", cases=300, passed=300, failed=(), wrong_figures=0, seconds=151.5)


def test_a_suite_of_fewer_than_300_cases_is_not_met() -> None:
    assert too_few(300) == ()
    assert too_few(299) == ("299 cases were played, fewer than 300",)


def test_the_target_stands_beside_the_seconds_and_fails_nothing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _ending(monkeypatch, ALL_FINE) == 0
    assert "151.5 s (target 120 s)" in capsys.readouterr().out
    assert _ending(monkeypatch, ALL_FINE.model_copy(update={"epochs": 5})) == 0
    assert "target" not in capsys.readouterr().out


def test_what_was_skipped_is_said_in_the_last_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    _ending(monkeypatch, ALL_FINE.model_copy(update={"skipped": ("a", "b"), "unmet": ("x",)}))
    last = capsys.readouterr().out.splitlines()[-1]
    assert last.startswith("skipped: 2 of 302 cases were not played")


@pytest.mark.parametrize("bad", ["/proc/x.html", "/no/such/folder/x.html", "/dev/null", "/tmp"])
def test_a_page_that_cannot_be_written_is_said_before_anything_is_played(
    bad: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def played(*_: object, **__: object) -> Report:
        raise AssertionError("played first")

    monkeypatch.setattr("app.cli.eval.run", played)
    monkeypatch.setattr(sys, "argv", ["toll", "eval", "limits-of-knowledge", "--html", bad])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    said = capsys.readouterr().err
    assert (ended.value.code, f"`{bad}` cannot be written" in said, len(said.splitlines())) == (2, True, 1)


def test_the_page_takes_its_place_at_the_end_and_leaves_no_draft(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert _ending(monkeypatch, ALL_FINE, "--html", str(tmp_path / "report.html")) == 0
    assert [one.name for one in tmp_path.iterdir()] == ["report.html"]
    assert "<!doctype html>" in (tmp_path / "report.html").read_text(encoding="utf-8")
