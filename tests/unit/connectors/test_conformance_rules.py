"""The rules the product ships: all of the requirements model's, saying the same."""

import json
from collections import Counter
from pathlib import Path
from typing import Any, cast

import pytest

from connectors.billing.conformance.amendments import MENDED, SUPPLIED, amended
from connectors.billing.conformance.attributes import ATTRIBUTES, BLANKS, NO_PLACEHOLDERS
from connectors.billing.conformance.cells import Cells
from connectors.billing.conformance.checks import Check
from connectors.billing.conformance.criteria import evidence, question
from connectors.billing.conformance.functions import ROW_FUNCTIONS
from connectors.billing.conformance.header import HEADER_RULES
from connectors.billing.conformance.reasons import why_not
from connectors.billing.conformance.rules import FILE, rule_book
from connectors.billing.files.source import SourceFile

OTHER_FUNCTIONS = {
    "AND",
    "OR",
    "CheckModelRule",
    "ColumnPresent",
    "CheckDistinctCount",
    "ColumnByColumnEqualsColumnValue",
}


@pytest.fixture
def model(shared_data: Path) -> dict[str, Any]:
    return json.loads((shared_data / "focus" / "requirements_model_1.2.json").read_text(encoding="utf-8"))


def said(check: dict[str, Any]) -> Check | None:
    """Return a check of the model, read apart from the script that wrote the rules."""
    if not check:
        return None
    function: str = check.get("CheckFunction") or next(iter(check))
    if function in ("AND", "OR"):
        found: Any = check.get("Items", check.get(function))
        items = cast(list[dict[str, Any]], found if isinstance(found, list) else [found])
        return Check(function, tuple(one for item in items if (one := said(item)))) if items else None
    names = (
        "ColumnName",
        "CheckCondition",
        "ColumnAName",
        "ColumnBName",
        "ResultColumnName",
        "Value",
        "ExpectedCount",
        "ModelRuleId",
    )
    return Check(function, tuple(check[name] for name in names if name in check))


def test_all_621_rules_of_the_model_are_there_in_its_order(model: dict[str, Any]) -> None:
    assert list(rule_book().rules) == list(model["ModelRules"])
    assert len(rule_book().rules) == 621


def test_each_rule_says_what_the_model_says(model: dict[str, Any]) -> None:
    for identity, theirs in model["ModelRules"].items():
        ours, criteria = rule_book().rules[identity], theirs["ValidationCriteria"]
        assert (ours.keyword, ours.kind, ours.subject, ours.subject_name) == (
            criteria["Keyword"], theirs["Function"], theirs["EntityType"], theirs["Reference"],
        )  # fmt: skip
        assert list(ours.criteria) == theirs["ApplicabilityCriteria"]
        assert list(ours.needs) == criteria["Dependencies"]
        assert ours.sentence == " ".join(criteria["MustSatisfy"].split())
        assert (ours.check, ours.when) == (said(criteria["Requirement"]), said(criteria["Condition"])), identity


def test_the_applicability_criteria_are_the_models(model: dict[str, Any]) -> None:
    assert rule_book().criteria == {name: one["Description"] for name, one in model["ApplicabilityCriteria"].items()}


def test_the_file_of_rules_names_its_source_licence_and_date() -> None:
    head = FILE.read_text(encoding="utf-8").split("\n", 5)[:5]
    assert "focus_validator" in head[1]
    assert "MIT" in head[2]
    assert "2026-11-23" in head[3]


def test_there_are_472_rules_that_must_hold() -> None:
    assert Counter(rule.keyword for rule in rule_book().rules.values())["MUST"] == 472


def test_every_check_function_of_the_rules_is_known() -> None:
    for rule in amended(rule_book()).rules.values():
        for check in (rule.check, rule.when):
            assert _functions(check) <= {*ROW_FUNCTIONS, *OTHER_FUNCTIONS}, rule.id


def _functions(check: Check | None) -> set[str]:
    return set() if check is None else {check.function}.union(*map(_functions, check.parts))


def test_amendments_and_rules_of_formats_are_of_rules_that_exist() -> None:
    for identity in (*MENDED, *SUPPLIED, *ATTRIBUTES, *HEADER_RULES, BLANKS, NO_PLACEHOLDERS):
        assert identity in rule_book().rules


def test_only_rules_without_a_check_of_the_models_are_supplied_one() -> None:
    assert [identity for identity in SUPPLIED if rule_book().rules[identity].check is not None] == []
    assert [identity for identity in MENDED if rule_book().rules[identity].check is None] == []


def test_every_mended_rule_says_why() -> None:
    assert [identity for identity, one in MENDED.items() if not one.reason] == []


def test_every_criterion_is_looked_for_in_the_rows() -> None:
    cells = Cells(SourceFile(Path("bill.csv"), "csv", {"BilledCost": "VARCHAR"}))
    assert set(evidence(cells)) == set(rule_book().criteria)


@pytest.mark.parametrize(
    ("sentence", "reason"),
    [
        ("SkuPriceId MUST remain consistent over time.", "needs bills of other periods and accounts to compare with"),
        (
            "BilledCost MUST be denominated in the BillingCurrency.",
            "an amount does not say its currency; only the provider knows",
        ),
        (
            "X MUST be null when a charge is not related to a resource.",
            "only the provider knows what each charge stands for",
        ),
    ],
)
def test_a_rule_beyond_the_file_says_what_it_needs(sentence: str, reason: str) -> None:
    assert why_not(sentence) == reason


def test_a_criterion_is_asked_as_a_question() -> None:
    assert question("TAGGING_SUPPORTED") == "does the provider support setting user or provider-defined tags?"
    assert question("PUBLIC_PRICE_LIST_SUPPORTED") == "does the provider publish public price lists?"
