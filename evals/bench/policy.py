"""Policy: one decision on a proposal (the rules parsed once, asked with and without an approval) beside one bare call of Cedar."""

import json
import time
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

from cedarpy import is_authorized  # pyright: ignore[reportUnknownVariableType] - only partly typed

import policies
from evals.bench.report import Benchmark, ratio_row
from evals.bench.timing import in_turn
from finops.actions import Facts, ResizeInstance, Target
from finops.errors import CheckFailed
from policies.context import context_of
from policies.engine import Engine
from policies.request import Circumstances, PolicyRequest

_FOLDER = Path(policies.__file__).parent
_CALLS = 100
# A decision asks Cedar twice and puts the answer into words; it may not cost more than asking once without parsing beforehand.
_RATIO = 1.0
_REQUEST = PolicyRequest(
    action=ResizeInstance(
        target=Target(account="111122223333", region="us-east-1", resource_id="i-0abc"), instance_type="m5.large"
    ),
    facts=Facts(
        currency="USD", monthly_cost_before=Decimal("140.16"), monthly_cost_after=Decimal("70.08"),
        monthly_saving=Decimal("70.08"), capacity_ratio=Decimal("0.5"), environment="dev", owner="ann",
        tags={"environment": "dev", "owner": "ann"}, observation_days=30, saving_confidence=Decimal(1), risk="low",
        fleet_size=40, fleet_cost=Decimal(4000), observation_coverage=Decimal("0.998"),
        peak_fits=True, newest_data="2026-11-22", state_before={"instance_type": "m5.xlarge", "state": "running"},
        reversible=True, formula="half of it",
    ),
    at=datetime(2026, 11, 23, 12, tzinfo=UTC), circumstances=Circumstances(),
)  # fmt: skip


def policy(*, runs: int = 7) -> Benchmark:
    """Measure a decision by the built-in rules and a bare call with the same rules, schema and request, as text."""
    rules = {file.stem: file.read_text(encoding="utf-8") for file in sorted((_FOLDER / "rules").glob("*.cedar"))}
    schema = (_FOLDER / "schema.cedarschema").read_text(encoding="utf-8")
    engine = Engine(rules, schema)
    if engine.decide(_REQUEST).outcome != "needs_approval":
        raise CheckFailed("the request that is measured is not one to approve", fix="mend the benchmark's request")
    asked = {
        "principal": 'Person::"ann"', "action": 'Action::"resize_instance"', "resource": 'Resource::"i-0abc"',
        "context": json.dumps(context_of(_REQUEST, approvals=())),
    }  # fmt: skip
    text = "\n".join(rules.values())
    taken = in_turn(
        {
            "decide": lambda: _each(lambda: engine.decide(_REQUEST)),
            "bare": lambda: _each(lambda: is_authorized(asked, text, "[]", schema)),
        },
        runs=runs,
    )
    row = ratio_row(
        "decision", round(taken["decide"] * 1000, 3), "ms", round(taken["bare"] * 1000, 3),
        f"one bare call with the text of {len(rules)} rules", most=_RATIO,
    )  # fmt: skip
    return Benchmark(name="policy", rows=(row,))


def _each(call: Callable[[], object]) -> float:
    started = time.perf_counter()
    for _ in range(_CALLS):
        call()
    return (time.perf_counter() - started) / _CALLS
