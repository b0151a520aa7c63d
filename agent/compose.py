"""Put an assistant together from a home: planners in order of cost, the door, and where conversations are kept."""

import os
import sqlite3
import time
from collections.abc import Callable, Generator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import date
from functools import cache, partial
from importlib import import_module
from typing import cast

from langgraph.checkpoint.base import BaseCheckpointSaver

from agent.deps import Deps, FactKeeper, Proposals
from agent.planners.rules import RulesPlanner
from agent.service import Assistant
from gateway.clock import clock_of
from gateway.compose import open_questions
from gateway.facts_read import facts_of
from gateway.home import Home
from gateway.questions import Questions

# Switches of LangChain's own that send what is asked to its makers, or refuse to run at all.
_TELEMETRY = (
    "LANGCHAIN_TRACING",
    "LANGCHAIN_HANDLER",
    "LANGCHAIN_TRACING_V2",
    "LANGSMITH_TRACING",
    "LANGSMITH_TRACING_V2",
)


def with_models(home: Home, deps: Deps) -> Deps:
    """Return `deps` with the planners of the models that are configured after those it has. Raises `BadInput` on their settings."""
    if not home.environment.get("TOLL_MODEL") and not home.models.exists():
        return deps
    found = import_module("agent.tiers").configured(home)
    return replace(deps, planners=(*deps.planners, *found.planners), max_tokens=found.max_tokens)


def deps_of(home: Home, questions: Questions) -> Deps:
    """Return what the graph needs; the records are opened when a proposal first needs them."""

    @cache
    def proposals() -> Proposals:
        opened = cast("Callable[[Home], Proposals]", import_module("gateway.acting").open_proposals)
        return opened(home)

    @cache
    def known(day: date) -> Questions:
        return open_questions(home, as_of=day)

    @cache
    def keeper() -> FactKeeper:
        open_facts = cast("Callable[[Home], FactKeeper]", import_module("gateway.standing_facts").open_facts)
        return open_facts(home)

    clock = clock_of(home)
    deps = Deps(
        questions, (RulesPlanner(),), time.perf_counter, proposals, today=lambda: clock().date(), questions_as_of=known,
        facts=partial(facts_of, home), fact_keeper=keeper,
    )  # fmt: skip
    return with_models(home, deps)


@contextmanager
def open_assistant(home: Home, *, keep: bool = False) -> Generator[Assistant]:
    """Give an assistant over the lake's present state; with `keep`, conversations and waiting proposals are checkpointed."""
    for switch in _TELEMETRY:
        os.environ.pop(switch, None)
    deps = deps_of(home, open_questions(home))
    if not keep:
        yield Assistant(deps)
        return
    saver = cast(
        "Callable[[sqlite3.Connection], BaseCheckpointSaver[str]]",
        import_module("langgraph.checkpoint.sqlite").SqliteSaver,
    )
    with closing(sqlite3.connect(home.checkpoints, check_same_thread=False)) as connection:
        yield Assistant(deps, saver(connection))
