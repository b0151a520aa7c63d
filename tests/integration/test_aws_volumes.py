"""Volumes over HTTP against a moto server: what is refused, what is waited for, and what an undo brings back."""

import re
from collections.abc import Callable

import pytest

from finops.errors import Refused
from finops.ports import Observation
from tests.integration.aws_estate import (
    TAGS,
    attached,
    change,
    delete,
    ec2,
    executor_for,
    new_key,
    run_of,
    undo_of,
    volume,
)
from tests.integration.aws_proxy import AwsProxy


def test_observing_a_volume_tells_what_stays_the_same(moto_endpoint: str) -> None:
    seen = executor_for(moto_endpoint).observe(change(volume(moto_endpoint), volume_type="gp3"))
    assert (seen.exists, seen.tags) == (True, TAGS)
    assert seen.attributes == {
        "volume_type": "gp2", "size_gib": 100, "availability_zone": "eu-central-1a", "encrypted": False,
    }  # fmt: skip


def test_a_volume_to_delete_is_observed_with_what_it_is_attached_to(moto_endpoint: str) -> None:
    name, host = attached(moto_endpoint, running=True)
    seen = executor_for(moto_endpoint).observe(delete(name))
    assert seen.attributes["attachments"] == [
        {"instance_id": host, "device": "/dev/sdf", "delete_on_termination": True, "instance_state": "running"}
    ]


def test_a_volume_that_is_not_there_is_observed_as_absent_and_not_acted_on(aws_proxy: AwsProxy) -> None:
    executor, action = executor_for(aws_proxy.endpoint), change("vol-0123456789abcdef0", volume_type="gp3")
    assert not executor.observe(action).exists
    report = executor.apply(action, Observation(exists=True), run_of())
    assert (report.verified, aws_proxy.changes.total()) == (False, 0)
    assert "does not exist" in report.error


def test_type_and_size_change_in_one_call(aws_proxy: AwsProxy) -> None:
    executor, action = (
        executor_for(aws_proxy.endpoint),
        change(volume(aws_proxy.upstream), volume_type="gp3", size_gib=200),
    )
    report = executor.apply(action, executor.observe(action), run_of())
    assert report.calls == (f"ec2.modify_volume(VolumeId='{action.target.resource_id}', VolumeType='gp3', Size=200)",)
    assert (report.after.attributes["volume_type"], report.after.attributes["size_gib"]) == ("gp3", 200)


def test_a_volume_that_grew_is_not_undone(aws_proxy: AwsProxy) -> None:
    executor, action = executor_for(aws_proxy.endpoint), change(volume(aws_proxy.upstream), size_gib=200)
    before = executor.observe(action)
    assert not executor.undo_plan(action, before).possible
    executor.apply(action, before, run_of())
    with pytest.raises(Refused, match="has grown to 200 GiB and cannot shrink to 100"):
        executor.undo(action, before, undo_of())
    assert aws_proxy.changes.total() == 1


def test_a_type_that_has_set_iops_gets_them_back(aws_proxy: AwsProxy) -> None:
    name = volume(aws_proxy.upstream, VolumeType="io1", Iops=2500)
    executor, action = executor_for(aws_proxy.endpoint), change(name, volume_type="gp3")
    before = executor.observe(action)
    executor.apply(action, before, run_of())
    undone = executor.undo(action, before, undo_of())
    assert undone.calls == (f"ec2.modify_volume(VolumeId='{name}', VolumeType='io1', Iops=2500)",)
    assert undone.after == before


def test_the_run_waits_until_the_change_is_more_than_begun(aws_proxy: AwsProxy) -> None:
    executor, action = executor_for(aws_proxy.endpoint), change(volume(aws_proxy.upstream), volume_type="gp3")
    before, asked = executor.observe(action), aws_proxy.calls
    aws_proxy.edits["DescribeVolumesModifications"] = until(3, "completed", "modifying")
    report = executor.apply(action, before, run_of())
    assert (report.verified, asked.count("DescribeVolumesModifications")) == (True, 4)


def test_a_change_that_fails_at_aws_is_reported(aws_proxy: AwsProxy) -> None:
    executor, action = executor_for(aws_proxy.endpoint), change(volume(aws_proxy.upstream), volume_type="gp3")
    aws_proxy.edits["DescribeVolumesModifications"] = lambda answer: answer.replace(b"completed", b"failed")
    aws_proxy.edits["DescribeVolumes"] = lambda answer: answer.replace(b"gp3", b"gp2")
    report = executor.apply(action, executor.observe(action), run_of())
    assert not report.verified
    assert "the modification of" in report.error
    assert "failed" in report.error


def test_a_change_that_never_shows_is_given_up(aws_proxy: AwsProxy) -> None:
    executor, action = executor_for(aws_proxy.endpoint, wait=0.2), change(volume(aws_proxy.upstream), volume_type="gp3")
    aws_proxy.edits["DescribeVolumes"] = lambda answer: answer.replace(b"gp3", b"gp2")
    report = executor.apply(action, executor.observe(action), run_of())
    assert not report.verified
    assert "does not show the call after 0.2 seconds" in report.error
    assert aws_proxy.changes == {"ModifyVolume": 1}


def test_the_second_change_within_six_hours_is_said_as_such(aws_proxy: AwsProxy) -> None:
    executor, action = executor_for(aws_proxy.endpoint), change(volume(aws_proxy.upstream), volume_type="gp3")
    code = b"<Response><Errors><Error><Code>VolumeModificationRateExceeded</Code></Error></Errors></Response>"
    aws_proxy.answers["ModifyVolume"] = (400, code)
    report = executor.apply(action, executor.observe(action), run_of())
    assert "lets a volume change once in 6 hours" in report.error


def test_deleting_waits_for_the_snapshot_before_it_touches_the_volume(aws_proxy: AwsProxy) -> None:
    executor, action = executor_for(aws_proxy.endpoint), delete(volume(aws_proxy.upstream))
    before, asked = executor.observe(action), aws_proxy.calls
    aws_proxy.edits["DescribeSnapshots"] = until(4, "completed", "pending")
    report = executor.apply(action, before, run_of(new_key()))
    assert report.verified
    assert asked[: asked.index("DeleteVolume")].count("DescribeSnapshots") >= 4


def test_a_snapshot_may_take_longer_than_any_other_call(aws_proxy: AwsProxy) -> None:
    executor, action = executor_for(aws_proxy.endpoint, wait=0.0), delete(volume(aws_proxy.upstream))
    before = executor.observe(action)
    aws_proxy.edits["DescribeSnapshots"] = until(4, "completed", "pending")
    assert executor.apply(action, before, run_of(new_key())).verified


def test_a_snapshot_that_never_completes_leaves_the_volume_and_its_undo_does_not_wait_for_it(
    aws_proxy: AwsProxy,
) -> None:
    name, _ = attached(aws_proxy.upstream, running=False)
    executor, action, key = executor_for(aws_proxy.endpoint, copy=0.2), delete(name), new_key()
    before = executor.observe(action)
    aws_proxy.edits["DescribeSnapshots"] = lambda answer: answer.replace(b"completed", b"pending")
    report = executor.apply(action, before, run_of(key))
    assert re.search(r"snapshot `snap-\w+` is not complete after 0.2 seconds", report.error)
    undone = executor.undo(action, before, undo_of(key))
    assert (undone.verified, undone.calls, undone.after) == (True, (), before)
    assert aws_proxy.changes == {"CreateSnapshot": 1}


def test_a_snapshot_that_fails_leaves_the_volume_alone(aws_proxy: AwsProxy) -> None:
    name, _ = attached(aws_proxy.upstream, running=False)
    executor, action = executor_for(aws_proxy.endpoint), delete(name)
    before = executor.observe(action)
    aws_proxy.edits["DescribeSnapshots"] = lambda answer: answer.replace(b"completed", b"error")
    report = executor.apply(action, before, run_of(new_key()))
    assert not report.verified
    assert re.search(r"snapshot `snap-\w+` failed", report.error)
    assert aws_proxy.changes == {"CreateSnapshot": 1}
    assert executor.observe(action) == before


def test_a_volume_of_a_running_instance_is_not_deleted(aws_proxy: AwsProxy) -> None:
    name, host = attached(aws_proxy.upstream, running=True)
    executor, action = executor_for(aws_proxy.endpoint), delete(name)
    before = executor.observe(action)
    with pytest.raises(Refused, match=f"attached to `{host}`, which is `running`; stop the instance"):
        executor.ready(action, before)
    with pytest.raises(Refused, match="which is `running`"):
        executor.apply(action, before, run_of(new_key()))
    assert aws_proxy.changes.total() == 0


def test_an_instance_started_meanwhile_keeps_its_volume(aws_proxy: AwsProxy) -> None:
    name, host = attached(aws_proxy.upstream, running=False)
    executor, action = executor_for(aws_proxy.endpoint), delete(name)
    before = executor.observe(action)

    def started(call: str) -> None:
        if "create_snapshot" in call:
            ec2(aws_proxy.upstream).start_instances(InstanceIds=[host])

    report = executor.apply(action, before, run_of(new_key(), started))
    assert not report.verified
    assert f"attached to `{host}`, which is `running`" in report.error
    assert aws_proxy.changes == {"CreateSnapshot": 1}


def test_the_volume_that_comes_back_is_said_and_is_made_from_the_snapshot(moto_endpoint: str) -> None:
    name, host = attached(moto_endpoint, running=False, VolumeType="gp3", Iops=4000, Throughput=250, Encrypted=True)
    executor, action, key = executor_for(moto_endpoint), delete(name), new_key()
    before = executor.observe(action)
    done = executor.apply(action, before, run_of(key))
    snapshot = done.after.attributes["snapshot_id"]
    undone = executor.undo(action, before, undo_of(key))
    again = ec2(moto_endpoint).describe_volumes(VolumeIds=[str(undone.after.attributes["restored_as"])])["Volumes"][0]
    assert (again.get("SnapshotId"), again.get("Size"), again.get("Iops"), again.get("Throughput")) == (
        snapshot, 100, 4000, 250,
    )  # fmt: skip
    assert (again.get("Encrypted"), again.get("KmsKeyId")) == (True, before.attributes["kms_key_id"])
    assert {tag.get("Key"): tag.get("Value") for tag in again.get("Tags", [])} == {**TAGS, "tollkeeper:run": key}
    mappings = ec2(moto_endpoint).describe_instances(InstanceIds=[host])["Reservations"][0].get("Instances", [{}])[0]
    ends = {
        one.get("DeviceName"): one.get("Ebs", {}).get("DeleteOnTermination")
        for one in mappings.get("BlockDeviceMappings", [])
    }
    assert ends["/dev/sdf"] is True


def test_without_its_snapshot_nothing_is_made_in_place_of_the_volume(aws_proxy: AwsProxy) -> None:
    executor, action, key = executor_for(aws_proxy.endpoint), delete(volume(aws_proxy.upstream)), new_key()
    before = executor.observe(action)
    done = executor.apply(action, before, run_of(key))
    ec2(aws_proxy.upstream).delete_snapshot(SnapshotId=str(done.after.attributes["snapshot_id"]))
    with pytest.raises(Refused, match="no snapshot of this run is left"):
        executor.undo(action, before, undo_of(key))
    assert aws_proxy.changes["CreateVolume"] == 0


def test_a_volume_that_somebody_else_deleted_is_no_success(aws_proxy: AwsProxy) -> None:
    executor, action = executor_for(aws_proxy.endpoint), delete(volume(aws_proxy.upstream))
    before = executor.observe(action)
    ec2(aws_proxy.upstream).delete_volume(VolumeId=action.target.resource_id)
    report = executor.apply(action, before, run_of(new_key()))
    assert (report.verified, report.calls) == (False, ())
    assert "there is no snapshot of this run" in report.error


def test_a_snapshot_of_another_volume_with_the_same_mark_is_not_taken_for_ours(aws_proxy: AwsProxy) -> None:
    key, other = new_key(), volume(aws_proxy.upstream)
    ec2(aws_proxy.upstream).create_snapshot(
        VolumeId=other,
        TagSpecifications=[{"ResourceType": "snapshot", "Tags": [{"Key": "tollkeeper:run", "Value": key}]}],
    )
    executor, action = executor_for(aws_proxy.endpoint), delete(volume(aws_proxy.upstream))
    executor.apply(action, executor.observe(action), run_of(key))
    assert aws_proxy.changes == {"CreateSnapshot": 1, "DeleteVolume": 1}


def until(times: int, settled: str, moving: str) -> Callable[[bytes], bytes]:
    """Say `moving` where the answer says `settled`, until that was said so often."""
    said = 0

    def edit(answer: bytes) -> bytes:
        nonlocal said
        if settled.encode() in answer and said < times - 1:
            said += 1
            return answer.replace(settled.encode(), moving.encode())
        return answer

    return edit
