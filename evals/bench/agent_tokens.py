"""Tokens sent to a model by Tollkeeper and by a plain ReAct agent, for the same questions with the same calls, counted as they arrive.

Both speak to the same scripted endpoint over real HTTP and are given the same tools, those that can serve this data. The ReAct agent is
LangGraph's own, its tools have their full JSON schemas and return their full JSON results; its prompt is one line, and it is told nothing
of the data.
"""
# LangGraph and LangChain type their edges only in part.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportDeprecated=false

import json
import time
import warnings
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, cast

from langchain_core.tools import StructuredTool
from langchain_openai import ChatOpenAI
from langgraph.prebuilt import create_react_agent  # pyright: ignore[reportUnknownVariableType]
from pydantic import JsonValue, SecretStr

from agent.deps import Deps
from agent.planners.contract import Decline, Turn
from agent.planners.model import ModelPlanner, ModelSettings
from agent.planners.model_tools import offered
from agent.planners.rules import RulesPlanner
from agent.service import Assistant
from agent.turns import tools_of, virtual_of
from evals.bench.agent_tokenised import sent_tokens
from evals.bench.agent_unasked import UNASKED, Unasked
from evals.bench.report import Row
from evals.scripted_endpoint import Call, Reply, ScriptedEndpoint
from finops.errors import CheckFailed
from finops.people import Principal
from gateway.questions import Questions, as_of
from tools.contract import Tool

MOST = 0.5
_PERSON = Principal(name="bench", role="analyst", local=True)
_SAID = "What was found stands in the results above."
_PROMPT = "You are a FinOps assistant. Answer from the tools only."


def token_rows(questions: Questions, tell: Callable[[str], None]) -> tuple[Row, ...]:
    """Ask every question of both agents and return the ratio of what they sent."""
    tools = same_tools(questions)
    tell(f"asking {len(UNASKED)} questions of a model planner and of two ReAct agents, {len(tools)} tools each")
    ours = sum(_ours(questions, one, tools) for one in UNASKED)
    full = sum(_react(questions, one, tools, trimmed=False) for one in UNASKED)
    trimmed = sum(_react(questions, one, tools, trimmed=True) for one in UNASKED)
    return (
        Row(
            measure="tokens sent to the model", value=ours, unit="tokens", baseline=full, ratio=round(ours / full, 3),
            goal=f"at most {MOST:g} times a plain ReAct agent's with full JSON schemas, {len(UNASKED)} questions", met=ours / full <= MOST,
        ),
        Row(
            measure="tokens sent to the model, beside LangChain's shortened schemas", value=ours, unit="tokens", baseline=trimmed,
            ratio=round(ours / trimmed, 3), goal="for information", met=None,
        ),
    )  # fmt: skip


def same_tools(questions: Questions) -> tuple[Tool, ...]:
    """Return the tools that a model planner offers over this data; nobody who compares is given another."""
    return offered(_turn(questions, ""))


def _turn(questions: Questions, question: str) -> Turn:
    tools, virtual = tools_of(questions), virtual_of(questions)
    return Turn(question, (), (), questions.data, as_of(questions.data), tools, virtual=virtual)


def _ours(questions: Questions, one: Unasked, tools: Sequence[Tool]) -> int:
    _must_decline(questions, one)
    script = [
        *(Reply(calls=tuple(Call(name=n, arguments=_aliased(given)) for n, given in calls)) for calls in one.rounds),
        Reply(text=_SAID),
    ]
    with ScriptedEndpoint(script) as endpoint:
        with ModelPlanner(ModelSettings("scripted", endpoint.base_url, timeout=60, retries=0)) as planner:
            answer = Assistant(Deps(questions, (RulesPlanner(), planner), time.perf_counter)).ask(_PERSON, one.question)
        _must_end(one, endpoint, len(answer.evidence))
        must_offer(endpoint, tools)
        return sum(sent_tokens(body) for body in endpoint.requests)


def _must_decline(questions: Questions, one: Unasked) -> None:
    if not isinstance(RulesPlanner().plan(_turn(questions, one.question)).step, Decline):
        raise CheckFailed(f"the rules planner answers `{one.question}` itself", fix="mend the benchmark's questions")


def _must_end(one: Unasked, endpoint: ScriptedEndpoint, results: int) -> None:
    wanted = sum(len(calls) for calls in one.rounds)
    if endpoint.left or results != wanted:
        raise CheckFailed(f"`{one.question}` gave {results} results of {wanted}", fix="mend the benchmark's calls")


def must_offer(endpoint: ScriptedEndpoint, tools: Sequence[Tool]) -> None:
    """Raise `CheckFailed` where a request had other tools than what both sides are to have."""
    named = {tool.name for tool in tools}
    if any({one["function"]["name"] for one in cast(list[Any], body["tools"])} != named for body in endpoint.requests):
        raise CheckFailed("the two sides are not offered the same tools", fix="mend the benchmark's tools")


def _aliased(given: dict[str, JsonValue]) -> dict[str, JsonValue]:
    """Write references as Tollkeeper shows them: `E1#total`."""
    operands = given.get("operands")
    if not isinstance(operands, list):
        return given
    return {**given, "operands": [f"E{int(str(one)[1]) + 1}{str(one)[2:]}" for one in operands]}


def _react(questions: Questions, one: Unasked, tools: Sequence[Tool], *, trimmed: bool) -> int:
    made: list[str] = []
    structured = [
        StructuredTool.from_function(_full(questions, made, t.name), name=t.name, description=t.description, args_schema=t.input)
        for t in tools
    ]  # fmt: skip

    def step(calls: Sequence[tuple[str, dict[str, JsonValue]]], body: dict[str, JsonValue]) -> Reply:
        del body
        return Reply(calls=tuple(Call(name=name, arguments=_with_ids(given, made)) for name, given in calls))

    script = [*(partial(step, calls) for calls in one.rounds), Reply(text=_SAID)]
    with ScriptedEndpoint(script) as endpoint:
        model = ChatOpenAI(model="scripted", base_url=endpoint.base_url, api_key=SecretStr("none"), max_retries=0)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it is named deprecated for a package that has the same loop
            agent = create_react_agent(
                model if trimmed else model.bind(tools=schemas(tools)), structured, prompt=_PROMPT
            )
        agent.invoke({"messages": [("user", one.question)]})
        _must_end(one, endpoint, len(made))
        must_offer(endpoint, tools)
        return sum(sent_tokens(body) for body in endpoint.requests)


def schemas(tools: Sequence[Tool]) -> list[dict[str, JsonValue]]:
    """Return the tools as pydantic writes their schemas; LangChain leaves out titles and what says `null`."""
    return [
        {"type": "function", "function": {"name": t.name, "description": t.description, "parameters": t.input.model_json_schema()}}
        for t in tools
    ]  # fmt: skip


def _full(questions: Questions, made: list[str], name: str) -> Callable[..., str]:
    """Return a function that runs a tool and returns all of its result as JSON, with the id that `calculate` takes."""

    def run(**given: object) -> str:
        arguments = questions.tool(name).input.model_validate(given).model_dump(mode="json", exclude_unset=True)
        evidence = questions.run(_PERSON, name, cast(dict[str, JsonValue], arguments))
        made.append(evidence.id)
        return json.dumps({"evidence": evidence.id, **evidence.result})

    return run


def _with_ids(given: dict[str, JsonValue], made: Sequence[str]) -> dict[str, JsonValue]:
    operands = given.get("operands")
    if not isinstance(operands, list):
        return given
    return {**given, "operands": [f"{made[int(str(one)[1])]}{str(one)[2:]}" for one in operands]}
