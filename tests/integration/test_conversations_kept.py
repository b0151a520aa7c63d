"""Conversations that outlive the process: gone on with, exported and deleted, by their own person only."""

import io
import json
import sqlite3
import sys
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any

import pytest

from agent.threads import conversation_thread
from finops.people import Principal
from gateway.home import Home
from gateway.people import add_person, login
from gateway.session import principal_from_cli, save
from tests.integration.test_cli import Toll, loaded, sample, toll

__all__ = ["loaded", "sample", "toll"]

Chat = Callable[..., list[dict[str, Any]]]


@pytest.fixture
def chat(sample: Toll, monkeypatch: pytest.MonkeyPatch) -> Chat:
    """Return a way to chat in a process of its own, as far as the checkpoints can tell: each opens them anew."""

    def talk(*questions: str, resume: str | None = None) -> list[dict[str, Any]]:
        monkeypatch.setattr(sys, "stdin", io.StringIO("".join(f"{one}\n" for one in questions)))
        words = [] if resume is None else ["--resume", *([resume] if resume else [])]
        done = sample("chat", "--json", *words)
        assert done.code == 0, done.err
        decoder, text = json.JSONDecoder(), done.out.strip()
        answers: list[dict[str, Any]] = []
        while text:
            answer, end = decoder.raw_decode(text)
            answers.append(answer)
            text = text[end:].strip()
        return answers

    return talk


@pytest.fixture
def other(loaded: Path) -> Generator[None]:
    """Let an admin who is somebody else be logged in for the test."""
    home = Home.open({"TOLL_HOME": str(loaded)})
    before = home.session.read_text(encoding="utf-8")
    secret = add_person(home, principal_from_cli(home), "eve", "admin")
    save(home, login(home, "eve", secret))
    yield
    save(home, before)


def test_a_follow_up_goes_on_after_the_process_ended(sample: Toll, chat: Chat) -> None:
    (first,) = chat("What did each provider cost in September 2024?")
    (second,) = chat("and only AWS?", resume="")
    assert second["conversation"] == first["conversation"]
    assert second["answer"].startswith("Billed cost for AWS by provider in September 2024")
    assert second["evidence"][0]["input"]["period"] == {"start": "2024-09-01", "end": "2024-10-01"}
    listed = sample("conversations", "--json").json["conversations"]
    assert (listed[0]["id"], listed[0]["exchanges"]) == (first["conversation"], 2)


def test_an_export_names_the_evidence_of_every_figure(sample: Toll, chat: Chat) -> None:
    (answer,) = chat("What did each provider cost in September 2024?")
    name = answer["conversation"]
    markdown = sample("conversations", "export", name).out
    exported = sample("conversations", "export", name, "--json").json
    assert exported["exchanges"][0]["answer"]["figures"] == answer["figures"]
    for figure in answer["figures"]:
        assert f"| {figure['value']} | {figure['unit']} | {figure['name']} | `{figure['evidence']}` |" in markdown


def test_deleting_asks_first_and_takes_the_checkpoints_too(sample: Toll, chat: Chat, loaded: Path) -> None:
    (answer,) = chat("What did each provider cost in September 2024?")
    name = answer["conversation"]
    home = Home.open({"TOLL_HOME": str(loaded)})
    thread = conversation_thread(principal_from_cli(home), name)
    assert rows_of(home, thread) > 0
    refused = sample("conversations", "delete", name)
    assert (refused.code, "give --yes" in refused.err) == (2, True)
    done = sample("conversations", "delete", name, "--yes")
    assert done.out == f"{name}: deleted, 1 question; proposals, evidence and the audit log stay\n"
    assert rows_of(home, thread) == 0
    assert sample("conversations", "show", name).code == 2
    assert sample("chat", "--resume", name).code == 2
    assert sample("evidence", answer["evidence"][0]["id"]).code == 0
    assert sample("audit", "verify").code == 0


def test_nobody_else_reaches_it_an_admin_neither(sample: Toll, chat: Chat, request: pytest.FixtureRequest) -> None:
    name = chat("What did each provider cost in September 2024?")[0]["conversation"]
    request.getfixturevalue("other")
    assert sample("conversations", "--json").json == {"conversations": []}
    for words in (("show", name), ("export", name), ("delete", name, "--yes")):
        done = sample("conversations", *words)
        assert (done.code, done.out) == (2, "")
        assert "unknown conversation" in done.err
    assert sample("chat", "--resume", name).code == 2


def rows_of(home: Home, thread: str) -> int:
    connection = sqlite3.connect(home.checkpoints)
    try:
        return int(connection.execute("SELECT count(*) FROM checkpoints WHERE thread_id = ?", (thread,)).fetchone()[0])
    finally:
        connection.close()


def test_a_thread_is_named_by_person_and_conversation() -> None:
    assert conversation_thread(Principal(name="ana", role="analyst"), "c-1") == "conversation:ana:c-1"
