"""Change an EBS volume's type or size in place, and what a volume is to everybody who works on one.

A volume grows and never shrinks. EC2 lets a volume change once in 6 hours ("Modify a volume", Amazon EBS user guide): a type can
be changed back, but not at once, which is why the undo plan of a type change is not certain.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import ClientError
from pydantic import JsonValue

from connectors.aws.clients import code_of, plainly
from connectors.aws.grants import Grant, ec2_arn
from connectors.aws.sessions import Access
from connectors.aws.steps import NO_RUN, Sight, Step, Way, in_words
from connectors.aws.tags import tags_of
from finops.actions import Action, ChangeVolume, Target
from finops.errors import Refused
from finops.ports import Observation, Place, UndoPlan

if TYPE_CHECKING:
    from mypy_boto3_ec2.type_defs import VolumeTypeDef

GONE: Final = frozenset({"InvalidVolume.NotFound", "InvalidVolumeID.Malformed"})
# Types whose IOPS and throughput are set; the others' follow from the size.
WITH_IOPS: Final = frozenset({"gp3", "io1", "io2"})
WITH_THROUGHPUT: Final = frozenset({"gp3"})
NEEDS_IOPS: Final = frozenset({"io1", "io2"})
CHANGED: Final = ("volume_type", "size_gib", "iops", "throughput")
ONCE_IN_SIX_HOURS: Final = "AWS lets a volume change once in 6 hours, so not sooner than that after the change"


@dataclass(frozen=True, slots=True)
class VolumeWork:
    """`Work` that changes a volume in place."""

    action: ChangeVolume

    @property
    def target(self) -> Target:
        """The volume."""
        return self.action.target

    @property
    def reads(self) -> tuple[str, ...]:
        """What `look` calls."""
        return ("ec2:DescribeVolumes", "ec2:DescribeVolumesModifications")

    def look(self, access: Access, mark: str) -> Sight:
        """Return what the volume is, and whether a change of it is under way. Who it is attached to does not matter here."""
        name = self.target.resource_id
        volume = describe_volume(access, name)
        if volume is None:
            return Sight(Observation(exists=False))
        state = _modification(access, name) if mark else ""
        moving = f"volume `{name}` is being modified" if state == "modifying" else ""
        fault = f"the modification of `{name}` failed" if state == "failed" else ""
        seen = Observation(exists=True, attributes=attributes_of(volume), tags=tags_of(volume.get("Tags", [])))
        return Sight(seen, moving=moving, fault=fault)

    def check(self, present: Observation) -> None:
        """Raise `Refused` where it would shrink, or has no IOPS for a type that needs them."""
        size, wanted = present.attributes.get("size_gib"), self.action.size_gib
        if isinstance(size, int) and wanted is not None and wanted < size:
            raise Refused(f"volume `{self.target.resource_id}` has {size} GiB and cannot shrink to {wanted}",
                          fix="make a smaller volume and copy the files")  # fmt: skip
        kind = self.action.volume_type
        if kind in NEEDS_IOPS and kind != present.attributes.get("volume_type") and not present.attributes.get("iops"):
            raise Refused(f"`{kind}` needs a number of IOPS, and `{self.target.resource_id}` has none set",
                          fix="change it to `gp3`, or do it by hand")  # fmt: skip

    def steps(self, way: Way, before: Observation, now: Sight, mark: str) -> tuple[Step, ...]:
        """Return the one call, or none where the volume is as asked for or gone."""
        if not now.target.exists:
            return ()
        wanted = self._wanted(before) if way == "apply" else self._wanted_back(before, now.target)
        return _modify(self.target, wanted, now.target)

    def missed(self, way: Way, before: Observation, now: Sight) -> str:
        """Say what is wrong in the end."""
        if not now.target.exists:
            return f"volume `{self.target.resource_id}` does not exist in `{self.target.region}`; load newer data"
        wanted = self._wanted(before) if way == "apply" else changing(before)
        wrong = [key for key, value in wanted.items() if now.target.attributes.get(key) != value]
        return f"`{self.target.resource_id}` has another {' and '.join(wrong)} than asked for" if wrong else ""

    def place(self, before: Observation, present: Observation) -> Place:
        """Say whether it is as before or as asked for; there is nothing between."""
        if not present.exists or _fixed(present) != _fixed(before):
            return "elsewhere"
        if changing(present) == changing(before):
            return "before"
        wanted = self._wanted(before)
        return "after" if all(present.attributes.get(key) == value for key, value in wanted.items()) else "elsewhere"

    def back(self, before: Observation) -> Action:
        """Return the change back to the type before; a size does not go back."""
        kind = before.attributes.get("volume_type") if self.action.volume_type else None
        return ChangeVolume.model_validate(
            {"target": self.target, "volume_type": kind, "size_gib": self.action.size_gib}
        )

    def undo_plan(self, before: Observation) -> UndoPlan:
        """Say how it would be undone: not at all where it grows, and 6 hours later at the soonest where its type changes."""
        wanted, size = self._wanted(before), before.attributes.get("size_gib")
        if wanted.get("size_gib", size) != size:
            return UndoPlan(words=f"cannot be undone: a volume of {wanted['size_gib']} GiB cannot shrink to {size}",
                            possible=False)  # fmt: skip
        after = before.model_copy(update={"attributes": before.attributes | wanted})
        back = self.steps("undo", before, Sight(after), NO_RUN)
        if not back:
            return UndoPlan(words="nothing to undo: the volume is that way already")
        return UndoPlan(words=f"{in_words(back)}; {ONCE_IN_SIX_HOURS}", certain=False)

    def _wanted(self, before: Observation) -> dict[str, JsonValue]:
        asked: dict[str, JsonValue] = {"volume_type": self.action.volume_type, "size_gib": self.action.size_gib}
        wanted: dict[str, JsonValue] = {key: value for key, value in asked.items() if value is not None}
        if self.action.volume_type in NEEDS_IOPS and "iops" in before.attributes:
            wanted["iops"] = before.attributes["iops"]
        return wanted

    def _wanted_back(self, before: Observation, present: Observation) -> dict[str, JsonValue]:
        was, size = before.attributes.get("size_gib"), present.attributes.get("size_gib")
        if isinstance(was, int) and isinstance(size, int) and size > was:
            raise Refused(f"volume `{self.target.resource_id}` has grown to {size} GiB and cannot shrink to {was}",
                          fix="make a smaller volume and copy the files")  # fmt: skip
        return changing(before)


def describe_volume(access: Access, volume_id: str) -> "VolumeTypeDef | None":
    """Return EC2's description of a volume, None where there is none or it is being deleted."""
    client = access.ec2
    with plainly(access.endpoint):
        try:
            found = client.describe_volumes(VolumeIds=[volume_id])["Volumes"]
        except ClientError as error:
            if code_of(error) in GONE:
                return None
            raise
    return next((volume for volume in found if volume.get("State") not in ("deleting", "deleted")), None)


def attributes_of(volume: "VolumeTypeDef") -> dict[str, JsonValue]:
    """Return what a volume is, without what it is attached to: what stays the same while nobody changes it."""
    kind = volume.get("VolumeType", "")
    seen: dict[str, JsonValue] = {
        "volume_type": kind,
        "size_gib": volume.get("Size"),
        "iops": volume.get("Iops") if kind in WITH_IOPS else None,
        "throughput": volume.get("Throughput") if kind in WITH_THROUGHPUT else None,
        "availability_zone": volume.get("AvailabilityZone"),
        "encrypted": volume.get("Encrypted", False),
        "kms_key_id": volume.get("KmsKeyId") or None,
        "multi_attach": volume.get("MultiAttachEnabled") or None,
        "made_from": volume.get("SnapshotId") or None,
    }
    return {key: value for key, value in seen.items() if value is not None}


def changing(observation: Observation) -> dict[str, JsonValue]:
    """Return what a change of a volume may change."""
    return {key: observation.attributes[key] for key in CHANGED if key in observation.attributes}


def _fixed(observation: Observation) -> dict[str, JsonValue]:
    return {key: value for key, value in observation.attributes.items() if key not in CHANGED}


def _modify(target: Target, wanted: dict[str, JsonValue], now: Observation) -> tuple[Step, ...]:
    """Return the call that makes a volume what is wanted: only what differs, and IOPS and throughput with a change of type."""
    names = {"volume_type": "VolumeType", "size_gib": "Size", "iops": "Iops", "throughput": "Throughput"}
    other = {key for key, value in wanted.items() if now.attributes.get(key) != value}
    if "volume_type" in other:
        other |= {"iops", "throughput"} & wanted.keys()
    if not other:
        return ()
    arguments: dict[str, Any] = {"VolumeId": target.resource_id}
    arguments |= {name: wanted[key] for key, name in names.items() if key in other}
    grant = Grant(("ec2:ModifyVolume",), (ec2_arn(target, "volume", target.resource_id),))
    return (Step("ec2", "modify_volume", arguments, (grant,)),)


def _modification(access: Access, volume_id: str) -> str:
    """Return the state of the last change of a volume; empty where it was never changed."""
    client = access.ec2
    with plainly(access.endpoint):
        try:
            found = client.describe_volumes_modifications(VolumeIds=[volume_id])["VolumesModifications"]
        except ClientError as error:
            if code_of(error) == "InvalidVolumeModification.NotFound":
                return ""
            raise
    last = max(found, key=lambda change: change["StartTime"], default=None)  # pyright: ignore[reportTypedDictNotRequiredAccess]
    return last.get("ModificationState", "") if last else ""
