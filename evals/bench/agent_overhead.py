"""What a turn costs beside a bare LangGraph loop: two nodes, the same tool calls by the same functions, the same words at the end.

The bare loop keeps nothing; a turn of a conversation is written to the checkpoints, and is held to the same bar.
"""
# LangGraph types its nodes for one state schema only, so its methods are partly unknown to a strict checker.
# pyright: reportUnknownMemberType=false

import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from itertools import cycle
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Literal, TypedDict, cast

from langgraph.checkpoint.sqlite import SqliteSaver
from langgraph.graph import START, StateGraph
from pydantic import JsonValue

from agent.answer import Answer
from agent.deps import Deps
from agent.planners.contract import Calls, Planned, Planner, Say, ToolCall, Turn
from agent.planners.rules import RulesPlanner
from agent.service import Assistant
from evals.bench.report import Row
from finops.errors import CheckFailed
from finops.people import Principal
from gateway.questions import Questions

RUNS, MOST_MS = 200, 50.0
_PERSON = Principal(name="bench", role="analyst", local=True)
_QUESTIONS = (
    "What did each provider cost in October 2026?",
    "Top 5 services by cost in October 2026",
    "Monthly cost of AWS in Q3 2026",
    "Compare cost by provider in October 2026 with September 2026",
)


@dataclass(frozen=True, slots=True)
class Scripted:
    """What a question takes: calls, one after the other, then words."""

    question: str
    calls: tuple[ToolCall, ...]
    text: str


@dataclass
class ScriptedPlanner:
    """A planner in this process that makes the calls of a script, then says its words."""

    script: Scripted
    name: str = "scripted"

    def plan(self, turn: Turn) -> Planned:
        """Return the next step of the script."""
        if len(turn.outcomes) < len(self.script.calls):
            return Planned(step=Calls(calls=(self.script.calls[len(turn.outcomes)],)))
        return Planned(step=Say(text=self.script.text))


class _State(TypedDict):
    results: list[dict[str, JsonValue]]
    text: str


@dataclass
class BareLoop:
    """A planner node that follows a script and a tool node that calls the tools' own functions; nothing else."""

    questions: Questions
    script: Scripted
    results: list[dict[str, JsonValue]] = field(default_factory=list[dict[str, JsonValue]])

    def __post_init__(self) -> None:
        graph = StateGraph(_State)
        graph.add_node("plan", self._plan)
        graph.add_node("tools", self._tools)
        graph.add_edge(START, "plan")
        graph.add_conditional_edges("plan", self._after_plan)
        graph.add_edge("tools", "plan")
        self._graph = graph.compile()

    def ask(self) -> str:
        """Run the loop to its end."""
        return str(self._graph.invoke({"results": [], "text": ""})["text"])

    def _plan(self, state: _State) -> dict[str, object]:
        return {"text": self.script.text if len(state["results"]) == len(self.script.calls) else ""}

    def _after_plan(self, state: _State) -> Literal["tools", "__end__"]:
        return "__end__" if state["text"] else "tools"

    def _tools(self, state: _State) -> dict[str, object]:
        call = self.script.calls[len(state["results"])]
        tool = self.questions.tool(call.tool)
        finding = tool(tool.input.model_validate(call.input), self.questions.context())
        return {"results": [*state["results"], cast(dict[str, JsonValue], finding.result.model_dump(mode="json"))]}


def overhead(questions: Questions, tell: Callable[[str], None], *, runs: int = RUNS) -> tuple[Row, ...]:
    """Measure turns of the rules planner, in a conversation and not, and of a scripted one beside the bare loop, in turn.

    All answer the same questions.
    """
    with TemporaryDirectory(prefix="toll-bench-") as folder:
        file = Path(folder) / "checkpoints.db"
        with closing(sqlite3.connect(file, check_same_thread=False)) as connection:
            return _measured(questions, SqliteSaver(connection), tell, runs)


def _measured(questions: Questions, saver: SqliteSaver, tell: Callable[[str], None], runs: int) -> tuple[Row, ...]:
    rules = [Assistant(Deps(questions, (RulesPlanner(),), time.perf_counter)) for _ in _QUESTIONS]
    answers = [one.ask(_PERSON, question) for one, question in zip(rules, _QUESTIONS, strict=True)]
    scripts = [_script(question, answer) for question, answer in zip(_QUESTIONS, answers, strict=True)]
    scripted = [_assistant(questions, ScriptedPlanner(script)) for script in scripts]
    bare = [BareLoop(questions, script) for script in scripts]
    kept = Assistant(Deps(questions, (RulesPlanner(),), time.perf_counter), saver)
    tell(f"asking {len(scripts)} questions over and over, {runs} times each way")
    turns: dict[str, list[Callable[[], object]]] = {
        "bare": [loop.ask for loop in bare],
        "rules": [_asking(one, script) for one, script in zip(rules, scripts, strict=True)],
        "rules, in a conversation": [_asking(kept, script, "bench") for script in scripts],
        "scripted": [_asking(one, script) for one, script in zip(scripted, scripts, strict=True)],
    }
    taken: dict[str, list[float]] = {name: [] for name in turns}
    for name, ways in turns.items():
        for way in ways:
            _seconds(way, name)
    for number, _ in zip(cycle(range(len(scripts))), range(runs), strict=False):
        for name, ways in turns.items():
            taken[name].append(_seconds(ways[number], name))
    base = median(taken["bare"]) * 1000
    return tuple(_row(name, median(each) * 1000, base) for name, each in taken.items() if name != "bare")


def _assistant(questions: Questions, planner: Planner) -> Assistant:
    return Assistant(Deps(questions, (planner,), time.perf_counter))


def _asking(assistant: Assistant, script: Scripted, conversation: str | None = None) -> Callable[[], object]:
    return lambda: assistant.ask(_PERSON, script.question, conversation)


def _seconds(way: Callable[[], object], name: str) -> float:
    started = time.perf_counter()
    said = way()
    seconds = time.perf_counter() - started
    if isinstance(said, Answer) and (not said.evidence or any("withheld" in note for note in said.notes)):
        raise CheckFailed(
            f"what is measured as `{name}` is not an answered question", fix="mend the benchmark's questions"
        )
    return seconds


def _script(question: str, answer: Answer) -> Scripted:
    calls = tuple(ToolCall(id=f"c{n}", tool=one.tool, input=one.input) for n, one in enumerate(answer.evidence))
    return Scripted(question, calls, f"{{{{E1.{answer.evidence[0].figures[1].name}}}}} in total.")


def _row(name: str, turn_ms: float, bare_ms: float) -> Row:
    more = turn_ms - bare_ms
    return Row(
        measure=f"non-model time of a turn above a bare loop, planner: {name}", value=round(more, 1), unit="ms",
        baseline=round(bare_ms, 1), ratio=round(turn_ms / bare_ms, 2), goal=f"at most {MOST_MS:g} ms more, at the median",
        met=more <= MOST_MS,
    )  # fmt: skip
