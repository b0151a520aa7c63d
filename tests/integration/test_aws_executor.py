"""The AWS executor over HTTP against a moto server: instances, and what goes wrong on the way to AWS."""

from typing import Any, cast

import pytest

from connectors.aws import AwsExecutor
from finops.actions import Action, ResizeInstance, StartInstance, StopInstance, Target
from finops.errors import Refused, Unavailable
from finops.ports import Executor, Observation
from tests.integration.aws_estate import ACCOUNT, REGION, ec2, executor_for, run_of, undo_of
from tests.integration.aws_proxy import AwsProxy


def launch(endpoint: str, *, instance_type: str = "m5.2xlarge", **tags: str) -> Target:
    client = ec2(endpoint)
    made = client.run_instances(
        ImageId="ami-12c6146b", MinCount=1, MaxCount=1, InstanceType=cast(Any, instance_type),
        TagSpecifications=[{"ResourceType": "instance", "Tags": [{"Key": k, "Value": v} for k, v in tags.items()]}]
        if tags else [],
    )  # fmt: skip
    return Target(account=ACCOUNT, region=REGION, resource_id=made["Instances"][0].get("InstanceId", ""))


def resize(target: Target, to: str = "m5.large") -> Action:
    return ResizeInstance(target=target, instance_type=to)


def run(executor: Executor, action: Action, before: Observation | None = None) -> Any:
    return executor.apply(action, before or executor.observe(action), run_of())


def test_observing_tells_type_state_place_and_tags(moto_endpoint: str) -> None:
    target = launch(moto_endpoint, environment="dev", owner="ana")
    seen = executor_for(moto_endpoint).observe(resize(target))
    assert seen.exists
    assert seen.attributes["instance_type"] == "m5.2xlarge"
    assert seen.attributes["state"] == "running"
    assert seen.attributes["account"] == ACCOUNT
    assert str(seen.attributes["availability_zone"]).startswith(REGION)
    assert seen.tags == {"environment": "dev", "owner": "ana"}


def test_an_instance_that_is_not_there_is_observed_as_absent(moto_endpoint: str) -> None:
    target = Target(account=ACCOUNT, region=REGION, resource_id="i-0123456789abcdef0")
    assert not executor_for(moto_endpoint).observe(resize(target)).exists


def test_a_terminated_instance_is_observed_as_absent(moto_endpoint: str) -> None:
    target = launch(moto_endpoint)
    ec2(moto_endpoint).terminate_instances(InstanceIds=[target.resource_id])
    assert not executor_for(moto_endpoint).observe(resize(target)).exists


def test_a_running_instance_is_stopped_changed_and_started_again(aws_proxy: AwsProxy) -> None:
    target = launch(aws_proxy.upstream)
    executor = executor_for(aws_proxy.endpoint)
    report = run(executor, resize(target))
    assert report.verified
    assert report.error == ""
    assert list(aws_proxy.changes) == ["StopInstances", "ModifyInstanceAttribute", "StartInstances"]
    assert report.calls == executor.plan(resize(target), report.before)
    assert report.after.attributes["instance_type"] == "m5.large"
    assert report.after.attributes["state"] == "running"


def test_a_stopped_instance_is_changed_and_stays_stopped(aws_proxy: AwsProxy) -> None:
    target = launch(aws_proxy.upstream)
    ec2(aws_proxy.upstream).stop_instances(InstanceIds=[target.resource_id])
    report = run(executor_for(aws_proxy.endpoint), resize(target))
    assert report.verified
    assert list(aws_proxy.changes) == ["ModifyInstanceAttribute"]
    assert report.after.attributes["state"] == "stopped"


def test_what_is_reached_already_takes_no_call(aws_proxy: AwsProxy) -> None:
    target = launch(aws_proxy.upstream)
    executor = executor_for(aws_proxy.endpoint)
    before = executor.observe(resize(target))
    run(executor, resize(target), before)
    aws_proxy.calls.clear()
    report = run(executor, resize(target), before)
    assert report.verified
    assert report.calls == ()
    assert aws_proxy.changes.total() == 0


def test_undo_brings_back_type_and_state(moto_endpoint: str) -> None:
    target = launch(moto_endpoint)
    executor = executor_for(moto_endpoint)
    before = executor.observe(resize(target))
    run(executor, resize(target), before)
    report = executor.undo(resize(target), before, undo_of())
    assert report.verified
    assert executor.observe(resize(target)) == before


def test_stop_and_its_undo(moto_endpoint: str) -> None:
    target = launch(moto_endpoint)
    executor = executor_for(moto_endpoint)
    action = StopInstance(target=target)
    before = executor.observe(resize(target))
    assert run(executor, action, before).after.attributes["state"] == "stopped"
    assert executor.undo_plan(action, before).words == f"ec2.start_instances(InstanceIds=['{target.resource_id}'])"
    assert executor.undo(action, before, undo_of()).after == before


def test_start_and_its_undo(moto_endpoint: str) -> None:
    target = launch(moto_endpoint)
    ec2(moto_endpoint).stop_instances(InstanceIds=[target.resource_id])
    executor = executor_for(moto_endpoint)
    before = executor.observe(resize(target))
    assert run(executor, StartInstance(target=target), before).after.attributes["state"] == "running"
    assert executor.undo(StartInstance(target=target), before, undo_of()).after == before


def test_an_endpoint_that_goes_down_half_way_is_reported_with_the_calls_that_ran(aws_proxy: AwsProxy) -> None:
    target = launch(aws_proxy.upstream)
    executor = executor_for(aws_proxy.endpoint)
    before = executor.observe(resize(target))
    aws_proxy.down_after = "ModifyInstanceAttribute"
    report = run(executor, resize(target), before)
    assert not report.verified
    assert [call.partition("(")[0] for call in report.calls] == ["ec2.stop_instances", "ec2.modify_instance_attribute"]
    assert "after 2 calls" in report.error
    assert report.after == Observation(exists=True)


def test_a_run_that_was_broken_off_goes_on_where_it_stopped(aws_proxy: AwsProxy) -> None:
    target = launch(aws_proxy.upstream)
    executor = executor_for(aws_proxy.endpoint)
    before = executor.observe(resize(target))
    aws_proxy.down_after = "ModifyInstanceAttribute"
    run(executor, resize(target), before)
    aws_proxy.up()
    report = run(executor, resize(target), before)
    assert report.verified
    assert aws_proxy.changes == {"StopInstances": 1, "ModifyInstanceAttribute": 1, "StartInstances": 1}


def test_what_half_way_left_can_be_undone(aws_proxy: AwsProxy) -> None:
    target = launch(aws_proxy.upstream)
    executor = executor_for(aws_proxy.endpoint)
    before = executor.observe(resize(target))
    aws_proxy.down_after = "StopInstances"
    run(executor, resize(target), before)
    aws_proxy.up()
    assert executor.undo(resize(target), before, undo_of()).after == before


def test_a_call_the_provider_refuses_is_reported(aws_proxy: AwsProxy) -> None:
    target = launch(aws_proxy.upstream)
    refusal = b"<Response><Errors><Error><Code>Unsupported</Code><Message>no such type here.</Message></Error></Errors></Response>"
    aws_proxy.answers["ModifyInstanceAttribute"] = (400, refusal)
    report = run(executor_for(aws_proxy.endpoint), resize(target))
    assert not report.verified
    assert "`Unsupported`" in report.error
    assert len(report.calls) == 1
    assert report.after.attributes["state"] == "stopped"


def test_an_instance_that_is_gone_is_not_acted_on(aws_proxy: AwsProxy) -> None:
    target = Target(account=ACCOUNT, region=REGION, resource_id="i-0123456789abcdef0")
    report = run(executor_for(aws_proxy.endpoint), resize(target))
    assert not report.verified
    assert "does not exist" in report.error
    assert aws_proxy.changes.total() == 0


def test_an_endpoint_that_is_down_is_unavailable() -> None:
    target = Target(account=ACCOUNT, region=REGION, resource_id="i-0123456789abcdef0")
    with pytest.raises(Unavailable, match=r"`http://127.0.0.1:9` cannot be reached; check AWS_ENDPOINT_URL"):
        executor_for("http://127.0.0.1:9").observe(resize(target))


@pytest.mark.parametrize(
    ("status", "answer", "said"),
    [
        (
            503,
            b"<Response><Errors><Error><Code>RequestLimitExceeded</Code></Error></Errors></Response>",
            "limits the rate",
        ),
        (401, b"<Response><Errors><Error><Code>AuthFailure</Code></Error></Errors></Response>", "the credentials"),
        (500, b"<Response><Errors><Error><Code>InternalError</Code></Error></Errors></Response>", "out of order"),
        (200, b"<<< this is no XML", "its protocol"),
    ],
)
def test_an_error_of_the_provider_is_said_plainly(aws_proxy: AwsProxy, status: int, answer: bytes, said: str) -> None:
    target = Target(account=ACCOUNT, region=REGION, resource_id="i-0123456789abcdef0")
    aws_proxy.answers["DescribeInstances"] = (status, answer)
    with pytest.raises(Unavailable, match=said):
        executor_for(aws_proxy.endpoint).observe(resize(target))


def test_real_aws_is_not_called_without_the_live_switch() -> None:
    target = Target(account=ACCOUNT, region=REGION, resource_id="i-1")
    executor = AwsExecutor.from_environment({})
    before = Observation(exists=True, attributes={"instance_type": "m5.2xlarge", "state": "running"})
    with pytest.raises(Refused, match=r"dry run, nothing was called; it would call ec2.stop_instances.*TOLL_LIVE=1"):
        executor.apply(resize(target), before, run_of())
    with pytest.raises(Refused, match="dry run"):
        executor.undo(resize(target), before, undo_of())
    with pytest.raises(Unavailable, match="dry run"):
        executor.observe(resize(target))


@pytest.mark.parametrize(
    ("environment", "allowed"),
    [
        ({}, False),
        ({"TOLL_LIVE": "0"}, False),
        ({"TOLL_LIVE": "1"}, True),
        ({"AWS_ENDPOINT_URL": "http://127.0.0.1:5000"}, True),
        ({"AWS_ENDPOINT_URL": "http://[::1]:5000"}, True),
        ({"AWS_ENDPOINT_URL": "http://localhost:5000"}, True),
        ({"AWS_ENDPOINT_URL": "http://localhost.example.com:5000"}, False),
        ({"AWS_ENDPOINT_URL": "http://127.0.0.1@example.com"}, False),
        ({"AWS_ENDPOINT_URL": "https://ec2.amazonaws.com"}, False),
        ({"AWS_ENDPOINT_URL": "nonsense"}, False),
    ],
)
def test_only_loopback_or_the_live_switch_lets_it_call(environment: dict[str, str], allowed: bool) -> None:  # noqa: FBT001
    assert AwsExecutor.from_environment(environment).allowed is allowed


@pytest.mark.parametrize("endpoint", [{}, {"AWS_ENDPOINT_URL": "https://ec2.amazonaws.com"}])
def test_real_aws_is_not_called_with_all_that_the_credentials_may_do(endpoint: dict[str, str]) -> None:
    action = StopInstance(target=Target(account=ACCOUNT, region=REGION, resource_id="i-1"))
    before = Observation(exists=True, attributes={"state": "running"})
    executor = AwsExecutor.from_environment({"TOLL_LIVE": "1", **endpoint})
    with pytest.raises(Unavailable, match=r"without a role.*set TOLL_AWS_ROLE_ARN"):
        executor.observe(action)
    with pytest.raises(Unavailable, match="without a role"):
        executor.health(StartInstance(target=action.target))
    for bring, run in ((executor.apply, run_of()), (executor.undo, undo_of())):
        with pytest.raises(Refused, match=r"without a role.*set TOLL_AWS_ROLE_ARN.*or TOLL_AWS_WITHOUT_ROLE=1"):
            bring(action, before, run)


@pytest.mark.parametrize(
    "environment",
    [
        {"TOLL_LIVE": "1", "TOLL_AWS_ROLE_ARN": f"arn:aws:iam::{ACCOUNT}:role/tollkeeper"},
        {"TOLL_LIVE": "1", "TOLL_AWS_WITHOUT_ROLE": "1"},
        {"AWS_ENDPOINT_URL": "http://127.0.0.1:5000"},
    ],
)
def test_a_role_or_an_explicit_word_lets_it_call_real_aws(environment: dict[str, str]) -> None:
    target = Target(account=ACCOUNT, region=REGION, resource_id="i-1")
    before = Observation(exists=True, attributes={"state": "running"})
    AwsExecutor.from_environment(environment).ready(StopInstance(target=target), before)


def test_another_account_than_the_bills_is_refused_on_real_aws() -> None:
    executor = AwsExecutor.from_environment({"TOLL_LIVE": "1", "TOLL_AWS_WITHOUT_ROLE": "1"})
    before = Observation(exists=True, attributes={"account": "999999999999", "state": "running"})
    with pytest.raises(Refused, match="account `999999999999`"):
        executor.ready(StopInstance(target=Target(account=ACCOUNT, region=REGION, resource_id="i-1")), before)
