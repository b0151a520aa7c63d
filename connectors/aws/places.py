"""Where a target stands on the way of a run: before it, half way, at its aim, or where no step of the run would have put it."""

from pydantic import JsonValue

from finops.actions import Action, ResizeInstance, StartInstance, StopInstance
from finops.ports import Observation, Place

# What an instance becomes by itself.
_SETTLES = {"pending": "running", "stopping": "stopped"}


def place_of(action: Action, before: Observation, present: Observation) -> Place:
    """Say where a target is that was `before` when a run of `action` began. Tags are not compared: the policies judge them."""
    if not present.exists or _fixed(present) != _fixed(before):
        return "elsewhere"
    start, now = _form(before), _form(present)
    aim = (action.instance_type, start[1]) if isinstance(action, ResizeInstance) else (start[0], _state(action))
    if now == start:
        return "before"
    if now == aim:
        return "after"
    # A type is changed while the instance is stopped.
    half_way = isinstance(action, ResizeInstance) and now[0] in (start[0], aim[0]) and now[1] == "stopped"
    return "between" if half_way else "elsewhere"


def back_of(action: Action, before: Observation) -> Action:
    """Return what undoing `action` does."""
    match action:
        case ResizeInstance():
            return action.model_copy(update={"instance_type": str(before.attributes["instance_type"])})
        case StopInstance():
            return StartInstance(target=action.target)
        case StartInstance():
            return StopInstance(target=action.target)
        case _:
            return action


def _state(action: Action) -> str:
    return "running" if isinstance(action, StartInstance) else "stopped"


def _form(observation: Observation) -> tuple[str, str]:
    """Return what a run changes: the type, and the state it is in or comes to by itself."""
    state = str(observation.attributes.get("state", ""))
    return str(observation.attributes.get("instance_type", "")), _SETTLES.get(state, state)


def _fixed(observation: Observation) -> dict[str, JsonValue]:
    """Return what no run changes, such as the account."""
    return {key: value for key, value in observation.attributes.items() if key not in ("instance_type", "state")}
