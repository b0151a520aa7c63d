"""Whose credentials a run uses: its own short session of the configured role, or the caller's where it does without."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final, cast

from connectors.aws.clients import Clients, Keys, plainly
from connectors.aws.steps import Step
from finops.actions import Target

if TYPE_CHECKING:
    from mypy_boto3_ec2.client import EC2Client

SESSION_SECONDS: Final = 900
# A session that ends sooner is renewed before the next call.
SPARE: Final = timedelta(seconds=120)
# AWS Budgets has one endpoint a partition; its signing region is this one.
BUDGETS_REGION: Final = "us-east-1"


@dataclass(frozen=True, slots=True)
class Role:
    """A role to act in, such as `arn:aws:iam::123456789012:role/tollkeeper`."""

    arn: str

    def keys(self, clients: Clients, region: str, name: str, policy: str) -> Keys:
        """Return credentials of a new session that may do what the role and the session policy both allow."""
        sts = clients.client("sts", region)
        with plainly(clients.endpoint):
            answer: Mapping[str, Any] = sts.assume_role(
                RoleArn=self.arn, RoleSessionName=name, DurationSeconds=SESSION_SECONDS, Policy=policy
            )
        given = cast(Mapping[str, Any], answer["Credentials"])
        return Keys(given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"], given["Expiration"])


def session_name(proposal: str) -> str:
    """Return the name under which CloudTrail shows what a proposal did, of the 64 characters that AWS allows."""
    return re.sub(r"[^\w+=,.@-]", "-", f"tollkeeper-{proposal}", flags=re.ASCII)[:64]


class Access:
    """The calls of one run or one look. With a role, its credentials allow what `allow` was last told and no more."""

    def __init__(self, clients: Clients, target: Target, role: Role | None, name: str) -> None:
        self._clients = clients
        self._target = target
        self._role = role
        self._name = name
        self._policy = ""
        self._keys: Keys | None = None
        self._made: dict[tuple[str, bool], Any] = {}

    def allow(self, policy: str) -> None:
        """Let the calls from now on do what the session policy allows."""
        if policy != self._policy:
            self._policy, self._keys = policy, None
            self._made.clear()

    @property
    def ec2(self) -> "EC2Client":
        """The client of the target's region."""
        return cast("EC2Client", self._client("ec2"))

    @property
    def budgets(self) -> Any:
        """The client of AWS Budgets, without types: its stubs are no dependency."""
        return self._client("budgets")

    @property
    def endpoint(self) -> str | None:
        """Where the calls go; None is AWS itself."""
        return self._clients.endpoint

    def make(self, step: Step) -> None:
        """Make one call. Raises `Unavailable` where it is refused, or its answer is lost."""
        client = self._client(step.service, once=step.once)
        with plainly(self._clients.endpoint):
            getattr(client, step.call)(**step.arguments)

    def _client(self, service: str, *, once: bool = False) -> Any:
        region = BUDGETS_REGION if service == "budgets" else self._target.region
        if self._role is None:
            return self._clients.client(service, region, once=once)
        if self._keys is None or datetime.now(UTC) + SPARE > self._keys.expires:
            self._keys = self._role.keys(self._clients, self._target.region, self._name, self._policy)
            self._made.clear()
        if (service, once) not in self._made:
            self._made[service, once] = self._clients.client(service, region, keys=self._keys, once=once)
        return self._made[service, once]
