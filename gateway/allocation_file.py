"""Read an allocation file: YAML without aliases, every scalar taken as the text it is, faults named by line."""

import difflib
from collections.abc import Iterable
from typing import Any, cast

import yaml
from pydantic import ValidationError
from pydantic_core import ErrorDetails

from finops.allocation import Allocation, AllocationRule, Pool, VirtualDimension, When
from finops.errors import BadFile

MOST_BYTES = 4 * 1024 * 1024
_MOST_DEPTH = 60
_DOCS = "see docs/allocation.md"
# PyYAML's nodes carry no types that a strict reader can use: its edge is this module.
Node = Any


def parse_allocation(name: str, text: str) -> Allocation:
    """Return the rules in `text`; `name` is the file's, for messages. Raises `BadFile` with the line and the fix.

    A scalar is never a date, a number or a truth value until the schema says so: the account `012345` keeps its zero, and `no` is
    the text `no`.
    """
    if len(text.encode()) > MOST_BYTES:
        raise BadFile(f"`{name}` is larger than {MOST_BYTES // 1024**2} MiB", fix="split dimensions into fewer rules")
    root = _composed(name, text)
    if not isinstance(root, yaml.MappingNode):
        raise BadFile(f"`{name}` holds no rules", fix=f"begin with `version: 1`, {_DOCS}")
    content = _plain(name, root)
    try:
        found = Allocation.model_validate(content)
    except ValidationError as error:
        raise _fault(name, root, error) from error
    _refuse_unknown_targets(name, root, found)
    return found


def _refuse_unknown_targets(name: str, root: Node, allocation: Allocation) -> None:
    """Refuse a part of a shared pool for a value that no rule can give: it would be cost of a team that is not there."""
    for title, made in allocation.dimensions.items():
        given = given_values(made)
        if given is None:
            continue
        for pool, shared in made.pools.items():
            for field, targets in (("percent", tuple(shared.percent)), ("targets", shared.targets)):
                if unknown := [one for one in targets if one not in given]:
                    loc = ("dimensions", title, "pools", pool, field, unknown[0])
                    near = nearest(unknown[0], given)
                    raise BadFile(
                        f"`{name}` line {_line(root, loc)}, `{'.'.join(loc[:-1])}`: no rule gives the value `{unknown[0]}`",
                        fix=f"did you mean `{near}`?"
                        if near
                        else f"name one of {', '.join(f'`{one}`' for one in given)}",
                    )


def given_values(made: VirtualDimension) -> tuple[str, ...] | None:
    """Return the values that rules can give, in order; None where one copies what the bill holds, so that it could be anything."""
    if any(rule.from_ is not None and rule.unmapped == "keep" for rule in made.rules):
        return None
    values = (value for rule in made.rules for value in ((rule.value,) if rule.value else rule.map.values()))
    return tuple(dict.fromkeys(values))


def nearest(value: str, known: Iterable[str]) -> str:
    """Return the known value that is spelt most like this one, empty where none is near."""
    spelt = {one.lower(): one for one in known}
    near = difflib.get_close_matches(value.lower(), spelt, n=1, cutoff=0.6)
    return spelt[near[0]] if near else ""


def _composed(name: str, text: str) -> Node:
    try:
        depth = 0
        for event in cast(Any, yaml).parse(text, Loader=yaml.SafeLoader):
            line = event.start_mark.line + 1
            if isinstance(event, yaml.AliasEvent):
                raise BadFile(f"`{name}` line {line} uses an alias", fix="write the text out where it is meant")
            depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
            if depth > _MOST_DEPTH:
                raise BadFile(f"`{name}` line {line} is nested deeper than {_MOST_DEPTH}", fix="flatten it")
        return cast(Any, yaml).compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        where = f" line {error.problem_mark.line + 1}" if error.problem_mark else ""
        raise BadFile(f"`{name}`{where} is no YAML, {error.problem}", fix="mind the indentation and quotes") from error
    except yaml.YAMLError as error:
        raise BadFile(f"`{name}` is no YAML text", fix="save it as UTF-8 without control characters") from error


def _plain(name: str, node: Node) -> object:
    if isinstance(node, yaml.MappingNode):
        found: dict[str, object] = {}
        for key, value in cast(list[tuple[Node, Node]], node.value):
            line = key.start_mark.line + 1
            if not isinstance(key, yaml.ScalarNode):
                raise BadFile(f"`{name}` line {line} has a key that is no text", fix="quote it")
            text = str(cast(Any, key).value)
            if text in found:
                raise BadFile(f"`{name}` line {line} gives `{text}` a second time", fix="keep one of them")
            found[text] = _plain(name, value)
        return found
    if isinstance(node, yaml.SequenceNode):
        return [_plain(name, value) for value in cast(list[Node], node.value)]
    return str(node.value)


def _fault(name: str, root: Node, error: ValidationError) -> BadFile:
    found = error.errors(include_url=False, include_context=False)
    # A list whose only item is at fault counts as too short as well: that is no fault of its own.
    faults = [one for one in found if one["type"] != "too_short" or not _within(one["loc"], found)]
    first = min(faults, key=lambda fault: _line(root, fault["loc"]))
    line = _line(root, first["loc"])
    where = ".".join(str(part) for part in first["loc"])
    message, _, fix = first["msg"].removeprefix("Value error, ").rpartition("; ")
    if first["loc"] == ("version",):
        return BadFile(
            f"`{name}` line {line}: there is no version `{first['input']}` of this format", fix="write `version: 1`"
        )
    if first["type"] == "extra_forbidden":
        message, fix = "there is no such key", _nearest(str(first["loc"][-1]))
    more = f" (and {len(faults) - 1} more)" if len(faults) > 1 else ""
    message = f"`{name}` line {line}, `{where}`: {_lower(message or fix)}{more}"
    return BadFile(
        message, fix=fix if message and fix and first["type"] in ("value_error", "extra_forbidden") else _DOCS
    )


def _within(loc: tuple[int | str, ...], faults: list[ErrorDetails]) -> bool:
    return any(len(one["loc"]) > len(loc) and one["loc"][: len(loc)] == loc for one in faults)


def _lower(message: str) -> str:
    return message[:1].lower() + message[1:]


def _nearest(key: str) -> str:
    models = (Allocation, VirtualDimension, AllocationRule, Pool, When)
    known = sorted({info.alias or field for model in models for field, info in model.model_fields.items()})
    near = difflib.get_close_matches(key, known, n=1, cutoff=0.5)
    return f"did you mean `{near[0]}`?" if near else _DOCS


def _line(root: Node, loc: tuple[int | str, ...]) -> int:
    """Return the line of the innermost part of the file that `loc` leads to; the schema may have put a list around a lone value."""
    node, line = root, root.start_mark.line + 1
    for part in loc:
        found = _inner(node, part)
        if found is not None:
            node, line = found
    return int(line)


def _inner(node: Node, part: int | str) -> tuple[Node, int] | None:
    if isinstance(node, yaml.MappingNode):
        for key, value in cast(list[tuple[Node, Node]], node.value):
            if key.value == part:
                return value, key.start_mark.line + 1
    if isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(cast(list[Node], node.value)):
        inner = cast(list[Node], node.value)[part]
        return inner, inner.start_mark.line + 1
    return None
