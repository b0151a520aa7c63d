"""The demo's cloud as a real process, spoken to by a real boto3 over HTTP."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Generator
from datetime import date
from pathlib import Path
from typing import Any, cast

import boto3
import duckdb
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from app.cli.demo import simulated_cloud
from evals.estate.cloud import Cloud, running, start_cloud
from evals.estate.cloud_copies import CloudCopies
from evals.estate.make import Estate, advance, make_estate
from evals.estate.request_log import requests_of
from evals.estate.world import Machine, save
from gateway.home import Home

END = date(2026, 10, 20)
pytest.importorskip("moto")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Estate:
    return make_estate(tmp_path_factory.mktemp("cloud"), 7, END)


@pytest.fixture(scope="module")
def cloud(made: Estate) -> Generator[Cloud]:
    with start_cloud(made.folder) as started:
        yield started


def _client(endpoint: str, service: str = "ec2") -> Any:
    config = Config(retries={"max_attempts": 1}, proxies={})
    return cast(Any, boto3).client(
        service, "us-east-1", endpoint_url=endpoint, aws_access_key_id="a", aws_secret_access_key="b", config=config
    )


def _instances(endpoint: str) -> dict[str, Any]:
    pages = _client(endpoint).describe_instances()["Reservations"]
    return {i.get("InstanceId", ""): i for page in pages for i in page.get("Instances", [])}


def _machine(made: Estate, name: str) -> Machine:
    return next(machine for machine in made.world.instances if machine.name == name)


def test_boto3_sees_the_instances_of_the_bill_with_their_types_tags_and_volumes(made: Estate, cloud: Cloud) -> None:
    with duckdb.connect() as connection:
        billed = connection.execute(
            f"SELECT ResourceId, SkuPriceDetails->>'InstanceType', CAST(Tags AS VARCHAR) FROM "
            f"'{made.folder}/bills/2026-10.parquet' WHERE ResourceType = 'instance' AND ChargePeriodStart = '2026-10-19'"
        ).fetchall()
    seen = _instances(cloud.endpoint)
    assert {(i, kind) for i, kind, _ in billed} == {(i, found["InstanceType"]) for i, found in seen.items()}
    assert len(seen) == 42
    for machine in made.world.instances:
        if machine.present.state == "running":
            found = seen[machine.resource_id]
            assert {tag["Key"]: tag["Value"] for tag in found["Tags"]} == machine.present.tags
            assert found["BlockDeviceMappings"][0]["Ebs"]["VolumeId"] == machine.volume_id


def test_the_cloud_is_in_the_account_of_the_bill(made: Estate, cloud: Cloud) -> None:
    owners = {
        page["OwnerId"] for page in _client(cloud.endpoint).describe_instances()["Reservations"] if "OwnerId" in page
    }
    assert owners == {made.world.account}


def test_it_listens_on_loopback_and_says_so_in_the_world(made: Estate, cloud: Cloud) -> None:
    assert cloud.endpoint.startswith("http://127.0.0.1:")
    assert made.world.endpoint == cloud.endpoint == running(made.folder)


def test_a_second_start_finds_the_one_that_runs_and_leaves_it_alone(made: Estate, cloud: Cloud) -> None:
    with start_cloud(made.folder) as again:
        assert (again.endpoint, again.process) == (cloud.endpoint, None)
    assert running(made.folder) == cloud.endpoint


def test_a_second_demo_leaves_the_address_of_the_cloud_that_goes_on_running(
    made: Estate, cloud: Cloud, tmp_path: Path
) -> None:
    home = Home.open({"TOLL_HOME": str(tmp_path)})
    with simulated_cloud(home, made):
        assert home.endpoint_file.read_text(encoding="utf-8") == cloud.endpoint
    assert home.endpoint_file.read_text(encoding="utf-8") == cloud.endpoint


def test_changing_the_type_while_it_runs_is_refused_as_by_ec2(made: Estate, cloud: Cloud) -> None:
    resource = _machine(made, "dev-search").resource_id
    with pytest.raises(ClientError, match="IncorrectInstanceState"):
        _client(cloud.endpoint).modify_instance_attribute(InstanceId=resource, InstanceType={"Value": "r5.large"})
    assert _instances(cloud.endpoint)[resource]["InstanceType"] == "r5.xlarge"


def test_every_change_that_was_asked_for_is_in_the_log_with_its_resources_and_its_outcome(
    made: Estate, cloud: Cloud
) -> None:
    ec2, resource, before = (
        _client(cloud.endpoint),
        _machine(made, "dev-search").resource_id,
        len(requests_of(made.folder)),
    )
    disk = ec2.create_volume(AvailabilityZone="us-east-1a", Size=10).get("VolumeId", "")
    ec2.describe_volumes(VolumeIds=[disk])
    ec2.modify_volume(VolumeId=disk, Size=20)
    with pytest.raises(ClientError, match="VolumeModificationRateExceeded"):
        ec2.modify_volume(VolumeId=disk, Size=30)
    ec2.attach_volume(VolumeId=disk, InstanceId=resource, Device="/dev/sdf")
    with pytest.raises(ClientError, match="VolumeInUse"):
        ec2.delete_volume(VolumeId=disk)
    ec2.detach_volume(VolumeId=disk, InstanceId=resource)
    ec2.delete_volume(VolumeId=disk)
    lines = requests_of(made.folder)[before:]
    assert [(line.action, line.resources, line.outcome) for line in lines] == [
        ("CreateVolume", (), "done"),
        ("ModifyVolume", (disk,), "done"),
        ("ModifyVolume", (disk,), "VolumeModificationRateExceeded"),
        ("AttachVolume", (disk, resource), "done"),
        ("DeleteVolume", (disk,), "VolumeInUse"),
        ("DetachVolume", (disk, resource), "done"),
        ("DeleteVolume", (disk,), "done"),
    ]
    assert lines[0].made == (disk,)
    assert [line.time for line in lines] == sorted(line.time for line in lines)


def test_a_budget_of_the_cloud_can_be_changed_and_is_in_the_log_by_its_name(made: Estate, cloud: Cloud) -> None:
    budget: Any = {
        "BudgetName": "all",
        "BudgetLimit": {"Amount": "5", "Unit": "USD"},
        "TimeUnit": "MONTHLY",
        "BudgetType": "COST",
    }
    client, before = _client(cloud.endpoint, "budgets"), len(requests_of(made.folder))
    client.create_budget(AccountId=made.world.account, Budget=budget)
    raised: Any = {**budget, "BudgetLimit": {"Amount": "7", "Unit": "USD"}}
    client.update_budget(AccountId=made.world.account, NewBudget=raised)
    with pytest.raises(ClientError, match="NotFoundException"):
        client.update_budget(AccountId=made.world.account, NewBudget={**raised, "BudgetName": "other"})
    found = client.describe_budget(AccountId=made.world.account, BudgetName="all")["Budget"]
    assert found["BudgetLimit"]["Amount"] == "7"
    assert [(line.action, line.resources, line.outcome) for line in requests_of(made.folder)[before:]] == [
        ("CreateBudget", ("all",), "done"), ("UpdateBudget", ("all",), "done"), ("UpdateBudget", ("other",), "NotFoundException"),
    ]  # fmt: skip


def test_shrinking_a_volume_and_releasing_an_address_in_use_are_refused_as_by_ec2(made: Estate, cloud: Cloud) -> None:
    ec2, machine = _client(cloud.endpoint), _machine(made, "dev-search")
    with pytest.raises(ClientError, match="New size cannot be smaller"):
        ec2.modify_volume(VolumeId=machine.volume_id, Size=1)
    address = ec2.allocate_address(Domain="vpc")["AllocationId"]
    ec2.associate_address(AllocationId=address, InstanceId=machine.resource_id)
    with pytest.raises(ClientError, match="InUse"):
        ec2.release_address(AllocationId=address)


def test_reading_leaves_the_world_as_it_is(made: Estate, cloud: Cloud) -> None:
    before = (made.folder / "world.json").read_bytes()
    _instances(cloud.endpoint)
    assert (made.folder / "world.json").read_bytes() == before


def test_what_is_done_is_in_the_world_survives_a_restart_and_shows_in_the_next_bill(tmp_path: Path) -> None:
    made = make_estate(tmp_path, 7, END)
    resized, stopped = _machine(made, "dev-analytics").resource_id, _machine(made, "dev-old-build").resource_id
    with start_cloud(made.folder) as first:
        ec2 = _client(first.endpoint)
        ec2.stop_instances(InstanceIds=[resized, stopped])
        ec2.modify_instance_attribute(InstanceId=resized, InstanceType={"Value": "m5a.2xlarge"})
        ec2.start_instances(InstanceIds=[resized])
        ec2.create_tags(Resources=[resized], Tags=[{"Key": "note", "Value": "halved"}])
        present = _machine(made, "dev-analytics").present
        assert (present.day, present.instance_type, present.state) == (END, "m5a.2xlarge", "running")
    assert running(made.folder) is None
    with start_cloud(made.folder) as second:
        seen = _instances(second.endpoint)
        assert (seen[resized]["InstanceType"], seen[resized]["State"]["Name"]) == ("m5a.2xlarge", "running")
        assert {"Key": "note", "Value": "halved"} in seen[resized]["Tags"]
        assert seen[stopped]["State"]["Name"] == "stopped"
        advance(made.folder, 5)
        # Later changes date from the new today.
        _client(second.endpoint).start_instances(InstanceIds=[stopped])
    assert _machine(made, "dev-old-build").present.day == date(2026, 10, 25)
    with duckdb.connect() as connection:
        costs = connection.execute(
            f"SELECT ResourceId, ChargePeriodStart >= '{END}', sum(EffectiveCost) / count(*) FROM "
            f"'{made.folder}/bills/2026-10.parquet' WHERE ResourceId IN (?, ?) GROUP BY 1, 2 ORDER BY 2", [resized, stopped],
        ).fetchall()  # fmt: skip
    assert {(resource, after): cost for resource, after, cost in costs} == {
        (resized, False): 16.512, (resized, True): 8.256, (stopped, False): 4.128,
    }  # fmt: skip


def test_the_cloud_ends_with_the_program_that_started_it(tmp_path: Path) -> None:
    made = make_estate(tmp_path, 7, END)
    code = (
        "import sys, time; from pathlib import Path; from evals.estate.cloud import start_cloud\n"
        "cloud = start_cloud(Path(sys.argv[1])); print(cloud.endpoint, flush=True); time.sleep(600)"
    )
    root = Path(__file__).resolve().parents[2]
    environment = os.environ | {"PYTHONPATH": str(root)}
    with subprocess.Popen(
        [sys.executable, "-c", code, str(made.folder)], stdout=subprocess.PIPE, env=environment
    ) as parent:
        assert parent.stdout is not None
        endpoint = parent.stdout.readline().decode().strip()
        assert running(made.folder) == endpoint
        parent.send_signal(signal.SIGKILL)
    deadline = time.monotonic() + 20
    while running(made.folder) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert running(made.folder) is None


def test_copies_hold_what_was_made_and_go_their_own_ways_and_end_with_what_made_them(
    made: Estate, tmp_path: Path
) -> None:
    folders = [tmp_path / name for name in ("made", "one", "other")]
    for folder in folders:
        folder.mkdir()
        save(folder, made.world)
    stopped = _machine(made, "dev-search").resource_id
    with CloudCopies(folders[0]) as copies, copies.copy(folders[2]) as other:
        with copies.copy(folders[1]) as one:
            _client(one).stop_instances(InstanceIds=[stopped])
            assert _instances(one)[stopped]["State"]["Name"] == "stopped"
            assert _instances(other)[stopped]["State"]["Name"] == "running"
            assert len(_instances(one)) == len(_instances(other)) == 42
            assert requests_of(folders[1])
            assert not requests_of(folders[2])
        _gone(folders[1])
        assert running(folders[2]) == other
    _gone(folders[2])


def _gone(folder: Path) -> None:
    deadline = time.monotonic() + 10
    while running(folder) is not None:
        assert time.monotonic() < deadline, "the cloud still answers"
        time.sleep(0.05)
