"""What a volume is attached to, and the calls that attach and detach it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from pydantic import JsonValue

from connectors.aws.grants import Grant, ec2_arn, keys_of
from connectors.aws.instances import describe_instance
from connectors.aws.sessions import Access
from connectors.aws.steps import Step
from finops.actions import Target
from finops.ports import Observation

if TYPE_CHECKING:
    from mypy_boto3_ec2.type_defs import InstanceTypeDef, VolumeTypeDef


@dataclass(frozen=True, slots=True)
class Attachment:
    """One attachment of a volume to an instance, and the state of both."""

    instance_id: str
    device: str
    delete_on_termination: bool
    instance_state: str

    def plain(self) -> dict[str, JsonValue]:
        """Return it as an observation holds it."""
        return {
            "instance_id": self.instance_id, "device": self.device, "delete_on_termination": self.delete_on_termination,
            "instance_state": self.instance_state,
        }  # fmt: skip


def attachments_of(observation: Observation) -> tuple[Attachment, ...]:
    """Return the attachments that an observation holds; none where it is one of the bill, which does not know them."""
    held = observation.attributes.get("attachments")
    return tuple(Attachment(**cast(Mapping[str, Any], one)) for one in held) if isinstance(held, list) else ()


def look_at_attachments(access: Access, volume: "VolumeTypeDef") -> tuple[tuple[Attachment, ...], str]:
    """Return what a volume is attached to now, ordered, and what of it is on its way."""
    found: list[Attachment] = []
    moving = ""
    for given in volume.get("Attachments", []):
        state, instance_id = given.get("State", "attached"), given.get("InstanceId", "")
        device = given.get("Device", "")
        if state == "detached":
            continue
        described = describe_instance(access, instance_id)
        instance: InstanceTypeDef = described[0] if described else {}
        instance_state = instance.get("State", {}).get("Name", "terminated")
        if state in ("attaching", "detaching") or instance_state in ("pending", "stopping", "shutting-down"):
            moving = f"volume `{volume.get('VolumeId', '')}` is `{state}`, `{instance_id}` is `{instance_state}`"
        ends = next((one.get("Ebs", {}).get("DeleteOnTermination", False)
                     for one in instance.get("BlockDeviceMappings", []) if one.get("DeviceName") == device),
                    given.get("DeleteOnTermination", False))  # fmt: skip
        found.append(Attachment(instance_id, device, ends, instance_state))
    return tuple(sorted(found, key=lambda one: (one.instance_id, one.device))), moving


def detach_step(target: Target, volume: str, attachment: Attachment) -> Step:
    """Return the call that detaches a volume."""
    return Step(
        "ec2",
        "detach_volume",
        _arguments(volume, attachment),
        (_on_both(target, volume, attachment, "ec2:DetachVolume"),),
    )


def attach_step(target: Target, volume: str, attachment: Attachment) -> Step:
    """Return the call that attaches a volume where it was."""
    # EC2 attaches an encrypted volume by a grant that it makes in the caller's name.
    grants = (_on_both(target, volume, attachment, "ec2:AttachVolume"), keys_of(target, ("kms:CreateGrant",)))
    return Step("ec2", "attach_volume", _arguments(volume, attachment), grants)


def keep_step(target: Target, volume: str, attachment: Attachment) -> Step:
    """Return the call that says whether the volume ends with its instance."""
    ebs = {"DeleteOnTermination": attachment.delete_on_termination}
    arguments: dict[str, Any] = {
        "InstanceId": attachment.instance_id,
        "BlockDeviceMappings": [{"DeviceName": attachment.device, "Ebs": ebs}],
    }
    grant = _on_both(target, volume, attachment, "ec2:ModifyInstanceAttribute")
    return Step("ec2", "modify_instance_attribute", arguments, (grant,))


def _arguments(volume: str, attachment: Attachment) -> dict[str, Any]:
    return {"VolumeId": volume, "InstanceId": attachment.instance_id, "Device": attachment.device}


def _on_both(target: Target, volume: str, attachment: Attachment, action: str) -> Grant:
    """Return the grant of a call on volume and instance; on any volume where its id is not known yet."""
    known = volume if volume.startswith("vol-") else "*"
    return Grant((action,), (ec2_arn(target, "volume", known), ec2_arn(target, "instance", attachment.instance_id)))
