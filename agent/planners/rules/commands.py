"""Commands about one resource: `resize i-0abc to m5.large`, `change vol-0abc to gp3`, `release eipalloc-0abc`."""

import re
from typing import get_args

from agent.planners.rules.budgets import find_budget
from agent.planners.rules.misread import misread
from agent.planners.rules.reading import Command, Misread, Reading
from agent.planners.rules.scan import Scan
from finops.actions import VolumeType

_INSTANCE = re.compile(r"i-[0-9a-z]{3,}")
_VOLUME = re.compile(r"vol-[0-9a-z]{3,}")
_ADDRESS = re.compile(r"eipalloc-[0-9a-z]{3,}")
_RESIZE = frozenset(
    {"resize", "downsize", "upsize", "change", "move", "switch", "rightsize", "shrink", "propose", "resizing"}
)
_TYPE = re.compile(r"[a-z][a-z0-9-]*\d[a-z0-9-]*\.[0-9a-z-]+")
_ACT_STOP = frozenset({
    "please", "the", "instance", "vm", "machine", "server", "to", "resizing", "changing", "of", "for", "a", "an", "proposal",
    "now", "can", "you", "i", "want", "it", "type", "and",
})  # fmt: skip
_VOLUME_STOP = _ACT_STOP | {"volume", "disk", "propose", "grow", "extend", "growing", "size", "gib", "gb"}
_CHANGE = frozenset(
    {"change", "move", "switch", "migrate", "convert", "modify", "resize", "grow", "extend", "changing", "growing"}
)
_DELETE, _KEEP = frozenset({"delete", "remove", "deleting"}), frozenset({"snapshot", "snapshotting"})
_RELEASE, _ADDRESS_STOP = frozenset({"release", "releasing"}), _ACT_STOP | {"address", "ip", "elastic", "propose"}
_MOST_GIB = 65_536
# How a command may begin, before its verb: a question about what changed begins otherwise.
_POLITE = frozenset({"please", "can", "you", "i", "want", "to", "propose", "now"})
_SIZE = re.compile(r"(\d{1,6})(gib|gb)?")
_VOLUME_EXAMPLE = "`change vol-0abc123 to gp3`, `grow vol-0abc123 to 200 GiB` or `snapshot and delete vol-0abc123`"


def find_command(scan: Scan) -> Reading | Misread | None:
    """Return the command a question is, None where it is none."""
    text = [token.text for token in scan.tokens]
    if (budget := find_budget(scan)) is not None:
        return budget
    if any(_VOLUME.fullmatch(word) for word in text):
        return _volume(scan, text)
    if any(_ADDRESS.fullmatch(word) for word in text):
        return _address(scan, text)
    return _instance(scan, text)


def _volume(scan: Scan, text: list[str]) -> Reading | Misread | None:
    if not _commands(text, _CHANGE | _DELETE | _KEEP):
        return None
    targets = [token.raw for token in scan.tokens if _VOLUME.fullmatch(token.text)]
    types = [word for word in text if word in get_args(VolumeType)]
    sizes = [int(found[1]) for word in text if (found := _SIZE.fullmatch(word))]
    known = _VOLUME_STOP | _CHANGE | _DELETE | _KEEP | {*types, *(one.lower() for one in targets)}
    strange = [token.raw for token in scan.tokens if token.text not in known and not _SIZE.fullmatch(token.text)]
    if strange:
        return misread(f"I do not understand `{' '.join(strange)}`", _VOLUME_EXAMPLE)
    if len(targets) != 1 or len(types) > 1 or len(sizes) > 1 or not all(0 < size <= _MOST_GIB for size in sizes):
        return misread(f"`{' '.join(text)}` does not name one volume and what it shall be", _VOLUME_EXAMPLE)
    deletes, changes = bool(set(text) & _DELETE), bool(set(text) & _CHANGE)
    if deletes and not changes and not types and not sizes:
        return Reading(intent="act", command=Command("delete_volume", targets[0]))
    if changes and not deletes and not set(text) & _KEEP and (types or sizes):
        volume_type = next((one for one in get_args(VolumeType) if one in types), None)
        size = sizes[0] if sizes else None
        return Reading(
            intent="act", command=Command("change_volume", targets[0], volume_type=volume_type, size_gib=size)
        )
    return misread(f"it is not clear what to do with `{targets[0]}`", _VOLUME_EXAMPLE)


def _commands(text: list[str], verbs: frozenset[str]) -> bool:
    """Tell whether a sentence begins with one of the verbs, politely or not."""
    return next((word for word in text if word not in _POLITE), "") in verbs


def _address(scan: Scan, text: list[str]) -> Reading | Misread | None:
    if not _commands(text, _RELEASE):
        return None
    targets = [token.raw for token in scan.tokens if _ADDRESS.fullmatch(token.text)]
    known = _ADDRESS_STOP | _RELEASE | {one.lower() for one in targets}
    strange = [token.raw for token in scan.tokens if token.text not in known]
    if strange or len(targets) != 1:
        return misread(f"I do not understand `{' '.join(strange or text)}`", "`release eipalloc-0abc123`")
    return Reading(intent="act", command=Command("release_address", targets[0]))


def _instance(scan: Scan, text: list[str]) -> Reading | Misread | None:
    verbs = [w for w in text if w in _RESIZE or w in ("stop", "start", "stopping", "starting", "shutdown")]
    targets = [token.raw for token in scan.tokens if _INSTANCE.fullmatch(token.text)]
    acting = [w for w in verbs if w not in ("propose", "change", "move", "switch", "rightsize")]
    if not verbs or (not targets and not (acting and text[0] in verbs)):
        return None
    if len(targets) != 1:
        return misread(
            f"`{' '.join(text)}` does not name one instance", "`resize i-0abc123 to m5.large` or `stop i-0abc123`"
        )
    types = [w for w in text if _TYPE.fullmatch(w)]
    known = {*targets, *(t.lower() for t in targets), *types, *verbs, *_ACT_STOP, "shut", "down"}
    strange = [token.raw for token in scan.tokens if token.text not in known]
    if strange:
        return misread(
            f"I do not understand `{' '.join(strange)}`", "`resize i-0abc123 to m5.large` or `stop i-0abc123`"
        )
    return _act(verbs, targets[0], types)


def _act(verbs: list[str], target: str, types: list[str]) -> Reading | Misread:
    doing = {w.removesuffix("ping").removesuffix("ing") for w in verbs} - {"propose"}
    if doing & {"stop", "shutdown", "sto"} and not types:
        return Reading(intent="act", command=Command("stop_instance", target))
    if doing == {"start"} and not types:
        return Reading(intent="act", command=Command("start_instance", target))
    if len(types) == 1 and not doing & {"stop", "start", "shutdown", "sto"}:
        return Reading(intent="act", command=Command("resize_instance", target, types[0]))
    if not types and not doing & {"start"}:
        return Reading(intent="savings", propose=True, resource=target)
    return misread(f"it is not clear what to do with `{target}`", f"`resize {target} to m5.large` or `stop {target}`")
