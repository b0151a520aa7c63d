"""When two actions are the same, however they are written: what the memory of a rejection goes by."""

from finops.actions.facts import Facts
from finops.actions.kinds import Action, ChangeVolume, SetBudget, effective
from finops.canonical import digest
from finops.money import trimmed


def likeness(action: Action, facts: Facts) -> str:
    """Return one hash for each way to write what happens in the end.

    100 and 100.00 are one amount, a field that asks for what the target has already asks for nothing, and a budget has no region.
    """
    return digest(_plainest(effective(action), facts))


def _plainest(action: Action, facts: Facts) -> Action:
    match action:
        case SetBudget():
            nowhere = action.target.model_copy(update={"region": ""})
            return action.model_copy(update={"target": nowhere, "amount": trimmed(action.amount)})
        case ChangeVolume():
            asked = {"volume_type": action.volume_type, "size_gib": action.size_gib}
            kept = {name: None for name, value in asked.items() if value == facts.state_before.get(name)}
            return action.model_copy(update=kept)
        case _:
            return action
