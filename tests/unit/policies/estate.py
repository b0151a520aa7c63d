"""What the policy tests share: the built-in rules as text, and one request that a person only has to approve."""

from collections.abc import Iterable
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import policies
from finops.actions import Action, Facts, Proposal, ResizeInstance, StartInstance, StopInstance, Target
from policies.backtest import BacktestReport, RecordedDecision, backtest
from policies.engine import Engine
from policies.request import ApprovalFacts, Circumstances, PolicyRequest

FOLDER = Path(policies.__file__).parent
RULES = {file.stem: file.read_text(encoding="utf-8") for file in sorted((FOLDER / "rules").glob("*.cedar"))}
SCHEMA = (FOLDER / "schema.cedarschema").read_text(encoding="utf-8")
ENGINE = Engine(RULES, SCHEMA)

TARGET = Target(account="111122223333", region="us-east-1", resource_id="i-0abc")
RESIZE = ResizeInstance(target=TARGET, instance_type="m5.large")
STOP = StopInstance(target=TARGET)
START = StartInstance(target=TARGET)
TODAY = date(2026, 11, 23)
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
BOB = ApprovalFacts(approver="bob", approver_role="approver", approver_is_proposer=False, local=False)
FACTS = Facts(
    currency="USD",
    monthly_cost_before=Decimal("140.16"),
    monthly_cost_after=Decimal("70.08"),
    monthly_saving=Decimal("70.08"),
    saving_confidence=Decimal(1),
    fleet_size=40,
    fleet_cost=Decimal(4000),
    risk="low",
    capacity_ratio=Decimal("0.5"),
    environment="dev",
    owner="platform",
    tags={"environment": "dev", "owner": "platform"},
    observation_days=30,
    observation_coverage=Decimal("0.998"),
    peak_fits=True,
    newest_data="2026-11-22",
    state_before={"instance_type": "m5.xlarge", "state": "running"},
    reversible=True,
    formula="m5.xlarge 140.16 to m5.large 70.08",
)


def request(action: Action = RESIZE, approval: ApprovalFacts | None = None, /, **facts: object) -> PolicyRequest:
    """Return the request with some of its facts changed; a name that is no fact is refused."""
    changed = Facts.model_validate({**dict(FACTS), **facts})
    return asked(action, changed, approval)


def asked(action: Action, facts: Facts, *approvals: ApprovalFacts | None, **around: object) -> PolicyRequest:
    """Return the request at noon of the day, in calm circumstances but for those named."""
    given = tuple(one for one in approvals if one)
    circumstances = Circumstances.model_validate(around)
    return PolicyRequest(action=action, facts=facts, at=NOON, circumstances=circumstances, approvals=given)


def proposal(number: int, engine: Engine = ENGINE, **facts: object) -> Proposal:
    """Return a recorded proposal as `engine` decided it."""
    one = request(**facts)
    return Proposal(
        id=f"p-{number}",
        state="pending",
        action=one.action,
        facts=one.facts,
        evidence=(),
        reason="",
        decision=engine.decide(one),
        proposer="rules",
        on_behalf_of="ann",
        fingerprint="",
        undo_plan="resize back",
        created=datetime(2026, 11, 23, 9, tzinfo=UTC),
        expires=datetime(2026, 11, 24, 9, tzinfo=UTC),
        hash="",
    )


def asked_of(one: Proposal) -> PolicyRequest:
    """Return the request a proposal was decided on."""
    return asked(one.action, one.facts)


def recorded(one: Proposal) -> RecordedDecision:
    """Return the decision on a proposal when it was made, as a backtest takes it."""
    return RecordedDecision(
        proposal=one.id, occasion="proposal", request=asked_of(one), observed=None, decision=one.decision
    )


def judged_again(recorded: Iterable[RecordedDecision | None], engine: Engine = ENGINE) -> BacktestReport:
    """Backtest by the rules alone."""
    return backtest(recorded, lambda request, _: engine.decide(request), engine.version)
