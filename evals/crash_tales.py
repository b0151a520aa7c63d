"""What a process is killed in: each tale with its target, what is done, and what the cloud and the records must end in.

Done again by another process, whatever the first one came to, each ends the same.
"""

from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Final

from evals.acting_fakes import NoData
from evals.cloud_view import CloudView
from evals.team_repository import FILE, KEY, NAME, TeamRepository
from finops.actions import (
    Action,
    ChangeCode,
    CodeTarget,
    DeleteVolume,
    ResizeInstance,
    SetBudget,
    State,
    Target,
)
from finops.errors import StateConflict
from finops.people import Principal
from gateway.aftercare import Aftercare
from gateway.proposals import Proposals

ANN, PAT, ADA = (
    Principal(name="ann", role="analyst"), Principal(name="pat", role="approver"), Principal(name="ada", role="admin"),
)  # fmt: skip
TAGS: Final = {"environment": "dev", "owner": "ana"}
REGION: Final = "us-east-1"
# The remote's own record of what was pushed to it, one line for each branch that was made, moved or deleted.
PUSHES: Final = "pushes.log"
_HOOK = f'#!/bin/sh\nwhile read -r old new ref; do echo "$old $new $ref" >> "$PWD/{PUSHES}"; done\n'
Does = Callable[[Proposals, str], None]


@dataclass(frozen=True, slots=True)
class Tale:
    """One tale. `leads` is done before by a process of its own, which dies after so many calls where `lead_dies` says so.

    The cloud refuses the call `refuses` all along, and `meanwhile` happens once the proposal is approved. `whole` says that the
    target must end as it was.
    """

    make: Callable[[CloudView, Path], tuple[str, Action]]
    does: Does
    end: State
    calls: Counter[str]
    leads: Does | None = None
    lead_dies: int = 0
    refuses: str = ""
    meanwhile: Callable[[CloudView, str], None] | None = None
    whole: bool = False


def _execute(door: Proposals, proposal: str) -> None:
    door.execute(PAT, proposal)


def _undo(door: Proposals, proposal: str) -> None:
    door.undo(PAT, proposal)


def _execute_and_look(door: Proposals, proposal: str) -> None:
    """Execute what then fails half way; what a process died in is found by the next look after what ran."""
    if door.get(proposal).state in ("approved", "executing"):
        door.execute(PAT, proposal)
    if door.get(proposal).state == "failed":
        Aftercare(door.records, door.judge, NoData).look(PAT)


def _execute_and_review(door: Proposals, proposal: str) -> None:
    """Execute what is no longer as it was approved, approve it as it is now, and execute that."""
    if door.get(proposal).state == "approved":
        # Sent back for review, unless it was approved as it is now.
        with suppress(StateConflict):
            door.execute(PAT, proposal)
    if door.get(proposal).state == "pending":
        door.approve(ADA, proposal)
    if door.get(proposal).state in ("approved", "executing"):
        door.execute(PAT, proposal)


def _instance(view: CloudView, folder: Path) -> tuple[str, Action]:
    del folder
    name = view.launch("m5.2xlarge", TAGS)
    return name, ResizeInstance(target=_target(view, name), instance_type="m5.xlarge")


def _volume(view: CloudView, folder: Path) -> tuple[str, Action]:
    del folder
    pairs = [{"Key": key, "Value": value} for key, value in sorted(TAGS.items())]
    made = view.ec2.create_volume(
        AvailabilityZone="us-east-1a", Size=40, VolumeType="gp3", TagSpecifications=[{"ResourceType": "volume", "Tags": pairs}]
    )  # fmt: skip
    name = str(made["VolumeId"])
    return name, DeleteVolume(target=_target(view, name))


def _budget(view: CloudView, folder: Path) -> tuple[str, Action]:
    name = f"budget-{'-'.join(folder.parts[-2:])}"
    return name, SetBudget(target=_target(view, name), amount=Decimal(900))


def _code(view: CloudView, folder: Path) -> tuple[str, Action]:
    """Make a team's repository, whose remote writes down what is pushed to it."""
    remote = TeamRepository.made(folder / "remote")
    hook = remote.folder / "hooks" / "post-receive"
    hook.write_text(_HOOK, encoding="utf-8")
    hook.chmod(0o755)
    stands_for = ResizeInstance(target=_target(view, "i-in-code"), instance_type="m5a.2xlarge")
    target = CodeTarget(account=NAME, region="main", resource_id=FILE)
    return "i-in-code", ChangeCode(target=target, key=KEY, value="m5a.2xlarge", stands_for=stands_for)


def _target(view: CloudView, name: str) -> Target:
    return Target(account=view.account, region=REGION, resource_id=name)


def _retag(view: CloudView, resource: str) -> None:
    view.ec2.create_tags(Resources=[resource], Tags=[{"Key": "note", "Value": "looked at by hand"}])


def pushes(folder: Path) -> Counter[str]:
    """Count what was pushed to the remote in `folder`, by its own record."""
    log = folder / "remote" / "shop.git" / PUSHES
    lines = log.read_text(encoding="utf-8").splitlines() if log.exists() else []
    return Counter("delete branch" if line.split()[1].strip("0") == "" else "push branch" for line in lines)


_RESIZED: Counter[str] = Counter({"StopInstances": 1, "ModifyInstanceAttribute": 1, "StartInstances": 1})
_DELETED: Counter[str] = Counter({"CreateSnapshot": 1, "DeleteVolume": 1})
_BUDGETED: Counter[str] = Counter({"CreateBudget": 1})
_PUSHED: Counter[str] = Counter({"push branch": 1})
TALES: Final[dict[str, Tale]] = {
    "execute resize_instance": Tale(_instance, _execute, "verified", _RESIZED),
    "undo resize_instance": Tale(_instance, _undo, "undone", _RESIZED + _RESIZED, leads=_execute, whole=True),
    "resume resize_instance": Tale(_instance, _execute, "verified", _RESIZED, leads=_execute, lead_dies=1),
    "take back resize_instance": Tale(
        _instance, _execute_and_look, "undone", Counter({"StopInstances": 1, "StartInstances": 1}),
        refuses="ModifyInstanceAttribute", whole=True,
    ),
    # The tag that is set by hand is in the server's log as well.
    "review resize_instance": Tale(
        _instance, _execute_and_review, "verified", _RESIZED + Counter({"CreateTags": 1}), meanwhile=_retag
    ),
    "execute delete_volume": Tale(_volume, _execute, "verified", _DELETED),
    "undo delete_volume": Tale(
        _volume, _undo, "undone", _DELETED + Counter({"CreateVolume": 1}), leads=_execute, whole=True
    ),
    "execute set_budget": Tale(_budget, _execute, "verified", _BUDGETED),
    "undo set_budget": Tale(
        _budget, _undo, "undone", _BUDGETED + Counter({"DeleteBudget": 1}), leads=_execute, whole=True
    ),
    "execute change_code": Tale(_code, _execute, "verified", _PUSHED),
    "undo change_code": Tale(_code, _undo, "undone", _PUSHED + Counter({"delete branch": 1}), leads=_execute, whole=True),
}  # fmt: skip
