"""Which calls bring an instance from one state to another: the whole judgement of the executor, without a call in it."""

from dataclasses import dataclass
from typing import Literal

from finops.actions import Action, ResizeInstance, StartInstance
from finops.ports import Observation

Call = Literal["stop_instances", "modify_instance_attribute", "start_instances"]
# What an instance becomes by itself; a call on one that is on its way is refused by EC2.
SETTLES_TO = {"pending": "running", "stopping": "stopped", "shutting-down": "terminated"}


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
class Step:
    """One call on one instance, and how it is written where people read it."""

    call: Call
    resource_id: str
    instance_type: str = ""

    @property
    def settles_in(self) -> str:
        """State to wait for after the call; empty where there is none."""
        return {"stop_instances": "stopped", "start_instances": "running"}.get(self.call, "")

    def __str__(self) -> str:
        """Return it as boto3 takes it."""
        if self.call == "modify_instance_attribute":
            return f"ec2.{self.call}(InstanceId='{self.resource_id}', InstanceType={{'Value': '{self.instance_type}'}})"
        return f"ec2.{self.call}(InstanceIds=['{self.resource_id}'])"


def settled(observation: Observation) -> str:
    """Return the state an instance is in or comes to by itself."""
    state = str(observation.attributes.get("state", ""))
    return SETTLES_TO.get(state, state)


def aim_of(action: Action, before: Observation) -> Aim:
    """Return what `action` asks for; a resized instance ends in the state it was in."""
    if isinstance(action, ResizeInstance):
        return Aim(state=settled(before), instance_type=action.instance_type)
    return Aim(state="running" if isinstance(action, StartInstance) else "stopped", instance_type=None)


def aim_back(action: Action, before: Observation) -> Aim:
    """Return what undoing `action` asks for: the state before, and the type where the action changed it."""
    resized = isinstance(action, ResizeInstance)
    return Aim(state=settled(before), instance_type=str(before.attributes["instance_type"]) if resized else None)


def steps(resource_id: str, now: Observation, aim: Aim) -> tuple[Step, ...]:
    """Return the calls from `now` to `aim`, in order; none where it is reached. A type changes only while stopped."""
    state = settled(now)
    planned: list[Step] = []
    if aim.instance_type and now.attributes.get("instance_type") != aim.instance_type:
        if state != "stopped":
            planned.append(Step("stop_instances", resource_id))
            state = "stopped"
        planned.append(Step("modify_instance_attribute", resource_id, aim.instance_type))
    if aim.state and aim.state != state:
        planned.append(Step("start_instances" if aim.state == "running" else "stop_instances", resource_id))
    return tuple(planned)
