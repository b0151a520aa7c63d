import os
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

from agent.compose import open_assistant
from agent.deps import Deps
from agent.planners.rules import RulesPlanner
from agent.service import Assistant
from finops.errors import BadInput
from finops.people import Principal
from gateway.home import Home
from tests.unit.agent.estate import PERSON, questions


def test_a_tracing_switch_of_the_environment_neither_traces_nor_breaks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LANGCHAIN_TRACING", "true")
    monkeypatch.setenv("LANGSMITH_TRACING", "true")
    with (
        open_assistant(Home.open({"TOLL_HOME": str(tmp_path)})) as opened,
        pytest.raises(BadInput, match="no bill is loaded"),
    ):
        opened.ask(Principal(name="ann", role="admin"), "What did each provider cost last month?")


def _notes(today: date, question: str) -> str:
    deps = Deps(questions(None), (RulesPlanner(),), lambda: 0.0, today=lambda: today)
    return " ".join(Assistant(deps).ask(PERSON, question).notes)


def test_data_that_ends_long_ago_says_from_which_day_last_month_counts() -> None:
    assert "`today` is 2024-10-01 here" in _notes(date(2026, 11, 23), "cost by provider last month")


def test_fresh_data_and_plain_dates_need_no_such_note() -> None:
    assert "`today`" not in _notes(date(2024, 10, 2), "cost by provider last month")
    assert "`today`" not in _notes(date(2026, 11, 23), "cost by provider in September 2024")


def test_without_a_model_nothing_of_models_or_the_ledger_is_imported(tmp_path: Path) -> None:
    # Start-up is paid by every question: settings, prices and records only by those that may need them.
    script = (
        "import sys; from agent.compose import open_assistant; from gateway.home import Home\n"
        "with open_assistant(Home.open()): pass\n"
        "heavy = ('agent.tiers', 'finops.model_tiers', 'finops.spend_caps', 'gateway.models_file', 'gateway.spend_guard', 'sqlmodel',\n"
        "         'genai_prices', 'langchain_openai')\n"
        "print([name for name in heavy if name in sys.modules])"
    )
    environment = {**os.environ, "TOLL_HOME": str(tmp_path), "TOLL_MODEL": ""}
    done = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
