# LangGraph types its methods only in part.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.sqlite import SqliteSaver
from langgraph.types import Command

from agent.deps import Asker, Deps
from agent.graph import build_graph
from agent.planners.contract import Decline, Say
from finops.actions import State
from finops.errors import BadInput, Unavailable
from tests.unit.agent.estate import PERSON, FakeProposals, ScriptedPlanner, assistant, calls, drafted, questions


@pytest.fixture
def saver(tmp_path: Path) -> Iterator[SqliteSaver]:
    connection = sqlite3.connect(tmp_path / "checkpoints.db", check_same_thread=False)
    yield SqliteSaver(connection)
    connection.close()


def test_a_pending_proposal_waits_in_its_own_thread(saver: SqliteSaver) -> None:
    proposals = FakeProposals()
    own = drafted(proposals)
    helper = assistant(proposals=proposals, saver=saver)
    helper.start_proposal_thread(PERSON, own)
    assert proposals.executed == []
    answer = helper.resume_proposal(PERSON, own)
    assert "waits for approval" in answer.answer or "pending" in answer.answer


def test_resuming_without_a_recorded_approval_executes_nothing(saver: SqliteSaver) -> None:
    proposals = FakeProposals()
    own = drafted(proposals)
    graph = build_graph(Deps(questions(), (), lambda: 0.0, lambda: proposals), saver)
    config: RunnableConfig = {"configurable": {"thread_id": f"proposal:{own}"}}
    graph.invoke({"proposal": own}, config, context=Asker(PERSON))
    for claim in ("approved", True, {"approved": True, "hash": "hash-1"}):
        graph.invoke(Command(resume=claim), config, context=Asker(PERSON))
    assert proposals.executed == []
    assert graph.get_state(config).next == ("approve",)


def test_an_approved_proposal_runs_once_when_resumed(saver: SqliteSaver) -> None:
    proposals = FakeProposals()
    own = drafted(proposals)
    helper = assistant(proposals=proposals, saver=saver)
    helper.start_proposal_thread(PERSON, own)
    helper.resume_proposal(PERSON, own)
    proposals.move(own, "approved")
    answer = helper.resume_proposal(PERSON, own)
    again = helper.resume_proposal(PERSON, own)
    assert proposals.executed == [own]
    assert "was executed and verified" in answer.answer
    assert "was executed and verified" in again.answer
    assert answer.proposals[0].state == "verified"


@pytest.mark.parametrize("state", ["approved", "executing"])
def test_a_lost_thread_neither_blocks_nor_grants(saver: SqliteSaver, tmp_path: Path, state: State) -> None:
    proposals = FakeProposals()
    own = drafted(proposals)
    assistant(proposals=proposals, saver=saver).start_proposal_thread(PERSON, own)
    proposals.move(own, state)
    connection = sqlite3.connect(tmp_path / "fresh.db", check_same_thread=False)
    answer = assistant(proposals=proposals, saver=SqliteSaver(connection)).resume_proposal(PERSON, own)
    connection.close()
    assert "was executed and verified" in answer.answer


def test_a_rejected_proposal_ends_its_thread_without_running(saver: SqliteSaver) -> None:
    proposals = FakeProposals()
    own = drafted(proposals)
    helper = assistant(proposals=proposals, saver=saver)
    helper.start_proposal_thread(PERSON, own)
    proposals.move(own, "rejected")
    answer = helper.resume_proposal(PERSON, own)
    assert proposals.executed == []
    assert "was rejected; nothing has run" in answer.answer


def test_a_proposal_thread_survives_a_restart(saver: SqliteSaver) -> None:
    proposals = FakeProposals()
    own = drafted(proposals)
    assistant(proposals=proposals, saver=saver).start_proposal_thread(PERSON, own)
    proposals.move(own, "approved")
    assistant(proposals=proposals, saver=saver).resume_proposal(PERSON, own)
    assert proposals.executed == [own]


def test_a_waiting_proposal_does_not_block_its_conversation(saver: SqliteSaver) -> None:
    proposals = FakeProposals()
    helper = assistant(proposals=proposals, saver=saver)
    first = helper.ask(PERSON, "resize i-0abc1234 to m5.large", "talk")
    second = helper.ask(PERSON, "what did AWS cost in September 2024?", "talk")
    assert first.proposals[0].state == "pending"
    assert second.figures[0].text == "USD 24.250"
    proposals.move(first.proposals[0].id, "approved")
    helper.resume_proposal(PERSON, first.proposals[0].id)
    assert proposals.executed == ["p-1"]


def test_a_conversation_keeps_its_context_over_a_restart(saver: SqliteSaver) -> None:
    assistant(saver=saver).ask(PERSON, "What did each provider cost in September 2024?", "talk")
    answer = assistant(saver=saver).ask(PERSON, "and only Integration?", "talk")
    assert [(f.name, f.text) for f in answer.figures if f.unit == "USD"] == [
        ("AWS", "USD 3.250"),
        ("total", "USD 3.250"),
    ]


def test_conversations_know_nothing_of_each_other(saver: SqliteSaver) -> None:
    helper = assistant(saver=saver)
    helper.ask(PERSON, "What did AWS cost in September 2024?", "one")
    with pytest.raises(BadInput):
        helper.ask(PERSON, "why?", "two")


def test_a_question_that_failed_leaves_the_conversation_whole(saver: SqliteSaver) -> None:
    helper = assistant(saver=saver)
    helper.ask(PERSON, "What did AWS cost in September 2024?", "talk")
    with pytest.raises(BadInput):
        helper.ask(PERSON, "and by zodiac sign?", "talk")
    answer = helper.ask(PERSON, "and in August?", "talk")
    assert [f.text for f in answer.figures] == ["USD 13.750"]


def test_a_question_asked_again_after_it_failed_starts_anew(saver: SqliteSaver) -> None:
    planner = ScriptedPlanner(calls(("drop_table", {})), Decline(reason="no; try again"), Say(text="Nothing to count."))
    helper = assistant(planner, saver=saver)
    with pytest.raises(BadInput):
        helper.ask(PERSON, "drop it", "talk")
    assert helper.ask(PERSON, "drop it", "talk").answer == "Nothing to count."
    assert planner.turns[2].outcomes == ()


def test_a_conversation_cannot_be_a_proposals_thread(saver: SqliteSaver) -> None:
    with pytest.raises(BadInput, match="no conversation"):
        assistant(saver=saver).ask(PERSON, "What did AWS cost?", "proposal:p-1")


def test_without_a_checkpointer_there_are_no_conversations_and_no_threads() -> None:
    proposals = FakeProposals()
    own = drafted(proposals)
    helper = assistant(proposals=proposals)
    with pytest.raises(Unavailable):
        helper.ask(PERSON, "What did AWS cost?", "talk")
    with pytest.raises(Unavailable):
        helper.resume_proposal(PERSON, own)
    assert proposals.executed == []
