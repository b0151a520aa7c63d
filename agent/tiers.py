"""The models that are configured, in the order they are asked. Imported only where there may be one: their settings cost start-up."""

from collections.abc import Callable
from functools import cache
from importlib import import_module
from typing import NamedTuple, cast

from agent.planners.contract import Planner
from agent.planners.guard import Guard
from agent.planners.model_rung import ModelRung
from agent.planners.model_settings import ModelSettings
from finops.model_tiers import Models
from gateway.home import Home
from gateway.models_file import load_models


class Configured(NamedTuple):
    """The planners that ask a model, and the most tokens that one question may take."""

    planners: tuple[Planner, ...]
    max_tokens: int


def tiers(home: Home, models: Models) -> tuple[ModelSettings, ...]:
    """Return the models in the order they are asked: the one the environment names, else those of the settings file."""
    named = ModelSettings.from_environment(home.environment)
    if named is not None:
        return (named,)
    found = (("small", models.small), ("large", models.large))
    return tuple(ModelSettings.of_tier(name, tier, home.environment) for name, tier in found if tier is not None)


def configured(home: Home) -> Configured:
    """Return the models' planners, none of which is put together before it is asked. Raises `BadInput` on settings that do not fit."""

    @cache
    def guard() -> Guard:
        opened = cast("Callable[[Home], Guard]", import_module("gateway.spend_guard").open_guard)
        return opened(home)

    models = load_models(home)
    return Configured(tuple(ModelRung(one, guard) for one in tiers(home, models)), models.caps.question.tokens)
