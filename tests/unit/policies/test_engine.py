"""The engine's own behaviour, and the known ways Cedar would have allowed what must be refused."""

from decimal import Decimal

import pytest
from cedarpy import PolicySet, Schema
from cedarpy import is_authorized as bare_cedar  # pyright: ignore[reportUnknownVariableType]

from finops.errors import BadInput
from policies.cedar import Asked, evaluate
from policies.context import ANYBODY, OutOfRange, context_of
from policies.engine import Engine
from policies.request import Circumstances, PolicyRequest
from tests.unit.policies.estate import BOB, ENGINE, FACTS, NOON, RESIZE, RULES, SCHEMA, START, TARGET, request

OVERFLOWS = '@reason("too much")\nforbid (principal, action, resource)\nwhen { context.monthly_cost_before * 1000000000000 > 1 };'
PERMIT_ALL = '@reason("all is well")\npermit (principal, action, resource);'


def test_proposal_within_the_limits_needs_approval() -> None:
    decision = ENGINE.decide(request())
    assert (decision.outcome, decision.policies) == ("needs_approval", ("approved_by_a_person",))
    assert "has to approve it" in decision.reasons[0]


def test_approved_proposal_is_allowed() -> None:
    decision = ENGINE.decide(request(RESIZE, BOB))
    assert (decision.outcome, decision.reasons) == ("allow", ("`bob` approved it with the role `approver`",))


def test_rule_that_permits_without_an_approval_allows() -> None:
    cheap = '@reason("it costs less than before")\npermit (principal, action, resource) when { context.cost_increase <= 0 };'
    decision = Engine({**RULES, "costs_nothing": cheap}, SCHEMA).decide(request())
    assert (decision.outcome, decision.policies) == ("allow", ("costs_nothing",))


def test_rule_that_forbids_wins_over_one_that_permits() -> None:
    decision = Engine({**RULES, "all": PERMIT_ALL}, SCHEMA).decide(request(environment="prod"))
    assert (decision.outcome, decision.policies) == ("deny", ("protected_environment",))


def test_without_a_rule_that_permits_the_default_is_deny() -> None:
    decision = Engine({"irreversible": RULES["irreversible"]}, SCHEMA).decide(request(RESIZE, BOB))
    assert (decision.outcome, decision.policies) == ("deny", ())
    assert decision.reasons == ("no rule permits `resize_instance`; add one that does to the policies",)


def test_rule_no_approval_can_satisfy_denies_before_anybody_is_asked() -> None:
    never = '@reason("not while we move")\nforbid (principal, action, resource) when { context.approved };'
    decision = Engine({**RULES, "freeze": never}, SCHEMA).decide(request())
    assert (decision.outcome, decision.policies, decision.reasons) == ("deny", ("freeze",), ("not while we move",))


def test_rule_that_wants_an_admin_still_lets_a_proposal_be_asked_for() -> None:
    forbid = (
        'forbid (principal, action, resource) when { context.approved && !context.approver_roles.contains("admin") };'
    )
    admin = f'@reason("ask an admin")\n{forbid}'
    engine = Engine({**RULES, "admin_only": admin}, SCHEMA)
    assert engine.decide(request()).outcome == "needs_approval"
    assert engine.decide(request(RESIZE, BOB)).policies == ("admin_only",)


def test_approval_that_is_not_enough_asks_for_one_more() -> None:
    permit = 'permit (principal, action, resource) when { context.approver_roles.contains("admin") };'
    admin = f'@reason("an admin approved it")\n{permit}'
    decision = Engine({"by_an_admin": admin}, SCHEMA).decide(request(RESIZE, BOB))
    assert (decision.outcome, decision.policies) == ("needs_approval", ("by_an_admin",))


def test_approval_that_no_other_makes_good_is_refused() -> None:
    forbid = 'forbid (principal, action, resource) when { context.approvers.contains("bob") };'
    decision = Engine({**RULES, "nobody_called_bob": f'@reason("not bob")\n{forbid}'}, SCHEMA).decide(
        request(RESIZE, BOB)
    )
    assert (decision.outcome, decision.policies) == ("deny", ("nobody_called_bob",))


def test_rules_that_fire_are_listed_in_order_of_id_each_with_its_reason() -> None:
    decision = ENGINE.decide(request(environment="prod", owner=None, reversible=False))
    assert decision.policies == ("irreversible", "protected_environment", "unknown_owner")
    assert [reason[:14] for reason in decision.reasons] == ["it cannot be u", "the environmen", "the owner is m"]


def test_decision_carries_the_version_of_rules_and_schema() -> None:
    assert ENGINE.decide(request()).policy_version == ENGINE.version == Engine(RULES, SCHEMA).version
    changed = RULES["largest_cost_increase"].replace("100000000", "100000001")
    assert Engine({**RULES, "largest_cost_increase": changed}, SCHEMA).version != ENGINE.version
    assert Engine(RULES, SCHEMA + "\n").version != ENGINE.version


def bare(engine: Engine, asked: PolicyRequest, rules: dict[str, str]) -> bool:
    """Return what Cedar alone says, without reading its diagnostics: the trap."""
    context = context_of(asked, approvals=(BOB,))
    assert not isinstance(context, OutOfRange)
    question: dict[str, object] = {
        "principal": 'Person::"bob"',
        "action": f'Action::"{asked.action.kind}"',
        "resource": 'Resource::"i"',
        "context": context,
    }
    return bare_cedar(question, "\n".join(rules.values()), [], engine.schema).allowed


def test_forbid_that_overflows_is_skipped_by_cedar_and_refused_here() -> None:
    rules = {"all": PERMIT_ALL, "overflows": OVERFLOWS}
    engine = Engine(rules, SCHEMA)
    asked = request(RESIZE, BOB, monthly_cost_before="140000000", monthly_cost_after="0", monthly_saving="140000000")
    assert bare(engine, asked, rules)
    decision = engine.decide(asked)
    assert (decision.outcome, decision.policies) == ("deny", ("overflows",))
    assert "could not be evaluated, which is refused: " in decision.reasons[0]
    assert "integer overflow" in decision.reasons[0]


def test_permit_that_overflows_is_refused_even_beside_one_that_permits() -> None:
    engine = Engine({"all": PERMIT_ALL, "other": OVERFLOWS.replace("forbid", "permit")}, SCHEMA)
    decision = engine.decide(request(monthly_cost_before="140000000"))
    assert (decision.outcome, decision.policies) == ("deny", ("other",))


def test_error_that_only_an_approval_brings_out_is_refused_before_anybody_is_asked() -> None:
    rule = OVERFLOWS.replace("when { ", "when { context.approved && ")
    decision = Engine({"all": PERMIT_ALL, "later": rule}, SCHEMA).decide(request(monthly_cost_before="140000000"))
    assert (decision.outcome, decision.policies) == ("deny", ("later",))


def test_attribute_the_schema_requires_and_nobody_gives_is_refused() -> None:
    schema = SCHEMA.replace("reversible: Bool,", "reversible: Bool,\n  blast_radius: Long,")
    decision = Engine({"all": PERMIT_ALL}, schema).decide(request())
    assert (decision.outcome, decision.policies) == ("deny", ())
    assert "blast_radius" in decision.reasons[0]


def test_attribute_the_schema_does_not_know_is_refused() -> None:
    decision = Engine({"all": PERMIT_ALL}, SCHEMA.replace("  reversible: Bool,\n", "")).decide(request())
    assert decision.outcome == "deny"
    assert "reversible" in decision.reasons[0]


def test_kind_of_action_the_schema_does_not_know_is_refused() -> None:
    engine = Engine({"all": PERMIT_ALL}, SCHEMA.replace(', "start_instance"', ""))
    assert engine.decide(request()).outcome == "allow"
    decision = engine.decide(request(START))
    assert decision.outcome == "deny"
    assert "start_instance" in decision.reasons[0]


def test_kind_of_action_nobody_has_heard_of_is_refused() -> None:
    odd = RESIZE.model_copy(update={"kind": "delete_everything"})
    asked = PolicyRequest.model_construct(
        action=odd, facts=FACTS, at=NOON, circumstances=Circumstances(), approvals=(BOB,)
    )
    assert ENGINE.decide(asked).outcome == "deny"


@pytest.mark.parametrize("text", ["i-\ud800", "", '"; permit(principal, action, resource); //', "i-\n\x00", "\uff49-0"])
def test_odd_resource_id_never_allows(text: str) -> None:
    odd = RESIZE.model_copy(update={"target": TARGET.model_copy(update={"resource_id": text})})
    asked = PolicyRequest.model_construct(action=odd, facts=FACTS, at=NOON, circumstances=Circumstances(), approvals=())
    assert ENGINE.decide(asked).outcome in ("deny", "needs_approval")
    assert ENGINE.decide(asked.model_copy(update={"facts": request(environment="prod").facts})).outcome == "deny"


def test_tag_that_is_no_text_at_all_is_refused() -> None:
    facts = FACTS.model_copy(update={"tags": {"note": "\ud800"}})
    asked = PolicyRequest.model_construct(
        action=RESIZE, facts=facts, at=NOON, circumstances=Circumstances(), approvals=(BOB,)
    )
    assert ENGINE.decide(asked).outcome == "deny"


@pytest.mark.parametrize(
    "amount", ["1E+999999", "-1E+999999", "9223372036854.775808", "1000000000000.0000001", "1E-999999"]
)
@pytest.mark.parametrize("fact", ["monthly_cost_before", "monthly_cost_after", "monthly_saving", "capacity_ratio"])
def test_number_out_of_range_is_refused(fact: str, amount: str) -> None:
    decision = ENGINE.decide(request(RESIZE, BOB, **{fact: Decimal(amount)}))
    assert decision.outcome == "deny"


@pytest.mark.parametrize("amount", ["NaN", "Infinity", "-Infinity", "sNaN"])
def test_amount_that_is_no_number_is_refused_even_past_the_types(amount: str) -> None:
    facts = FACTS.model_copy(update={"monthly_cost_after": Decimal(amount)})
    decision = ENGINE.decide(request(RESIZE, BOB).model_copy(update={"facts": facts}))
    assert decision.outcome == "deny"
    assert "`monthly_cost_after` is out of the range" in decision.reasons[0]


def test_days_beyond_a_64_bit_integer_are_refused() -> None:
    assert "`observation_days`" in ENGINE.decide(request(observation_days=2**64)).reasons[0]


def test_integer_cedar_cannot_read_allows_nothing() -> None:
    context = context_of(request(), approvals=ANYBODY)
    assert not isinstance(context, OutOfRange)
    asked = Asked("resize_instance", "i", "p", {**context, "cost_increase": 2**63})
    (verdict,) = evaluate([asked], PolicySet.from_str(PERMIT_ALL), Schema.from_str(SCHEMA))
    assert not verdict.allowed
    assert verdict.errors


def test_verdict_with_an_error_never_allows() -> None:
    context = context_of(request(monthly_cost_before="140000000"), approvals=ANYBODY)
    assert not isinstance(context, OutOfRange)
    asked = Asked("resize_instance", "i", "p", context)
    (verdict,) = evaluate([asked], PolicySet.from_str(PERMIT_ALL + OVERFLOWS), Schema.from_str(SCHEMA))
    assert (verdict.allowed, verdict.blamed) == (False, ("policy1",))


def test_rule_that_does_not_parse_stops_the_start_and_says_where() -> None:
    with pytest.raises(BadInput, match=r"irreversible\.cedar:2:27: it does not parse, unexpected token `resource`"):
        Engine({**RULES, "irreversible": '@reason("x")\nforbid (principal, action resource);'}, SCHEMA)


def test_rule_that_does_not_fit_the_schema_stops_the_start_and_says_where() -> None:
    text = RULES["irreversible"].replace("context.reversible", "context.reversable")
    with pytest.raises(BadInput, match=r"irreversible\.cedar:3:18: attribute `reversable` in context"):
        Engine({**RULES, "irreversible": text}, SCHEMA)


def test_engine_without_a_rule_does_not_start() -> None:
    with pytest.raises(BadInput, match="there is no rule"):
        Engine({}, SCHEMA)


def test_schema_that_does_not_parse_stops_the_start() -> None:
    with pytest.raises(BadInput, match="the policy schema does not parse"):
        Engine(RULES, "entity Person")
