"""The demo cloud seen past the product: a client of the eval's own, to grade what really is there and to put it back."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, cast

import boto3
from botocore.config import Config

from evals.played import Seen
from finops.errors import Unavailable

if TYPE_CHECKING:
    from mypy_boto3_ec2.client import EC2Client
    from mypy_boto3_ec2.literals import InstanceTypeType


class CloudView:
    """Reads every instance of the demo cloud, and restores them."""

    def __init__(self, endpoint: str, region: str) -> None:
        session = boto3.session.Session(aws_access_key_id="eval", aws_secret_access_key="eval")  # noqa: S106 - a simulator's
        config = Config(retries={"total_max_attempts": 1}, proxies={})
        self._ec2 = cast("EC2Client", session.client("ec2", region, endpoint_url=endpoint, config=config))

    def instances(self) -> dict[str, Seen]:
        """Return type and state of every instance by id."""
        pages = self._ec2.get_paginator("describe_instances").paginate()
        found = [i for page in pages for reservation in page["Reservations"] for i in reservation.get("Instances", [])]
        return {
            i.get("InstanceId", ""): Seen(type=i.get("InstanceType", ""), state=i.get("State", {}).get("Name", ""))
            for i in found
        }

    def restore(self, before: Mapping[str, Seen]) -> None:
        """Bring every instance back to how it was `before`; raises `Unavailable` where that fails: no case may follow."""
        now = self.instances()
        for resource, was in before.items():
            if now.get(resource) != was:
                self._restore(resource, now.get(resource), was)
        if self.instances() != before:
            raise Unavailable("the demo cloud could not be brought back between two cases", fix="run the suite again")

    def _restore(self, resource: str, now: Seen | None, was: Seen) -> None:
        if now is None or now.type != was.type:
            self._ec2.stop_instances(InstanceIds=[resource])
            self._ec2.modify_instance_attribute(
                InstanceId=resource, InstanceType={"Value": cast("InstanceTypeType", was.type)}
            )
        if was.state == "running":
            self._ec2.start_instances(InstanceIds=[resource])
        else:
            self._ec2.stop_instances(InstanceIds=[resource])
