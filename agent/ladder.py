"""The ladder of planners: tried in order of cost, the first that does not decline chooses the next step."""

from dataclasses import dataclass

from agent.answer import ModelCost
from agent.planners.contract import Decline, EndpointFailed, Planned, Planner, Turn
from finops.errors import BadInput, Capped, TollError, Unavailable


@dataclass(frozen=True, slots=True)
class Spent:
    """What asking one planner cost, whatever came of it."""

    planner: str
    tokens: int
    cost: ModelCost


@dataclass(frozen=True, slots=True)
class Climbed:
    """Who chose and what; `planned` is None where nobody could, and then `refusal` says why."""

    rung: int
    planned: Planned | None
    spent: tuple[Spent, ...] = ()
    notes: tuple[str, ...] = ()
    refusal: TollError | None = None


def climb(planners: tuple[Planner, ...], start: int, turn: Turn) -> Climbed:
    """Ask each planner from `start` on; a decline or an endpoint that does not serve passes the question on, a cap ends it."""
    declined: list[str] = []
    down: list[Unavailable] = []
    spent: list[Spent] = []
    notes: tuple[str, ...] = ()
    for rung in range(start, len(planners)):
        planner = planners[rung]
        try:
            planned = planner.plan(turn)
        except Unavailable as error:
            down.append(error)
            spent += [Spent(planner.name, error.tokens, error.cost)] if isinstance(error, EndpointFailed) else []
            continue
        except Capped as error:
            # The next one costs more.
            return Climbed(rung, None, tuple(spent), (*notes, *map(_sentence, down)), error)
        spent.append(Spent(planner.name, planned.tokens, planned.cost))
        notes = (*notes, *planned.notes)
        if isinstance(planned.step, Decline):
            declined.append(planned.step.reason)
            # A model that was paid for nothing is told of; the rules decline most questions, for free.
            notes = (*notes, planned.step.reason) if planned.tokens or not planned.cost.priced else notes
            continue
        instead = (f"{_sentence(error)}; `{planner.name}` answered instead" for error in down)
        return Climbed(rung, planned, tuple(spent), (*notes, *instead))
    return Climbed(len(planners), None, tuple(spent), (*notes, *map(_sentence, down)), _refusal(declined, down))


def _sentence(error: Unavailable) -> str:
    return str(error)


def _refusal(declined: list[str], down: list[Unavailable]) -> TollError:
    if down:
        why = f"{down[0].message}, and without it: {declined[-1]}" if declined else down[0].message
        return Unavailable(why, fix=down[0].fix)
    return BadInput(declined[-1] if declined else "no planner is set up; configure one, or use the rules planner")
