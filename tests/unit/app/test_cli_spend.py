"""`toll spend`: what models took on a day, by person and model, and the caps."""

import json
from decimal import Decimal
from pathlib import Path

import pytest
from typer.testing import CliRunner

from app.cli.main import build
from finops.errors import BadInput
from finops.spend import Account, Attempt, Tokens
from gateway.home import Home
from gateway.people import ensure_local_person
from gateway.spend_guard import open_guard

STEP = Attempt("gpt-4o", "api.openai.com", Tokens(read=900, written=100), Decimal("0.5"), 60)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    monkeypatch.setenv("TOLL_HOME", str(tmp_path))
    home = Home.open()
    ensure_local_person(home)
    return home


def spend(*words: str) -> str:
    done = CliRunner().invoke(build("spend"), ["spend", *words], catch_exceptions=False)
    assert done.exit_code == 0
    return done.stdout


def booked(home: Home) -> None:
    """Settle one call, keep one at its worst, leave one under way, give one back."""
    guard = open_guard(home)
    first, second, _, fourth = (guard.reserve(Account("ana", f"q{number}"), STEP) for number in range(4))
    guard.settle(first, Tokens(read=200, cached=50, written=10, reasoning=4), Decimal("0.00001"))
    guard.presume(second)
    guard.release(fourth)


def test_a_day_without_a_model_says_so_with_the_caps(home: Home) -> None:
    said = spend()
    assert "no model was asked" in said
    assert "one question: 200,000 tokens, USD 1.00 (`caps.question`)" in said
    assert str(home.models) in said


def test_each_person_and_model_is_a_row_of_what_is_settled_kept_and_under_way(home: Home) -> None:
    booked(home)
    said = spend()
    (row,) = (line for line in said.splitlines() if line.startswith("ana"))
    assert row.split() == ["ana", "gpt-4o", "1", "210", "50", "0.00001", "1,000", "tokens,", "USD", "0.50",
                           "1,000", "tokens,", "USD", "0.50"]  # fmt: skip
    assert "2,210 tokens, USD 1.00001 of 20,000,000 tokens, USD 50.00" in said


def test_json_has_every_sum(home: Home) -> None:
    booked(home)
    found = json.loads(spend("--json"))
    (one,) = found["models"]
    assert (one["settled"]["tokens"], one["presumed"]["tokens"], one["reserved"]["tokens"]) == (210, 1000, 1000)
    assert (one["cached_tokens"], one["reasoning_tokens"], one["priced"]) == (50, 4, True)
    assert Decimal(found["total"]["usd"]) == Decimal("1.00001")
    assert found["caps"]["day"] == {"tokens": 20_000_000, "usd": "50"}


def test_caps_come_from_the_settings_file(home: Home) -> None:
    home.models.write_text("[caps.day]\ntokens = 7\nusd = 0.25\n")
    assert "everybody a day: 7 tokens, USD 0.25" in spend()


def test_another_day_is_empty_and_no_day_is_bad_input(home: Home) -> None:
    booked(home)
    assert "2020-01-01 (UTC): no model was asked" in spend("--day", "2020-01-01")
    with pytest.raises(BadInput, match="`someday` is not a day; write it as 2026-11-27"):
        spend("--day", "someday")
