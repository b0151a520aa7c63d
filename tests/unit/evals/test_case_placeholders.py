"""Placeholders: what they stand for comes from the truth file, and one that stands for nothing is an error."""

from datetime import date
from decimal import Decimal

import pytest

from evals.case import QuestionCase
from evals.estate.truth import InstanceTruth, Totals, Truth
from evals.placeholders import fill, nothing_known, of_truth
from evals.suite import resolved
from finops.errors import BadInput


def _instance(name: str, **changes: object) -> InstanceTruth:
    known: dict[str, object] = {
        "resource_id": f"i-{name}", "name": name, "instance_type": "r5.xlarge", "state": "running", "environment": "dev",
        "team": "data", "owner": "ann", "case": "oversized", "expected": "resize", "target_type": "r5.large",
        "capacity_ratio": Decimal("0.5"), "decision": "needs_approval", "highest_vcpu": Decimal(1),
        "highest_memory_gib": Decimal(8), "monthly_cost": Decimal("181.44"), "monthly_cost_after": Decimal("90.72"),
    }  # fmt: skip
    return InstanceTruth.model_validate(known | changes)


DAY = date(2026, 11, 1)
TRUTH = Truth(
    seed=7, first_day=DAY, anchor=DAY, end=DAY,
    totals=Totals(rows=0, by_provider={}, billed_by_month={"2026-10": {"AWS": Decimal("42.994")}}),
    instances=(_instance("one"), _instance("two", environment="staging"), _instance("idle", target_type=None, case="idle")),
    wastes=(), anomalies=(), decoys=(), changes=(),
)  # fmt: skip
value_of = of_truth(TRUTH)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("instance.two.id", "i-two"),
        ("oversized.0.id", "i-one"),
        ("oversized.1.name", "two"),
        ("oversized.staging.0.id", "i-two"),
        ("idle.0.type", "r5.xlarge"),
        ("instance.one.target", "r5.large"),
        ("instance.one.saving", "90.72"),
        ("instance.one.cost", "181.44"),
        ("billed.AWS.2026-10", "42.994"),
        ("nearly.AWS.2026-10", "43.00"),
    ],
)
def test_a_placeholder_stands_for_what_the_truth_says(path: str, value: str) -> None:
    assert value_of(path) == value
    assert fill([{"a": f"resize {{{path}}} now"}], value_of) == [{"a": f"resize {value} now"}]


@pytest.mark.parametrize(
    "path",
    [
        "instance.three.id",
        "oversized.9.id",
        "oversized.production.0.id",
        "instance.one.colour",
        "instance",
        "idle.0.target",
        "team",
    ],
)
def test_a_placeholder_that_stands_for_nothing_is_an_error(path: str) -> None:
    with pytest.raises(BadInput, match=f"placeholder `{{{path}}}` is not in the estate's truth"):
        fill(f"resize {{{path}}}", value_of)


def test_references_of_the_product_are_no_placeholders() -> None:
    assert fill("AWS cost {{E1.total}} and {{e1.total}}", value_of) == "AWS cost {{E1.total}} and {{e1.total}}"


def test_a_case_is_resolved_whole_or_not_at_all() -> None:
    case = QuestionCase(
        kind="question",
        id="q",
        estate="demo",
        ask=("cost of {instance.one.id}",),
        truth="select 1, '{instance.two.id}'",
    )
    found = resolved(case, value_of)
    assert isinstance(found, QuestionCase)
    assert (found.ask, found.truth) == (("cost of i-one",), "select 1, 'i-two'")
    with pytest.raises(BadInput, match="stands for nothing in this estate"):
        resolved(case, nothing_known)
