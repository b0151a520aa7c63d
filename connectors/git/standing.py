"""Where a change of code stands: what the base branch and our branches say of its key, and in which words it is committed."""

from pydantic import JsonValue

from connectors.git.change import read_value, with_value
from connectors.git.remote import State
from finops.actions import Action, ChangeCode, in_words
from finops.errors import BadInput, Refused
from finops.ports import Observation, Place, Run
from finops.repositories import Repository


def observation(state: State, action: ChangeCode) -> Observation:
    """Return the value in the base branch, and those in branches of Tollkeeper's that have another.

    The commit is left out on purpose: a push that leaves the file as it is changes nothing here.
    """
    repository, path = state.remote.repository, action.target.resource_id
    seen: dict[str, JsonValue] = {"repository": repository.name, "branch": repository.branch}
    try:
        entry = state.entry(state.base, path)
        value = read_value(path, entry.content, action.key)
    except (BadInput, Refused) as error:
        return Observation(exists=False, attributes={**seen, "absent": str(error)}, tags=_tags(repository))
    seen |= {"value": value, "blob": entry.blob}
    proposed: dict[str, JsonValue] = {
        branch: said
        for branch, commit in state.branches.items()
        if state.blob(commit, path) != entry.blob and (said := value_in(state, commit, action)) != value
    }
    if proposed:
        seen["proposed"] = proposed
    return Observation(exists=True, attributes=seen, tags=_tags(repository))


def with_fit(state: State, action: ChangeCode, seen: Observation) -> Observation:
    """Return what was seen, `unfit` saying why the file of the base branch does not take the value that is asked for."""
    if not seen.exists or seen.attributes.get("value") == action.value:
        return seen
    path = action.target.resource_id
    try:
        with_value(path, state.entry(state.base, path).content, action.key, action.value)
    except BadInput as error:
        return seen.model_copy(update={"attributes": {**seen.attributes, "unfit": str(error)}})
    return seen


def _tags(repository: Repository) -> dict[str, str]:
    """Return owner and environment as the settings have them: what tags are to a resource."""
    known = {"owner": repository.owner, "environment": repository.environment}
    return {key: value for key, value in known.items() if value}


def value_in(state: State, commit: str, action: ChangeCode) -> str:
    """Return the value a commit has, or why it has none."""
    path = action.target.resource_id
    try:
        return read_value(path, state.entry(commit, path).content, action.key)
    except (BadInput, Refused) as error:
        return f"none: {error.message}"


def place_of(action: ChangeCode, before: Observation, present: Observation) -> Place:
    """Say where it is: a branch of ours that was not there before is the run's, and a base with the value is merged."""
    if not present.exists:
        return "elsewhere"
    was, now = before.attributes.get("value"), present.attributes.get("value")
    if now != was:
        return "after" if now == action.value else "elsewhere"
    earlier = proposed(before)
    moved = [value for branch, value in proposed(present).items() if earlier.get(branch) != value]
    if not moved:
        return "before"
    return "after" if action.value in moved else "elsewhere"


def proposed(observed: Observation) -> dict[str, JsonValue]:
    """Return the values that open branches of Tollkeeper's have, by branch."""
    found = observed.attributes.get("proposed")
    return found if isinstance(found, dict) else {}


def back_of(action: ChangeCode, before: Observation) -> Action:
    """Return the change that takes `action` back; what it stands for is not known backwards."""
    return action.model_copy(update={"value": str(before.attributes.get("value", "")), "stands_for": None})


def message_of(action: ChangeCode, run: Run, *, value: str, undoes: bool) -> str:
    """Return the commit message: what, why, and the run that made it, by which a restart finds it."""
    what = f"{'Set back' if undoes else 'Set'} {action.key} to {value}"
    subject = what if len(what) <= 72 else f"{what[:71]}…"
    why = (
        f"Takes back what proposal {run.proposal} did: {in_words(action)}."
        if undoes
        else f"Proposal {run.proposal}: {in_words(action)}."
    )
    if action.stands_for and not undoes:
        why += f"\nOnce merged and rolled out, this is meant to {in_words(action.stands_for)}."
    return f"{subject}\n\n{why}\n\nTollkeeper-Proposal: {run.proposal}\nTollkeeper-Run: {run.key}\n"
