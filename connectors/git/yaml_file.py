"""YAML by its events: every value with its place, its type and its quotes. Nothing is constructed, no alias is followed."""

import re
from dataclasses import dataclass, field
from typing import Any, Final, cast

import yaml

from connectors.git.nodes import Node, Parsed, Quote, Token, Type
from finops.errors import BadFile

# PyYAML's C parser reads a megabyte in a second, its own in twenty; its events are untyped either way.
_LOADER: Final = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_RESOLVER: Final = cast(Any, yaml).SafeLoader("")
_MOST_DEPTH: Final = 100
_TYPES: Final[dict[str, Type]] = {"str": "text", "int": "number", "float": "number", "bool": "truth"}
# A number by YAML 1.2, which most of today's readers follow, and text by 1.1, which PyYAML does: `1e3`, `0o17`.
_NUMBER_SINCE = re.compile(r"[-+]?(?:\.\d+|\d+(?:\.\d*)?)(?:[eE][-+]?\d+)?|0o[0-7]+|0x[0-9a-fA-F]+", re.ASCII)
Event = Any


def parse_yaml(path: str, text: str) -> Parsed:
    """Return the documents in `text`. Raises `BadFile` with the line where it is no YAML."""
    # A mark before the first letter is no part of the document; places are counted from behind it.
    shift = int(text.startswith("\ufeff"))
    reader = _Reader(path)
    try:
        for event in cast(Any, yaml).parse(text[shift:], Loader=_LOADER):
            reader.take(event)
    except yaml.MarkedYAMLError as error:
        where = f" line {error.problem_mark.line + 1}" if error.problem_mark else ""
        fix = "a template is changed by hand" if "{{" in text else "mend the file"
        raise BadFile(f"`{path}`{where} is no YAML, {error.problem}", fix=fix) from error
    except yaml.YAMLError as error:
        raise BadFile(f"`{path}` is no YAML text", fix="save it as UTF-8 without control characters") from error
    return Parsed(tuple(reader.roots), tuple(reader.tokens), lambda at: at + shift)


def type_of(text: str) -> Type:
    """Return what a YAML reader takes unquoted `text` for."""
    tag = cast(str, _RESOLVER.resolve(yaml.ScalarNode, text, (True, False)))
    found = _TYPES.get(tag.rpartition(":")[2], "other")
    return "number" if found == "text" and _NUMBER_SINCE.fullmatch(text) else found


@dataclass(slots=True)
class _Open:
    """A mapping or list that is being read; `key` is the key whose value comes next."""

    node: Node
    key: str | None = None


@dataclass(slots=True)
class _Reader:
    path: str
    roots: list[Node] = field(default_factory=list[Node])
    tokens: list[Token] = field(default_factory=list[Token])
    anchors: dict[str, Node] = field(default_factory=dict[str, Node])
    open: list[_Open] = field(default_factory=list[_Open])

    def take(self, event: Event) -> None:
        name = type(event).__name__
        said = [str(getattr(event, part, None)) for part in ("anchor", "tag", "value")]
        self.tokens.append(Token(name, "\0".join(said)))
        if isinstance(event, yaml.DocumentStartEvent):
            self.anchors.clear()
        elif isinstance(event, yaml.CollectionEndEvent):
            done = self.open.pop().node
            done.end = _end(event)
            self._place(done)
        elif isinstance(event, yaml.CollectionStartEvent):
            self._begin(event)
        elif isinstance(event, yaml.ScalarEvent):
            self._place(self._anchored(event, _scalar(event)))
        elif isinstance(event, yaml.AliasEvent):
            self._place(self._alias(event))

    def _begin(self, event: Event) -> None:
        if len(self.open) >= _MOST_DEPTH:
            raise BadFile(f"`{self.path}` is nested deeper than {_MOST_DEPTH}", fix="flatten it")
        kind = "mapping" if isinstance(event, yaml.MappingStartEvent) else "list"
        node = Node(kind, _start(event), _end(event))
        self.open.append(_Open(self._anchored(event, node)))

    def _anchored(self, event: Event, node: Node) -> Node:
        if event.anchor:
            self.anchors[str(event.anchor)] = node
        return node

    def _alias(self, event: Event) -> Node:
        """Return what stands for an alias, and mark what it repeats: a change there would change both."""
        name = str(event.anchor)
        if name in self.anchors:
            self.anchors[name].fault = f"is repeated by the alias `*{name}`"
        return Node("scalar", _start(event), _end(event), text=f"*{name}", fault="is an alias")

    def _place(self, node: Node) -> None:
        if not self.open:
            self.roots.append(node)
            return
        top = self.open[-1]
        if top.node.kind == "list":
            top.node.items.append(node)
        elif top.key is None:
            # A key that is no scalar has no name that could be asked for.
            top.key = node.text if node.kind == "scalar" else ""
        else:
            top.node.entries.append((top.key, node))
            top.key = None


def _start(event: Event) -> int:
    return int(event.start_mark.index)


def _end(event: Event) -> int:
    return int(event.end_mark.index)


def _scalar(event: Event) -> Node:
    text, style = str(event.value), str(event.style or "")
    quote: Quote = style if style in ("'", '"') else ""
    kind: Type = "text" if quote else type_of(text)
    node = Node("scalar", _start(event), _end(event), text=text, type=kind, quote=quote)
    node.fault = _fault(event, text, style, kind)
    return node


def _fault(event: Event, text: str, style: str, kind: Type) -> str:
    if event.anchor:
        return f"carries the anchor `&{event.anchor}`"
    if event.tag is not None:
        return f"carries the tag `{event.tag}`"
    if style in ("|", ">") or event.start_mark.line != event.end_mark.line:
        return "is written over several lines"
    if "{{" in text:
        return "is a template"
    return "is neither text, number nor truth value" if kind == "other" else ""
