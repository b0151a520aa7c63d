"""What the AWS executor judges without a call: plans, where a target stands, how it would be undone, and what a session may do."""

import json
from decimal import Decimal

import pytest
from pydantic import JsonValue

from connectors.aws import AwsExecutor
from connectors.aws.executor import work_of
from connectors.aws.grants import Grant, budget_arn, ec2_arn, keys_of, session_policy
from connectors.aws.sessions import session_name
from finops.actions import (
    Action,
    ChangeCode,
    ChangeVolume,
    CodeTarget,
    DeleteVolume,
    ReleaseAddress,
    ResizeInstance,
    SetBudget,
    StopInstance,
    Target,
)
from finops.errors import BadInput, Refused
from finops.ports import Observation, Place

DRY = AwsExecutor.from_environment({})


def target(name: str, region: str = "us-east-1") -> Target:
    return Target(account="123456789012", region=region, resource_id=name)


def seen(**attributes: JsonValue) -> Observation:
    return Observation(exists=True, attributes=attributes)


GONE = Observation(exists=False)
RUNNING = seen(instance_type="m5.2xlarge", state="running", account="1")
VOLUME = seen(volume_type="gp2", size_gib=100, encrypted=False, availability_zone="us-east-1a")
ADDRESS = seen(public_ip="203.0.113.7", domain="vpc")
NO_BUDGET = seen(account="123456789012", amount="none")
TERMS: dict[str, JsonValue] = {"CostTypes": {"IncludeTax": True}}
AUTOMATIC: dict[str, JsonValue] = {"AutoAdjustData": {}}
BUDGET = seen(
    account="123456789012", amount="100.00", currency="USD", time_unit="MONTHLY", budget_type="COST", terms=TERMS
)


def attached(*hosts: str, state: str = "stopped", ends: bool = True) -> Observation:
    held: list[JsonValue] = [
        {"instance_id": host, "device": "/dev/sdf", "delete_on_termination": ends, "instance_state": state}
        for host in hosts
    ]
    return Observation(exists=True, attributes={**VOLUME.attributes, "attachments": held})


RESIZE = ResizeInstance(target=target("i-1"), instance_type="m5.large")
STOP = StopInstance(target=target("i-1"))
TO_GP3 = ChangeVolume(target=target("vol-1"), volume_type="gp3")
GROW = ChangeVolume(target=target("vol-1"), size_gib=200)
DELETE = DeleteVolume(target=target("vol-1"))
RELEASE = ReleaseAddress(target=target("eipalloc-1"))
BUDGETED = SetBudget(target=target("all"), amount=Decimal("250"))


def test_the_plan_names_every_call_with_its_arguments() -> None:
    assert DRY.plan(DELETE, attached("i-1")) == (
        "ec2.create_snapshot(VolumeId='vol-1', Description='Tollkeeper: vol-1 before it is deleted', TagSpecifications="
        "[{'ResourceType': 'snapshot', 'Tags': [{'Key': 'tollkeeper:run', 'Value': '(this run)'}]}])",
        "ec2.detach_volume(VolumeId='vol-1', InstanceId='i-1', Device='/dev/sdf')",
        "ec2.delete_volume(VolumeId='vol-1')",
    )


@pytest.mark.parametrize(
    ("action", "before", "call"),
    [
        (TO_GP3, VOLUME, "ec2.modify_volume(VolumeId='vol-1', VolumeType='gp3')"),
        (RELEASE, ADDRESS, "ec2.release_address(AllocationId='eipalloc-1')"),
        (BUDGETED, NO_BUDGET, "budgets.create_budget(AccountId='123456789012', Budget={'BudgetName': 'all', "
            "'BudgetLimit': {'Amount': '250.00', 'Unit': 'USD'}, 'TimeUnit': 'MONTHLY', 'BudgetType': 'COST'})"),
        (BUDGETED, BUDGET, "budgets.update_budget(AccountId='123456789012', NewBudget={'BudgetName': 'all', "
            "'BudgetLimit': {'Amount': '250.00', 'Unit': 'USD'}, 'TimeUnit': 'MONTHLY', 'BudgetType': 'COST', "
            "'CostTypes': {'IncludeTax': True}})"),
    ],
)  # fmt: skip
def test_a_dry_run_says_the_exact_call(action: Action, before: Observation, call: str) -> None:
    assert DRY.plan(action, before) == (call,)
    with pytest.raises(Refused) as refused:
        DRY.ready(action, before)
    assert f"dry run, nothing was called; it would call {call}" in refused.value.message


@pytest.mark.parametrize("action", [TO_GP3, GROW, DELETE, RELEASE, BUDGETED, STOP, RESIZE])
def test_what_only_the_bill_knows_is_enough_to_plan_and_to_say_the_undo(action: Action) -> None:
    bare = Observation(exists=True)
    assert DRY.plan(action, bare)
    assert DRY.undo_plan(action, bare).words


@pytest.mark.parametrize(
    ("action", "before", "present", "place"),
    [
        (RESIZE, RUNNING, RUNNING, "before"),
        (RESIZE, RUNNING, seen(instance_type="m5.2xlarge", state="stopping", account="1"), "between"),
        (RESIZE, RUNNING, seen(instance_type="m5.large", state="stopped", account="1"), "between"),
        (RESIZE, RUNNING, seen(instance_type="m5.large", state="pending", account="1"), "after"),
        (RESIZE, RUNNING, seen(instance_type="c5.large", state="stopped", account="1"), "elsewhere"),
        (RESIZE, RUNNING, seen(instance_type="m5.large", state="running", account="2"), "elsewhere"),
        (RESIZE, RUNNING, GONE, "elsewhere"),
        (STOP, RUNNING, seen(instance_type="m5.2xlarge", state="stopped", account="1"), "after"),
        (TO_GP3, VOLUME, VOLUME, "before"),
        (TO_GP3, VOLUME, seen(**{**VOLUME.attributes, "volume_type": "gp3", "iops": 3000}), "after"),
        (TO_GP3, VOLUME, seen(**{**VOLUME.attributes, "volume_type": "io2", "iops": 3000}), "elsewhere"),
        (TO_GP3, VOLUME, seen(**{**VOLUME.attributes, "availability_zone": "us-east-1b"}), "elsewhere"),
        (TO_GP3, VOLUME, GONE, "elsewhere"),
        (DELETE, attached("i-1", "i-2"), attached("i-1", "i-2"), "before"),
        (DELETE, attached("i-1", "i-2"), attached("i-2"), "between"),
        (DELETE, attached("i-1"), attached("i-1", ends=False), "between"),
        (DELETE, attached("i-1"), attached(), "between"),
        (DELETE, attached("i-1"), GONE, "after"),
        (DELETE, attached(), attached("i-1"), "elsewhere"),
        (DELETE, attached("i-1"), attached("i-1", state="running"), "elsewhere"),
        (RELEASE, ADDRESS, ADDRESS, "before"),
        (RELEASE, ADDRESS, GONE, "after"),
        (RELEASE, ADDRESS, seen(**{**ADDRESS.attributes, "association": "i-1"}), "elsewhere"),
        (BUDGETED, NO_BUDGET, NO_BUDGET, "before"),
        (BUDGETED, NO_BUDGET, seen(**{**BUDGET.attributes, "amount": "250.00"}), "after"),
        (BUDGETED, BUDGET, seen(**{**BUDGET.attributes, "amount": "250.00"}), "after"),
        (BUDGETED, BUDGET, seen(**{**BUDGET.attributes, "amount": "9.00"}), "elsewhere"),
        (BUDGETED, BUDGET, seen(**{**BUDGET.attributes, "amount": "250.00", "terms": {}}), "elsewhere"),
        (BUDGETED, BUDGET, NO_BUDGET, "elsewhere"),
    ],
)
def test_where_a_target_stands(action: Action, before: Observation, present: Observation, place: Place) -> None:
    assert DRY.place(action, before, present) == place


def test_a_change_of_type_can_be_undone_but_not_surely() -> None:
    plan = DRY.undo_plan(TO_GP3, VOLUME)
    assert (plan.possible, plan.certain) == (True, False)
    assert plan.words.startswith(
        "ec2.modify_volume(VolumeId='vol-1', VolumeType='gp2'); AWS lets a volume change once in 6"
    )


def test_growth_cannot_be_undone() -> None:
    plan = DRY.undo_plan(GROW, VOLUME)
    assert not plan.possible
    assert plan.words == "cannot be undone: a volume of 200 GiB cannot shrink to 100"


def test_the_undo_of_a_deletion_makes_the_volume_as_it_was() -> None:
    was = seen(**{**VOLUME.attributes, "volume_type": "io2", "iops": 900, "encrypted": True, "kms_key_id": "arn:k"})
    plan = DRY.undo_plan(DELETE, was)
    assert (plan.possible, plan.certain) == (True, True)
    assert (
        "ec2.create_volume(SnapshotId='(the snapshot)', AvailabilityZone='us-east-1a', VolumeType='io2', Size=100, "
        "Iops=900, Encrypted=True, KmsKeyId='arn:k', ClientToken='(this run)'"
    ) in plan.words
    assert "new id" in plan.words


def test_a_budget_that_was_made_is_undone_by_deleting_it() -> None:
    assert DRY.undo_plan(BUDGETED, NO_BUDGET).words.startswith("budgets.delete_budget(")


@pytest.mark.parametrize(
    ("action", "before", "said"),
    [
        (ChangeVolume(target=target("vol-1"), size_gib=50), VOLUME, "has 100 GiB and cannot shrink to 50"),
        (ChangeVolume(target=target("vol-1"), volume_type="io2"), VOLUME, "needs a number of IOPS"),
        (DELETE, attached("i-1", state="running"), "attached to `i-1`, which is `running`"),
        (DELETE, Observation(exists=True, tags={f"t{n}": "" for n in range(50)}), "has 50 tags"),
        (RELEASE, seen(association="i-1"), "is in use by `i-1`"),
        (BUDGETED, seen(**{**BUDGET.attributes, "time_unit": "ANNUALLY"}), "is no monthly cost budget"),
        (BUDGETED, seen(**{**BUDGET.attributes, "terms": AUTOMATIC}), "is no monthly cost budget"),
    ],
)
def test_what_cannot_be_done_is_refused_before_anything_is_called(
    action: Action, before: Observation, said: str
) -> None:
    with pytest.raises(Refused, match=said):
        DRY.ready(action, before)


@pytest.mark.parametrize(
    ("action", "before", "back"),
    [
        (TO_GP3, VOLUME, ChangeVolume(target=target("vol-1"), volume_type="gp2")),
        (BUDGETED, BUDGET, SetBudget(target=target("all"), amount=Decimal("100.00"))),
        (BUDGETED, NO_BUDGET, BUDGETED),
        (DELETE, VOLUME, DELETE),
        (RELEASE, ADDRESS, RELEASE),
    ],
)
def test_the_undo_is_judged_as_the_action_that_it_is(action: Action, before: Observation, back: Action) -> None:
    assert DRY.back(action, before) == back


def test_a_change_of_code_is_not_for_aws() -> None:
    code = ChangeCode(target=CodeTarget(account="repo", region="main", resource_id="a.tfvars"), key="k", value="v")
    with pytest.raises(BadInput, match="`change_code` cannot be carried out on AWS"):
        DRY.observe(code)


@pytest.mark.parametrize(
    ("arn", "said"),
    [
        (ec2_arn(target("vol-1"), "volume", "vol-1"), "arn:aws:ec2:us-east-1:123456789012:volume/vol-1"),
        (ec2_arn(target("s"), "snapshot", "snap-1"), "arn:aws:ec2:us-east-1::snapshot/snap-1"),
        (ec2_arn(target("i", "cn-north-1"), "instance", "i"), "arn:aws-cn:ec2:cn-north-1:123456789012:instance/i"),
        (ec2_arn(target("i"), "instance", "i-*?"), "arn:aws:ec2:us-east-1:123456789012:instance/i-${*}${?}"),
        (budget_arn(target("a$*")), "arn:aws:budgets::123456789012:budget/a${$}${*}"),
        (keys_of(target("i"), ()).resources[0], "arn:aws:kms:us-east-1:*:key/*"),
    ],
)
def test_an_arn_names_one_resource_even_where_its_id_is_a_pattern(arn: str, said: str) -> None:
    assert arn == said


def test_a_policy_joins_what_is_allowed_on_the_same_resources() -> None:
    grants = [Grant(("ec2:B",), ("r",)), Grant(("ec2:A",), ("r",)), Grant(("ec2:C",), ("r",), ("Bool", "k", "v"))]
    assert json.loads(session_policy(("ec2:DescribeX",), grants)) == {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Action": ["ec2:DescribeX"], "Resource": ["*"]},
            {"Effect": "Allow", "Action": ["ec2:A", "ec2:B"], "Resource": ["r"]},
            {"Effect": "Allow", "Action": ["ec2:C"], "Resource": ["r"], "Condition": {"Bool": {"k": "v"}}},
        ],
    }


def test_a_policy_joins_the_resources_of_the_same_calls_and_allows_no_more() -> None:
    grants = [
        Grant(("ec2:A", "ec2:B"), ("v", "i")), Grant(("ec2:A",), ("v", "j")), Grant(("ec2:B",), ("v", "j")),
        Grant(("ec2:A",), ("w",)),
    ]  # fmt: skip
    assert json.loads(session_policy(("ec2:DescribeX",), grants))["Statement"][1:] == [
        {"Effect": "Allow", "Action": ["ec2:A", "ec2:B"], "Resource": ["v", "i", "j"]},
        {"Effect": "Allow", "Action": ["ec2:A"], "Resource": ["w"]},
    ]


def test_a_volume_that_no_session_could_attach_again_is_not_deleted() -> None:
    delete = DeleteVolume(target=target("vol-0123456789abcdef0"))
    key = "arn:aws:kms:us-east-1:123456789012:key/12345678-1234-1234-1234-123456789012"

    def shared(instances: int) -> Observation:
        held = attached(*(f"i-0123456789abcde{number:02}" for number in range(instances)))
        also: dict[str, JsonValue] = {"encrypted": True, "kms_key_id": key, "multi_attach": True, "iops": 3000}
        return held.model_copy(update={"attributes": held.attributes | also})

    work_of(delete).check(shared(8))
    with pytest.raises(Refused, match=r"has 16 attachments.* of which AWS takes 2048; detach it from some"):
        work_of(delete).check(shared(16))


def test_a_session_is_named_with_characters_that_aws_takes() -> None:
    assert session_name("p 1/é") == "tollkeeper-p-1--"
    assert len(session_name("x" * 99)) == 64
