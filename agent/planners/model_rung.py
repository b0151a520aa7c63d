"""A model that is put together when it is first asked: its client costs a second to import, which who is served by the rules never pays."""

from collections.abc import Callable
from importlib import import_module
from threading import Lock
from typing import cast

from agent.planners.contract import Planned, Planner, Turn
from agent.planners.guard import Guard
from agent.planners.model_settings import ModelSettings


class ModelRung:
    """A planner on one model; the client, its connections and the ledger are opened at the first question that needs them."""

    def __init__(self, settings: ModelSettings, guard: Callable[[], Guard]) -> None:
        self._settings, self._guard = settings, guard
        self._lock, self._made = Lock(), cast("Planner | None", None)

    @property
    def name(self) -> str:
        """The model's name."""
        return self._settings.model

    def plan(self, turn: Turn) -> Planned:
        """Choose the next step."""
        return self._planner().plan(turn)

    def _planner(self) -> Planner:
        with self._lock:
            if self._made is None:
                make = cast("Callable[..., Planner]", import_module("agent.planners.model").ModelPlanner)
                self._made = make(self._settings, guard=self._guard)
            return self._made
