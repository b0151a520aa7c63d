"""Carry out actions on AWS: which kind of resource an action is about, and whether AWS may be called at all."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from connectors.aws.addresses import AddressWork
from connectors.aws.bringing import Bringing, Patience
from connectors.aws.budgets import BudgetWork
from connectors.aws.clients import Clients, is_loopback
from connectors.aws.grants import session_policy
from connectors.aws.instances import InstanceWork
from connectors.aws.removal import RemovalWork
from connectors.aws.sessions import Access, Role, session_name
from connectors.aws.steps import NO_RUN, Sight, Way, Work
from connectors.aws.volumes import VolumeWork
from finops.actions import (
    Action,
    ChangeCode,
    ChangeVolume,
    DeleteVolume,
    ReleaseAddress,
    ResizeInstance,
    SetBudget,
    StartInstance,
    StopInstance,
)
from finops.errors import BadInput, Refused, Unavailable
from finops.ports import ExecutionReport, Observation, Place, Run, UndoPlan

NO_ROLE: Final = "without a role, a run could do all that your AWS credentials may"
NAME_ROLE: Final = (
    "set TOLL_AWS_ROLE_ARN to a role that they may assume, or TOLL_AWS_WITHOUT_ROLE=1 to use them as they are"
)


@dataclass(frozen=True, slots=True)
class AwsExecutor:
    """`finops.ports.Executor` on AWS. `live` lets it use real AWS; a simulator on loopback needs no such switch.

    With a role, each run has a session of its own, which can make the calls of that run on its resources and no others. Real AWS is
    called without one only where `without_role` says so: a run may then do all that the caller's credentials may.
    """

    clients: Clients
    live: bool
    role: Role | None = None
    without_role: bool = False
    patience: Patience = field(default_factory=Patience)

    @classmethod
    def of(
        cls, *, endpoint: str | None, live: bool, role_arn: str | None = None, without_role: bool = False, timeout: float = 20.0,
        attempts: int = 3, wait_seconds: float = 600.0, copy_seconds: float = 3600.0, pause_seconds: float = 5.0,
    ) -> "AwsExecutor":  # fmt: skip
        """Return the executor for one endpoint, None for AWS itself. Times are in seconds."""
        role = Role(role_arn) if role_arn else None
        patience = Patience(wait_seconds, copy_seconds, pause_seconds)
        return cls(Clients(endpoint, timeout, attempts), live, role, without_role, patience)

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> "AwsExecutor":
        """Return the executor that `AWS_ENDPOINT_URL`, `TOLL_AWS_ROLE_ARN`, `TOLL_AWS_WITHOUT_ROLE` and `TOLL_LIVE` ask for."""
        return cls.of(
            endpoint=environment.get("AWS_ENDPOINT_URL") or None, live=environment.get("TOLL_LIVE") == "1",
            role_arn=environment.get("TOLL_AWS_ROLE_ARN") or None,
            without_role=environment.get("TOLL_AWS_WITHOUT_ROLE") == "1",
        )  # fmt: skip

    @property
    def allowed(self) -> bool:
        """Whether it may call at all."""
        return self.live or is_loopback(self.clients.endpoint)

    def observe(self, action: Action) -> Observation:
        """Return what the action's target is now. Raises `Unavailable`, in a dry run and without a role as well: that calls nothing."""
        work = work_of(action)
        return work.look(self._reading(work, work.reads), "").target

    def plan(self, action: Action, before: Observation) -> tuple[str, ...]:
        """Return the calls `apply` would make from `before`. Ids that its own calls give are named in round brackets."""
        return tuple(str(step) for step in work_of(action).steps("apply", before, Sight(before), NO_RUN))

    def ready(self, action: Action, before: Observation) -> None:
        """Raise `Refused` where it may not be done to what is there, without a role, in another account, or, naming the calls, when dry."""
        work_of(action).check(before)
        if not self.allowed:
            calls = ", ".join(self.plan(action, before)) or "none"
            raise Refused(f"dry run, nothing was called; it would call {calls}",
                          fix="set TOLL_LIVE=1 to run it on AWS, or AWS_ENDPOINT_URL to a simulator on this machine")  # fmt: skip
        if not self._confined:
            raise Refused(NO_ROLE, fix=NAME_ROLE)
        account = before.attributes.get("account", action.target.account)
        if not is_loopback(self.clients.endpoint) and account != action.target.account:
            raise Refused(f"the credentials are for account `{account}`, the resource is in `{action.target.account}`",
                          fix="use credentials of the resource's account")  # fmt: skip

    def apply(self, action: Action, before: Observation, run: Run) -> ExecutionReport:
        """Bring the target to what `action` asks for; `before` says what it was when the run began."""
        return self._bring("apply", action, before, run)

    def undo(self, action: Action, before: Observation, run: Run) -> ExecutionReport:
        """Bring the target back to `before`; what was deleted is made again and gets a new id, which the report says."""
        return self._bring("undo", action, before, run)

    def place(self, action: Action, before: Observation, present: Observation) -> Place:
        """Say where the target is on the way of a run that began at `before`."""
        return work_of(action).place(before, present)

    def back(self, action: Action, before: Observation) -> Action:
        """Return the action that undoing it amounts to."""
        return work_of(action).back(before)

    def undo_plan(self, action: Action, before: Observation) -> UndoPlan:
        """Say how `apply` would be undone."""
        return work_of(action).undo_plan(before)

    def health(self, action: Action) -> str:
        """Say what EC2 finds wrong with the action's instance; empty where nothing is, and for what has no such checks."""
        work = work_of(action)
        if not isinstance(work, InstanceWork) or isinstance(action, StopInstance):
            return ""
        return work.ailing(self._reading(work, ("ec2:DescribeInstanceStatus",)))

    @property
    def _confined(self) -> bool:
        """Whether a run can do no more than its own calls, or that was given up on purpose, or it is all a simulation."""
        return self.role is not None or self.without_role or is_loopback(self.clients.endpoint)

    def _reading(self, work: Work, reads: tuple[str, ...]) -> Access:
        """Return a session that may make the calls `reads` and no others."""
        if not self.allowed:
            raise Unavailable("AWS is not asked in a dry run", fix="set TOLL_LIVE=1 to use its real credentials")
        if not self._confined:
            raise Unavailable(NO_ROLE, fix=NAME_ROLE)
        access = Access(self.clients, work.target, self.role, session_name("observe"))
        access.allow(session_policy(reads))
        return access

    def _bring(self, way: Way, action: Action, before: Observation, run: Run) -> ExecutionReport:
        self.ready(action, before)
        work = work_of(action)
        access = Access(self.clients, work.target, self.role, session_name(run.proposal))
        return Bringing(work, way, before, run, access, self.patience).report()


def work_of(action: Action) -> Work:
    """Return who does an action. Raises `BadInput` for one that is not on AWS."""
    match action:
        case ResizeInstance() | StopInstance() | StartInstance():
            return InstanceWork(action)
        case ChangeVolume():
            return VolumeWork(action)
        case DeleteVolume():
            return RemovalWork(action)
        case ReleaseAddress():
            return AddressWork(action)
        case SetBudget():
            return BudgetWork(action)
        case ChangeCode():
            raise BadInput(f"`{action.kind}` cannot be carried out on AWS", fix="use the executor of its repository")
