"""What a tool is: one frozen input, one frozen result, one pure function, one registration."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from importlib import import_module
from typing import Literal, cast

from pydantic import Field, JsonValue

from finops.books import Books
from finops.errors import BadInput
from finops.evidence import Evidence, Figure
from finops.ports import DataHandle
from finops.query import Frozen

Effect = Literal["READ", "PROPOSE"]


class NotEnoughData(Frozen):
    """A typed reason why there is no answer; never a zero, None or NaN in its place."""

    status: Literal["not_enough_data"] = "not_enough_data"
    reason: str
    have: int = Field(description="what there is, in `unit`")
    needed: int = Field(description="what it takes, in `unit`")
    unit: str


@dataclass(frozen=True, slots=True)
class ToolContext:
    """What a tool may see besides its input: one snapshot, today, evidence by id, and the books that are loaded."""

    data: DataHandle
    as_of: date
    evidence: Callable[[str], Evidence]
    books: Books = field(default_factory=Books)


@dataclass(frozen=True, slots=True)
class Finding:
    """What a tool returns: its result, the figures in it, and how they came to be."""

    result: Frozen
    figures: tuple[Figure, ...] = ()
    rows_read: int = 0
    formula: str = ""
    query: str = ""
    sources: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Tool:
    """One registration. `run` is `module:function`, imported when first called, so that a heavy tool costs only its users."""

    name: str
    effect: Effect
    description: str
    input: type[Frozen]
    run: str
    _loaded: dict[str, Callable[[Frozen, ToolContext], Finding]] = field(
        default_factory=dict[str, "Callable[[Frozen, ToolContext], Finding]"], compare=False, repr=False
    )

    def __call__(self, arguments: Frozen, context: ToolContext) -> Finding:
        """Run the tool's function."""
        if "run" not in self._loaded:
            module, function = self.run.split(":")
            self._loaded["run"] = getattr(import_module(module), function)
        return self._loaded["run"](arguments, context)

    def schema(self) -> dict[str, JsonValue]:
        """Return the JSON schema of the input, without what only costs tokens: titles, null or nothing for a field left out, and
        limits of length and of unknown fields, which a call is held to all the same.
        """
        return cast(dict[str, JsonValue], _brief(self.input.model_json_schema()))


_UNSAID = ("minLength", "maxLength", "maxItems")


def _brief(node: object) -> object:
    if isinstance(node, Mapping):
        pairs = cast(Mapping[str, object], node)
        if "default" in pairs and pairs["default"] in (None, [], ""):
            pairs = _left_out(pairs)
        return {k: _brief(v) for k, v in pairs.items() if not _costs_only(k, v)}
    if isinstance(node, list):
        return [_brief(item) for item in cast(list[object], node)]
    return node


def _costs_only(key: str, value: object) -> bool:
    # A field may be called as a keyword is: its value then is a schema, no text and no number.
    unsaid = key in _UNSAID and isinstance(value, int)
    return (key == "title" and isinstance(value, str)) or unsaid or (key == "additionalProperties" and value is False)


def _left_out(field: Mapping[str, object]) -> Mapping[str, object]:
    """Say a field that may be left out as what it is where it is given."""
    kept = {k: v for k, v in field.items() if k != "default"}
    kinds = [one for one in cast(list[object], field.get("anyOf", [])) if one != {"type": "null"}]
    if len(kinds) != 1:
        return {**kept, "anyOf": kinds} if kinds else kept
    return {**cast(Mapping[str, object], kinds[0]), **{k: v for k, v in kept.items() if k != "anyOf"}}


def need_cost(data: DataHandle) -> None:
    """Refuse where no bill is loaded."""
    if data.cost is None:
        raise BadInput("no bill is loaded", fix="load one with `toll ingest PATH`, or start with `toll demo`")
