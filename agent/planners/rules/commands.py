"""Commands about one instance: `resize i-0abc to m5.large`, `stop i-0abc`."""

import re

from agent.planners.rules.misread import misread
from agent.planners.rules.reading import Command, Misread, Reading
from agent.planners.rules.scan import Scan

_INSTANCE = re.compile(r"i-[0-9a-z]{3,}")
_RESIZE = frozenset(
    {"resize", "downsize", "upsize", "change", "move", "switch", "rightsize", "shrink", "propose", "resizing"}
)
_TYPE = re.compile(r"[a-z][a-z0-9-]*\d[a-z0-9-]*\.[0-9a-z-]+")
_ACT_STOP = frozenset({
    "please", "the", "instance", "vm", "machine", "server", "to", "resizing", "changing", "of", "for", "a", "an", "proposal",
    "now", "can", "you", "i", "want", "it", "type", "and",
})  # fmt: skip


def find_command(scan: Scan) -> Reading | Misread | None:
    """Return the command a question is, None where it is none."""
    text = [token.text for token in scan.tokens]
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
