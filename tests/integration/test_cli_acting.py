"""The acting commands as a script sees them, where no bill is needed: exemptions, the matrix, and dossiers that do not hold."""

import json
from pathlib import Path

import pytest

from tests.integration.test_cli import QUESTION, Toll, loaded, sample, toll

__all__ = ["QUESTION", "loaded", "sample", "toll"]


def test_the_matrix_says_who_may_approve_what(toll: Toll) -> None:
    cells = toll("policy", "matrix", "--json").json["matrix"]
    takes = {(one["kind"], one["environment"], one["amount"]): one["takes"] for one in cells}
    assert takes["resize_instance", "dev", "100"] == "an approver"
    assert takes["resize_instance", "dev", "10000"] == "an approver and an admin"
    shown = toll("policy", "matrix")
    assert shown.code == 0
    assert "refused: protected_environment" in shown.out


@pytest.mark.parametrize("text", ["", "{}", "no json", json.dumps({"format": 2})])
def test_what_is_no_dossier_is_bad_input(toll: Toll, tmp_path: Path, text: str) -> None:
    file = tmp_path / "dossier.json"
    file.write_text(text, encoding="utf-8")
    done = toll("audit", "replay", str(file))
    assert (done.code, done.out) == (2, "")
    assert "is no dossier" in done.err
    assert toll("audit", "replay", str(tmp_path / "none.json")).code == 2


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("exempt", "add", "i-none", "--until", "2026-12-31", "--reason", "close"), 2, "unknown resource `i-none`"),
        (("exempt", "add", "i-none", "--until", "soon", "--reason", "close"), 2, "`soon` is not a day"),
        (("exempt", "lift", "x-1"), 2, "unknown exemption"),
        (("proposals", "edit", "p-00000000", "--set", "instance_type=m5.large"), 2, "unknown proposal"),
        (("proposals", "edit", "p-00000000", "--set", "instance_type"), 2, "is not FIELD=VALUE"),
        (("proposals", "dossier", "p-00000000"), 2, "unknown proposal"),
        (("proposals", "approve", "p-00000000", "p-00000001"), 1, "2 of 2 were refused"),
    ],
)
def test_what_is_not_there_is_said_in_one_sentence(sample: Toll, words: tuple[str, ...], code: int, said: str) -> None:
    done = sample(*words)
    assert done.code == code
    assert said in done.err


def test_a_backtest_says_what_it_compared(sample: Toll) -> None:
    done = sample("policy", "backtest")
    assert (done.code, done.out) == (
        0,
        "0 decisions on 0 proposals: 0 decided otherwise (0 stricter, 0 looser), 0 by other rules\n",
    )


def test_nothing_that_ran_is_looked_after(sample: Toll) -> None:
    done = sample("proposals", "check", "--json")
    assert (done.code, done.json) == (0, {"looked": []})
