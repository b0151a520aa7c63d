"""`toll policy check`: each fault of a rule file is found and placed."""

import pytest

from policies.check import check
from policies.request import Circumstances
from policies.tightening import HISTORY
from tests.unit.policies.estate import RULES, SCHEMA

HEAD = '@reason("no")\n'


@pytest.mark.parametrize("name", sorted(RULES))
def test_built_in_rule_has_no_fault(name: str) -> None:
    assert check(name, RULES[name], SCHEMA) == ()


@pytest.mark.parametrize(
    ("text", "line", "column", "message"),
    [
        ("forbid (principal, action resource);", 2, 27, "it does not parse, unexpected token `resource`"),
        ("forbid (principal, action, resource)\nwhen { context.cost_increase >> 3 };", 3, 31, "unexpected token `>`"),
        ('forbid (principal, action, resource)\nwhen { context.owner == "x };', 3, 25, "invalid token"),
        ("forbid (principal, action, resource)", 2, 37, "unexpected end of input"),
        ("forbit (principal, action, resource);", 2, 1, "invalid policy effect: forbit"),
        ("forbid (principal, action, resource)\nwhen { contxt.approved };", 3, 8, "invalid member access"),
        ("forbid (principal, action, resource)\nwhen { context.aproved };", 3, 16, "attribute `aproved` in context"),
        ('forbid (principal, action == Action::"delete", resource);', 2, 30, 'unrecognized action `Action::"delete"`'),
        ('forbid (principal, action, resource)\nwhen { context.owner == 1 };', 2, 1, "are not compatible"),
    ],
)  # fmt: skip
def test_fault_is_found_and_placed(text: str, line: int, column: int, message: str) -> None:
    first = check("rule", HEAD + text, SCHEMA)[0]
    assert (first.file, first.line, first.column) == ("rule.cedar", line, column)
    assert message in first.message
    assert str(first).startswith(f"rule.cedar:{line}:{column}: ")


def test_optional_attribute_is_not_to_be_compared_unguarded() -> None:
    schema = SCHEMA.replace("reversible: Bool", "reversible?: Bool")
    assert "optional attribute `reversible`" in check("irreversible", RULES["irreversible"], schema)[0].message


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "it holds 0 rules"),
        ("// nothing but words\n", "it holds 0 rules"),
        (HEAD + "permit (principal, action, resource);\n" * 2, "it holds 2 rules"),
        (HEAD + "permit (principal == ?principal, action, resource);", "1 templates"),
        ("permit (principal, action, resource);", "it gives no reason"),
        ('@reason(" ")\npermit (principal, action, resource);', "it gives no reason"),
        ('@reason("{enviroment} is wrong")\npermit (principal, action, resource);', "`enviroment` is no word"),
        ('@reason("{owner")\npermit (principal, action, resource);', "its words are not well formed"),
        ('@reason("no")\n@asks("{who}?")\npermit (principal, action, resource);', "`who` is no word"),
        ('@reason("no")\n@enforce("no")\nforbid (principal, action, resource);', "`@enforce` is no annotation of a rule"),
        ('@reason("no")\n@asks("please")\nforbid (principal, action, resource);', "`@asks` belongs to a rule that permits"),
    ],
)  # fmt: skip
def test_file_that_is_not_one_rule_with_a_reason_is_refused(text: str, message: str) -> None:
    assert message in check("rule", text, SCHEMA)[0].message


@pytest.mark.parametrize("name", ["Rule", "my-rule", "1rule", "règle", "", "a b"])
def test_file_name_that_is_no_policy_id_is_refused(name: str) -> None:
    findings = check(name, HEAD + "permit (principal, action, resource);", SCHEMA)
    assert [finding.message for finding in findings] == [
        f"`{name}` is not a policy id; name the file in lower case with `_` between words"
    ]


def test_every_fault_is_listed() -> None:
    findings = check("Rule", "permit (principal, action, resource)\nwhen { context.aproved };", SCHEMA)
    assert len(findings) >= 3


FAILURES = "`failures` may only make it stricter"


@pytest.mark.parametrize(
    "text",
    [
        '@asks("a person")\npermit (principal, action, resource)\nwhen { context.failures > 2 };',
        "permit (principal, action, resource)\nunless { context.failures > 2 };",
        "forbid (principal, action, resource)\nunless { context.failures > 2 };",
        "forbid (principal, action, resource)\nwhen { !(context.failures > 2) };",
        "forbid (principal, action, resource)\nwhen { context.failures < 2 };",
        "forbid (principal, action, resource)\nwhen { context.failures <= 2 };",
        "forbid (principal, action, resource)\nwhen { context.failures == 2 };",
        "forbid (principal, action, resource)\nwhen { context.failures != 2 };",
        "forbid (principal, action, resource)\nwhen { 2 > context.failures };",
        "forbid (principal, action, resource)\nwhen { context.hour > context.failures };",
        "forbid (principal, action, resource)\nwhen { context.failures * -1 > 2 };",
        "forbid (principal, action, resource)\nwhen { if context.failures > 2 then false else true };",
        "forbid (principal, action, resource)\nwhen { context.failures > 2 && context.failures < 9 };",
        "forbid (principal, action, resource)\nwhen { context.failures > 2 }\nunless { context.failures > 9 };",
        'forbid (principal, action, resource)\nwhen { context["failures"] < 2 };',
        "forbid (principal, action, resource)\nwhen { [context.failures].contains(2) };",
    ],
)
def test_a_rule_that_what_went_wrong_would_loosen_is_refused(text: str) -> None:
    assert any(FAILURES in fault.message for fault in check("rule", HEAD + text, SCHEMA)), text


@pytest.mark.parametrize(
    ("rule", "attribute"),
    [
        ("permit (principal, action, resource)\nwhen { context.undone_days_ago < 7 };", "undone_days_ago"),
        ("permit (principal, action, resource)\nwhen { context.owner_resources_today > 3 };", "owner_resources_today"),
        ("permit (principal, action, resource)\nwhen { context.in_flight };", "in_flight"),
        ("forbid (principal, action, resource)\nunless { context.rejected_days_ago < 30 };", "rejected_days_ago"),
        ("forbid (principal, action, resource)\nwhen { context.undone_days_ago > 7 };", "undone_days_ago"),
        ("forbid (principal, action, resource)\nwhen { context.actions_last_hour < 3 };", "actions_last_hour"),
        ("forbid (principal, action, resource)\nwhen { context.amount_today == 0 };", "amount_today"),
        ("forbid (principal, action, resource)\nwhen { context.frozen } unless { context.exempt };", "exempt"),
        ("forbid (principal, action, resource)\nwhen { context.failures - context.undone_days_ago < 1 };", "undone_days_ago"),
        ("forbid (principal, action, resource)\nwhen { context.failures * context.hour > 2 };", "failures"),
    ],
)  # fmt: skip
def test_no_record_of_what_happened_may_loosen_a_rule(rule: str, attribute: str) -> None:
    (fault,) = check("rule", HEAD + rule, SCHEMA)
    assert f"`{attribute}`" in fault.message
    assert "may only make it stricter" in fault.message


def test_every_count_of_the_records_has_its_way() -> None:
    counted = set(Circumstances.model_fields) - {"freeze", "exempt_reason", "exempt_by", "rejected_by"}
    named = {"exempt_until": "exempt", "rejected_on": "rejected_days_ago", "undone_on": "undone_days_ago"}
    assert {named.get(one, one) for one in counted} == set(HISTORY)


@pytest.mark.parametrize(
    "condition",
    [
        "{c: context}.c.failures > 3",
        "(if context.frozen then context else context).failures > 3",
        "[context].contains(context)",
        "context has failures",
    ],
)
def test_a_rule_that_takes_the_context_whole_is_refused(condition: str) -> None:
    faults = check("rule", f"{HEAD}permit (principal, action, resource)\nwhen {{ {condition} }};", SCHEMA)
    assert any("it takes `context` whole" in fault.message for fault in faults)


@pytest.mark.parametrize(
    "condition",
    [
        "when { context.failures > context.hour }",
        "when { context.undone_days_ago < 7 || 30 > context.rejected_days_ago }",
        "when { context.owner_resources_today > 3 && context.owner_resources_today * 4 > context.fleet_size }",
        "when { context.failures - context.undone_days_ago > 2 }",
        "when { -context.undone_days_ago * -1 <= 7 }",
        "when { context.in_flight || context.exempt }",
        "unless { context.failures <= 2 }",
        "unless { !context.in_flight }",
        "when { context.failures > 2 }",
        "when { context.failures >= 3 && context.hour > 17 }",
        "when { context.failures > 9 || context.failures > 2 && context.frozen }",
        "when { context.failures > 2 }\nunless { context.local }",
    ],
)
def test_a_rule_that_what_went_wrong_only_tightens_is_taken(condition: str) -> None:
    assert check("rule", f"{HEAD}forbid (principal, action, resource)\n{condition};", SCHEMA) == ()
