"""One value of a file: read it, and write another in its place. Every other byte stays, or it is refused."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass

from connectors.git.hcl_file import parse_hcl
from connectors.git.keys import DocumentName, Key, parse_key
from connectors.git.nodes import Node, Parsed, resolve, text_at
from connectors.git.yaml_file import parse_yaml, type_of
from finops.errors import BadFile, BadInput, UnknownName

MOST_BYTES = 4 * 1024 * 1024
_NUMBER = re.compile(r"-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?", re.ASCII)
# A Kubernetes quantity: plain, whether its reader takes it for a number or for text.
_QUANTITY = re.compile(r"(?:\d+(?:\.\d+)?|\.\d+)(?:m|[kMGTPE]|[KMGTPE]i|[eE]-?\d+)?", re.ASCII)
_TRUTHS = ("true", "false")
# Line breaks to some readers, and what no eye sees.
_UNSEEN = "\u2028\u2029\ufeff\ufffd"
_QUANTITIES = frozenset({"requests", "limits"})
_BY_HAND = "change it by hand"


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which value of which file: the key as it was written, and what it means."""

    path: str
    key: str

    @property
    def place(self) -> Key:
        """What the key points at."""
        return parse_key(self.key)

    def takes_quantity(self, text: str) -> bool:
        """Tell whether the key asks for a Kubernetes quantity and `text` is one: text and number are the same there."""
        steps = self.place.steps
        asked = self.path.endswith((".yaml", ".yml")) and len(steps) > 1 and steps[-2] in _QUANTITIES
        return asked and bool(_QUANTITY.fullmatch(text))


def read_value(path: str, content: bytes, key: str) -> str:
    """Return the value at `key`. Raises `BadFile` or `UnknownName` where it has none that could be changed."""
    return _found(_parsed(path, _decoded(path, content)), Wanted(path, key)).text


def with_value(path: str, content: bytes, key: str, value: str) -> bytes:
    """Return the file with `value` at `key`: of the same type and in the same quotes, and nothing else changed.

    Raises `BadInput` where the value does not fit there, and `BadFile` where the file does not let it be changed alone.
    """
    if odd := _odd(value):
        raise BadInput(f"the value holds {odd}", fix="give one line of plain text")
    text, wanted = _decoded(path, content), Wanted(path, key)
    parsed = _parsed(path, text)
    before = _found(parsed, wanted)
    if before.text == value:
        return content
    start, end = parsed.offset(before.start), parsed.offset(before.end)
    for written in _spellings(wanted, before, value):
        after = text[:start] + written + text[end:]
        if _only_that(parsed, after, wanted, before, value):
            return after.encode()
    raise BadFile(f"`{key}` cannot be set to `{value}` without changing more of `{path}`", fix=_BY_HAND)


def _decoded(path: str, content: bytes) -> str:
    if len(content) > MOST_BYTES:
        raise BadFile(f"`{path}` is larger than {MOST_BYTES // 1024**2} MiB", fix=_BY_HAND)
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        raise BadFile(f"`{path}` is no UTF-8", fix="save it as UTF-8") from error


def _parsed(path: str, text: str) -> Parsed:
    if path.endswith((".yaml", ".yml")):
        return parse_yaml(path, text)
    if path.endswith((".tfvars", ".tf")):
        return parse_hcl(path, text)
    raise BadFile(f"`{path}` is no file that can be changed", fix="name a .yaml, .yml, .tfvars or .tf file")


def _found(parsed: Parsed, wanted: Wanted) -> Node:
    way = resolve(_document(parsed, wanted.path, wanted.place.document), wanted.place.steps)
    if way[-1].kind != "scalar":
        raise BadFile(f"`{wanted.key}` of `{wanted.path}` is no single value", fix="name one of the values in it")
    for fault in (*(one.fault for one in way), _not_to_be_set_back(wanted, way[-1])):
        if fault:
            raise BadFile(f"`{wanted.key}` of `{wanted.path}` {fault}", fix=_BY_HAND)
    return way[-1]


def _not_to_be_set_back(wanted: Wanted, node: Node) -> str:
    """Say why an undo could not write the value again; empty where it could."""
    if odd := _odd(node.text):
        return f"holds {odd}"
    if node.type == "truth" and node.text not in _TRUTHS:
        return f"is the truth value `{node.text}`, which not every reader takes for one"
    if node.type == "number" and not (_NUMBER.fullmatch(node.text) or wanted.takes_quantity(node.text)):
        return f"is the number `{node.text}`, which not every reader takes for the same"
    return ""


def _document(parsed: Parsed, path: str, wanted: DocumentName | None) -> Node:
    full = [root for root in parsed.roots if root.kind != "scalar" or root.text]
    if wanted is None:
        if len(full) == 1:
            return full[0]
        if not full:
            raise BadFile(f"`{path}` is empty", fix="name another file")
        first = next((f"{name}:" for root in full if (name := _name_of(root))), "Deployment/web:")
        raise BadFile(
            f"`{path}` holds {len(full)} documents", fix=f"begin the key with the one you mean, such as `{first}`"
        )
    found = [root for root in full if _is(root, wanted)]
    if not found:
        raise UnknownName("document", str(wanted), [str(name) for root in full if (name := _name_of(root))])
    if len(found) > 1:
        raise BadFile(
            f"`{path}` holds {len(found)} documents `{wanted}`", fix="name its namespace, `Kind/namespace/name:`"
        )
    return found[0]


def _name_of(root: Node) -> DocumentName | None:
    kind, name = text_at(root, "kind"), text_at(root, "metadata", "name")
    return DocumentName(kind, name, text_at(root, "metadata", "namespace")) if kind and name else None


def _is(root: Node, wanted: DocumentName) -> bool:
    name = _name_of(root)
    return (
        name is not None
        and (name.kind, name.name) == (wanted.kind, wanted.name)
        and wanted.namespace in (None, name.namespace)
    )


def _odd(value: str) -> str:
    """Say what keeps a value from being one line of plain text; empty where it is."""
    if any(ord(letter) < 32 or 127 <= ord(letter) < 160 or letter in _UNSEEN for letter in value):
        return "control characters"
    sign = next((sign for sign in ("{{", "${", "%{") if sign in value), None)
    return f"the template sign `{sign}`" if sign else ""


def _spellings(wanted: Wanted, before: Node, value: str) -> Iterator[str]:
    """Yield how `value` could be written in the place of `before`, the likest first. Raises `BadInput` where it is of another type."""
    if before.quote:
        yield "'" + value.replace("'", "''") + "'" if before.quote == "'" else json.dumps(value, ensure_ascii=False)
    elif wanted.takes_quantity(before.text):
        if not wanted.takes_quantity(value):
            raise BadInput(f"`{wanted.key}` of `{wanted.path}` is the quantity `{before.text}`, and `{value}` is none",
                           fix="give one such as 500m, 2 or 4Gi")  # fmt: skip
        yield value
    elif before.type == "text":
        if type_of(value) == "text":
            yield value
        yield json.dumps(value, ensure_ascii=False)
    else:
        fits = _NUMBER.fullmatch(value) if before.type == "number" else value in _TRUTHS
        if not fits:
            kind = "number" if before.type == "number" else "truth value"
            raise BadInput(
                f"`{wanted.key}` of `{wanted.path}` is the {kind} `{before.text}`, and `{value}` is none",
                fix=f"give a {kind}",
            )
        yield value


def _only_that(before: Parsed, after: str, wanted: Wanted, was: Node, value: str) -> bool:
    """Tell whether `after`, read anew, differs in this one value alone, has what was asked there and keeps its type."""
    try:
        parsed = _parsed(wanted.path, after)
        now = _found(parsed, wanted)
    except (BadFile, UnknownName):
        return False
    if len(parsed.tokens) != len(before.tokens):
        return False
    moved = sum(one != other for one, other in zip(before.tokens, parsed.tokens, strict=True))
    same_type = now.type == was.type or (wanted.takes_quantity(was.text) and wanted.takes_quantity(now.text))
    return moved == 1 and now.text == value and same_type and now.quote in (was.quote, '"')
