"""The ladder of planners: tried in order of cost, the first that does not decline chooses the next step."""

from dataclasses import dataclass

from agent.planners.contract import Decline, Planned, Planner, Turn
from finops.errors import BadInput, TollError, Unavailable


@dataclass(frozen=True, slots=True)
class Climbed:
    """Who chose and what; `planned` is None where nobody could, and then `refusal` says why."""

    rung: int
    planned: Planned | None
    spent: tuple[Planned, ...] = ()
    notes: tuple[str, ...] = ()
    refusal: TollError | None = None


def climb(planners: tuple[Planner, ...], start: int, turn: Turn) -> Climbed:
    """Ask each planner from `start` on; a decline or an endpoint that does not serve passes the question on."""
    declined: list[str] = []
    down: list[Unavailable] = []
    spent: list[Planned] = []
    for rung in range(start, len(planners)):
        planner = planners[rung]
        try:
            planned = planner.plan(turn)
        except Unavailable as error:
            down.append(error)
            continue
        spent.append(planned)
        if isinstance(planned.step, Decline):
            declined.append(planned.step.reason)
            continue
        notes = tuple(f"{_sentence(error)}; `{planner.name}` answered instead" for error in down)
        return Climbed(rung, planned, tuple(spent), notes)
    notes = tuple(_sentence(error) for error in down)
    return Climbed(len(planners), None, tuple(spent), notes, _refusal(declined, down))


def _sentence(error: Unavailable) -> str:
    return str(error)


def _refusal(declined: list[str], down: list[Unavailable]) -> TollError:
    if down:
        why = f"{down[0].message}, and without it: {declined[-1]}" if declined else down[0].message
        return Unavailable(why, fix=down[0].fix)
    return BadInput(declined[-1] if declined else "no planner is set up; configure one, or use the rules planner")
