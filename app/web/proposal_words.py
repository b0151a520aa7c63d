"""A proposal in words: what would be done to what, for how much, and where it stands."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Literal

from pydantic import JsonValue

from finops.actions import Action, Outcome, Proposal, ResizeInstance, State, in_words

Tone = Literal["wait", "good", "bad", "quiet"]

_STATES: dict[State, tuple[str, Tone]] = {
    "proposed": ("Being judged", "wait"),
    "denied": ("Refused by policy", "bad"),
    "pending": ("Waiting for approval", "wait"),
    "approved": ("Approved, not run yet", "wait"),
    "rejected": ("Rejected", "quiet"),
    "expired": ("Expired", "quiet"),
    "executing": ("Running", "wait"),
    "verified": ("Done and verified", "good"),
    "failed": ("Failed", "bad"),
    "undone": ("Undone", "quiet"),
}
_OUTCOMES: dict[Outcome, tuple[str, Tone]] = {
    "allow": ("Policy allows it", "good"),
    "deny": ("Policy refuses it", "bad"),
    "needs_approval": ("Policy asks for a person's approval", "wait"),
}


def state_words(state: State) -> tuple[str, Tone]:
    """Return a state in words, and its tone."""
    return _STATES[state]


def verdict_words(outcome: Outcome) -> tuple[str, Tone]:
    """Return a policy verdict in words, and its tone."""
    return _OUTCOMES[outcome]


def action_words(action: Action, before: str = "") -> str:
    """Return the action as a sentence's start: `Resize i-0abc from m5.2xlarge to m5.large`. `before` is the present type."""
    name = action.target.resource_id
    if isinstance(action, ResizeInstance):
        return f"Resize {name}{f' from {before}' if before else ''} to {action.instance_type}"
    said = in_words(action).replace("`", "")
    return said[:1].upper() + said[1:]


def headline(proposal: Proposal) -> str:
    """Return what the proposal would do."""
    before = proposal.facts.state_before.get("instance_type")
    return action_words(proposal.action, before if isinstance(before, str) else "")


def target_words(proposal: Proposal) -> str:
    """Return where the target is: provider, account, region, environment, owner."""
    target, facts = proposal.action.target, proposal.facts
    parts = [target.provider.upper(), f"account {target.account}", target.region]
    parts += [f"environment {facts.environment}" if facts.environment else "no environment tag"]
    parts += [f"owner {facts.owner}" if facts.owner else "no owner tag"]
    return " · ".join(parts)


def expiry_words(expires: datetime, now: datetime) -> str:
    """Say how long a proposal can still be approved."""
    stamp = f"{expires.astimezone(UTC):%d %b %Y %H:%M} UTC"
    minutes = int((expires - now).total_seconds() // 60)
    if minutes < 0:
        return f"expired {stamp}"
    if minutes < 120:
        return f"expires in {minutes} minutes ({stamp})"
    return (
        f"expires in {minutes // 60} hours ({stamp})"
        if minutes < 2880
        else f"expires in {minutes // 1440} days ({stamp})"
    )


def money_words(proposal: Proposal) -> tuple[str, str, str, str]:
    """Return the names of cost before, cost after and saving, and the saving's tone; what will not happen has none."""
    more = proposal.facts.monthly_saving < 0
    if proposal.state in ("denied", "rejected", "expired", "undone"):
        return "Now", "Would be", "Would cost more" if more else "Would save", ""
    first = "Before" if proposal.state in ("verified", "failed") else "Now"
    return first, "After", "Costs more" if more else "Saves", "worse" if more else "gain"


def attributes(observed: Mapping[str, JsonValue]) -> Mapping[str, JsonValue]:
    """Return what was observed of a target: the attributes of an observation, or the mapping itself."""
    inner = observed.get("attributes")
    return inner if isinstance(inner, dict) else observed


def may_decide(state: State) -> bool:
    """Tell whether a person can approve or reject it now."""
    return state == "pending"


def may_run(state: State) -> bool:
    """Tell whether it is approved and still to be run, or to its end: a run that was broken off goes on where it stopped."""
    return state in ("approved", "executing")


def may_undo(proposal: Proposal) -> bool:
    """Tell whether it has run, can be undone and is not."""
    return proposal.state in ("verified", "failed") and proposal.facts.reversible
