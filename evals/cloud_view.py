"""The demo cloud seen past the product: a client of the eval's own, to grade what really is there and to put it back."""

import json
from collections.abc import Iterable, Mapping
from decimal import Decimal
from functools import cache
from pathlib import Path
from threading import Lock
from typing import Any, cast

import boto3
import botocore.session
from botocore.config import Config

from evals.played import Seen
from finops.canonical import canonical
from finops.errors import Unavailable

# What a run marks things with that it makes; no part of what they are.
_MARK = "tollkeeper:run"

# Making a client is not thread-safe in boto3; a client is.
_MAKING = Lock()


@cache
def _session() -> Any:
    """Return the one session: it keeps the descriptions of services; EC2's takes half a second to read."""
    core = botocore.session.get_session()
    # Everything is read after each step and no time is looked at: the parser's own tries one form after the other.
    core.get_component("response_parser_factory").set_parser_defaults(timestamp_parser=str)
    return boto3.session.Session(
        aws_access_key_id="eval",
        aws_secret_access_key="eval",  # noqa: S106 - a simulator's
        botocore_session=core,
    )


class CloudView:
    """Reads everything the demo cloud has, and restores what can be. A volume or address that was made again keeps its first id here."""

    def __init__(self, endpoint: str, region: str, account: str = "", *, requests: Path | None = None) -> None:
        """`requests` is the cloud's own log of what changed it: while it has no further line, all is as it was last seen."""
        config = Config(retries={"total_max_attempts": 1}, proxies={})
        with _MAKING:
            self.ec2: Any = _session().client("ec2", region, endpoint_url=endpoint, config=config)
            self._budgets: Any = _session().client("budgets", "us-east-1", endpoint_url=endpoint, config=config)
        self.account = account
        self._requests = requests
        self._seen: tuple[int, dict[str, Seen]] | None = None
        found = self.ec2.describe_addresses()["Addresses"]
        self._first_ids: dict[str, str] = {one["PublicIp"]: str(one["AllocationId"]) for one in found}

    def everything(self) -> dict[str, Seen]:
        """Return all there is by id, budgets by name."""
        # INVARIANT: the cloud writes the line of a change before it answers who asked for it (`cloud_server.Recorder`).
        changes = self._requests.stat().st_size if self._requests and self._requests.exists() else 0
        if self._requests is None or self._seen is None or self._seen[0] != changes:
            found = {**self.instances(), **self._volumes(), **self._addresses(), **self._limits()}
            self._seen = (changes, found)
        return dict(self._seen[1])

    def instances(self) -> dict[str, Seen]:
        """Return type, state and tags of every instance by id."""
        pages = self.ec2.get_paginator("describe_instances").paginate()
        return dict(
            _instance(one) for page in pages for reservation in page["Reservations"] for one in reservation["Instances"]
        )

    def one(self, resource: str) -> Seen | None:
        """Return one resource, None where the cloud has none of that id."""
        if resource.startswith("i-"):
            only = {"Name": "instance-id", "Values": [resource]}
            found = self.ec2.describe_instances(Filters=[only])["Reservations"]
            return dict(_instance(one) for reservation in found for one in reservation["Instances"]).get(resource)
        kinds = {"vol-": self._volumes, "eipalloc-": self._addresses}
        look = next((look for start, look in kinds.items() if resource.startswith(start)), self._limits)
        return look().get(resource)

    def launch(self, instance_type: str, tags: Mapping[str, str], *, running: bool = True) -> str:
        """Make an instance and return its id."""
        image = self.ec2.describe_images(Owners=["self"], Filters=[{"Name": "architecture", "Values": ["x86_64"]}])[
            "Images"
        ][0]
        made = self.ec2.run_instances(
            ImageId=image["ImageId"], MinCount=1, MaxCount=1, InstanceType=instance_type,
            TagSpecifications=[{"ResourceType": "instance", "Tags": _pairs(tags)}],
        )  # fmt: skip
        name = str(made["Instances"][0]["InstanceId"])
        if not running:
            self.ec2.stop_instances(InstanceIds=[name])
        return name

    def restore(self, before: Mapping[str, Seen]) -> None:
        """Bring instances and budgets back to how they were `before`; raises `Unavailable` where anything differs then."""
        now = self.everything()
        for resource, was in before.items():
            if now.get(resource) != was and resource.startswith("i-"):
                self._put_back(resource, now.get(resource), was)
        for name in self._limits().keys() - before.keys():
            self._budgets.delete_budget(AccountId=self.account, BudgetName=name)
        now = self.everything()
        left = sorted(one for one in before.keys() | now.keys() if before.get(one) != now.get(one))
        if left:
            raise Unavailable(
                f"the demo cloud could not be brought back between two cases: {', '.join(left)}",
                fix="give the case its own cloud",
            )

    def _put_back(self, resource: str, now: Seen | None, was: Seen) -> None:
        if now is None or now.type != was.type:
            self.ec2.stop_instances(InstanceIds=[resource])
            self.ec2.modify_instance_attribute(InstanceId=resource, InstanceType={"Value": was.type})
        start = self.ec2.start_instances if was.state == "running" else self.ec2.stop_instances
        start(InstanceIds=[resource])
        if now and now.more != was.more:
            self.ec2.delete_tags(Resources=[resource], Tags=[{"Key": key} for key in _read(now.more["tags"])])
            self.ec2.create_tags(Resources=[resource], Tags=_pairs(_read(was.more["tags"])))

    def _volumes(self) -> dict[str, Seen]:
        volumes = self.ec2.describe_volumes()["Volumes"]
        there = {one["VolumeId"] for one in volumes}
        snapshots = self.ec2.describe_snapshots(OwnerIds=["self"])["Snapshots"]
        of = {one["SnapshotId"]: one["VolumeId"] for one in snapshots if _MARK in _tags(one, marks=True)}
        seen: dict[str, Seen] = {}
        for one in volumes:
            # A volume made from the snapshot of one that is gone has its contents, and stands in its place.
            contents = of.get(one.get("SnapshotId", ""), one["VolumeId"])
            seen[contents if contents not in there else one["VolumeId"]] = _volume(one, contents)
        return seen

    def _addresses(self) -> dict[str, Seen]:
        found = self.ec2.describe_addresses()["Addresses"]
        return {self._first_ids.get(one["PublicIp"], str(one["AllocationId"])): _address(one) for one in found}

    def _limits(self) -> dict[str, Seen]:
        if not self.account:
            return {}
        found = self._budgets.describe_budgets(AccountId=self.account).get("Budgets", [])
        return {str(one["BudgetName"]): Seen(type="budget", state=_amount(one)) for one in found}


def _amount(budget: Mapping[str, Any]) -> str:
    return f"{Decimal(str(budget['BudgetLimit']['Amount'])).normalize():f}"


def _instance(one: Mapping[str, Any]) -> tuple[str, Seen]:
    more = {"tags": canonical(_tags(one))}
    return str(one["InstanceId"]), Seen(type=str(one["InstanceType"]), state=str(one["State"]["Name"]), more=more)


def _volume(one: Mapping[str, Any], contents: str) -> Seen:
    held = [f"{at['InstanceId']} {at['Device']}" for at in one.get("Attachments", [])]
    more = {
        "size": str(one["Size"]), "tags": canonical(_tags(one)), "attached": ", ".join(sorted(held)), "contents": contents,
        "zone": str(one["AvailabilityZone"]),
    }  # fmt: skip
    return Seen(type=str(one["VolumeType"]), state=str(one["State"]), more=more)


def _address(one: Mapping[str, Any]) -> Seen:
    used = "in use" if one.get("AssociationId") else "idle"
    return Seen(type="address", state=used, more={"ip": str(one["PublicIp"]), "tags": canonical(_tags(one))})


def _tags(one: Mapping[str, Any], *, marks: bool = False) -> dict[str, str]:
    pairs = cast(Iterable[Mapping[str, str]], one.get("Tags", []))
    return {pair["Key"]: pair["Value"] for pair in pairs if marks or pair["Key"] != _MARK}


def _pairs(tags: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in sorted(tags.items())]


def _read(text: str) -> dict[str, str]:
    return cast(dict[str, str], json.loads(text))
