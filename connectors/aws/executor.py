"""Resize, stop and start EC2 instances: observe, act only where needed, verify by observing again, and undo.

EC2's calls for this take no idempotency token. What makes them safe to repeat is that each run observes first and makes only the
calls that are missing: a run that was broken off goes on where it stopped.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from botocore.exceptions import ClientError

from connectors.aws.clients import Clients, code_of, is_loopback, plainly
from connectors.aws.places import back_of, place_of
from connectors.aws.steps import Aim, Step, aim_back, aim_of, settled, steps
from finops.actions import Action, ResizeInstance, StartInstance, StopInstance, Target
from finops.errors import BadInput, Refused, Unavailable
from finops.ports import ExecutionReport, Observation, Place, Run, UndoPlan

if TYPE_CHECKING:
    from mypy_boto3_ec2.type_defs import InstanceTypeDef

GONE: Final = frozenset({"InvalidInstanceID.NotFound", "InvalidInstanceID.Malformed"})
WAIT_DELAY_SECONDS: Final = 5


@dataclass(frozen=True, slots=True)
class AwsExecutor:
    """`finops.ports.Executor` on EC2. `live` lets it use real AWS; a simulator on loopback needs no such switch."""

    clients: Clients
    live: bool
    wait_seconds: int = 600

    @classmethod
    def of(
        cls, *, endpoint: str | None, live: bool, timeout: float = 20.0, attempts: int = 3, wait_seconds: int = 600
    ) -> "AwsExecutor":
        """Return the executor for one endpoint, None for AWS itself. Times are in seconds."""
        return cls(Clients(endpoint, timeout, attempts), live, wait_seconds)

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> "AwsExecutor":
        """Return the executor that `AWS_ENDPOINT_URL` and the live switch `TOLL_LIVE=1` ask for."""
        return cls.of(endpoint=environment.get("AWS_ENDPOINT_URL") or None, live=environment.get("TOLL_LIVE") == "1")

    @property
    def allowed(self) -> bool:
        """Whether it may call at all."""
        return self.live or is_loopback(self.clients.endpoint)

    def observe(self, action: Action) -> Observation:
        """Return what the action's target is now. Raises `Unavailable`, in a dry run as well: that calls nothing."""
        return self._seen(_instance_of(action))

    def _seen(self, target: Target) -> Observation:
        """Return type, state, place and tags of an instance. Raises `Unavailable`, in a dry run as well: that calls nothing."""
        if not self.allowed:
            raise Unavailable("AWS is not asked in a dry run", fix="set TOLL_LIVE=1 to use its real credentials")
        client = self.clients.ec2(target.region)
        with plainly(self.clients.endpoint):
            try:
                answer = client.describe_instances(InstanceIds=[target.resource_id])
            except ClientError as error:
                if code_of(error) in GONE:
                    return Observation(exists=False)
                raise
        for reservation in answer.get("Reservations", []):
            for instance in reservation.get("Instances", []):
                return _observation(instance, account=reservation.get("OwnerId", ""))
        return Observation(exists=False)

    def plan(self, action: Action, before: Observation) -> tuple[str, ...]:
        """Return the calls `apply` would make from `before`."""
        return tuple(str(step) for step in steps(action.target.resource_id, before, aim_of(action, before)))

    def ready(self, action: Action, before: Observation) -> None:
        """Raise `Refused`, naming the calls, where they may not be made: in a dry run, or in another account than the bill's."""
        if not self.allowed:
            calls = ", ".join(self.plan(action, before)) or "none"
            raise Refused(f"dry run, nothing was called; it would call {calls}",
                          fix="set TOLL_LIVE=1 to run it on AWS, or AWS_ENDPOINT_URL to a simulator on this machine")  # fmt: skip
        account = before.attributes.get("account", action.target.account)
        if not is_loopback(self.clients.endpoint) and account != action.target.account:
            raise Refused(f"the credentials are for account `{account}`, the instance is in `{action.target.account}`",
                          fix="use credentials of the instance's account")  # fmt: skip

    def apply(self, action: Action, before: Observation, run: Run) -> ExecutionReport:
        """Bring the instance to what `action` asks for; `before` says in which state a resized one shall end."""
        self.ready(action, before)
        return self._bring(_instance_of(action), aim_of(action, before), before, run)

    def undo(self, action: Action, before: Observation, run: Run) -> ExecutionReport:
        """Bring the instance back to `before`."""
        self.ready(action, before)
        return self._bring(_instance_of(action), aim_back(action, before), before, run)

    def place(self, action: Action, before: Observation, present: Observation) -> Place:
        """Say where the target is on the way of a run that began at `before`."""
        return place_of(action, before, present)

    def back(self, action: Action, before: Observation) -> Action:
        """Return the action that undoing it amounts to."""
        return back_of(action, before)

    def undo_plan(self, action: Action, before: Observation) -> UndoPlan:
        """Say how `apply` would be undone."""
        after = dict(before.attributes)
        aim = aim_of(action, before)
        after |= {key: value for key, value in (("state", aim.state), ("instance_type", aim.instance_type)) if value}
        back = steps(action.target.resource_id, Observation(exists=True, attributes=after), aim_back(action, before))
        if not back:
            return UndoPlan(words="nothing to undo: the instance is that way already")
        interrupts = (
            "; interrupts the instance" if isinstance(action, ResizeInstance) and aim.state == "running" else ""
        )
        return UndoPlan(words=" then ".join(str(step) for step in back) + interrupts)

    def _bring(self, target: Target, aim: Aim, before: Observation, run: Run) -> ExecutionReport:
        """Make the missing calls. What fails before the first of them is raised; after it, it is in the report."""
        now = self._settle(target, self._seen(target))
        if not now.exists:
            return ExecutionReport(calls=(), before=before, after=now, verified=False, error=_gone(target))
        made: list[str] = []
        try:
            for step in steps(target.resource_id, now, aim):
                run.journal(str(step))
                self._call(target, step)
                made.append(str(step))
                if step.settles_in:
                    self._wait(target, step.settles_in)
            after = self._seen(target)
        except Unavailable as error:
            after, said = self._last_look(target), f"after {len(made)} calls: {error}"
            return ExecutionReport(calls=tuple(made), before=before, after=after, verified=False, error=said)
        error = "" if aim.reached(after) else f"`{target.resource_id}` is not what was asked for after the calls"
        return ExecutionReport(calls=tuple(made), before=before, after=after, verified=not error, error=error)

    def _settle(self, target: Target, now: Observation) -> Observation:
        """Wait for an instance that is on its way, since EC2 refuses calls on it."""
        if not now.exists or settled(now) == now.attributes.get("state"):
            return now
        self._wait(target, settled(now))
        return self._seen(target)

    def _call(self, target: Target, step: Step) -> None:
        client = self.clients.ec2(target.region)
        with plainly(self.clients.endpoint):
            if step.call == "modify_instance_attribute":
                client.modify_instance_attribute(
                    InstanceId=step.resource_id, InstanceType={"Value": step.instance_type}
                )
            elif step.call == "stop_instances":
                client.stop_instances(InstanceIds=[step.resource_id])
            else:
                client.start_instances(InstanceIds=[step.resource_id])

    def _wait(self, target: Target, state: str) -> None:
        client = self.clients.ec2(target.region)
        attempts = max(1, self.wait_seconds // WAIT_DELAY_SECONDS)
        with plainly(self.clients.endpoint):
            waiter = client.get_waiter("instance_stopped" if state == "stopped" else "instance_running")
            waiter.wait(
                InstanceIds=[target.resource_id], WaiterConfig={"Delay": WAIT_DELAY_SECONDS, "MaxAttempts": attempts}
            )

    def _last_look(self, target: Target) -> Observation:
        """Return the instance after a failure; without attributes where even that cannot be had."""
        try:
            return self._seen(target)
        except Unavailable:
            return Observation(exists=True)


def _instance_of(action: Action) -> Target:
    """Return the instance an action is about. Raises `BadInput` for an action on anything else."""
    if not isinstance(action, ResizeInstance | StopInstance | StartInstance):
        raise BadInput(f"`{action.kind}` cannot be carried out on AWS", fix="do it by hand")
    return action.target


def _gone(target: Target) -> str:
    return f"instance `{target.resource_id}` does not exist in `{target.region}`; load newer data"


def _observation(instance: "InstanceTypeDef", *, account: str) -> Observation:
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
    tags = {tag.get("Key", ""): tag.get("Value", "") for tag in instance.get("Tags", [])}
    return Observation(exists=True, attributes={key: value for key, value in seen.items() if value}, tags=tags)
