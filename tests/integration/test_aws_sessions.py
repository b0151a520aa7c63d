"""Least privilege as it is sent: which session a run asks STS for, and that its calls are signed with it.

The simulator enforces no policy; what is held here is the request.
"""

import json
from datetime import timedelta
from typing import Any

import pytest

from finops.actions import Action, ResizeInstance
from finops.errors import Unavailable
from tests.integration.aws_estate import (
    ACCOUNT,
    REGION,
    address,
    attached,
    budget,
    change,
    delete,
    executor_for,
    instance,
    new_key,
    release,
    run_of,
    set_budget,
    target_of,
    undo_of,
    volume,
)
from tests.integration.aws_proxy import AwsProxy, Request

ROLE = f"arn:aws:iam::{ACCOUNT}:role/tollkeeper"
EC2 = f"arn:aws:ec2:{REGION}:{ACCOUNT}"
SNAPSHOT = f"arn:aws:ec2:{REGION}::snapshot"


def sessions(proxy: AwsProxy) -> list[Request]:
    return [request for request in proxy.requests if request.action == "AssumeRole"]


def allowed(request: Request) -> dict[str, list[str]]:
    """Return the resources that a session policy allows each action on."""
    given: dict[str, list[str]] = {}
    for statement in json.loads(request.fields["Policy"])["Statement"]:
        assert statement["Effect"] == "Allow"
        for action in statement["Action"]:
            given.setdefault(action, []).extend(statement["Resource"])
    return given


def run_through(proxy: AwsProxy, action: Action) -> tuple[dict[str, list[str]], dict[str, list[str]]]:
    """Apply and undo an action; return what the session of each was allowed, apart from reading."""
    executor, key = executor_for(proxy.endpoint, role_arn=ROLE), new_key()
    before = executor.observe(action)
    assert executor.apply(action, before, run_of(key)).verified
    forth = allowed(sessions(proxy)[-1])
    assert executor.undo(action, before, undo_of(key)).verified
    back = allowed(sessions(proxy)[-1])
    return _writes(forth), _writes(back)


def _writes(given: dict[str, list[str]]) -> dict[str, list[str]]:
    return {action: on for action, on in given.items() if "Describe" not in action and "View" not in action}


def test_resizing_may_stop_change_and_start_that_instance_and_no_other(aws_proxy: AwsProxy) -> None:
    name = instance(aws_proxy.upstream, running=True)
    forth, back = run_through(aws_proxy, ResizeInstance(target=target_of(name), instance_type="m5.large"))
    one = [f"{EC2}:instance/{name}"]
    assert forth == back == {
        "ec2:StopInstances": one, "ec2:ModifyInstanceAttribute": one, "ec2:StartInstances": one,
        "kms:CreateGrant": [f"arn:aws:kms:{REGION}:*:key/*"],
    }  # fmt: skip


def test_changing_a_volume_may_change_that_volume(aws_proxy: AwsProxy) -> None:
    name = volume(aws_proxy.upstream)
    forth, back = run_through(aws_proxy, change(name, volume_type="gp3"))
    assert forth == back == {"ec2:ModifyVolume": [f"{EC2}:volume/{name}"]}


def test_deleting_a_volume_may_snapshot_detach_and_delete_it_and_the_undo_only_make_and_attach(
    aws_proxy: AwsProxy,
) -> None:
    name, host = attached(aws_proxy.upstream, running=False)
    forth, back = run_through(aws_proxy, delete(name))
    here, on = f"{EC2}:volume/{name}", f"{EC2}:instance/{host}"
    assert forth == {
        "ec2:CreateSnapshot": [here, f"{SNAPSHOT}/*"], "ec2:CreateTags": [f"{SNAPSHOT}/*"],
        "ec2:DetachVolume": [here, on], "ec2:DeleteVolume": [here],
    }  # fmt: skip
    made_from = next(r.fields["SnapshotId"] for r in aws_proxy.requests if r.action == "CreateVolume")
    new = f"{EC2}:volume/*"
    assert back == {
        "ec2:CreateVolume": [new, f"{SNAPSHOT}/{made_from}"], "ec2:CreateTags": [new], "ec2:AttachVolume": [new, on],
        "ec2:ModifyInstanceAttribute": [new, on], "kms:CreateGrant": [f"arn:aws:kms:{REGION}:*:key/*"],
    }  # fmt: skip


def test_tags_may_be_set_only_on_what_is_being_made(aws_proxy: AwsProxy) -> None:
    run_through(aws_proxy, delete(volume(aws_proxy.upstream)))
    conditions = [
        statement.get("Condition")
        for request in sessions(aws_proxy)
        for statement in json.loads(request.fields["Policy"])["Statement"]
        if "ec2:CreateTags" in statement["Action"]
    ]
    assert conditions == [
        {"StringEquals": {"ec2:CreateAction": "CreateSnapshot"}},
        {"StringEquals": {"ec2:CreateAction": "CreateVolume"}},
    ]


def test_the_key_of_an_encrypted_volume_may_be_used_to_make_it_again_and_only_through_ec2(aws_proxy: AwsProxy) -> None:
    action = delete(volume(aws_proxy.upstream, Encrypted=True))
    key = executor_for(aws_proxy.upstream).observe(action).attributes["kms_key_id"]
    _, back = run_through(aws_proxy, action)
    assert back["kms:GenerateDataKeyWithoutPlaintext"] == back["kms:CreateGrant"] == [key]
    statements: list[dict[str, Any]] = json.loads(sessions(aws_proxy)[-1].fields["Policy"])["Statement"]
    through = [one["Condition"] for one in statements if "kms:Decrypt" in one["Action"]]
    assert through == [{"StringEquals": {"kms:ViaService": f"ec2.{REGION}.amazonaws.com"}}]


def test_releasing_may_release_that_address_and_the_undo_allocate_one(aws_proxy: AwsProxy) -> None:
    name = address(aws_proxy.upstream)
    forth, back = run_through(aws_proxy, release(name))
    assert forth == {"ec2:ReleaseAddress": [f"{EC2}:elastic-ip/{name}"]}
    assert back == {"ec2:AllocateAddress": [f"{EC2}:elastic-ip/*"], "ec2:CreateTags": [f"{EC2}:elastic-ip/*"]}


def test_a_budget_may_be_changed_by_its_name_alone_even_where_that_is_a_pattern(aws_proxy: AwsProxy) -> None:
    name = f"all*{new_key()}"
    budget(aws_proxy.upstream, name)
    forth, back = run_through(aws_proxy, set_budget(name))
    literally = name.replace("*", "${*}")
    assert forth == back == {"budgets:ModifyBudget": [f"arn:aws:budgets::{ACCOUNT}:budget/{literally}"]}


def test_a_session_is_short_and_named_after_the_proposal_and_its_policy_fits(aws_proxy: AwsProxy) -> None:
    name, _ = attached(aws_proxy.upstream, running=False, Encrypted=True)
    run_through(aws_proxy, delete(name))
    assert {request.fields["RoleArn"] for request in sessions(aws_proxy)} == {ROLE}
    assert {request.fields["DurationSeconds"] for request in sessions(aws_proxy)} == {"900"}
    assert [request.fields["RoleSessionName"] for request in sessions(aws_proxy)] == [
        "tollkeeper-observe", "tollkeeper-p-1", "tollkeeper-p-1", "tollkeeper-p-1", "tollkeeper-p-1",
    ]  # fmt: skip
    assert max(len(request.fields["Policy"]) for request in sessions(aws_proxy)) < 2048


def test_observing_may_only_read(aws_proxy: AwsProxy) -> None:
    executor = executor_for(aws_proxy.endpoint, role_arn=ROLE)
    executor.observe(delete(volume(aws_proxy.upstream)))
    assert allowed(sessions(aws_proxy)[0]) == {
        "ec2:DescribeInstances": ["*"], "ec2:DescribeSnapshots": ["*"], "ec2:DescribeVolumes": ["*"],
    }  # fmt: skip


def test_what_changes_something_is_signed_by_a_session_of_its_own_for_the_run_and_for_the_undo(
    aws_proxy: AwsProxy,
) -> None:
    run_through(aws_proxy, delete(volume(aws_proxy.upstream)))
    signed = {request.action: request.key_id for request in aws_proxy.requests if request.action in aws_proxy.changes}
    assert signed["CreateSnapshot"] == signed["DeleteVolume"] != signed["CreateVolume"]
    assert "simulator" not in signed.values()
    reading = [r.key_id for r in aws_proxy.requests if r.action.startswith("Describe")]
    assert "simulator" not in reading


def test_without_a_role_the_callers_credentials_are_used_and_sts_is_not_asked(aws_proxy: AwsProxy) -> None:
    executor, action = executor_for(aws_proxy.endpoint), change(volume(aws_proxy.upstream), volume_type="gp3")
    executor.apply(action, executor.observe(action), run_of(new_key()))
    assert sessions(aws_proxy) == []
    assert {request.key_id for request in aws_proxy.requests} == {"simulator"}


def test_a_session_that_is_about_to_end_is_renewed_before_the_next_call(
    aws_proxy: AwsProxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    executor, action = executor_for(aws_proxy.endpoint, role_arn=ROLE), delete(volume(aws_proxy.upstream))
    before = executor_for(aws_proxy.upstream).observe(action)
    monkeypatch.setattr("connectors.aws.sessions.SPARE", timedelta(days=1))
    assert executor.apply(action, before, run_of(new_key())).verified
    keys = [request.key_id for request in aws_proxy.requests if request.action in ("CreateSnapshot", "DeleteVolume")]
    assert len(set(keys)) == 2
    assert len({request.fields["Policy"] for request in sessions(aws_proxy)}) == 2


def test_a_role_that_may_not_be_assumed_is_said(aws_proxy: AwsProxy) -> None:
    denied = b"<ErrorResponse><Error><Code>AccessDenied</Code><Message>no.</Message></Error></ErrorResponse>"
    aws_proxy.answers["AssumeRole"] = (403, denied)
    with pytest.raises(Unavailable, match="does not accept the credentials"):
        executor_for(aws_proxy.endpoint, role_arn=ROLE).observe(delete("vol-0123456789abcdef0"))
    assert aws_proxy.calls == ["AssumeRole"]
