"""Put an assistant together from a home: planners in order of cost, the door, and where conversations are kept."""

import os
import sqlite3
import time
from collections.abc import Callable, Generator
from contextlib import closing, contextmanager
from datetime import date
from functools import cache
from importlib import import_module
from typing import cast

from langgraph.checkpoint.base import BaseCheckpointSaver

from agent.deps import Deps, Proposals
from agent.planners.contract import Planner
from agent.planners.guard import Guard
from agent.planners.model_rung import ModelRung
from agent.planners.model_settings import ModelSettings
from agent.planners.rules import RulesPlanner
from agent.service import Assistant
from finops.model_tiers import Models
from gateway.clock import clock_of
from gateway.compose import open_questions
from gateway.home import Home
from gateway.models_file import load_models
from gateway.questions import Questions

# Switches of LangChain's own that send what is asked to its makers, or refuse to run at all.
_TELEMETRY = (
    "LANGCHAIN_TRACING",
    "LANGCHAIN_HANDLER",
    "LANGCHAIN_TRACING_V2",
    "LANGSMITH_TRACING",
    "LANGSMITH_TRACING_V2",
)


def tiers(home: Home, models: Models) -> tuple[ModelSettings, ...]:
    """Return the models in the order they are asked: the one the environment names, else those of the settings file."""
    named = ModelSettings.from_environment(home.environment)
    if named is not None:
        return (named,)
    found = (("small", models.small), ("large", models.large))
    return tuple(ModelSettings.of_tier(name, tier, home.environment) for name, tier in found if tier is not None)


def planners(home: Home, models: Models | None = None) -> tuple[Planner, ...]:
    """Return the rules planner, and after it the models that are configured, none of which is put together before it is asked."""

    @cache
    def guard() -> Guard:
        opened = cast("Callable[[Home], Guard]", import_module("gateway.spend_guard").open_guard)
        return opened(home)

    return RulesPlanner(), *(ModelRung(one, guard) for one in tiers(home, models or load_models(home)))


def deps_of(home: Home, questions: Questions) -> Deps:
    """Return what the graph needs; the records are opened when a proposal first needs them."""

    @cache
    def proposals() -> Proposals:
        opened = cast("Callable[[Home], Proposals]", import_module("gateway.acting").open_proposals)
        return opened(home)

    @cache
    def known(day: date) -> Questions:
        return open_questions(home, as_of=day)

    clock, models = clock_of(home), load_models(home)
    return Deps(
        questions,
        planners(home, models),
        time.perf_counter,
        proposals,
        today=lambda: clock().date(),
        questions_as_of=known,
        max_tokens=models.caps.question.tokens,
    )


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
