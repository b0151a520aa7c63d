"""The command line as a script sees it: exit codes, JSON on stdout, everything else on stderr."""

import json
import shutil
import sqlite3
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest

from app.cli.main import COMMANDS, main


@dataclass(frozen=True, slots=True)
class Done:
    """What one call did."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


Toll = Callable[..., Done]
QUESTION = "What did each provider cost in September 2024?"


@pytest.fixture
def toll(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Toll:
    """Return a way to call `toll` in a home of its own."""
    monkeypatch.setenv("TOLL_HOME", str(tmp_path / "home"))
    for name in ("TOLL_MODEL", "OPENAI_API_KEY", "OPENAI_BASE_URL", "AWS_ENDPOINT_URL", "TOLL_LIVE", "TOLL_POLICIES"):
        monkeypatch.delenv(name, raising=False)

    def call(*words: str) -> Done:
        monkeypatch.setattr(sys, "argv", ["toll", *words])
        code = 0
        try:
            main()
        except SystemExit as end:
            code = int(end.code or 0)
        said = capsys.readouterr()
        return Done(code, said.out, said.err)

    return call


@pytest.fixture(scope="session")
def loaded(tmp_path_factory: pytest.TempPathFactory, shared_data: Path) -> Path:
    """Return a home with the real sample in it."""
    home = tmp_path_factory.mktemp("loaded") / "home"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TOLL_HOME", str(home))
        patch.setattr(sys, "argv", ["toll", "ingest", str(shared_data / "focus" / "focus_sample_1.0.csv"), "--json"])
        with pytest.raises(SystemExit) as end:
            main()
    assert not end.value.code
    return home


@pytest.fixture
def sample(toll: Toll, loaded: Path, monkeypatch: pytest.MonkeyPatch) -> Toll:
    """Return `toll` over the home with the real sample."""
    monkeypatch.setenv("TOLL_HOME", str(loaded))
    return toll


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help_that_names_json(toll: Toll, name: str) -> None:
    done = toll(name, "--help")
    assert done.code == 0
    if "Commands:" in done.out:
        return
    assert "--json" in done.out


def test_help_lists_every_command_whole(toll: Toll) -> None:
    lines = toll("--help").out.splitlines()
    for name, (_, line) in COMMANDS.items():
        assert any(name in shown and shown.endswith(line) for shown in lines)


def test_an_unknown_command_is_usage(toll: Toll) -> None:
    done = toll("tol")
    assert (done.code, done.out) == (2, "")
    assert "Did you mean" in done.err


def test_the_sample_loads_exactly_warns_and_loads_only_once(toll: Toll, shared_data: Path) -> None:
    path = str(shared_data / "focus" / "focus_sample_1.0.csv")
    first, second = toll("ingest", path, "--json"), toll("ingest", path, "--json")
    assert (first.code, first.json["rows"], first.json["changed"]) == (0, 1000, True)
    assert first.json["totals"] == {"USD": "20.52022672899"}
    assert {warning["code"] for warning in first.json["warnings"]} >= {"null_text"}
    assert (second.code, second.json["changed"], second.json["snapshot"]) == (0, False, first.json["snapshot"])


def test_an_answer_has_the_keys_of_the_contract_and_exact_figures(sample: Toll) -> None:
    done = sample("ask", QUESTION, "--json")
    answer = done.json
    assert done.code == 0
    assert set(answer) >= {
        "answer",
        "figures",
        "evidence",
        "proposals",
        "planner",
        "model_tokens",
        "model_cost",
        "elapsed_ms",
    }
    figures = {figure["name"]: figure for figure in answer["figures"]}
    assert [figures[name]["value"] for name in ("AWS", "Microsoft", "Oracle")] == [
        "18.00663861840", "1.97651418586", "0.53707392473",
    ]  # fmt: skip
    assert {set(figure) == {"text", "value", "unit", "evidence", "name"} for figure in answer["figures"]} == {True}
    assert {figure["evidence"] for figure in answer["figures"]} == {evidence["id"] for evidence in answer["evidence"]}
    assert (answer["planner"], answer["model_tokens"]) == ("rules", 0)


@pytest.mark.parametrize(
    "question", ["Wie teuer war Compute im September?", "colourless green ideas", "", "What did Amazon EC3 cost?"]
)
def test_a_question_that_is_not_understood_is_one_sentence_and_exit_2(sample: Toll, question: str) -> None:
    done = sample("ask", question)
    assert (done.code, done.out) == (2, "")
    assert len(done.err.strip().splitlines()) == 1
    assert "; " in done.err


def test_asking_before_anything_is_loaded_says_what_to_do(toll: Toll) -> None:
    done = toll("ask", QUESTION)
    assert done.code == 2
    assert "toll ingest" in done.err


def test_an_error_with_json_is_json_too(sample: Toll) -> None:
    done = sample("ask", "colourless green ideas", "--json")
    assert done.code == 2
    assert set(done.json["error"]) == {"kind", "message", "fix"}


def test_a_tool_runs_without_a_planner_and_its_evidence_replays(sample: Toll, tmp_path: Path) -> None:
    query = tmp_path / "query.json"
    query.write_text('{"period": "2024-09", "group_by": ["ServiceCategory"]}')
    evidence = sample("tool", "run", "cost_query", "--input", str(query), "--json").json
    values = {figure["name"]: figure["value"] for figure in evidence["figures"]}
    assert (values["Compute"], values["AI and Machine Learning"]) == ("17.56473934470", "-0.15189756178")
    replayed = sample("evidence", evidence["id"], "--replay", "--json")
    assert (replayed.code, replayed.json["replayed"]) == (0, True)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", "is not JSON"),
        ("[1]", "not an object"),
        ('{"period": "2024-13"}', "period"),
        ('{"group_by": ["Zodiac"]}', "Zodiac"),
        ('{"metric": "SUM(1)"}', "metric"),
        ('{"sql": "select 1"}', "sql"),
        ('{"period": "1999-01..1999-02"}', "period"),
    ],
)
def test_bad_tool_input_is_one_sentence_and_exit_2(sample: Toll, tmp_path: Path, text: str, words: str) -> None:
    query = tmp_path / "query.json"
    query.write_text(text)
    done = sample("tool", "run", "cost_query", "--input", str(query))
    assert (done.code, done.out) == (2, "")
    assert words in done.err
    assert len(done.err.strip().splitlines()) == 1


def test_the_tool_surface_is_small(toll: Toll) -> None:
    assert len(toll("tool", "list", "--json").out) < 12_000


def bad_files(folder: Path) -> dict[str, Path]:
    head = "BilledCost,BillingCurrency\n"
    texts = {
        "empty.csv": b"",
        "other.csv": b"a,b\n1,2\n",
        "cut.csv": head.encode() + b"1",
        "latin.csv": head.encode() + b"1,\xff\xfe\n",
    }
    for name, content in texts.items():
        (folder / name).write_bytes(content)
    target = folder / "other.parquet"
    duckdb.execute(f"copy (select 1 as a) to '{target}' (format parquet)")
    (folder / "broken.parquet").write_bytes(b"PAR1 and no more")
    return {path.name: path for path in folder.iterdir() if path.is_file()} | {"missing": folder / "missing.csv"}


def test_bad_files_are_refused_and_nothing_changes(toll: Toll, shared_data: Path, tmp_path: Path) -> None:
    good = shared_data / "focus" / "focus_sample_1.0.csv"
    toll("ingest", str(good))
    before = toll("ask", QUESTION, "--json").json["evidence"]
    folder = tmp_path / "bad"
    folder.mkdir()
    for name, path in bad_files(folder).items():
        for paths in ([path], [good, path]):
            done = toll("ingest", *map(str, paths))
            assert (done.code, done.out) == (2, ""), name
            assert len(done.err.strip().splitlines()) == 1, (name, done.err)
    assert toll("ask", QUESTION, "--json").json["evidence"] == before


def test_a_changed_byte_in_the_records_fails_the_audit_and_says_where(
    sample: Toll, loaded: Path, tmp_path: Path
) -> None:
    (tmp_path / "home").mkdir()
    copy = tmp_path / "copied"
    shutil.copytree(loaded, copy)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TOLL_HOME", str(copy))
        whole = sample("audit", "verify", "--json")
        assert (whole.code, whole.json["ok"]) == (0, True)
        with sqlite3.connect(copy / "records.db") as database:
            database.execute("UPDATE audit_event SET actor = actor || 'x' WHERE seq = 2")
        broken = sample("audit", "verify", "--json")
    assert (broken.code, "event 2" in broken.err) == (1, True)


def test_a_full_rewrite_is_caught_against_an_exported_head(sample: Toll, tmp_path: Path) -> None:
    head = sample("audit", "head", "--json")
    kept = tmp_path / "head.json"
    kept.write_text(head.out)
    assert sample("audit", "verify", "--head", str(kept)).code == 0
    kept.write_text(json.dumps({**head.json, "hash": "0" * 64}))
    assert sample("audit", "verify", "--head", str(kept)).code == 1


def test_people_have_roles_and_a_second_person_ends_local_mode(toll: Toll, monkeypatch: pytest.MonkeyPatch) -> None:
    secret = toll("user", "add", "bea", "--role", "analyst", "--json").json["secret"]
    monkeypatch.setattr("sys.stdin", _Typed(secret))
    assert toll("login", "bea", "--json").json["role"] == "analyst"
    refused = toll("user", "add", "cy", "--role", "admin")
    assert (refused.code, refused.out) == (1, "")
    assert "may not manage people" in refused.err
    assert toll("ingest", "x.csv").code == 1


class _Typed:
    def __init__(self, line: str) -> None:
        self.line = line

    def isatty(self) -> bool:
        return False

    def readline(self) -> str:
        return self.line + "\n"


def test_policy_cases_pass_and_a_rule_with_a_fault_fails_the_check(toll: Toll, tmp_path: Path) -> None:
    report = toll("policy", "test", "--json")
    assert (report.code, report.json["failed"], report.json["uncovered"]) == (0, [], [])
    rule = tmp_path / "broken.cedar"
    rule.write_text("permit(principal, action, resource) when { context.nothing };")
    checked = toll("policy", "check", str(rule), "--json")
    assert (checked.code, checked.json["ok"]) == (1, False)


def test_rules_that_do_not_parse_stop_everything_that_acts(
    toll: Toll, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "rules"
    folder.mkdir()
    (folder / "broken.cedar").write_text("permit(")
    monkeypatch.setenv("TOLL_POLICIES", str(folder))
    done = toll("proposals", "list")
    assert (done.code, done.out) == (2, "")
    assert "broken.cedar" in done.err
    # The web app does not start on them either.
    served = toll("serve", "--port", "8399")
    assert (served.code, served.out) == (2, "")
    assert "broken.cedar" in served.err


def test_an_unknown_proposal_or_state_is_bad_input(toll: Toll) -> None:
    assert toll("proposals", "approve", "p-00000000").code == 2
    assert toll("proposals", "list", "--state", "someday").code == 2


def test_a_model_that_is_down_is_said_and_the_rules_still_serve(sample: Toll, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOLL_MODEL", "gpt-4o-mini")
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret-of-the-test")
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:9/v1")
    assert sample("ask", QUESTION, "--json").json["planner"] == "rules"
    done = sample("ask", "Write me a poem about our spend")
    assert (done.code, done.out) == (1, "")
    assert "127.0.0.1:9" in done.err
    assert "sk-secret" not in done.err


def test_the_first_admin_is_never_locked_out(toll: Toll, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    toll("user", "add", "bea", "--role", "analyst")
    (tmp_path / "home" / "session").unlink()
    assert toll("user", "list").code == 1
    (owner,) = (person["name"] for person in _people(tmp_path / "home") if person["name"] != "bea")
    monkeypatch.setattr("sys.stdin", _Typed(""))
    assert toll("login", owner, "--json").json == {"name": owner, "role": "admin", "local": False}
    secret = toll("user", "secret", owner, "--json").json["secret"]
    assert toll("login", owner).code == 1
    monkeypatch.setattr("sys.stdin", _Typed(secret))
    assert toll("login", owner).code == 0


def _people(home: Path) -> list[dict[str, str]]:
    with sqlite3.connect(home / "records.db") as database:
        return [{"name": str(name)} for (name,) in database.execute("SELECT name FROM person")]


def test_a_tool_run_in_text_shows_period_definition_and_caveats(sample: Toll, tmp_path: Path) -> None:
    asked = tmp_path / "asked.json"
    asked.write_text('{"metric": "EffectiveCost", "period": "2024-09"}', encoding="utf-8")
    out = sample("tool", "run", "cost_query", "--input", str(asked)).out
    assert "definition: effective cost: " in out
    assert "period: September 2024 (2024-09-01 to 2024-09-30, by charge period)" in out
    assert "caveat: EffectiveCost of " in out
    evidence = out.split("evidence ")[-1].strip()
    assert "caveat: EffectiveCost of " in sample("evidence", evidence).out


def test_dimensions_are_listed_in_text_with_their_values(sample: Toll, tmp_path: Path) -> None:
    asked = tmp_path / "asked.json"
    asked.write_text('{"limit": 100}', encoding="utf-8")
    out = sample("tool", "run", "list_dimensions", "--input", str(asked)).out
    assert "ProviderName  3 values: AWS, Microsoft, Oracle\n" in out
    assert "\ntag:" in out


def test_one_tool_is_listed_with_what_is_within_its_input(toll: Toll) -> None:
    out = toll("tool", "list", "cost_query").out
    assert "(required)  text: FOCUS column" in out.split("Filter: Rows whose dimension fits")[1]
    assert "filters (optional)  list of Filter\n      such as [" in out


def test_a_question_is_asked_as_of_a_day(sample: Toll) -> None:
    today = datetime.now(UTC).date()
    out = sample("ask", QUESTION, "--as-of", today.isoformat(), "-q").out
    assert f"As known on {today.day} {today:%B %Y} (snapshot `" in out
    done = sample("ask", QUESTION, "--as-of", "2020-01-01", "-q")
    assert done.code == 2
    assert "nothing was loaded before" in done.err
    assert "is yet to come" in sample("ask", QUESTION, "--as-of", "2099-01-01", "-q").err
    assert "is a moment" in sample("ask", QUESTION, "--as-of", "2026-01-01T12:00Z", "-q").err


def test_an_eval_that_could_check_nothing_says_so(toll: Toll, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("evals.estates.SAMPLE", tmp_path / "none.csv")
    monkeypatch.setattr("app.cli.eval.SAMPLE", tmp_path / "none.csv")
    out = toll("eval", "cost-sample").out
    assert f"nothing was checked: what the cases need is not on this machine; the bill belongs in {tmp_path}" in out
