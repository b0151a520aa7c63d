"""What real EC2 refuses and moto lets pass: changes of instances that run, of volumes that just changed, of addresses in use."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from evals.estate.world import Change
from tools.instance_catalogue import CATALOGUE

# "Modify a volume", Amazon EBS user guide.
BETWEEN_CHANGES = timedelta(hours=6)


@dataclass(frozen=True, slots=True)
class Refusal:
    """An EC2 error. Codes as in "Error codes for the Amazon EC2 API"."""

    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Disk:
    """A volume as the rules see it; `changed` is when it was last modified."""

    size_gib: int
    attached: bool
    changed: datetime | None = None


class Present(Protocol):
    """What is there now; None where there is no such resource."""

    def instance(self, resource_id: str) -> Change | None:
        """Return an instance."""
        ...

    def volume(self, resource_id: str) -> Disk | None:
        """Return a volume."""
        ...

    def associated(self, allocation_id: str) -> bool:
        """Tell whether an address is in use."""
        ...


def refusal(form: Mapping[str, str], present: Present, now: datetime) -> Refusal | None:
    """Return why EC2 would refuse this request, None where it would not. `now` is the time in the simulated cloud."""
    match form.get("Action"):
        case "ModifyInstanceAttribute":
            return _retyped(form, present)
        case "ModifyVolume":
            return _modified(form, present, now)
        case "DeleteVolume":
            return _deleted(form, present)
        case "ReleaseAddress":
            return _released(form, present)
        case _:
            return None


def wanted_type(form: Mapping[str, str]) -> str | None:
    """Return the type a ModifyInstanceAttribute request asks for, None where it is no such request."""
    if form.get("Action") != "ModifyInstanceAttribute":
        return None
    if form.get("Attribute") == "instanceType":
        return form.get("Value")
    return form.get("InstanceType.Value")


def _retyped(form: Mapping[str, str], present: Present) -> Refusal | None:
    wanted = wanted_type(form)
    found = present.instance(form.get("InstanceId", "")) if wanted is not None else None
    if wanted is None or found is None:
        return None
    if found.state != "stopped":
        return Refusal("IncorrectInstanceState", f"The instance '{form['InstanceId']}' is not in the 'stopped' state.")
    if wanted not in CATALOGUE:
        return Refusal(
            "InvalidInstanceAttributeValue", "The requested instance type does not exist in this demo's region."
        )
    now, then = CATALOGUE[found.instance_type].architecture, CATALOGUE[wanted].architecture
    if now != then:
        return Refusal(
            "InvalidParameterValue", f"The architecture '{then}' of the type does not match the image's '{now}'."
        )
    return None


def _modified(form: Mapping[str, str], present: Present, now: datetime) -> Refusal | None:
    disk, size = present.volume(form.get("VolumeId", "")), form.get("Size", "")
    if disk is None:
        return None
    if size.isdecimal() and int(size) < disk.size_gib:
        return Refusal("InvalidParameterValue", f"New size cannot be smaller than existing size {disk.size_gib} GiB.")
    if disk.changed and now - disk.changed < BETWEEN_CHANGES:
        return Refusal(
            "VolumeModificationRateExceeded",
            "You've reached the maximum modification rate per volume limit. Wait at least 6 hours between modifications.",
        )
    return None


def _deleted(form: Mapping[str, str], present: Present) -> Refusal | None:
    name = form.get("VolumeId", "")
    disk = present.volume(name)
    return Refusal("VolumeInUse", f"Volume {name} is currently attached.") if disk and disk.attached else None


def _released(form: Mapping[str, str], present: Present) -> Refusal | None:
    name = form.get("AllocationId", "")
    if not present.associated(name):
        return None
    return Refusal("InvalidIPAddress.InUse", f"The address with allocation id [{name}] is in use.")
