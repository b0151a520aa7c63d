"""Volumes and addresses of the demo: real over the API, and what is done to them shows in the next days' bills."""

from collections.abc import Generator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

import boto3
import pytest
from botocore.config import Config

from evals.estate.cloud import Cloud, start_cloud
from evals.estate.holdings import addresses, loose_volumes, root_volume
from evals.estate.make import Estate, advance, make_estate
from tests.unit.evals.demo_estate import query

if TYPE_CHECKING:
    from mypy_boto3_ec2.client import EC2Client

END = date(2026, 10, 20)
pytest.importorskip("moto")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Estate:
    return make_estate(tmp_path_factory.mktemp("holdings"), 7, END)


@pytest.fixture(scope="module")
def cloud(made: Estate) -> Generator[Cloud]:
    with start_cloud(made.folder) as started:
        yield started


@pytest.fixture(scope="module")
def client(cloud: Cloud) -> "EC2Client":
    config = Config(retries={"max_attempts": 1}, proxies={})
    return boto3.client(  # pyright: ignore[reportUnknownMemberType]
        "ec2", "us-east-1", endpoint_url=cloud.endpoint, aws_access_key_id="a", aws_secret_access_key="b", config=config
    )


def _billed(made: Estate, resource_id: str, day: date) -> Decimal | None:
    return query(
        "SELECT sum(EffectiveCost) FROM bill WHERE ResourceId LIKE ? AND ChargePeriodStart = ?",
        [f"%{resource_id}", day], of=made,
    )[0][0]  # fmt: skip


def test_what_nothing_is_attached_to_is_in_the_cloud_as_the_bill_has_it(made: Estate, client: "EC2Client") -> None:
    seen = {one.get("VolumeId"): one for one in client.describe_volumes()["Volumes"]}
    for volume in loose_volumes(made.world):
        found = seen[volume.resource_id]
        assert (found.get("VolumeType"), found.get("Size"), found.get("State")) == ("gp3", volume.size_gib, "available")
        assert {tag.get("Key"): tag.get("Value") for tag in found.get("Tags", [])} == volume.tags
        assert _billed(made, volume.resource_id, date(2026, 10, 19))


def test_idle_addresses_are_in_the_cloud_with_the_ids_of_the_bill(made: Estate, client: "EC2Client") -> None:
    seen = {one.get("AllocationId"): one for one in client.describe_addresses()["Addresses"]}
    assert set(seen) == {one.resource_id for one in addresses(made.world)}
    for address in addresses(made.world):
        assert _billed(made, address.resource_id, date(2026, 10, 19)) == Decimal("0.12")


def test_what_is_changed_deleted_and_released_shows_in_the_next_bill(made: Estate, client: "EC2Client") -> None:
    loose, (address, kept) = loose_volumes(made.world)[1], addresses(made.world)
    machine = next(one for one in made.world.instances if one.name == "dev-old-build")
    assert root_volume(machine.name) == ("gp2", 200)
    client.modify_volume(VolumeId=machine.volume_id, VolumeType="gp3")
    client.delete_volume(VolumeId=loose.resource_id)
    client.release_address(AllocationId=address.resource_id)
    advance(made.folder, 3)
    before, after = date(2026, 10, 19), date(2026, 10, 21)
    was, now = _billed(made, machine.volume_id, before), _billed(made, machine.volume_id, after)
    assert was is not None
    assert now == was * Decimal("0.8")
    assert _billed(made, loose.resource_id, before)
    assert _billed(made, loose.resource_id, after) is None
    assert _billed(made, address.resource_id, after) is None
    assert _billed(made, kept.resource_id, after) == Decimal("0.12")
    assert len(made.world.done) == 3


def test_a_cloud_started_again_has_them_as_they_were_left(tmp_path: Path) -> None:
    estate = make_estate(tmp_path / "estate", 7, END)
    config = Config(retries={"max_attempts": 1}, proxies={})
    for first in (True, False):
        with start_cloud(estate.folder) as started:
            again: EC2Client = boto3.client(  # pyright: ignore[reportUnknownMemberType]
                "ec2", "us-east-1", endpoint_url=started.endpoint, aws_access_key_id="a", aws_secret_access_key="b", config=config
            )  # fmt: skip
            if first:
                again.release_address(AllocationId=addresses(estate.world)[0].resource_id)
                again.modify_volume(VolumeId=loose_volumes(estate.world)[0].resource_id, Size=1200)
            else:
                assert len(again.describe_addresses()["Addresses"]) == 1
                sizes = {one.get("VolumeId"): one.get("Size") for one in again.describe_volumes()["Volumes"]}
                assert sizes[loose_volumes(estate.world)[0].resource_id] == 1200
