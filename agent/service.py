"""The assistant: ask a question, hear events, get an answer; keep conversations; carry a proposal from waiting to done."""
# The edges of LangGraph and LangSmith are only partly typed.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false

import re
from collections.abc import Iterable, Iterator, Mapping
from contextvars import copy_context
from datetime import date
from typing import Literal, cast
from uuid import uuid4

from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.types import Command
from langsmith.run_helpers import tracing_context
from pydantic import JsonValue

from agent.answer import Answer, Answered, Event
from agent.deps import Asker, Deps
from agent.graph import Graph, build_graph
from agent.nodes.policy import loaded
from agent.shares import shares_note
from agent.state import InputState, State, Work, plain, standing_of
from agent.threads import PROPOSAL, conversation_thread
from finops.errors import BadInput, Unavailable
from finops.evidence import Evidence
from finops.people import Principal, require
from gateway.questions import as_of

_RELATIVE = re.compile(r"\b(last|this|current|past|previous|today|yesterday|ago|recent|mtd|ytd)\b", re.IGNORECASE)
_FRESH_DAYS = 3
_LONGEST_QUESTION = 4000
Part = tuple[Literal["custom", "values"], object]
_END: Part = ("values", None)


class Assistant:
    """Answers questions over one snapshot. Without a checkpointer each question stands alone and no proposal thread is kept."""

    def __init__(self, deps: Deps, checkpointer: BaseCheckpointSaver[str] | None = None) -> None:
        self._deps, self._checkpointer = deps, checkpointer
        self._graphs: dict[bool, Graph] = {}

    def stream(
        self, principal: Principal, question: str, conversation: str | None = None, *, known_on: date | None = None
    ) -> Iterator[Event]:
        """Yield what happens, `Answered` last. Raises `BadInput` for what is not understood, `Unavailable` for a model needed and down.

        With `conversation`, earlier exchanges of it are context, and this one joins them once it is answered. `known_on` is the
        day of an earlier state of the data, as if the question named it.
        """
        asked, thread = _question(question), self._thread(principal, conversation)
        require(principal, "ask")
        started = self._deps.timer()
        state: State = {}
        begin: InputState = {"question": asked, "work": _begin(asked, known_on)}
        for mode, part in self._run(begin, Asker(principal, conversation or ""), thread):
            if mode == "custom":
                yield cast(Event, part)
            else:
                state = cast(State, part)
        work = Work.model_validate(state.get("work") or {})
        answer = self._answer(work, round((self._deps.timer() - started) * 1000), conversation or "")
        self._wait_for(principal, answer)
        yield Answered(answer=answer)

    def ask(self, principal: Principal, question: str, conversation: str | None = None) -> Answer:
        """Return the answer; raises as `stream` does."""
        *_, last = self.stream(principal, question, conversation)
        return cast(Answered, last).answer

    def start_proposal_thread(self, principal: Principal, proposal_id: str) -> None:
        """Begin `proposal:<id>`: a pending proposal waits there for its approval, an allowed one is executed."""
        for _ in self._run({"proposal": proposal_id}, Asker(principal), self._own_thread(proposal_id)):
            pass

    def resume_proposal(self, principal: Principal, proposal_id: str) -> Answer:
        """Go on with a proposal after a person decided; the records alone say whether it may run, a lost thread begins anew."""
        thread, started = self._own_thread(proposal_id), self._deps.timer()
        waiting = self._graph(kept=True).get_state(_config(self._deps, thread)).next
        given: InputState | Command[str] = Command(resume="") if waiting else {"proposal": proposal_id}
        state: State = {}
        for mode, part in self._run(given, Asker(principal), thread):
            state = cast(State, part) if mode == "values" else state
        standing, proposal = standing_of(state), loaded(self._deps).get(proposal_id)
        return Answer(
            answer=standing.text or standing.error or f"proposal `{proposal.id}` is {proposal.state}",
            proposals=(proposal,),
            planner=proposal.proposer,
            elapsed_ms=round((self._deps.timer() - started) * 1000),
            notes=(standing.error,) if standing.error else (),
        )

    def _wait_for(self, principal: Principal, answer: Answer) -> None:
        if self._checkpointer is not None:
            for proposal in answer.proposals:
                if proposal.state == "pending":
                    self.start_proposal_thread(principal, proposal.id)

    def _own_thread(self, proposal_id: str) -> str:
        if self._checkpointer is None:
            raise Unavailable("a proposal's thread needs a checkpointer", fix="use `toll proposals`, which needs none")
        return f"{PROPOSAL}{proposal_id}"

    def _thread(self, principal: Principal, conversation: str | None) -> str | None:
        if conversation is None:
            return None
        if not conversation.strip() or conversation.startswith(PROPOSAL):
            raise BadInput(f"`{conversation}` is no conversation", fix="name it in words, not as a proposal's thread")
        if self._checkpointer is None:
            raise Unavailable("a conversation needs a checkpointer", fix="ask without one")
        return conversation_thread(principal, conversation)

    def _graph(self, *, kept: bool) -> Graph:
        if kept not in self._graphs:
            self._graphs[kept] = build_graph(self._deps, self._checkpointer if kept else None)
        return self._graphs[kept]

    def _run(self, given: InputState | Command[str], asker: Asker, thread: str | None) -> Iterator[Part]:
        """Run the graph in a context of its own, in which LangSmith's tracing is off whatever the environment says."""
        graph = self._graph(kept=thread is not None)
        # What a proposal's thread has done is kept step by step; a question that is cut off is asked again from its start, so that
        # its conversation is written once, when it ends.
        durability = None if thread is None or thread.startswith(PROPOSAL) else "exit"
        parts = cast(
            "Iterator[Part]",
            graph.stream(
                given,
                _config(self._deps, thread),
                context=asker,
                stream_mode=["custom", "values"],
                durability=durability,
            ),
        )
        context, quiet = copy_context(), tracing_context(enabled=False)
        context.run(quiet.__enter__)
        try:
            while (part := context.run(next, parts, _END)) is not _END:
                yield part
        finally:
            context.run(quiet.__exit__, None, None, None)

    def _answer(self, work: Work, elapsed_ms: int, conversation: str) -> Answer:
        ids = dict.fromkeys(called.evidence for called in work.called if called.evidence)
        evidence = tuple(self._deps.questions.evidence.get(item) for item in ids)
        return Answer(
            answer=work.text,
            figures=work.figures,
            evidence=evidence,
            proposals=tuple(loaded(self._deps).get(proposal) for proposal in work.proposals),
            planner=work.planner,
            model_tokens=work.tokens,
            model_cost=work.cost,
            elapsed_ms=elapsed_ms,
            conversation=conversation,
            fact=work.fact,
            notes=tuple(
                dict.fromkeys(
                    (
                        *work.notes,
                        *(n for e in evidence for n in _unsaid(e, work)),
                        *self._exempted(evidence),
                        *self._counted(work),
                        *shares_note(work.shares, work.planner),
                    )
                )
            ),
        )

    def _exempted(self, evidence: Iterable[Evidence]) -> tuple[str, ...]:
        """Say which of the resources that something is recommended for its owner wants left alone."""
        found = {one for each in evidence for one in _recommended(each.result)}
        return loaded(self._deps).exempted(found) if found and self._deps.proposals else ()

    def _counted(self, work: Work) -> Iterator[str]:
        """Say from which day `last month` is counted, where the data ends long before today."""
        day = as_of(self._deps.questions.data)
        if self._deps.today and _RELATIVE.search(work.question) and (self._deps.today() - day).days > _FRESH_DAYS:
            yield f"`today` is {day} here, the day after the last one of the data; `last month` and the like count from it"


def _recommended(result: Mapping[str, object]) -> Iterator[str]:
    """Yield the ids of the resources that a result recommends something for."""
    listed = result.get("recommendations")
    for one in cast(list[object], listed) if isinstance(listed, list) else []:
        if isinstance(one, dict) and isinstance(name := cast(dict[str, object], one).get("resource_id"), str):
            yield name


def _unsaid(evidence: Evidence, work: Work) -> Iterator[str]:
    """Yield the caveats of a result, but for the credits that the answer's own words give already."""
    said = {
        figure.name for figure in work.figures if figure.evidence == evidence.id and figure.name.endswith(".credits")
    }
    for note in _caveats(evidence.result):
        figure, includes, _ = note.partition(" includes credits of ")
        if not includes or f"{figure}.credits" not in said:
            yield note


def _caveats(result: Mapping[str, object]) -> Iterator[str]:
    caveats = result.get("caveats")
    if isinstance(caveats, list):
        yield from (note for note in cast(list[object], caveats) if isinstance(note, str))


def _begin(question: str, known_on: date | None) -> dict[str, JsonValue]:
    return plain(Work(question=question, id=uuid4().hex, known_on=known_on.isoformat() if known_on else ""))


def _question(text: str) -> str:
    question = " ".join(text.split())
    if not question or not question.isprintable():
        raise BadInput("the question is empty", fix="ask something such as `what did each provider cost last month?`")
    if len(question) > _LONGEST_QUESTION:
        raise BadInput(f"the question has {len(question)} characters", fix=f"use {_LONGEST_QUESTION} at most")
    return question


def _config(deps: Deps, thread: str | None) -> RunnableConfig:
    # A step of planning is two nodes; what comes after them is six at most.
    config: RunnableConfig = {"recursion_limit": 2 * deps.max_steps + 10}
    if thread is not None:
        config["configurable"] = {"thread_id": thread}
    return config
