"""Resources in a simulated AWS for tests to act on, and runs that act."""

from collections.abc import Callable
from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING, Any, cast
from uuid import uuid4

import boto3

from connectors.aws import AwsExecutor
from finops.actions import ChangeVolume, DeleteVolume, ReleaseAddress, SetBudget, Target
from finops.ports import Run

if TYPE_CHECKING:
    from mypy_boto3_ec2.client import EC2Client

REGION = "eu-central-1"
ACCOUNT = "123456789012"
TAGS = {"environment": "dev", "owner": "ana"}


@cache
def client(service: str, endpoint: str) -> Any:
    session = cast(Any, boto3.session.Session(aws_access_key_id="test", aws_secret_access_key="test"))
    return session.client(service, "us-east-1" if service == "budgets" else REGION, endpoint_url=endpoint)


def ec2(endpoint: str) -> "EC2Client":
    return cast("EC2Client", client("ec2", endpoint))


def executor_for(endpoint: str, *, role_arn: str | None = None, wait: float = 30.0, copy: float = 30.0) -> AwsExecutor:
    return AwsExecutor.of(
        endpoint=endpoint, live=False, role_arn=role_arn, timeout=30, attempts=1, wait_seconds=wait, copy_seconds=copy,
        pause_seconds=0.01,
    )  # fmt: skip


def run_of(key: str = "k", journal: Callable[[str], None] = lambda _: None) -> Run:
    return Run("p-1", key, key, journal)


def undo_of(key: str = "k", journal: Callable[[str], None] = lambda _: None) -> Run:
    return Run("p-1", f"{key}-undo", key, journal)


def new_key() -> str:
    """Return the key of a run that no other test's run has: what runs make is found by it."""
    return uuid4().hex


def target_of(resource_id: str) -> Target:
    return Target(account=ACCOUNT, region=REGION, resource_id=resource_id)


def instance(endpoint: str, *, running: bool) -> str:
    made = ec2(endpoint).run_instances(ImageId="ami-12c6146b", MinCount=1, MaxCount=1)
    name = made["Instances"][0].get("InstanceId", "")
    if not running:
        ec2(endpoint).stop_instances(InstanceIds=[name])
    return name


def volume(endpoint: str, **also: Any) -> str:
    """Make a volume of 100 GiB, a gp2 one unless told otherwise."""
    given: dict[str, Any] = {"Size": 100, "VolumeType": "gp2", "AvailabilityZone": f"{REGION}a", **also}
    given["TagSpecifications"] = [
        {"ResourceType": "volume", "Tags": [{"Key": key, "Value": value} for key, value in TAGS.items()]}
    ]
    return ec2(endpoint).create_volume(**given).get("VolumeId", "")


def attached(endpoint: str, *, running: bool, ends: bool = True, **also: Any) -> tuple[str, str]:
    """Make a volume attached to an instance as `/dev/sdf`, which ends with it where told so; return the ids of both."""
    name, host = volume(endpoint, **also), instance(endpoint, running=running)
    ec2(endpoint).attach_volume(VolumeId=name, InstanceId=host, Device="/dev/sdf")
    mapping: Any = [{"DeviceName": "/dev/sdf", "Ebs": {"DeleteOnTermination": ends}}]
    ec2(endpoint).modify_instance_attribute(InstanceId=host, BlockDeviceMappings=mapping)
    return name, host


def address(endpoint: str) -> str:
    tags: Any = [{"ResourceType": "elastic-ip", "Tags": [{"Key": key, "Value": value} for key, value in TAGS.items()]}]
    return ec2(endpoint).allocate_address(Domain="vpc", TagSpecifications=tags)["AllocationId"]


def budget(endpoint: str, name: str, amount: str = "100.0", **also: Any) -> None:
    made = {
        "BudgetName": name,
        "BudgetLimit": {"Amount": amount, "Unit": "USD"},
        "TimeUnit": "MONTHLY",
        "BudgetType": "COST",
    }
    client("budgets", endpoint).create_budget(AccountId=ACCOUNT, Budget={**made, **also})


def limit_of(endpoint: str, name: str) -> Decimal | None:
    """Return what a budget's limit is, None where there is none of that name."""
    found = client("budgets", endpoint).describe_budgets(AccountId=ACCOUNT).get("Budgets", [])
    return next((Decimal(one["BudgetLimit"]["Amount"]) for one in found if one["BudgetName"] == name), None)


def change(name: str, **asked: Any) -> ChangeVolume:
    return ChangeVolume(target=target_of(name), **asked)


def delete(name: str) -> DeleteVolume:
    return DeleteVolume(target=target_of(name))


def release(name: str) -> ReleaseAddress:
    return ReleaseAddress(target=target_of(name))


def set_budget(name: str, amount: str = "250") -> SetBudget:
    return SetBudget(target=target_of(name), amount=Decimal(amount))
