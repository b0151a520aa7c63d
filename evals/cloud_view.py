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
    from mypy_boto3_ec2.type_defs import FilterTypeDef, ReservationTypeDef


class CloudView:
    """Reads every instance of the demo cloud, and restores them."""

    def __init__(self, endpoint: str, region: str) -> None:
        session = boto3.session.Session(aws_access_key_id="eval", aws_secret_access_key="eval")  # noqa: S106 - a simulator's
        config = Config(retries={"total_max_attempts": 1}, proxies={})
        self._ec2: EC2Client = session.client("ec2", region, endpoint_url=endpoint, config=config)  # pyright: ignore[reportUnknownMemberType] - stubs of other services

    def instances(self) -> dict[str, Seen]:
        """Return type and state of every instance by id."""
        pages = self._ec2.get_paginator("describe_instances").paginate()
        return dict(_seen(reservation) for page in pages for reservation in page["Reservations"])

    def instance(self, resource: str) -> Seen | None:
        """Return type and state of one instance, None where the cloud has none of that id."""
        only: FilterTypeDef = {"Name": "instance-id", "Values": [resource]}
        return dict(map(_seen, self._ec2.describe_instances(Filters=[only])["Reservations"])).get(resource)

    def restore(self, before: Mapping[str, Seen]) -> None:
        """Bring every instance back to how it was `before`; raises `Unavailable` where that fails: no case may follow."""
        now = self.instances()
        for resource, was in before.items():
            if now.get(resource) != was:
                self._put_back(resource, now.get(resource), was)
        if self.instances() != before:
            raise Unavailable("the demo cloud could not be brought back between two cases", fix="run the suite again")

    def _put_back(self, resource: str, now: Seen | None, was: Seen) -> None:
        if now is None or now.type != was.type:
            self._ec2.stop_instances(InstanceIds=[resource])
            self._ec2.modify_instance_attribute(
                InstanceId=resource, InstanceType={"Value": cast("InstanceTypeType", was.type)}
            )
        if was.state == "running":
            self._ec2.start_instances(InstanceIds=[resource])
        else:
            self._ec2.stop_instances(InstanceIds=[resource])


def _seen(reservation: "ReservationTypeDef") -> tuple[str, Seen]:
    # The demo launches each instance by itself: one a reservation.
    (one,) = reservation.get("Instances", [])
    seen = Seen(type=one.get("InstanceType", ""), state=one.get("State", {}).get("Name", ""))
    return one.get("InstanceId", ""), seen
