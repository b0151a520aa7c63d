import json
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from evals.estate.cloud import require_demo_extra, running, start_cloud
from evals.estate.cloud_rules import Disk, Refusal, refusal, wanted_type
from evals.estate.fleet import original_world
from evals.estate.world import Change, State, World, load, save
from finops.errors import BadFile, BadInput


def _present(state: State = "stopped", kind: str = "m5a.xlarge") -> Change:
    return Change(day=date(2026, 1, 1), instance_type=kind, state=state, tags={})


def _modify(kind: str) -> dict[str, str]:
    return {"Action": "ModifyInstanceAttribute", "InstanceId": "i-1", "InstanceType.Value": kind}


NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)


@dataclass
class Estate:
    change: Change | None = None
    disk: Disk | None = None
    in_use: bool = False

    def instance(self, resource_id: str) -> Change | None:
        return self.change

    def volume(self, resource_id: str) -> Disk | None:
        return self.disk

    def associated(self, allocation_id: str) -> bool:
        return self.in_use


def _refused(form: dict[str, str], present: Change | None) -> str | None:
    return _code(form, Estate(change=present))


def _code(form: dict[str, str], estate: Estate) -> str | None:
    found: Refusal | None = refusal(form, estate, NOW)
    return found.code if found else None


def test_changing_the_type_of_a_running_instance_is_refused() -> None:
    assert _refused(_modify("m5a.large"), _present("running")) == "IncorrectInstanceState"


def test_changing_to_a_type_that_does_not_exist_is_refused() -> None:
    assert _refused(_modify("m5a.enormous"), _present()) == "InvalidInstanceAttributeValue"


def test_changing_to_another_architecture_is_refused() -> None:
    assert _refused(_modify("m6g.large"), _present()) == "InvalidParameterValue"


def test_changing_the_type_of_a_stopped_instance_passes() -> None:
    assert _refused(_modify("m5a.large"), _present()) is None


def test_an_unknown_instance_is_left_to_the_api_to_refuse() -> None:
    assert _refused(_modify("m5a.large"), None) is None


def test_other_requests_pass() -> None:
    assert _refused({"Action": "StopInstances", "InstanceId.1": "i-1"}, _present("running")) is None


def test_shrinking_a_volume_is_refused() -> None:
    shrink = {"Action": "ModifyVolume", "VolumeId": "vol-1", "Size": "99"}
    assert _code(shrink, Estate(disk=Disk(100, attached=False))) == "InvalidParameterValue"
    assert _code({**shrink, "Size": "100"}, Estate(disk=Disk(100, attached=False))) is None


@pytest.mark.parametrize(("minutes", "code"), [(359, "VolumeModificationRateExceeded"), (360, None)])
def test_a_volume_changes_once_in_six_hours(minutes: int, code: str | None) -> None:
    change = {"Action": "ModifyVolume", "VolumeId": "vol-1", "VolumeType": "gp3"}
    assert _code(change, Estate(disk=Disk(100, attached=False, changed=NOW - timedelta(minutes=minutes)))) == code


@pytest.mark.parametrize(("attached", "code"), [(True, "VolumeInUse"), (False, None)])
def test_deleting_an_attached_volume_is_refused(attached: bool, code: str | None) -> None:  # noqa: FBT001
    assert _code({"Action": "DeleteVolume", "VolumeId": "vol-1"}, Estate(disk=Disk(1, attached=attached))) == code


@pytest.mark.parametrize(("in_use", "code"), [(True, "InvalidIPAddress.InUse"), (False, None)])
def test_releasing_an_address_in_use_is_refused(in_use: bool, code: str | None) -> None:  # noqa: FBT001
    assert _code({"Action": "ReleaseAddress", "AllocationId": "eipalloc-1"}, Estate(in_use=in_use)) == code


def test_both_spellings_of_the_request_are_understood() -> None:
    spelled = {"Action": "ModifyInstanceAttribute", "Attribute": "instanceType", "Value": "m5a.large"}
    assert wanted_type(spelled) == wanted_type(_modify("m5a.large")) == "m5a.large"


def test_without_the_demo_extra_the_fix_is_named() -> None:
    with pytest.raises(BadInput, match=r"`moto`.*pip install tollkeeper\[demo\]"):
        require_demo_extra(lambda _: None)


def test_without_an_estate_no_cloud_starts(tmp_path: Path) -> None:
    with pytest.raises(BadFile, match="no demo estate"):
        start_cloud(tmp_path)


def _world(folder: Path) -> World:
    world = original_world(3, date(2026, 11, 1))
    save(folder, world)
    return world


def test_the_world_is_written_and_read_whole(tmp_path: Path) -> None:
    assert _world(tmp_path) == load(tmp_path)


def test_a_world_of_another_shape_is_refused(tmp_path: Path) -> None:
    _world(tmp_path)
    path = tmp_path / "world.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"surprise": 1}))
    with pytest.raises(BadFile, match=r"world\.json"):
        load(tmp_path)


def test_an_address_nobody_answers_at_is_no_running_cloud(tmp_path: Path) -> None:
    save(tmp_path, _world(tmp_path).model_copy(update={"endpoint": "http://127.0.0.1:9"}))
    assert running(tmp_path) is None
