"""What other rules would have decided: recorded proposals judged again, as of the day they were made."""

from collections.abc import Iterable

from finops.actions import Decision, Outcome, Proposal
from finops.query import Frozen
from policies.engine import Engine
from policies.request import PolicyRequest

# From the strictest to the most lenient.
_LENIENCE: dict[Outcome, int] = {"deny": 0, "needs_approval": 1, "allow": 2}


class DecisionChange(Frozen):
    """One proposal the other rules decide differently. `looser` where they allow more than was recorded."""

    proposal: str
    recorded: Decision
    now: Decision
    looser: bool


class BacktestReport(Frozen):
    """Outcomes that change, and how many keep their outcome but for other reasons."""

    compared: int
    changed: tuple[DecisionChange, ...]
    looser: int
    stricter: int
    other_policies: int
    policy_version: str


def backtest(recorded: Iterable[tuple[PolicyRequest, Proposal]], engine: Engine) -> BacktestReport:
    """Judge each proposal anew by the request it was judged by when made, and compare with the decision recorded then."""
    changed: list[DecisionChange] = []
    compared = other = 0
    for request, proposal in recorded:
        compared += 1
        before, now = proposal.decision, engine.decide(request)
        step = _LENIENCE[now.outcome] - _LENIENCE[before.outcome]
        other += step == 0 and now.policies != before.policies
        if step:
            changed.append(DecisionChange(proposal=proposal.id, recorded=before, now=now, looser=step > 0))
    looser = sum(change.looser for change in changed)
    return BacktestReport(
        compared=compared,
        changed=tuple(sorted(changed, key=lambda change: change.proposal)),
        looser=looser,
        stricter=len(changed) - looser,
        other_policies=other,
        policy_version=engine.version,
    )
