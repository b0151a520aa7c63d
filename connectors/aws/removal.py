"""Delete an EBS volume behind a snapshot, and make it again from that.

The order is: snapshot, wait until it is complete, detach from instances that are stopped, delete. So whatever is broken off, the
data is there: in the volume, or in a complete snapshot. The snapshot stays after an undo as well. CreateSnapshot takes no
idempotency token: a run that is broken off at it finds its snapshot by the tag. EC2 shows a new snapshot within seconds; a restart
that looks sooner could make a second one, which costs and harms nothing.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, cast

from pydantic import JsonValue

from connectors.aws.attachments import attach_step, attachments_of, detach_step, keep_step, look_at_attachments
from connectors.aws.clients import plainly
from connectors.aws.grants import MOST_CHARACTERS, Grant, ec2_arn, keys_of, session_policy, tagging
from connectors.aws.sessions import Access
from connectors.aws.steps import NO_RUN, Sight, Step, Way, in_words
from connectors.aws.tags import check_room, marked, marked_by, own, tags_of
from connectors.aws.volumes import attributes_of, describe_volume
from finops.actions import Action, DeleteVolume, Target
from finops.errors import Refused
from finops.ports import Observation, Place, UndoPlan

if TYPE_CHECKING:
    from mypy_boto3_ec2.type_defs import SnapshotTypeDef, VolumeTypeDef

# Stand for ids that are not known before the calls that make them.
A_SNAPSHOT: Final = "(the snapshot)"
A_VOLUME: Final = "(the new volume)"
# As long as an id is, for the size of what would name one.
_AN_ID: Final = "snap-00000000000000000"
KMS_TO_MAKE: Final = (
    "kms:CreateGrant", "kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKeyWithoutPlaintext", "kms:ReEncrypt*",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class RemovalWork:
    """`Work` that deletes a volume."""

    action: DeleteVolume

    @property
    def target(self) -> Target:
        """The volume."""
        return self.action.target

    @property
    def reads(self) -> tuple[str, ...]:
        """What `look` calls."""
        return ("ec2:DescribeVolumes", "ec2:DescribeSnapshots", "ec2:DescribeInstances")

    def look(self, access: Access, mark: str) -> Sight:
        """Return the volume with its attachments, the snapshot of this run, and the volume that its undo made."""
        volume = describe_volume(access, self.target.resource_id)
        target, moving = _seen(access, volume) if volume else (Observation(exists=False), "")
        if not mark:
            return Sight(target, moving=moving)
        snapshot = self._snapshot(access, mark)
        state, snapshot_id = (snapshot.get("State", ""), snapshot.get("SnapshotId", "")) if snapshot else ("", "")
        fault = f"snapshot `{snapshot_id}` failed" if state == "error" else ""
        copying = f"snapshot `{snapshot_id}` is not complete" if state == "pending" else ""
        restored = None
        if volume is None and (again := self._restored(access, mark, snapshot_id)):
            restored, moving = _seen(access, again)
            restored = _named(restored, again.get("VolumeId", ""))
        elif volume is None and snapshot_id:
            target = Observation(exists=False, attributes={"snapshot_id": snapshot_id})
        return Sight(target, restored, "" if fault else snapshot_id, moving, copying, fault)

    def check(self, present: Observation) -> None:
        """Raise `Refused` where an instance that is not stopped uses it, or an undo could not find or attach what it made."""
        check_room(present, self.target.resource_id)
        for attached in attachments_of(present):
            if attached.instance_state != "stopped":
                raise Refused(
                    f"volume `{self.target.resource_id}` is attached to `{attached.instance_id}`, which is `{attached.instance_state}`",
                    fix="stop the instance or detach the volume first",
                )
        self._check_session(present)

    def steps(self, way: Way, before: Observation, now: Sight, mark: str) -> tuple[Step, ...]:
        """Return the calls that are missing."""
        return self._forth(now, mark) if way == "apply" else self._back(before, now, mark)

    def missed(self, way: Way, before: Observation, now: Sight) -> str:
        """Say what is wrong in the end; after an undo all but the volume's id and what it was made from is compared."""
        name = self.target.resource_id
        if way == "apply":
            return "" if now.snapshot else f"volume `{name}` is gone, and there is no snapshot of this run"
        if now.restored and now.restored.attributes.get("made_from") != now.snapshot:
            return f"the volume in place of `{name}` is not made from the snapshot of this run"
        was, present = _comparable(before), _comparable(now.present)
        wrong = sorted(key for key in was.keys() | present.keys() if was.get(key) != present.get(key))
        return f"what is in place of `{name}` has another {' and '.join(wrong)} than it had" if wrong else ""

    def place(self, before: Observation, present: Observation) -> Place:
        """Say how far it is taken away: attached as before, attached to less, gone."""
        if not present.exists:
            return "after"
        if _fixed(present) != _fixed(before):
            return "elsewhere"
        was, now = set(attachments_of(before)), set(attachments_of(present))
        if was == now:
            return "before"
        # What the undo attached again may not be set yet to end with its instance.
        ends = {(one.instance_id, one.device, one.instance_state) for one in was}
        return "between" if {(one.instance_id, one.device, one.instance_state) for one in now} <= ends else "elsewhere"

    def back(self, before: Observation) -> Action:
        """Return the action itself: none of the kinds makes a volume."""
        return self.action

    def undo_plan(self, before: Observation) -> UndoPlan:
        """Say how it would be undone."""
        gone = Sight(Observation(exists=False), snapshot=A_SNAPSHOT)
        words = in_words(self._back(before, gone, NO_RUN))
        return UndoPlan(words=f"{words}; the volume gets a new id, and the snapshot stays")

    def _check_session(self, present: Observation) -> None:
        """Raise `Refused` where it is attached to so many instances that no session policy can name them, there or back."""
        gone = Sight(Observation(exists=False), snapshot=_AN_ID)
        for steps in (self._forth(Sight(present), NO_RUN), self._back(present, gone, NO_RUN)):
            size = len(session_policy(self.reads, [grant for step in steps for grant in step.grants]))
            if size > MOST_CHARACTERS:
                attachments = len(attachments_of(present))
                raise Refused(
                    f"volume `{self.target.resource_id}` has {attachments} attachments, and a session that deletes it or attaches it "
                    f"again would need a policy of {size} characters, of which AWS takes {MOST_CHARACTERS}",
                    fix="detach it from some of the instances first",
                )

    def _forth(self, now: Sight, mark: str) -> tuple[Step, ...]:
        if not now.target.exists:
            return ()
        planned = [] if now.snapshot else [self._snapshot_step(mark)]
        volume = self.target.resource_id
        planned += [detach_step(self.target, volume, attached) for attached in attachments_of(now.target)]
        grant = Grant(("ec2:DeleteVolume",), (ec2_arn(self.target, "volume", volume),))
        return (*planned, Step("ec2", "delete_volume", {"VolumeId": volume}, (grant,)))

    def _back(self, before: Observation, now: Sight, mark: str) -> tuple[Step, ...]:
        planned: list[Step] = []
        volume, have = self.target.resource_id, now.target
        if not now.target.exists:
            have = now.restored or Observation(exists=False)
            volume = str(have.attributes.get("restored_as", A_VOLUME))
            if now.restored is None:
                planned.append(self._create_step(before, now.snapshot, mark))
        there = {(one.instance_id, one.device): one for one in attachments_of(have)}
        for attached in attachments_of(before):
            present = there.get((attached.instance_id, attached.device))
            if present is None:
                planned.append(attach_step(self.target, volume, attached))
            if attached.delete_on_termination != (present is not None and present.delete_on_termination):
                planned.append(keep_step(self.target, volume, attached))
        return tuple(planned)

    def _snapshot_step(self, mark: str) -> Step:
        volume = self.target.resource_id
        arguments: dict[str, Any] = {
            "VolumeId": volume, "Description": f"Tollkeeper: {volume} before it is deleted",
            "TagSpecifications": marked("snapshot", {}, mark),
        }  # fmt: skip
        arns = (ec2_arn(self.target, "volume", volume), ec2_arn(self.target, "snapshot", "*"))
        grants = (Grant(("ec2:CreateSnapshot",), arns), tagging(self.target, "snapshot", "CreateSnapshot"))
        return Step("ec2", "create_snapshot", arguments, grants, once=True)

    def _create_step(self, before: Observation, snapshot: str, mark: str) -> Step:
        if not snapshot:
            raise Refused(f"no snapshot of this run is left to make `{self.target.resource_id}` again from",
                          fix="restore it from a backup")  # fmt: skip
        names = {
            "availability_zone": "AvailabilityZone", "volume_type": "VolumeType", "size_gib": "Size", "iops": "Iops",
            "throughput": "Throughput", "multi_attach": "MultiAttachEnabled",
        }  # fmt: skip
        was = before.attributes
        arguments: dict[str, Any] = {"SnapshotId": snapshot}
        arguments |= {name: was[key] for key, name in names.items() if key in was}
        if was.get("encrypted"):
            arguments["Encrypted"] = True
            arguments |= {"KmsKeyId": was["kms_key_id"]} if "kms_key_id" in was else {}
        arguments |= {"ClientToken": mark, "TagSpecifications": marked("volume", before.tags, mark)}
        arns = (ec2_arn(self.target, "volume", "*"), ec2_arn(self.target, "snapshot", snapshot))
        grants = (Grant(("ec2:CreateVolume",), arns), tagging(self.target, "volume", "CreateVolume"))
        if was.get("encrypted"):
            grants = (*grants, keys_of(self.target, KMS_TO_MAKE, str(was.get("kms_key_id", ""))))
        return Step("ec2", "create_volume", arguments, grants)

    def _snapshot(self, access: Access, mark: str) -> "SnapshotTypeDef | None":
        """Return the snapshot of this run, the complete one where there are two."""
        client = access.ec2
        with plainly(access.endpoint):
            found = client.describe_snapshots(OwnerIds=["self"], Filters=marked_by(mark))["Snapshots"]
        ours = [one for one in found if one.get("VolumeId") == self.target.resource_id]
        order = ["completed", "pending"]
        ours.sort(key=lambda one: order.index(one.get("State", "")) if one.get("State", "") in order else len(order))
        return ours[0] if ours else None

    def _restored(self, access: Access, mark: str, snapshot: str) -> "VolumeTypeDef | None":
        client = access.ec2
        with plainly(access.endpoint):
            found = client.describe_volumes(Filters=marked_by(mark))["Volumes"]
        gone = ("deleting", "deleted")
        return next((one for one in found if one.get("SnapshotId") == snapshot and one.get("State") not in gone), None)


def _seen(access: Access, volume: "VolumeTypeDef") -> tuple[Observation, str]:
    """Return a volume with its attachments, and what of it is on its way."""
    attached, moving = look_at_attachments(access, volume)
    if volume.get("State") == "creating":
        moving = f"volume `{volume.get('VolumeId', '')}` is being made"
    attributes = attributes_of(volume)
    attributes["attachments"] = [one.plain() for one in attached]
    return Observation(exists=True, attributes=attributes, tags=tags_of(volume.get("Tags", []))), moving


def _named(restored: Observation, volume_id: str) -> Observation:
    return restored.model_copy(update={"attributes": {**restored.attributes, "restored_as": volume_id}})


def _fixed(observation: Observation) -> dict[str, JsonValue]:
    return {key: value for key, value in observation.attributes.items() if key != "attachments"}


def _comparable(observation: Observation) -> dict[str, JsonValue]:
    """Return what an undo has to bring back."""
    if not observation.exists:
        return {}
    kept = {key: value for key, value in _fixed(observation).items() if key not in ("made_from", "restored_as")}
    # Whether the instance runs by now is its own affair.
    attached = sorted((a.instance_id, a.device, str(a.delete_on_termination)) for a in attachments_of(observation))
    return {**kept, "tags": cast(JsonValue, own(observation.tags)), "attachments": [list(one) for one in attached]}
