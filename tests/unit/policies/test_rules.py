"""The built-in rules: every decision case, and that the cases notice a rule that is missing, too wide or off by one."""

import re

import pytest

from policies.cases import Case, parse_cases, run_cases
from policies.engine import Engine
from tests.unit.policies.estate import ENGINE, FOLDER, RULES, SCHEMA

CASES = tuple(
    case
    for file in sorted((FOLDER / "cases").glob("*.json"))
    for case in parse_cases(file.stem, file.read_text(encoding="utf-8"))
)
FORBIDS = sorted(name for name, rule in ENGINE.rules.items() if rule.effect == "forbid")
LIMITS = [
    (name, match.start(), match[0])
    for name, text in RULES.items()
    for match in re.finditer(r"(?<=[<>] )-?\d+", text)
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_case_is_decided_as_expected(case: Case) -> None:
    report = run_cases(ENGINE, (case,))
    assert not report.failed, [(f.decided.outcome, f.decided.policies, f.decided.reasons) for f in report.failed]


def test_there_are_cases_enough_and_every_rule_has_one_that_fires() -> None:
    report = run_cases(ENGINE, CASES)
    assert report.cases >= 30
    assert report.uncovered == ()


@pytest.mark.parametrize("name", sorted(RULES))
def test_cases_notice_a_rule_that_is_missing(name: str) -> None:
    without = Engine({other: text for other, text in RULES.items() if other != name}, SCHEMA)
    assert run_cases(without, CASES).failed


@pytest.mark.parametrize("name", FORBIDS)
def test_cases_notice_a_rule_that_fires_always(name: str) -> None:
    always = '@reason("always") forbid (principal, action, resource);'
    assert run_cases(Engine({**RULES, name: always}, SCHEMA), CASES).failed


@pytest.mark.parametrize("step", [-1, 1])
@pytest.mark.parametrize(("name", "at", "limit"), LIMITS, ids=str)
def test_cases_notice_a_limit_that_is_off_by_one(name: str, at: int, limit: str, step: int) -> None:
    text = RULES[name]
    moved = text[:at] + str(int(limit) + step) + text[at + len(limit) :]
    assert run_cases(Engine({**RULES, name: moved}, SCHEMA), CASES).failed


@pytest.mark.parametrize("name", ["live", "prd", "prod", "production"])
def test_cases_notice_a_production_name_that_is_missing(name: str) -> None:
    text = RULES["protected_environment"].replace(f'"{name}"', '"elsewhere"')
    assert run_cases(Engine({**RULES, "protected_environment": text}, SCHEMA), CASES).failed


def test_every_protected_environment_is_a_known_one() -> None:
    protected = re.search(r"containsAny\(\[(.*?)\]\)", RULES["protected_environment"], re.DOTALL)
    assert protected
    names = set(re.findall(r'"([^"]+)"', protected[1]))
    assert names
    assert names <= set(re.findall(r'"([^"]+)"', RULES["unknown_environment"].partition("unless")[2]))


def test_only_one_rule_permits_and_it_asks_for_an_approval() -> None:
    permits = [rule for rule in ENGINE.rules.values() if rule.effect == "permit"]
    assert [rule.id for rule in permits] == ["approved_by_a_person"]
    assert permits[0].reads == ("approved",)
