"""Actions, proposals and executions in words. Light: no rich, no graph."""

from collections.abc import Sequence
from decimal import Decimal

from finops.actions import Action, ChangeCode, Execution, Facts, Proposal, in_words

# So much of a hash is shown: more than enough to tell one proposal's bytes from what they were before.
SHOWN_HASH = 12
_VERDICT = {"allow": "allowed", "deny": "refused", "needs_approval": "needs approval"}


def money(amount: Decimal, currency: str) -> str:
    """Return an exact amount with its currency."""
    return f"{currency} {amount:,f}"


def action_words(action: Action, facts: Facts) -> str:
    """Say what an action does to what."""
    if action.kind == "resize_instance":
        known = facts.state_before.get("instance_type", "?")
        return f"resize instance {action.target.resource_id} from {known} to {action.instance_type}"
    return in_words(action).replace("`", "")


def proposal_lines(proposal: Proposal) -> list[str]:
    """Return a proposal in words: what, what it saves, the verdict with its reasons, how to undo it, what to do next."""
    facts, decision, target = proposal.facts, proposal.decision, proposal.action.target
    before, after = money(facts.monthly_cost_before, facts.currency), money(facts.monthly_cost_after, facts.currency)
    lines = [
        f"{proposal.id}  {action_words(proposal.action, facts)} (account {target.account}, {target.region})",
        f"  cost of 30 days: {before} now, {after} after; saves {money(facts.monthly_saving, facts.currency)}",
        f"  policy: {_VERDICT[decision.outcome]} ({', '.join(decision.policies) or 'default deny'})",
        *(f"    {reason}" for reason in decision.reasons),
        *_stands_for(proposal.action),
        f"  state: {proposal.state}; undo: {proposal.undo_plan}",
        f"  hash: {proposal.hash[:SHOWN_HASH]}",
    ]
    if proposal.state == "pending":
        lines.append(
            f"  next: toll proposals approve {proposal.id}@{proposal.hash[:SHOWN_HASH]}, or toll proposals reject {proposal.id}"
        )
    return lines


def _stands_for(action: Action) -> list[str]:
    meant = action.stands_for if isinstance(action, ChangeCode) else None
    return [] if meant is None else [f"  stands for: {in_words(meant).replace('`', '')}"]


def plan_lines(plan: Sequence[str] | str) -> list[str]:
    """Return the calls a run would make in order, or in one line why they are not known."""
    if isinstance(plan, str):
        return [f"  calls: not known, {plan}"]
    return ["  calls:", *(f"    {line}" for call in plan for line in call.splitlines())] if plan else []


def execution_lines(execution: Execution) -> list[str]:
    """Return what ran: the calls in order, and whether the aim was verified."""
    calls = [f"  {call}" for call in execution.calls] or ["  no call was needed"]
    end = "verified" if execution.verified else f"not verified: {execution.error}"
    return [*calls, f"  {execution.at:%Y-%m-%d %H:%M:%S} UTC  {end}"]
