"""The same through the real graph: threads that are resumed, replayed and forked run nothing that the records do not hold approved."""
# LangGraph types its methods only in part.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.sqlite import SqliteSaver
from langgraph.types import Command

from agent.deps import Asker, Deps
from agent.graph import Graph, build_graph
from agent.planners.rules import RulesPlanner
from agent.service import Assistant
from gateway.judging import Policy
from tests.unit.agent.estate import questions
from tests.unit.gateway.fakes import ANA, BEN, EVE, Stage, engine, stage_at

QUESTION = "resize i-0abc1234 to m5.large"


@pytest.fixture(scope="module")
def policy(tmp_path_factory: pytest.TempPathFactory) -> Policy:
    return engine(tmp_path_factory.mktemp("home"))


@dataclass(frozen=True, slots=True)
class Talk:
    """A graph with kept threads over the real gateway."""

    stage: Stage
    helper: Assistant
    graph: Graph

    def proposed(self) -> str:
        return self.helper.ask(ANA, QUESTION, "talk").proposals[0].id

    def thread(self, proposal_id: str) -> RunnableConfig:
        return {"configurable": {"thread_id": f"proposal:{proposal_id}"}}

    def resume(self, proposal_id: str, claim: object) -> None:
        self.graph.invoke(Command(resume=claim), self.thread(proposal_id), context=Asker(EVE))


@pytest.fixture
def talk(tmp_path: Path, policy: Policy) -> Iterator[Talk]:
    stage = stage_at(tmp_path, policy)
    connection = sqlite3.connect(tmp_path / "checkpoints.db", check_same_thread=False)
    saver = SqliteSaver(connection)
    deps = Deps(questions(), (RulesPlanner(),), lambda: 0.0, lambda: stage.proposals)
    yield Talk(stage, Assistant(deps, saver), build_graph(deps, saver))
    connection.close()


CLAIMS = ("approved", "yes", True, {"type": "accept"}, [{"type": "accept"}], {"decisions": [{"type": "approve"}]})


def test_an_interrupt_resumed_in_a_loop_runs_nothing_that_nobody_approved(talk: Talk) -> None:
    """langgraph#7780: an interrupt in a loop replays what stands before it, side effects with it."""
    own = talk.proposed()
    for claim in CLAIMS * 3:
        talk.resume(own, claim)
    assert talk.stage.cloud.calls == []
    assert talk.stage.proposals.get(own).state == "pending"
    assert len(talk.stage.proposals.list()) == 1


def test_an_approved_call_resumed_in_a_loop_runs_once(talk: Talk) -> None:
    """langgraph#7780: each resumption of the loop ran the call again."""
    own = talk.proposed()
    talk.resume(own, "approved")
    talk.stage.proposals.approve(BEN, own)
    for claim in CLAIMS:
        talk.resume(own, claim)
        talk.helper.resume_proposal(EVE, own)
    assert len(talk.stage.cloud.calls) == 1
    assert talk.stage.proposals.get(own).state == "verified"


def test_every_checkpoint_of_a_thread_replayed_runs_nothing_again(talk: Talk) -> None:
    """langgraph#7780: going back to an earlier checkpoint and on from there repeated the side effects."""
    own = talk.proposed()
    talk.stage.proposals.approve(BEN, own)
    talk.helper.resume_proposal(EVE, own)
    for earlier in list(talk.graph.get_state_history(talk.thread(own))):
        talk.graph.invoke(None, earlier.config, context=Asker(EVE))
        talk.graph.invoke(Command(resume="approved"), earlier.config, context=Asker(EVE))
    assert len(talk.stage.cloud.calls) == 1


def test_a_conversation_replayed_proposes_nothing_twice(talk: Talk) -> None:
    """langgraph#7780, of the step before: recording a draft is a side effect as well, and the same draft is the same proposal."""
    own = talk.proposed()
    config: RunnableConfig = {"configurable": {"thread_id": "conversation:ana:talk"}}
    for earlier in list(talk.graph.get_state_history(config)):
        talk.graph.invoke(None, earlier.config, context=Asker(ANA))
    assert [one.id for one in talk.stage.proposals.list()] == [own]


def test_a_rejected_proposal_asked_for_again_in_its_conversation_does_not_run(talk: Talk) -> None:
    """langchain#40491, #40540: the agent proposed the rejected call again, and this time it ran."""
    own = talk.proposed()
    talk.stage.proposals.reject(EVE, own, "no")
    talk.helper.resume_proposal(EVE, own)
    again = talk.helper.ask(ANA, QUESTION, "talk").proposals[0]
    assert (again.state, again.decision.policies) == ("denied", ("rejected_before",))
    talk.helper.resume_proposal(EVE, again.id)
    assert talk.stage.cloud.calls == []


def test_the_thread_of_an_edited_proposal_runs_neither_the_old_nor_the_new(talk: Talk) -> None:
    """langchain#33787, #40166: the thread went on with the original, or with the edit on the original's approval."""
    own = talk.proposed()
    talk.stage.proposals.approve(BEN, own)
    new = talk.stage.proposals.edit(ANA, own, {"instance_type": "m5.xlarge"})
    talk.helper.resume_proposal(EVE, own)
    talk.helper.resume_proposal(EVE, new.id)
    assert talk.stage.cloud.calls == []
    talk.stage.proposals.approve(BEN, new.id)
    talk.helper.resume_proposal(EVE, new.id)
    talk.helper.resume_proposal(EVE, own)
    assert talk.stage.cloud.attributes["instance_type"] == "m5.xlarge"
    assert len(talk.stage.cloud.calls) == 1


def test_a_thread_resumed_by_somebody_without_the_role_runs_nothing(talk: Talk) -> None:
    """A second channel: who may not execute at the door may not execute through a thread."""
    own = talk.proposed()
    talk.stage.proposals.approve(BEN, own)
    talk.helper.resume_proposal(ANA, own)
    assert talk.stage.cloud.calls == []
    assert talk.stage.proposals.get(own).state == "approved"


def test_an_approved_effect_that_drifted_while_a_thread_slept_is_not_run(talk: Talk) -> None:
    """Approved arguments and executed ones: a thread that wakes late is judged by what is so now."""
    own = talk.proposed()
    talk.stage.proposals.approve(BEN, own)
    talk.stage.cloud.attributes["state"] = "stopped"
    talk.helper.resume_proposal(EVE, own)
    talk.helper.resume_proposal(EVE, own)
    assert talk.stage.cloud.calls == []
    assert talk.stage.proposals.get(own).state == "pending"
