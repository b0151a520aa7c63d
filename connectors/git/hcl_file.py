"""HCL by its syntax tree: a Terraform variable file's values, or the defaults of the variables that a `.tf` file declares."""

from collections.abc import Iterator
from functools import cache

import tree_sitter_hcl
from tree_sitter import Language, Parser
from tree_sitter import Node as Syntax

from connectors.git.nodes import Node, Parsed, Token, Type
from finops.errors import BadFile

_MOST_DEPTH = 200
_TYPES: dict[str, Type] = {"string_lit": "text", "numeric_lit": "number", "bool_lit": "truth"}
# What counts as one piece, however many it is made of.
_WHOLE = frozenset({"string_lit", "unary_operation", "heredoc_template", "comment"})
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", '"': '"', "\\": "\\"}


@cache
def _parser() -> Parser:
    return Parser(Language(tree_sitter_hcl.language()))


def parse_hcl(path: str, text: str) -> Parsed:
    """Return the values in `text`. Raises `BadFile` with the line where it is no HCL."""
    source = text.encode()
    tree = _parser().parse(source)
    if tree.root_node.has_error:
        line = _first_error(tree.root_node).start_point.row + 1
        raise BadFile(f"`{path}` line {line} is no HCL", fix="mend the file")
    body = next((child for child in tree.root_node.children if child.type == "body"), None)
    root = Node("mapping", 0, len(source))
    if body is not None:
        root.entries = _defaults(body) if path.endswith(".tf") else _attributes(body)
    return Parsed((root,), tuple(_tokens(tree.root_node, source)), lambda at: len(source[:at].decode()))


def _first_error(node: Syntax) -> Syntax:
    found = node
    while inner := next((child for child in found.children if child.has_error or child.is_missing), None):
        found = inner
    return found


def _tokens(root: Syntax, source: bytes) -> Iterator[Token]:
    """Yield what Terraform reads, in order."""
    waiting = [root]
    while waiting:
        node = waiting.pop()
        kind = node.type
        if node.child_count and kind not in _WHOLE:
            waiting.extend(reversed(node.children))
        elif kind != "comment":
            # Sliced here: a node's own text is slower to get.
            yield Token(kind, source[node.start_byte : node.end_byte].decode())


def _attributes(body: Syntax) -> list[tuple[str, Node]]:
    found: list[tuple[str, Node]] = []
    for child in body.children:
        if child.type == "attribute":
            name, value = child.children[0], child.children[-1]
            found.append((_text(name), _value(value, 0)))
    return found


def _defaults(body: Syntax) -> list[tuple[str, Node]]:
    """Return the default of each variable that has one, under the variable's name."""
    found: list[tuple[str, Node]] = []
    for block in body.children:
        if block.type != "block" or _text(block.children[0]) != "variable" or len(block.children) < 3:
            continue
        inner = next((child for child in block.children if child.type == "body"), None)
        label = block.children[1]
        name = _unescaped(_text(label)[1:-1]) if label.type == "string_lit" else _text(label)
        for key, value in _attributes(inner) if inner is not None else []:
            if key == "default":
                found.append((name, value))
    return found


def _value(expression: Syntax, depth: int) -> Node:
    """Return one value; what is computed rather than written out cannot be changed."""
    if depth > _MOST_DEPTH:
        raise BadFile(f"the file is nested deeper than {_MOST_DEPTH}", fix="flatten it")
    node = expression
    while node.type not in _TYPES and len(node.children) == 1 and node.type not in ("object", "tuple"):
        node = node.children[0]
    if node.type == "object":
        return Node("mapping", node.start_byte, node.end_byte, entries=_elements(node, depth))
    if node.type == "tuple":
        items = [_value(child, depth + 1) for child in node.children if child.type == "expression"]
        return Node("list", node.start_byte, node.end_byte, items=items)
    return _scalar(node)


def _elements(node: Syntax, depth: int) -> list[tuple[str, Node]]:
    found: list[tuple[str, Node]] = []
    for element in node.children:
        if element.type == "object_elem":
            name = _text(element.children[0])
            quoted = name.startswith('"')
            found.append((_unescaped(name[1:-1]) if quoted else name, _value(element.children[-1], depth + 1)))
    return found


def _scalar(node: Syntax) -> Node:
    text = _text(node)
    kind = _TYPES.get(node.type, "other")
    if (
        node.type == "unary_operation"
        and text.startswith("-")
        and node.children[-1].type in ("numeric_lit", "literal_value")
    ):
        kind = "number"
    found = Node("scalar", node.start_byte, node.end_byte, text=text, type=kind)
    if kind == "text":
        found.quote, found.text = '"', _unescaped(text[1:-1])
    elif kind == "other":
        found.fault = (
            "is computed or holds no value" if node.type != "heredoc_template" else "is written over several lines"
        )
    return found


def _unescaped(text: str) -> str:
    """Return what a quoted text means."""
    said, at = "", 0
    while at < len(text):
        two, three = text[at : at + 2], text[at : at + 3]
        if three in ("$${", "%%{"):
            said, at = said + three[1:], at + 3
        elif two in ("\\u", "\\U"):
            width = 4 if two == "\\u" else 8
            said, at = said + _character(text[at + 2 : at + 2 + width]), at + 2 + width
        elif two[:1] == "\\":
            said, at = said + _ESCAPES.get(two[1:], two), at + 2
        else:
            said, at = said + two[:1], at + 1
    return said


def _character(code: str) -> str:
    """Return the character of a code in hexadecimal; the replacement character where it is none, which is never changed."""
    try:
        found = chr(int(code, 16))
        return found if found.isprintable() or found.isspace() else "\ufffd"
    except (ValueError, OverflowError):
        return "\ufffd"


def _text(node: Syntax) -> str:
    return (node.text or b"").decode()
