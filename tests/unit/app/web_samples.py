"""A proposal for the tests of the web app."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from finops.actions import Decision, Facts, Proposal, ResizeInstance, State, Target


def proposal(
    *, state: State = "pending", owner: str | None = "data", reversible: bool = True, after: str = "138.24"
) -> Proposal:
    """Return a proposal to halve one instance."""
    now = datetime(2024, 10, 1, tzinfo=UTC)
    before = Decimal("276.48")
    facts = Facts(
        currency="USD", monthly_cost_before=before, monthly_cost_after=Decimal(after), monthly_saving=before - Decimal(after),
        capacity_ratio=Decimal("0.5"), environment="staging", owner=owner, tags={}, observation_days=30,
        observation_coverage=Decimal(1), peak_fits=True, newest_data="2024-09-30",
        state_before={"instance_type": "m5.2xlarge"}, reversible=reversible, formula="f",
    )  # fmt: skip
    target = Target(account="1", region="us-east-1", resource_id="i-0abc")
    decision = Decision(outcome="needs_approval", policies=("p",), reasons=("r",), policy_version="1")
    return Proposal(
        id="p-1", state=state, action=ResizeInstance(target=target, instance_type="m5.xlarge"), facts=facts, evidence=(),
        reason="", decision=decision, proposer="rules", on_behalf_of="ada", fingerprint="f", undo_plan="u", created=now,
        expires=now + timedelta(days=1), hash="h",
    )  # fmt: skip
