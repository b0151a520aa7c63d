"""What is unallocated is always shown: as a group of its own, or in a caveat where it may be among the rest."""

from collections.abc import Callable
from decimal import Decimal

from finops.allocation import UNALLOCATED
from finops.money import plain, trimmed
from finops.query import VIRTUAL
from finops.relational import Aggregate, Condition, Question, Rows
from tools.cost_questions import Plan
from tools.cost_units import NO_UNIT
from tools.scope import key_of


def unallocated_notes(plan: Plan, ask: Callable[[Question], Rows]) -> tuple[str, ...]:
    """Say how much is unallocated of each virtual dimension that is asked for beside others; `ask` answers a question."""
    if plan.always or plan.query.metric == "rows":
        return ()
    unit, notes = plan.units.key, list[str]()
    for name in (one for one in plan.query.group_by if one.startswith(VIRTUAL)):
        where = (*plan.where(plan.query.period), Condition(key_of(name, plan.books), "is", (UNALLOCATED,)))
        asked = (Aggregate("value", "sum", plan.query.metric),)
        for record in ask(Question("cost", asked, () if unit is None else (unit,), where)).records():
            if isinstance(value := record["value"], Decimal):
                of = plan.units.fixed if unit is None else record[unit.name]
                notes.append(
                    f"of {name}, {of or NO_UNIT} {plain(trimmed(value))} is unallocated, some of it in `other`"
                )
    return tuple(notes)
