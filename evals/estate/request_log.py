"""The simulated cloud's own record of what it was asked to change: the side on which a call that was made twice shows."""

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast
from urllib.parse import parse_qsl

from pydantic import Field, TypeAdapter

from finops.query import Frozen

FILE = "requests.jsonl"
DONE = "done"
_READS = ("Describe", "Get", "List", "Lookup", "Assume")
_IDS = re.compile(r"\b(?:i|vol|snap|eipalloc|eipassoc)-[0-9a-f]{8,}\b")
_CODE = re.compile(r'<Code>([^<]+)</Code>|"__type":\s*"(?:[^"#]*#)?([^"]+)"')


class Served(Frozen):
    """One request that changes something, as it was served."""

    time: datetime
    action: str = Field(description="name of the API call, such as StopInstances")
    resources: tuple[str, ...] = Field(description="ids that the request names")
    made: tuple[str, ...] = Field(default=(), description="further ids that the answer names")
    outcome: str = Field(description="`done`, or the error code of the refusal")


class Asked(Frozen):
    """A request as its action and fields, from whichever of AWS's protocols."""

    action: str
    form: dict[str, str]
    text: str

    @property
    def changes(self) -> bool:
        """Whether it may change something."""
        return bool(self.action) and not self.action.startswith(_READS)

    @property
    def resources(self) -> tuple[str, ...]:
        """The ids it names, each once; of a budget its name."""
        named = [value for value in self.form.values() if _IDS.fullmatch(value)]
        return tuple(dict.fromkeys(named))


def asked(body: bytes, target: str) -> Asked:
    """Read a request of the query protocol, or of the JSON protocol where `target` (X-Amz-Target) names its action."""
    text = body.decode("utf-8", "replace")
    if not target:
        form = dict(parse_qsl(text))
        return Asked(action=form.get("Action", ""), form=form, text=text)
    return Asked(action=target.rpartition(".")[2], form=_names(text), text=text)


def served(request: Asked, status: str, answer: bytes) -> Served:
    """Return what is written down of a request and its answer."""
    text = answer.decode("utf-8", "replace")
    refused = _CODE.search(text) if not status.startswith("2") else None
    outcome = DONE if status.startswith("2") else next(filter(None, refused.groups()), status) if refused else status
    named = request.resources or tuple(request.form.values()) if "BudgetName" in request.form else request.resources
    made = tuple(one for one in dict.fromkeys(_IDS.findall(text)) if one not in named) if outcome == DONE else ()
    return Served(time=datetime.now(UTC), action=request.action, resources=named, made=made, outcome=outcome)


def append(folder: Path, line: Served) -> None:
    """Write one line at the end. The caller lets one at a time."""
    with (folder / FILE).open("a", encoding="utf-8") as log:
        log.write(line.model_dump_json() + "\n")


def requests_of(folder: Path) -> list[Served]:
    """Return the lines of an estate's log, oldest first; none where nothing was asked yet."""
    path = folder / FILE
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    return [TypeAdapter(Served).validate_json(line) for line in lines]


def _names(text: str) -> dict[str, str]:
    """Return the budget that a JSON request names."""
    try:
        given: Any = json.loads(text)
    except ValueError:
        return {}
    if not isinstance(given, Mapping):
        return {}
    fields = cast(Mapping[str, Any], given)
    inner = cast(Mapping[str, Any], fields.get("Budget") or fields.get("NewBudget") or fields)
    name = inner.get("BudgetName")
    return {"BudgetName": name} if isinstance(name, str) else {}
