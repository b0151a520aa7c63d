"""What other rules would have decided: recorded decisions taken again, each on what it was taken on."""

from collections.abc import Callable, Iterable
from typing import Literal

from pydantic import Field

from finops.actions import Decision, Outcome
from finops.ports import Observation
from finops.query import Frozen
from policies.request import PolicyRequest

# From the strictest to the most lenient.
_LENIENCE: dict[Outcome, int] = {"deny": 0, "needs_approval": 1, "allow": 2}

Occasion = Literal["proposal", "approval", "run", "review"]


class RecordedDecision(Frozen):
    """One decision with all it was taken on: the request and the target as observed, None where it could not be."""

    proposal: str
    occasion: Occasion = Field(description="what asked for it; a review is of a proposal whose facts had changed")
    request: PolicyRequest
    observed: Observation | None
    decision: Decision


class DecisionChange(Frozen):
    """One recorded decision that the other rules take differently. `looser` where they allow more than was recorded."""

    proposal: str
    occasion: Occasion
    recorded: Decision
    now: Decision
    looser: bool


class BacktestReport(Frozen):
    """Outcomes that change, and how many keep their outcome but for other reasons."""

    proposals: int
    compared: int = Field(description="decisions compared")
    skipped: int = Field(description="decisions that are not on record with what they were taken on")
    changed: tuple[DecisionChange, ...]
    looser: int
    stricter: int
    other_policies: int
    policy_version: str


def backtest(
    recorded: Iterable[RecordedDecision | None], decide: Callable[[PolicyRequest, Observation | None], Decision], version: str
) -> BacktestReport:  # fmt: skip
    """Decide each anew by `decide`, over rules of this `version`, and compare; None stands for one that is not on record."""
    changed: list[DecisionChange] = []
    about: set[str] = set()
    compared = skipped = other = 0
    for one in recorded:
        if one is None:
            skipped += 1
            continue
        compared += 1
        about.add(one.proposal)
        before, now = one.decision, decide(one.request, one.observed)
        step = _LENIENCE[now.outcome] - _LENIENCE[before.outcome]
        other += step == 0 and now.policies != before.policies
        if step:
            changed.append(
                DecisionChange(proposal=one.proposal, occasion=one.occasion, recorded=before, now=now, looser=step > 0)
            )
    looser = sum(change.looser for change in changed)
    return BacktestReport(
        proposals=len(about),
        compared=compared,
        skipped=skipped,
        # Stable: the decisions of one proposal stay in the order they were taken.
        changed=tuple(sorted(changed, key=lambda change: change.proposal)),
        looser=looser,
        stricter=len(changed) - looser,
        other_policies=other,
        policy_version=version,
    )
