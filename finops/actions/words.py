"""Actions in words, the same wherever a person reads them."""

from finops.actions.kinds import (
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
from finops.money import plain


def in_words(action: Action) -> str:
    """Return what an action does, such as: resize `i-0abc` to `m5.large`."""
    name = f"`{action.target.resource_id}`"
    match action:
        case ResizeInstance():
            return f"resize {name} to `{action.instance_type}`"
        case StopInstance():
            return f"stop {name}"
        case StartInstance():
            return f"start {name}"
        case ChangeVolume():
            parts = [f"`{action.volume_type}`"] if action.volume_type else []
            parts += [f"{action.size_gib} GiB"] if action.size_gib else []
            return f"change volume {name} to {' of '.join(parts)}"
        case DeleteVolume():
            return f"snapshot and delete volume {name}"
        case ReleaseAddress():
            return f"release address {name}"
        case SetBudget():
            return f"set budget {name} of account `{action.target.account}` to {action.currency} {plain(action.amount)} a month"
        case ChangeCode():
            return f"commit `{action.key}` = `{action.value}` in {name} of `{action.target.account}`"
