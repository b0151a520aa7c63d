"""One decision: the records are counted, the engine asked and the verdict recorded in one transaction, so that limits hold.

INVARIANT: nothing changes a proposal's state to approved or executing but by a decision of this module, within its transaction.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from pydantic import JsonValue
from sqlmodel import Session

from finops.actions import Action, Decision, Facts, Proposal
from finops.ports import Observation
from gateway.circumstances import approvals_given, circumstances_of
from gateway.judging import Judge
from policies.freezes import Freeze
from policies.request import ApprovalFacts, Circumstances, PolicyRequest
from store.records import approvals
from store.records.tables import ApprovalRow


@dataclass(frozen=True, slots=True)
class Decided:
    """A verdict with the request it was given on: what the log keeps, so that it can be decided again."""

    request: PolicyRequest
    decision: Decision
    observed: Observation | None

    @property
    def detail(self) -> dict[str, JsonValue]:
        """The event's payload: all that was judged, and what came of it."""
        return {
            "request": cast(JsonValue, self.request.model_dump(mode="json")),
            "observed": cast(JsonValue, self.observed.model_dump(mode="json")) if self.observed else None,
            "decision": cast(JsonValue, self.decision.model_dump(mode="json")),
        }


@dataclass(frozen=True, slots=True)
class Decider:
    """Decides within a transaction of the records."""

    judge: Judge

    @property
    def freezes(self) -> tuple[Freeze, ...]:
        """The calendar that proposals are bound to."""
        return self.judge.freezes

    def propose(
        self, session: Session, action: Action, facts: Facts, observed: Observation | None, at: datetime
    ) -> Decided:
        """Decide on an action that is being proposed."""
        around = circumstances_of(session, action, facts, at=at, freezes=self.freezes)
        return self._decided(action, facts, observed=observed, at=at, around=around, given=())

    def approve(
        self,
        session: Session,
        proposal: Proposal,
        observed: Observation | None,
        given: Sequence[ApprovalFacts],
        at: datetime,
    ) -> Decided:
        """Decide on a proposal approved by everybody in `given`."""
        around = circumstances_of(
            session, proposal.action, proposal.facts, at=at, freezes=self.freezes, proposal_id=proposal.id
        )
        return self._decided(proposal.action, proposal.facts, observed=observed, at=at, around=around, given=given)

    def run(
        self, session: Session, proposal: Proposal, *, facts: Facts, observed: Observation | None, given: Sequence[ApprovalRow],
        at: datetime,
    ) -> Decided:  # fmt: skip
        """Decide on a proposal that is about to run, with the facts of now and its approvers as they stand now."""
        around = circumstances_of(
            session, proposal.action, facts, at=at, freezes=self.freezes, proposal_id=proposal.id, runs=True
        )
        people = approvals_given(session, given, on_behalf_of=proposal.on_behalf_of)
        return self._decided(proposal.action, facts, observed=observed, at=at, around=around, given=people)

    def waits(self, decided: Decided, observed: Observation | None) -> bool:
        """Tell whether it lacks approvals, or only circumstances refuse, which pass: a limit used up, a freeze, another run."""
        calm = decided.request.model_copy(update={"circumstances": Circumstances()})
        outcome = decided.decision.outcome
        return outcome == "needs_approval" or (
            outcome == "deny" and self.judge.decide(calm, observed=observed).outcome != "deny"
        )

    def holding(self, session: Session, proposal: Proposal, at: datetime) -> list[ApprovalRow]:
        """Return the approvals of a proposal that hold now: for these bytes, in time, not used up."""
        return [row for row in approvals.unspent(session, proposal.id) if in_time(row, proposal.hash, at)]

    def _decided(
        self, action: Action, facts: Facts, *, observed: Observation | None, at: datetime, around: Circumstances,
        given: Sequence[ApprovalFacts],
    ) -> Decided:  # fmt: skip
        request = PolicyRequest(action=action, facts=facts, at=at, circumstances=around, approvals=tuple(given))
        return Decided(request, self.judge.decide(request, observed=observed), observed)


def in_time(row: ApprovalRow, hash_: str, at: datetime) -> bool:
    """Tell whether an approval is for these bytes and has not expired."""
    return row.hash == hash_ and approvals.approval_of(row).expires > at
