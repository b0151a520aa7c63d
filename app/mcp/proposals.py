"""Proposals to be read: one with its history, or the newest. The hash that an approval names is not among it."""

from collections.abc import Callable
from importlib import import_module
from typing import TYPE_CHECKING, Any, cast

from finops.actions import Proposal
from finops.money import plain
from finops.people import Principal, require
from gateway.home import Home

if TYPE_CHECKING:
    from gateway.proposals import Proposals

_MOST = 50


def open_door(home: Home) -> "Proposals":
    """Return the gateway's door to proposals. It costs the ORM: who only asks does not pay for it."""
    opened = cast("Callable[[Home], Proposals]", import_module("gateway.acting").open_proposals)
    return opened(home)


def one_proposal(home: Home, principal: Principal, proposal_id: str) -> dict[str, Any]:
    """Return a proposal and what became of it. Raises `UnknownName`, and `CheckFailed` where its row was tampered with."""
    require(principal, "ask")
    door = open_door(home)
    found, history = door.get(proposal_id), door.history(proposal_id)
    steps = [{"at": one.at.isoformat(), "actor": one.actor, "kind": one.kind} for one in history]
    return {**found.model_dump(mode="json", exclude={"hash"}), "history": steps}


def recent_proposals(home: Home, principal: Principal) -> dict[str, Any]:
    """Return the newest proposals in short, and how many there are."""
    require(principal, "ask")
    found = open_door(home).list()
    return {"proposals": [_short(one) for one in found[:_MOST]], "count": len(found)}


def _short(proposal: Proposal) -> dict[str, str]:
    target = proposal.action.target
    return {
        "id": proposal.id,
        "state": proposal.state,
        "kind": proposal.action.kind,
        "resource_id": target.resource_id,
        "monthly_saving": plain(proposal.facts.monthly_saving),
        "currency": proposal.facts.currency,
        "created": proposal.created.isoformat(),
    }
