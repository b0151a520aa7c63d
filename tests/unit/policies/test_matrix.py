"""The matrix of who may approve what is what the rules decide, cell by cell."""

from decimal import Decimal
from typing import get_args

import pytest

from finops.actions import ActionKind
from policies.engine import Engine
from policies.matrix import AMOUNTS, ENVIRONMENTS, matrix
from tests.unit.policies.estate import ENGINE, RULES, SCHEMA

CELLS = {(one.kind, one.environment, one.amount): one.takes for one in matrix(ENGINE)}


def test_there_is_a_cell_for_each_kind_environment_and_amount() -> None:
    assert len(CELLS) == len(get_args(ActionKind)) * len(ENVIRONMENTS) * len(AMOUNTS)


@pytest.mark.parametrize(
    ("kind", "environment", "amount", "takes"),
    [
        ("resize_instance", "dev", 100, "an approver"),
        ("resize_instance", "dev", 1000, "two approvers"),
        ("resize_instance", "dev", 10000, "an approver and an admin"),
        ("resize_instance", "production", 100, "refused: protected_environment"),
        ("change_code", "production", 1000, "two approvers"),
        ("release_address", "dev", 100, "two approvers"),
        ("start_instance", "production", 100, "an approver"),
        ("start_instance", "dev", 1000, "refused: largest_cost_increase"),
    ],
)
def test_a_cell_is_what_the_built_in_rules_ask_for(kind: ActionKind, environment: str, amount: int, takes: str) -> None:
    assert CELLS[kind, environment, Decimal(amount)] == takes


def test_nobody_has_to_approve_where_a_rule_permits_without() -> None:
    engine = Engine({"all": '@reason("all")\npermit (principal, action, resource);'}, SCHEMA)
    assert {one.takes for one in matrix(engine, (Decimal(1),))} == {"nobody has to"}


def test_rules_that_permit_nothing_show_as_refused() -> None:
    engine = Engine({"none": '@reason("none")\nforbid (principal, action, resource);'}, SCHEMA)
    assert {one.takes for one in matrix(engine, (Decimal(1),))} == {"refused: none"}


def test_a_changed_threshold_shows_at_once() -> None:
    lower = RULES["two_people"].replace("500000000", "50000000")
    engine = Engine({**RULES, "two_people": lower}, SCHEMA)
    takes = {(one.kind, one.environment): one.takes for one in matrix(engine, (Decimal(100),))}
    assert takes["resize_instance", "dev"] == "two approvers"
