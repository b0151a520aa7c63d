"""Record what was drafted, through the gateway as every other face does. There is no way from here to an approval or a run."""

import re

from pydantic import JsonValue

from agent.planners.model_shown import cut
from app.mcp.desk import Context
from app.mcp.proposals import open_door
from finops.actions import Proposal
from finops.evidence import Evidence
from finops.money import plain
from finops.people import Principal
from gateway.home import Home

_LONGEST_NAME = 40


def proposer_of(context: Context) -> str:
    """Return who the records name as the proposer: `mcp:` and what the client calls itself, which nothing is judged by."""
    said = context.session.client_params
    name = re.sub(r"[^A-Za-z0-9._-]+", "-", said.client_info.name).strip("-")[:_LONGEST_NAME] if said else ""
    return f"mcp:{name}" if name else "mcp"


def record(home: Home, principal: Principal, draft: Evidence, proposer: str) -> Proposal:
    """Have the gateway compute the draft anew, judge it and record it. Raises `Refused`, `ToolError` or `Unavailable`."""
    return open_door(home).record(principal, draft, proposer)


def decided(proposal: Proposal) -> dict[str, JsonValue]:
    """Return the verdict on a proposal and what it would do."""
    facts, decision = proposal.facts, proposal.decision
    return {
        "id": proposal.id,
        "state": proposal.state,
        "outcome": decision.outcome,
        "policies": list(decision.policies),
        "reasons": [cut(reason) for reason in decision.reasons],
        "currency": facts.currency,
        "monthly_cost_before": plain(facts.monthly_cost_before),
        "monthly_cost_after": plain(facts.monthly_cost_after),
        "monthly_saving": plain(facts.monthly_saving),
        "risk": facts.risk,
        "undo": cut(proposal.undo_plan),
        "expires": proposal.expires.isoformat(),
    }


def in_words(proposal: Proposal) -> str:
    """Say what was decided and how a person goes on with it."""
    name = f"proposal `{proposal.id}`"
    show = f"`toll proposals show {proposal.id}`"
    if proposal.state == "denied":
        return f"{name} is refused by policy ({', '.join(proposal.decision.policies) or 'default deny'}); nothing has run; see {show}"
    if proposal.state == "approved":
        return f"{name} is allowed by policy; nothing has run, a person runs it; see {show}"
    return (
        f"{name} is {proposal.state}; nothing has run, and it cannot be approved from here: "
        f"a person decides, with {show} or on the proposals page of `toll serve`"
    )
