"""What other rules would have decided on recorded proposals."""

from policies.engine import Engine
from tests.unit.policies.estate import RULES, SCHEMA, judged_again, proposal, recorded

RECORDED = [
    recorded(proposal(1)),
    recorded(proposal(2, environment="prod")),
    recorded(proposal(3, monthly_cost_after="215.16", monthly_saving="-75", capacity_ratio="2")),
    recorded(proposal(4, environment="prod", owner=None)),
]


def test_same_rules_change_nothing() -> None:
    report = judged_again(RECORDED)
    assert (report.proposals, report.compared, report.changed, report.other_policies) == (4, 4, (), 0)


def test_a_decision_that_is_not_on_record_is_left_out_and_counted() -> None:
    report = judged_again([None, *RECORDED])
    assert (report.compared, report.skipped, report.changed) == (4, 1, ())


def test_stricter_limit_is_told_with_the_proposals_it_refuses() -> None:
    stricter = RULES["largest_cost_increase"].replace("100000000", "50000000")
    report = judged_again(RECORDED, Engine({**RULES, "largest_cost_increase": stricter}, SCHEMA))
    assert [(change.proposal, change.looser, change.now.policies) for change in report.changed] == [
        ("p-3", False, ("largest_cost_increase",))
    ]
    assert (report.looser, report.stricter) == (0, 1)


def test_rule_left_out_is_told_as_looser_or_as_another_reason() -> None:
    report = judged_again(RECORDED, Engine({k: v for k, v in RULES.items() if k != "protected_environment"}, SCHEMA))
    assert [(change.proposal, change.looser) for change in report.changed] == [("p-2", True)]
    assert report.other_policies == 1


def test_evidence_is_as_old_as_it_was_when_proposed() -> None:
    old = proposal(5, newest_data="2026-11-16")
    assert judged_again([recorded(old)]).changed == ()


def test_report_does_not_depend_on_the_order_of_proposals() -> None:
    engine = Engine({"irreversible": RULES["irreversible"]}, SCHEMA)
    assert judged_again(RECORDED, engine) == judged_again(RECORDED[::-1], engine)
