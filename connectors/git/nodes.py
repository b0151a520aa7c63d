"""What a file holds, with the place of every value in its text: the same for YAML and for HCL."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from connectors.git.keys import Step, Where, written
from finops.errors import BadFile, UnknownName

Type = Literal["text", "number", "truth", "other"]
Quote = Literal["", "'", '"']


@dataclass(slots=True)
class Node:
    """One value. `fault` says why it cannot be changed where it stands; empty where it can."""

    kind: Literal["mapping", "list", "scalar"]
    start: int
    end: int
    entries: list[tuple[str, "Node"]] = field(default_factory=list["tuple[str, Node]"])
    items: list["Node"] = field(default_factory=list["Node"])
    text: str = ""
    type: Type = "other"
    quote: Quote = ""
    fault: str = ""


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of a file as its language reads it; comments and layout are none."""

    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class Parsed:
    """A file as its language reads it. `offset` turns a node's place into one in the text."""

    roots: tuple[Node, ...]
    tokens: tuple[Token, ...]
    offset: Callable[[int], int] = int


def resolve(root: Node, steps: tuple[Step, ...]) -> tuple[Node, ...]:
    """Return the values on the way from `root` to what `steps` lead to, that last.

    Raises `UnknownName` where there is none, with the nearest that is, and `BadFile` where there are two.
    """
    way = [root]
    for number, step in enumerate(steps):
        key, found = written(steps[: number + 1]), _at(way[-1], step)
        if not found:
            raise UnknownName("key", key, [written((*steps[:number], name)) for name in _names(way[-1])])
        if len(found) > 1:
            raise BadFile(f"`{key}` stands {len(found)} times in the file", fix="keep one of them")
        way.append(found[0])
    return tuple(way)


def _at(node: Node, step: Step) -> list[Node]:
    if isinstance(step, str):
        return [value for name, value in node.entries if name == step]
    if isinstance(step, int):
        return node.items[step : step + 1]
    return [item for item in node.items if _field(item, step.field) == step.text]


def _names(node: Node) -> list[Step]:
    """Return what could have been meant at `node`: its keys, its items by name, or their places."""
    if node.entries:
        return [name for name, _ in node.entries]
    named = [Where("name", name) for item in node.items if (name := _field(item, "name"))]
    return [*named] or [*range(len(node.items))]


def _field(item: Node, name: str) -> str | None:
    return next((value.text for key, value in item.entries if key == name and value.kind == "scalar"), None)


def text_at(root: Node, *names: str) -> str | None:
    """Return the text of a scalar below `root`, None where there is none."""
    for name in names:
        found = next((value for key, value in root.entries if key == name), None)
        if found is None:
            return None
        root = found
    return root.text if root.kind == "scalar" else None
