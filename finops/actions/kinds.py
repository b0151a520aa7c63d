"""The closed set of actions: what each touches and what it asks for."""

from decimal import Decimal
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from finops.query import Frozen

Provider = Literal["aws", "git"]
Text = Annotated[str, Field(min_length=1, max_length=256)]


class Target(Frozen):
    """The one resource an action touches."""

    provider: Literal["aws"] = "aws"
    account: str = Field(max_length=64, description="SubAccountId of the resource")
    region: str = Field(max_length=32, description="RegionId, such as us-east-1")
    resource_id: str = Field(max_length=256, description="ResourceId, such as i-0abc")


class CodeTarget(Frozen):
    """One file of a repository that the settings name; what it describes is changed by its owners' own review."""

    provider: Literal["git"] = "git"
    account: Annotated[str, Field(min_length=1, max_length=64, description="name of the repository in the settings")]
    region: Annotated[str, Field(min_length=1, max_length=64, description="branch to start from, such as main")]
    resource_id: Annotated[str, Field(min_length=1, max_length=256, description="path of the file in it")]


class ResizeInstance(Frozen):
    """Change an instance's type; stops and starts it where it runs."""

    kind: Literal["resize_instance"] = "resize_instance"
    target: Target
    instance_type: Annotated[str, Field(max_length=40, description="the type to change to, such as m5.large")]


class StopInstance(Frozen):
    """Stop a running instance; its volumes stay and go on costing."""

    kind: Literal["stop_instance"] = "stop_instance"
    target: Target


class StartInstance(Frozen):
    """Start a stopped instance."""

    kind: Literal["start_instance"] = "start_instance"
    target: Target


VolumeType = Literal["gp2", "gp3", "io1", "io2", "st1", "sc1", "standard"]


class ChangeVolume(Frozen):
    """Change a volume's type, its size, or both. A volume can grow and never shrink, so a larger size cannot be undone."""

    kind: Literal["change_volume"] = "change_volume"
    target: Target
    volume_type: VolumeType | None = None
    size_gib: Annotated[int, Field(ge=1, le=65536)] | None = None

    @model_validator(mode="after")
    def _asks_something(self) -> Self:
        if self.volume_type is None and self.size_gib is None:
            raise ValueError("give volume_type, size_gib or both")
        return self


class DeleteVolume(Frozen):
    """Snapshot a volume, then delete it; undone by a new volume from the snapshot."""

    kind: Literal["delete_volume"] = "delete_volume"
    target: Target


class ReleaseAddress(Frozen):
    """Release an elastic IP address that nothing uses; undone only while AWS gave it to nobody else."""

    kind: Literal["release_address"] = "release_address"
    target: Target


class SetBudget(Frozen):
    """Set an account's monthly cost budget of the name `target.resource_id`, made where there is none."""

    kind: Literal["set_budget"] = "set_budget"
    target: Target
    amount: Annotated[
        Decimal, Field(gt=0, le=10**9, max_digits=15, decimal_places=2, description="a month, in currency")
    ]
    currency: Literal["USD"] = "USD"


Infrastructure = Annotated[
    ResizeInstance | StopInstance | StartInstance | ChangeVolume | DeleteVolume | ReleaseAddress,
    Field(discriminator="kind"),
]


class ChangeCode(Frozen):
    """Commit one value in a Terraform variable file, Helm values or Kubernetes manifest to a branch of its own.

    `stands_for` is what happens when the owners merge it: its cost and fit are judged as if it were done at once.
    """

    kind: Literal["change_code"] = "change_code"
    target: CodeTarget
    key: Annotated[
        str, Field(min_length=1, max_length=256, description="path in the file, such as web.resources.requests.cpu")
    ]
    value: Annotated[str, Field(min_length=1, max_length=256)]
    stands_for: Infrastructure | None = None


Action = Annotated[
    ResizeInstance
    | StopInstance
    | StartInstance
    | ChangeVolume
    | DeleteVolume
    | ReleaseAddress
    | SetBudget
    | ChangeCode,
    Field(discriminator="kind"),
]
ActionKind = Literal[
    "resize_instance", "stop_instance", "start_instance", "change_volume", "delete_volume", "release_address", "set_budget",
    "change_code",
]  # fmt: skip


def effective(action: Action) -> Action:
    """Return what happens in the end: what a change of code stands for, where it says so, or the action itself.

    What limits, freezes, exemptions and rejections are about is this, so that a detour through a repository is no way around them.
    """
    return action.stands_for if isinstance(action, ChangeCode) and action.stands_for else action


def resource_of(action: Action) -> str:
    """Return the name under which no two actions run at once: provider, account, region and id of the resource in the end.

    A budget has no region, whatever region its target names.
    """
    aim = effective(action)
    target = aim.target
    region = "" if isinstance(aim, SetBudget) else target.region
    return f"{target.provider}/{target.account}/{region}/{target.resource_id}"
