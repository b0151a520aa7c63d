"""The key of a value in a file, as a person writes it.

    key      = [ document ":" ] step { step }
    document = kind "/" [ namespace "/" ] name           a Kubernetes object, such as Deployment/web
    step     = [ "." ] name | "[" number "]" | "[" name "=" text "]"
    name     = letters but . [ ] = " and spaces, or anything in double quotes, as in JSON

`web.resources.requests.cpu`, `pools[0].size`, `metadata.annotations."example.com/team"`,
`Deployment/web:spec.template.spec.containers[name=app].resources.requests.cpu`. In a Terraform file the first name is a variable's.
"""

import json
import re
from dataclasses import dataclass

from finops.errors import BadInput

_DOCUMENT = re.compile(r'(?P<kind>[A-Za-z][A-Za-z0-9]*)/(?:(?P<namespace>[^/:\s"\[\]]+)/)?(?P<name>[^/:\s"\[\]]+):')
_QUOTED = r'"(?:[^"\\]|\\.)*"'
_BARE = r'[^.\[\]="\s]+'
_STEP = re.compile(
    rf"\[(?P<index>\d{{1,9}})\]|\[(?P<field>{_QUOTED}|{_BARE})=(?P<text>{_QUOTED}|[^\]\"]+)\]|(?P<dot>\.?)(?P<name>{_QUOTED}|{_BARE})"
)
_FIX = "write it as `web.resources.requests.cpu`, `pools[0].size` or `Deployment/web:spec.replicas`"


@dataclass(frozen=True, slots=True)
class DocumentName:
    """Which object of a file with several."""

    kind: str
    name: str
    namespace: str | None = None

    def __str__(self) -> str:
        return "/".join(part for part in (self.kind, self.namespace, self.name) if part)


@dataclass(frozen=True, slots=True)
class Where:
    """The item of a list whose `field` is `text`."""

    field: str
    text: str


Step = str | int | Where


@dataclass(frozen=True, slots=True)
class Key:
    """A path to one value: names of a mapping, places in a list, or items found by a field."""

    document: DocumentName | None
    steps: tuple[Step, ...]


def parse_key(text: str) -> Key:
    """Return what `text` points at. Raises `BadInput` where it is no key."""
    if any(ord(letter) < 32 or ord(letter) == 127 for letter in text):
        raise BadInput("the key holds control characters", fix=_FIX)
    found = _DOCUMENT.match(text)
    document = DocumentName(found["kind"], found["name"], found["namespace"]) if found else None
    at = found.end() if found else 0
    steps: list[Step] = []
    while at < len(text):
        step = _STEP.match(text, at)
        # A dot stands before every name but the first.
        if step is None or (step["name"] is not None and bool(step["dot"]) != bool(steps)):
            raise BadInput(f"`{text}` is no key from `{text[at : at + 20]}` on", fix=_FIX)
        steps.append(_step(step))
        at = step.end()
    if not steps:
        raise BadInput(f"`{text}` is no key", fix=_FIX)
    return Key(document, tuple(steps))


def written(steps: tuple[Step, ...]) -> str:
    """Return steps as a person writes them."""
    said = ""
    for step in steps:
        if isinstance(step, str):
            said += ("." if said else "") + _quoted(step)
        else:
            said += f"[{step}]" if isinstance(step, int) else f"[{_quoted(step.field)}={_quoted(step.text)}]"
    return said


def _step(found: re.Match[str]) -> Step:
    if found["index"] is not None:
        return int(found["index"])
    if found["field"] is not None:
        return Where(_plain(found["field"]), _plain(found["text"]))
    return _plain(found["name"])


def _plain(text: str) -> str:
    if not text.startswith('"'):
        return text
    try:
        return str(json.loads(text))
    except ValueError as error:
        raise BadInput(f"`{text}` is no text in quotes", fix="escape it as in JSON") from error


def _quoted(name: str) -> str:
    return name if re.fullmatch(_BARE, name) else json.dumps(name, ensure_ascii=False)
