"""Rules, rates and notes at the command line: what a script sees."""

import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from app.cli.main import main
from finops.allocation import Allocation

RULES = "version: 1\ndimensions:\n  team:\n    rules:\n      - from: tag:team\n"
RATES = "Date,From,To,Rate\n2024-09-02,USD,EUR,0.9\n"


@dataclass(frozen=True, slots=True)
class Done:
    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


Toll = Callable[..., Done]


@pytest.fixture
def toll(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Toll:
    monkeypatch.setenv("TOLL_HOME", str(tmp_path / "home"))

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


@pytest.fixture
def rules(tmp_path: Path) -> str:
    path = tmp_path / "rules.yaml"
    path.write_text(RULES, encoding="utf-8")
    return str(path)


@pytest.fixture
def rates(tmp_path: Path) -> str:
    path = tmp_path / "rates.csv"
    path.write_text(RATES, encoding="utf-8")
    return str(path)


def test_rules_are_loaded_shown_and_on_record(toll: Toll, rules: str) -> None:
    done = toll("allocation", "load", rules, "--json").json
    assert done["changed"] is True
    assert "these rules are in force" in toll("allocation", "load", rules).out
    assert toll("allocation", "show", "--json").json["dimensions"] == ["team"]
    history = toll("allocation", "history", "--json").json["loads"]
    assert [one["book"] for one in history] == [done["book"]]
    assert toll("audit", "verify").code == 0


def test_checking_rules_loads_nothing(toll: Toll, rules: str) -> None:
    assert "no bill is loaded to try the rules on" in toll("allocation", "check", rules).out
    shown = toll("allocation", "show")
    assert shown.code == 2
    assert "toll allocation load FILE" in shown.err


def test_a_faulty_file_is_bad_input_with_its_line(toll: Toll, rules: str) -> None:
    Path(rules).write_text(RULES.replace("from:", "form:"), encoding="utf-8")
    done = toll("allocation", "load", rules)
    assert done.code == 2
    assert "line 5" in done.err
    assert "did you mean `from`?" in done.err


def test_the_published_schema_is_that_of_the_file(toll: Toll) -> None:
    published = Path(__file__).resolve().parents[2] / "docs" / "allocation.schema.json"
    schema = json.loads(published.read_text(encoding="utf-8"))
    assert toll("allocation", "schema").json == schema == Allocation.model_json_schema(by_alias=True)


def test_rates_are_loaded_with_what_is_declared_of_them(toll: Toll, rates: str) -> None:
    assert toll("rates", "load", rates, "--max-age", "3", "--inverse", "--through", "EUR").code == 0
    shown = toll("rates", "show", "--json").json
    assert shown["declared"] == {"max_age_days": 3, "inverse": True, "through": "EUR", "basis": "day"}
    assert shown["pairs"][0]["last_rate"] == "0.9"
    assert len(toll("rates", "history", "--json").json["loads"]) == 1


def test_checking_rates_loads_nothing(toll: Toll, rates: str) -> None:
    assert "1 rates of rates.csv" in toll("rates", "check", rates).out
    assert toll("rates", "show").code == 2


@pytest.mark.parametrize("words", [("--basis", "week"), ("--max-age", "-1"), ("--through", "euro")])
def test_a_declaration_that_makes_no_sense_is_bad_input(toll: Toll, rates: str, words: tuple[str, str]) -> None:
    done = toll("rates", "load", rates, *words)
    assert done.code == 2
    assert "toll rates show" not in done.err
    assert toll("rates", "show").code == 2


def test_notes_are_recorded_listed_read_by_the_tool_and_taken_back(toll: Toll, tmp_path: Path) -> None:
    made = toll(
        "notes", "add", "2026-10-12", "checkout v2", "--kind", "deploy", "--where", "tag:team=search", "--json"
    ).json
    (note,) = made["recorded"]
    assert toll("notes", "add", "2026-10-12", "checkout v2", "--kind", "deploy", "--where", "tag:team=search").out == (
        "nothing changed: recorded already\n"
    )
    file = tmp_path / "notes.csv"
    file.write_text("Day,Text\n2026-10-13,other\n", encoding="utf-8")
    assert toll("notes", "load", str(file)).out == "recorded 1 notes of notes.csv; 0 were there already\n"
    assert [one["text"] for one in toll("notes", "--json").json["notes"]] == ["checkout v2", "other"]
    assert "taken" not in toll("notes", "withdraw", note["id"]).err
    assert [one["text"] for one in toll("notes", "--json").json["notes"]] == ["other"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("2026-9-1", "x"), "`2026-9-1` is no day"),
        (("2026-09-01", "x", "--kind", "party"), "`party` is no kind of note"),
        (("2026-09-01", "x", "--where", "EC2"), "`EC2` is no dimension and value"),
        (("2026-09-01", "x", "--where", "A=1", "--where", "A=2"), "`A` is given twice"),
        (("2026-09-01", " "), "words on one line"),
        (("2026-09-01", "x", "--until", "2026-08-01"), "before it begins"),
    ],
)
def test_a_note_that_cannot_be_is_one_sentence(toll: Toll, words: tuple[str, ...], said: str) -> None:
    done = toll("notes", "add", *words)
    assert (done.code, said in done.err, done.err.count("toll: ")) == (2, True, 1)
    assert toll("notes", "--json").json["notes"] == []
