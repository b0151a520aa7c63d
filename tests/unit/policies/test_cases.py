"""The case files themselves: what does not load, and what a failing case reports."""

import json

import pytest
from pydantic import JsonValue

from finops.errors import BadFile
from policies.cases import parse_cases, run_cases
from tests.unit.policies.estate import ENGINE, request

BASE: JsonValue = json.loads(request().model_dump_json())
EXPECT: JsonValue = {"outcome": "needs_approval", "policies": ["approved_by_a_person"], "reason": ["has to approve"]}


def case_file(*, change: JsonValue = None, expect: JsonValue = EXPECT, **more: JsonValue) -> str:
    entry: dict[str, JsonValue] = {"name": "one", "change": change or {}, "expect": expect, **more}
    return json.dumps({"base": BASE, "cases": [entry]})


def test_case_that_comes_out_as_expected_passes() -> None:
    report = run_cases(ENGINE, parse_cases("file", case_file()))
    assert (report.cases, report.passed, report.failed) == (1, 1, ())


@pytest.mark.parametrize(
    "wrong", [{"outcome": "deny"}, {"policies": []}, {"policies": ["irreversible"]}, {"reason": ["never said"]}]
)
def test_case_that_comes_out_otherwise_fails_and_tells_both(wrong: dict[str, JsonValue]) -> None:
    assert isinstance(EXPECT, dict)
    (failure,) = run_cases(ENGINE, parse_cases("file", case_file(expect={**EXPECT, **wrong}))).failed
    assert failure.id == "file/one"
    assert failure.decided.outcome == "needs_approval"


def test_rules_no_case_expects_are_uncovered() -> None:
    uncovered = run_cases(ENGINE, parse_cases("file", case_file())).uncovered
    assert "irreversible" in uncovered
    assert "approved_by_a_person" not in uncovered


def test_changes_of_one_case_do_not_reach_the_next() -> None:
    cases: list[JsonValue] = [
        {"name": "a", "change": {"facts.tags": {"env": "prod"}}, "expect": EXPECT},
        {"name": "b", "change": {}, "expect": EXPECT},
    ]
    first, second = parse_cases("file", json.dumps({"base": BASE, "cases": cases}))
    assert first.request.facts.tags == {"env": "prod"}
    assert second.request.facts.tags == request().facts.tags


@pytest.mark.parametrize(
    "expect",
    [
        None,
        {},
        {"outcome": "deny"},
        {"outcome": "deny", "policies": []},
        {"outcome": "deny", "policies": [], "reason": []},
    ],
)
def test_case_without_an_expectation_does_not_load(expect: JsonValue) -> None:
    with pytest.raises(BadFile, match=r"the policy cases `file` do not load, `cases\.0\.expect"):
        parse_cases("file", case_file(expect=expect))


def test_change_of_what_the_base_does_not_have_does_not_load() -> None:
    with pytest.raises(BadFile, match=r"change 'facts\.enviroment', which is not in their base"):
        parse_cases("file", case_file(change={"facts.enviroment": "prod"}))


@pytest.mark.parametrize("text", ["", "[]", "{", '{"base": {}, "cases": []}', '{"base": {}}'])
def test_file_that_holds_no_case_does_not_load(text: str) -> None:
    with pytest.raises(BadFile, match="do not load"):
        parse_cases("file", text)


def test_fact_of_the_wrong_type_does_not_load() -> None:
    with pytest.raises(BadFile, match=r"facts\.observation_days"):
        parse_cases("file", case_file(change={"facts.observation_days": "many"}))


def test_key_nobody_knows_does_not_load() -> None:
    with pytest.raises(BadFile, match="do not load"):
        parse_cases("file", case_file(skip=True))


def test_name_used_twice_does_not_load() -> None:
    entry: JsonValue = {"name": "one", "change": {}, "expect": EXPECT}
    with pytest.raises(BadFile, match="name a case twice"):
        parse_cases("file", json.dumps({"base": BASE, "cases": [entry, entry]}))
