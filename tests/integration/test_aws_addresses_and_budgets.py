"""Addresses and budgets over HTTP against a moto server."""

from decimal import Decimal
from typing import Any

import pytest

from finops.errors import Refused
from tests.integration.aws_estate import (
    ACCOUNT,
    TAGS,
    address,
    budget,
    client,
    ec2,
    executor_for,
    instance,
    limit_of,
    new_key,
    release,
    run_of,
    set_budget,
    undo_of,
)
from tests.integration.aws_proxy import AwsProxy


def test_an_address_is_observed_with_its_tags_and_without_anything_that_changes(moto_endpoint: str) -> None:
    seen = executor_for(moto_endpoint).observe(release(address(moto_endpoint)))
    assert (seen.exists, seen.tags, seen.attributes["domain"]) == (True, TAGS, "vpc")
    assert "association" not in seen.attributes


def test_an_address_in_use_is_not_released(aws_proxy: AwsProxy) -> None:
    name, host = address(aws_proxy.upstream), instance(aws_proxy.upstream, running=True)
    ec2(aws_proxy.upstream).associate_address(AllocationId=name, InstanceId=host)
    executor, action = executor_for(aws_proxy.endpoint), release(name)
    with pytest.raises(Refused, match=f"is in use by `{host}`; disassociate it first"):
        executor.apply(action, executor.observe(action), run_of(new_key()))
    assert aws_proxy.changes.total() == 0


def test_an_address_associated_meanwhile_is_not_released(aws_proxy: AwsProxy) -> None:
    name, host = address(aws_proxy.upstream), instance(aws_proxy.upstream, running=True)
    executor, action = executor_for(aws_proxy.endpoint), release(name)
    before = executor.observe(action)
    ec2(aws_proxy.upstream).associate_address(AllocationId=name, InstanceId=host)
    with pytest.raises(Refused, match="is in use"):
        executor.apply(action, before, run_of(new_key()))
    assert executor.place(action, before, executor.observe(action)) == "elsewhere"


def test_the_same_address_comes_back_with_its_tags_under_a_new_id(moto_endpoint: str) -> None:
    executor, action, key = executor_for(moto_endpoint), release(address(moto_endpoint)), new_key()
    before = executor.observe(action)
    executor.apply(action, before, run_of(key))
    after = executor.undo(action, before, undo_of(key)).after
    assert after.attributes["public_ip"] == before.attributes["public_ip"]
    assert after.attributes["restored_as"] != action.target.resource_id
    assert after.tags == {**TAGS, "tollkeeper:run": key}


def test_an_address_that_aws_gave_away_is_reported(aws_proxy: AwsProxy) -> None:
    executor, action, key = executor_for(aws_proxy.endpoint), release(address(aws_proxy.upstream)), new_key()
    before = executor.observe(action)
    executor.apply(action, before, run_of(key))
    gone = b"<Response><Errors><Error><Code>InvalidAddress.NotFound</Code><Message>gone.</Message></Error></Errors></Response>"
    aws_proxy.answers["AllocateAddress"] = (400, gone)
    undone = executor.undo(action, before, undo_of(key))
    assert (undone.verified, undone.after.exists) == (False, False)
    assert "InvalidAddress.NotFound" in undone.error
    plan = executor.undo_plan(action, before)
    assert (plan.possible, plan.certain) == (True, False)


def test_a_budget_that_is_not_there_yet_is_observed_as_none_in_an_account_that_answers(moto_endpoint: str) -> None:
    seen = executor_for(moto_endpoint).observe(set_budget(new_key()))
    assert (seen.exists, seen.attributes) == (True, {"account": ACCOUNT, "amount": "none"})


def test_changing_a_limit_leaves_all_else_of_the_budget_and_the_undo_as_well(moto_endpoint: str) -> None:
    name, executor = new_key(), executor_for(moto_endpoint)
    budget(moto_endpoint, name, CostFilters={"Service": ["Amazon Simple Storage Service"]})
    action = set_budget(name, "300.5")
    before, key = executor.observe(action), new_key()
    assert before.attributes["amount"] == "100.00"
    assert executor.apply(action, before, run_of(key)).after.attributes["amount"] == "300.50"
    assert _budget(moto_endpoint, name)["CostFilters"] == {"Service": ["Amazon Simple Storage Service"]}
    assert executor.undo(action, before, undo_of(key)).after == before
    assert limit_of(moto_endpoint, name) == Decimal(100)


def test_a_budget_that_was_made_is_deleted_by_the_undo(moto_endpoint: str) -> None:
    name, executor, key = new_key(), executor_for(moto_endpoint), new_key()
    action = set_budget(name)
    before = executor.observe(action)
    executor.apply(action, before, run_of(key))
    assert limit_of(moto_endpoint, name) == Decimal(250)
    executor.undo(action, before, undo_of(key))
    assert limit_of(moto_endpoint, name) is None


@pytest.mark.parametrize(
    "kind",
    [{"TimeUnit": "QUARTERLY"}, {"BudgetType": "USAGE"}, {"BudgetLimit": {"Amount": "5", "Unit": "EUR"}}],
    ids=["quarterly", "usage", "euros"],
)
def test_a_budget_of_another_kind_is_left_alone(kind: dict[str, Any], aws_proxy: AwsProxy) -> None:
    name = new_key()
    budget(aws_proxy.upstream, name, **kind)
    executor, action = executor_for(aws_proxy.endpoint), set_budget(name)
    with pytest.raises(Refused, match="is no monthly cost budget with one limit in USD; use another name"):
        executor.apply(action, executor.observe(action), run_of(new_key()))
    assert aws_proxy.changes.total() == 0


def test_a_limit_that_somebody_else_set_meanwhile_is_elsewhere(moto_endpoint: str) -> None:
    name, executor = new_key(), executor_for(moto_endpoint)
    action = set_budget(name)
    before = executor.observe(action)
    budget(moto_endpoint, name, "77")
    assert executor.place(action, before, executor.observe(action)) == "elsewhere"


def _budget(endpoint: str, name: str) -> dict[str, Any]:
    return client("budgets", endpoint).describe_budget(AccountId=ACCOUNT, BudgetName=name)["Budget"]
