"""Resize, stop and start EC2 instances.

EC2's calls for this take no idempotency token. What makes them safe to repeat is that each is made only where a look misses it.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import ClientError
from pydantic import JsonValue

from connectors.aws.clients import code_of, plainly
from connectors.aws.grants import Grant, ec2_arn, keys_of
from connectors.aws.sessions import Access
from connectors.aws.steps import NO_RUN, Sight, Step, Way, in_words
from connectors.aws.tags import tags_of
from finops.actions import Action, ResizeInstance, StartInstance, StopInstance, Target
from finops.ports import Observation, Place, UndoPlan

if TYPE_CHECKING:
    from mypy_boto3_ec2.type_defs import InstanceTypeDef

GONE: Final = frozenset({"InvalidInstanceID.NotFound", "InvalidInstanceID.Malformed"})
# What an instance becomes by itself; a call on one that is on its way is refused by EC2.
SETTLES_TO: Final = {"pending": "running", "stopping": "stopped"}


@dataclass(frozen=True, slots=True)
class Aim:
    """What an instance shall be; None leaves it as it is."""

    state: str | None
    instance_type: str | None

    def reached(self, now: Observation) -> bool:
        """Tell whether an observation is what is aimed at."""
        wanted = {"state": self.state, "instance_type": self.instance_type}
        return now.exists and all(value is None or now.attributes.get(key) == value for key, value in wanted.items())


@dataclass(frozen=True, slots=True)
class InstanceWork:
    """`Work` on an instance."""

    action: ResizeInstance | StopInstance | StartInstance

    @property
    def target(self) -> Target:
        """The instance."""
        return self.action.target

    @property
    def reads(self) -> tuple[str, ...]:
        """What `look` calls."""
        return ("ec2:DescribeInstances",)

    def look(self, access: Access, mark: str) -> Sight:
        """Return type, state, place and tags of the instance."""
        found = find_instance(access, self.target.resource_id)
        state = str(found.attributes.get("state", ""))
        return Sight(found, moving=f"instance `{self.target.resource_id}` is `{state}`" if state in SETTLES_TO else "")

    def ailing(self, access: Access) -> str:
        """Say which of EC2's own status checks the running instance fails; empty where none does."""
        with plainly(access.endpoint):
            answer = access.ec2.describe_instance_status(InstanceIds=[self.target.resource_id])
        failing = [
            f"{what} status check of `{self.target.resource_id}` is `{status}`"
            for one in answer.get("InstanceStatuses", [])
            for what, kind in (("instance", "InstanceStatus"), ("system", "SystemStatus"))
            if (status := one.get(kind, {}).get("Status", "")) == "impaired"
        ]
        return "; ".join(failing)

    def check(self, present: Observation) -> None:
        """Any instance may be resized, stopped or started as far as can be told beforehand."""

    def steps(self, way: Way, before: Observation, now: Sight, mark: str) -> tuple[Step, ...]:
        """Return the calls that are missing; none where the instance is gone."""
        return steps(self.target, now.target, self._aim(way, before)) if now.target.exists else ()

    def missed(self, way: Way, before: Observation, now: Sight) -> str:
        """Say what is wrong in the end."""
        if not now.target.exists:
            return f"instance `{self.target.resource_id}` does not exist in `{self.target.region}`; load newer data"
        if self._aim(way, before).reached(now.target):
            return ""
        return f"`{self.target.resource_id}` is not what was asked for after the calls"

    def place(self, before: Observation, present: Observation) -> Place:
        """Say where it is between `before` and the aim."""
        if not present.exists or _fixed(present) != _fixed(before):
            return "elsewhere"
        start, now, aim = _form(before), _form(present), self._aim("apply", before)
        end = (aim.instance_type or start[0], aim.state)
        if now == start:
            return "before"
        if now == end:
            return "after"
        # A type is changed while the instance is stopped.
        resized = isinstance(self.action, ResizeInstance)
        return "between" if resized and now[0] in (start[0], end[0]) and now[1] == "stopped" else "elsewhere"

    def back(self, before: Observation) -> Action:
        """Return what undoing it does."""
        match self.action:
            case ResizeInstance():
                return self.action.model_copy(update={"instance_type": str(before.attributes["instance_type"])})
            case StopInstance():
                return StartInstance(target=self.target)
            case StartInstance():
                return StopInstance(target=self.target)

    def undo_plan(self, before: Observation) -> UndoPlan:
        """Say how it would be undone."""
        aim = self._aim("apply", before)
        changed = {"state": aim.state, "instance_type": aim.instance_type}
        after = before.attributes | {key: value for key, value in changed.items() if value}
        back = self.steps("undo", before, Sight(Observation(exists=True, attributes=after)), NO_RUN)
        if not back:
            return UndoPlan(words="nothing to undo: the instance is that way already")
        resized = isinstance(self.action, ResizeInstance) and aim.state == "running"
        return UndoPlan(words=in_words(back) + ("; interrupts the instance" if resized else ""))

    def _aim(self, way: Way, before: Observation) -> Aim:
        """Return what is asked for; a resized instance ends in the state it was in."""
        if isinstance(self.action, ResizeInstance):
            old = before.attributes.get("instance_type")
            return Aim(settled(before), self.action.instance_type if way == "apply" else str(old or "") or None)
        if way == "undo":
            return Aim(settled(before), None)
        return Aim("running" if isinstance(self.action, StartInstance) else "stopped", None)


def steps(target: Target, now: Observation, aim: Aim) -> tuple[Step, ...]:
    """Return the calls from `now` to `aim`, in order; none where it is reached. A type changes only while stopped."""
    state = settled(now)
    planned: list[Step] = []
    if aim.instance_type and now.attributes.get("instance_type") != aim.instance_type:
        if state != "stopped":
            planned.append(_stop(target))
            state = "stopped"
        planned.append(_retype(target, aim.instance_type))
    if aim.state and aim.state != state:
        planned.append(_start(target) if aim.state == "running" else _stop(target))
    return tuple(planned)


def find_instance(access: Access, instance_id: str) -> Observation:
    """Return what an instance is, absent where there is none."""
    found = describe_instance(access, instance_id)
    return _observation(*found) if found else Observation(exists=False)


def describe_instance(access: Access, instance_id: str) -> "tuple[InstanceTypeDef, str] | None":
    """Return EC2's description of an instance and the account that it is in, None where there is none."""
    client = access.ec2
    with plainly(access.endpoint):
        try:
            answer = client.describe_instances(InstanceIds=[instance_id])
        except ClientError as error:
            if code_of(error) in GONE:
                return None
            raise
    for reservation in answer.get("Reservations", []):
        for instance in reservation.get("Instances", []):
            return instance, reservation.get("OwnerId", "")
    return None


def settled(observation: Observation) -> str:
    """Return the state an instance is in or comes to by itself."""
    state = str(observation.attributes.get("state", ""))
    return SETTLES_TO.get(state, state)


def _stop(target: Target) -> Step:
    return Step("ec2", "stop_instances", {"InstanceIds": [target.resource_id]}, (_on(target, "ec2:StopInstances"),))


def _start(target: Target) -> Step:
    # EC2 starts an instance with encrypted volumes by a grant that it makes in the caller's name.
    grants = (_on(target, "ec2:StartInstances"), keys_of(target, ("kms:CreateGrant",)))
    return Step("ec2", "start_instances", {"InstanceIds": [target.resource_id]}, grants)


def _retype(target: Target, instance_type: str) -> Step:
    arguments: dict[str, Any] = {"InstanceId": target.resource_id, "InstanceType": {"Value": instance_type}}
    return Step("ec2", "modify_instance_attribute", arguments, (_on(target, "ec2:ModifyInstanceAttribute"),))


def _on(target: Target, action: str) -> Grant:
    return Grant((action,), (ec2_arn(target, "instance", target.resource_id),))


def _form(observation: Observation) -> tuple[str, str]:
    """Return what a run changes: the type, and the state it is in or comes to by itself."""
    return str(observation.attributes.get("instance_type", "")), settled(observation)


def _fixed(observation: Observation) -> dict[str, JsonValue]:
    """Return what no run changes, such as the account."""
    return {key: value for key, value in observation.attributes.items() if key not in ("instance_type", "state")}


def _observation(instance: "InstanceTypeDef", account: str) -> Observation:
    """Return what stays the same while nobody changes the instance: no addresses, no launch time."""
    state = instance.get("State", {}).get("Name", "")
    if state in ("terminated", "shutting-down"):
        return Observation(exists=False)
    seen = {
        "account": account,
        "instance_type": instance.get("InstanceType", ""),
        "state": state,
        "availability_zone": instance.get("Placement", {}).get("AvailabilityZone", ""),
        "architecture": instance.get("Architecture", ""),
    }
    attributes: dict[str, JsonValue] = {key: value for key, value in seen.items() if value}
    return Observation(exists=True, attributes=attributes, tags=tags_of(instance.get("Tags", [])))
