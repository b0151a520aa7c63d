"""`toll ask` as a script sees it: its exit code tells a denied proposal from an answer."""

from collections.abc import Generator, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import pytest
import typer

from agent.answer import Answer, Answered, Event
from app.cli import ask as command
from finops.actions import Outcome
from finops.people import Principal
from gateway.home import Home
from tests.unit.agent.estate import PERSON, FakeProposals, draft


class _Answering:
    """Answers with one proposal, judged as told."""

    def __init__(self, outcome: Outcome) -> None:
        self._proposal = FakeProposals(outcome).record(PERSON, draft(), "rules")

    def stream(self, principal: Principal, question: str, *, known_on: date | None = None) -> Iterator[Event]:
        del principal, question, known_on
        yield Answered(answer=Answer(answer="It was judged.", proposals=(self._proposal,), planner="rules"))


def _asking(outcome: Outcome, monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    @contextmanager
    def opened(home: Home) -> Generator[_Answering]:
        del home
        yield _Answering(outcome)

    monkeypatch.setenv("TOLL_HOME", str(folder))
    monkeypatch.setattr(command, "open_assistant", opened)
    monkeypatch.setattr(command, "present_person", lambda home: PERSON)  # pyright: ignore[reportUnknownLambdaType, reportUnknownArgumentType]
    command.ask("resize i-0abc1234 to m5.large", as_json=True)


def test_a_denied_proposal_ends_with_1(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(typer.Exit) as ended:
        _asking("deny", monkeypatch, tmp_path)
    assert ended.value.exit_code == 1


def test_a_proposal_that_waits_is_an_answer_like_another(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _asking("needs_approval", monkeypatch, tmp_path)
