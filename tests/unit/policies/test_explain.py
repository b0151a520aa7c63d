"""A decision in words."""

from policies.engine import Engine
from policies.explain import RuleLook, explain
from tests.unit.policies.estate import BOB, ENGINE, RESIZE, RULES, SCHEMA, STOP, request


def look(policy: str, **facts: object) -> RuleLook:
    return next(one for one in explain(ENGINE, request(**facts)).rules if one.policy == policy)


def test_every_rule_is_looked_at_in_order_of_id() -> None:
    assert [one.policy for one in explain(ENGINE, request()).rules] == sorted(RULES)


def test_rule_that_fired_says_why_and_on_which_values() -> None:
    fired = look("largest_cost_increase", monthly_cost_after="300", monthly_saving="-159.84")
    assert fired.fired
    assert fired.values == {"cost_increase": 159840000, "currency": "USD"}
    assert "would rise by USD 159.84" in fired.reason


def test_rule_that_did_not_fire_shows_the_values_and_no_reason() -> None:
    quiet = look("protected_environment")
    assert (quiet.fired, quiet.values, quiet.reason) == (False, {"environments": ["dev"]}, "")


def test_rule_about_another_kind_is_not_looked_at() -> None:
    rules = {one.policy: one.applies for one in explain(ENGINE, request(STOP)).rules}
    assert [name for name, applies in rules.items() if not applies] == ["largest_capacity_step_down"]


def test_rules_that_fired_are_the_ones_that_decided() -> None:
    told = explain(ENGINE, request(RESIZE, BOB, environment="prod", owner=None))
    forbids = tuple(one.policy for one in told.rules if one.fired and one.effect == "forbid")
    assert forbids == told.decision.policies == ("protected_environment", "unknown_owner")
    assert any(one.fired and one.effect == "permit" for one in told.rules)


def test_rule_that_cannot_be_evaluated_says_so() -> None:
    overflow = (
        '@reason("x")\nforbid (principal, action, resource) when { context.monthly_cost_before * 1000000000000 > 1 };'
    )
    told = explain(Engine({**RULES, "overflow": overflow}, SCHEMA), request(monthly_cost_before="140000000"))
    assert any(line.startswith("overflow (forbid): could not be evaluated, ") for line in told.lines())


def test_lines_begin_with_the_decision_and_name_every_rule() -> None:
    lines = explain(ENGINE, request(environment="prod", tags={})).lines()
    assert lines[0].startswith("deny: the environment is `prod`, which is protected")
    assert "unknown_owner (forbid): did not fire [owner = platform, owner_known = true]" in lines
    assert len(lines) == len(RULES) + 1


def test_number_out_of_range_is_told_without_a_look_at_any_rule() -> None:
    told = explain(ENGINE, request(monthly_cost_after="1E+30"))
    assert told.rules == ()
    assert "out of the range" in told.lines()[0]
