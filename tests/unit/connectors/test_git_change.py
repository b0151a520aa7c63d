"""One value of a file: what is written for it, that every other byte stays, and what is refused."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.git.change import read_value, with_value
from finops.errors import BadFile, BadInput, TollError, UnknownName


@pytest.mark.parametrize(
    ("path", "text", "key", "value", "after"),
    [
        ("a.yaml", "a: 1", "a", "2", "a: 2"),
        ("a.yaml", "a:   1   # one\n", "a", "2", "a:   2   # one\n"),
        ("a.yaml", "\ufeffa: 1\r\nb: 2\r\n", "b", "3", "\ufeffa: 1\r\nb: 3\r\n"),
        ("a.yaml", "a: 'it''s'\n", "a", "don't", "a: 'don''t'\n"),
        ("a.yaml", 'a: "x"\n', "a", 'b"\\', 'a: "b\\"\\\\"\n'),
        ("a.yaml", 'a: "1"\n', "a", "2", 'a: "2"\n'),
        ("a.yaml", "a: m5.large\n", "a", "m5.xlarge", "a: m5.xlarge\n"),
        ("a.yaml", "a: text\n", "a", "true", 'a: "true"\n'),
        ("a.yaml", "a: text\n", "a", "0o17", 'a: "0o17"\n'),
        ("a.yaml", "a: text\n", "a", "x #y", 'a: "x #y"\n'),
        ("a.yaml", "a: text\n", "a", "- x", 'a: "- x"\n'),
        ("a.yaml", "a: [b, c]\n", "a[1]", "d, e", 'a: [b, "d, e"]\n'),
        ("a.yaml", "a: true\n", "a", "false", "a: false\n"),
        ("a.yaml", "- x\n- y\n", "[1]", "z", "- x\n- z\n"),
        ("a.yaml", "a: &x\n  b: 1\nc: 2\n", "a.b", "2", "a: &x\n  b: 2\nc: 2\n"),
        ("a.yaml", "? [a, b]\n: 1\nc: 2\n", "c", "3", "? [a, b]\n: 1\nc: 3\n"),
        ("a.yml", '"x.y/z": 1\n', '"x.y/z"', "3", '"x.y/z": 3\n'),
        ("a.yaml", "---\n---\na: 1\n---\n", "a", "2", "---\n---\na: 2\n---\n"),
        ("a.yaml", "r: {limits: {cpu: 5}}\n", "r.limits.cpu", "500m", "r: {limits: {cpu: 500m}}\n"),
        ("a.yaml", "r: {limits: {cpu: 500m}}\n", "r.limits.cpu", "1", "r: {limits: {cpu: 1}}\n"),
        ("a.yaml", "r: {limits: {cpu: '500m'}}\n", "r.limits.cpu", "1", "r: {limits: {cpu: '1'}}\n"),
        ("a.tfvars", 'a   = "m5.large" # x\nbb  = 2\n', "a", "m5.xlarge", 'a   = "m5.xlarge" # x\nbb  = 2\n'),
        ("a.tfvars", "a=1/* c */// d\r\nb = 2\r\n", "a", "2", "a=2/* c */// d\r\nb = 2\r\n"),
        ("a.tfvars", "a = -1\n", "a", "2.5", "a = 2.5\n"),
        ("a.tfvars", "größe = false", "größe", "true", "größe = true"),
        ("a.tfvars", 'a = ""\n', "a", 'q"', 'a = "q\\""\n'),
        ("a.tfvars", 'a = { b : "x", "c.d" = [1, { name = "w" }] }\n', 'a."c.d"[0]', "2",
         'a = { b : "x", "c.d" = [2, { name = "w" }] }\n'),
        ("a.tfvars", 'a = [{ name = "v", n = 1 }, { name = "w", n = 1 }]\n', "a[name=w].n", "2",
         'a = [{ name = "v", n = 1 }, { name = "w", n = 2 }]\n'),
        ("v.tf", 'variable "a" {\n  default = 1\n}\nresource "x" "a" {\n  default = 1\n}\n', "a", "2",
         'variable "a" {\n  default = 2\n}\nresource "x" "a" {\n  default = 1\n}\n'),
        ("v.tf", 'variable "a" {\n  default = { b = "x" }\n}\n', "a.b", "y", 'variable "a" {\n  default = { b = "y" }\n}\n'),
    ],
)  # fmt: skip
def test_the_value_is_written_in_place_with_its_type_and_quotes(
    path: str, text: str, key: str, value: str, after: str
) -> None:
    changed = with_value(path, text.encode(), key, value)
    assert changed.decode() == after
    assert read_value(path, changed, key) == value


@pytest.mark.parametrize(
    ("path", "text", "key", "fault"),
    [
        ("a.yaml", "a: &x 1\nb: *x\n", "a", "repeated by the alias `*x`"),
        ("a.yaml", "a: &x 1\nb: 2\n", "a", "carries the anchor `&x`"),
        ("a.yaml", "a: &x 1\nb: *x\n", "b", "is an alias"),
        ("a.yaml", "d: &d\n  c: 1\ne:\n  <<: *d\n", "d.c", "repeated by the alias `*d`"),
        ("a.yaml", "a: 1\na: 2\n", "a", "stands 2 times"),
        ("a.yaml", "a: '{{ .Values.x }}'\n", "a", "is a template"),
        ("a.yaml", "a: {{ .Values.x }}\n", "a", "is no single value"),
        ("a.yaml", "{{- if x }}\na: 1\n{{- end }}\n", "a", "a template is changed by hand"),
        ("a.yaml", "a: |\n  x\n", "a", "over several lines"),
        ("a.yaml", "a: 'x\n  y'\n", "a", "over several lines"),
        ("a.yaml", "a:\n", "a", "neither text, number nor truth value"),
        ("a.yaml", "a: 2020-01-01\n", "a", "neither text, number nor truth value"),
        ("a.yaml", "a: !!str 5\n", "a", "carries the tag"),
        ("a.yaml", "a: yes\n", "a", "not every reader takes for one"),
        ("a.yaml", "a: 0x1F\n", "a", "not every reader takes for the same"),
        ("a.yaml", 'a: "b\\nc"\n', "a", "holds control characters"),
        ("a.yaml", "a: 5\n", "a.b", "unknown key `a.b`"),
        ("a.yaml", "a: [1\n", "a", "is no YAML"),
        ("a.yaml", "# nothing\n", "a", "is empty"),
        ("a.yaml", "[" * 300 + "]" * 300, "a", "nested deeper"),
        ("a.yaml", "a: {b: 5}\n", "a", "is no single value"),
        ("a.json", "{}", "a", "is no file that can be changed"),
        ("a.tfvars", 'a = "x${var.y}"\n', "a", "is computed"),
        ("a.tfvars", 'a = "x$${var.y}"\n', "a", "template sign `${`"),
        ("a.tfvars", 'a = upper("x")\n', "a", "is computed"),
        ("a.tfvars", "a = 1 + 2\n", "a", "is computed"),
        ("a.tfvars", "a = null\n", "a", "holds no value"),
        ("a.tfvars", "a = <<E\nx\nE\n", "a", "over several lines"),
        ("a.tfvars", "a = 1\na = 2\n", "a", "stands 2 times"),
        ("a.tfvars", 'a = "x\n', "a", "is no HCL"),
        ("a.tfvars", 'a = "\\ud800"\n', "a", "holds control characters"),
        ("v.tf", 'variable "a" {\n}\n', "a", "unknown key `a`"),
        ("v.tf", 'variable "a" {\n default = 1\n}\nvariable "a" {\n default = 1\n}\n', "a", "stands 2 times"),
    ],
)
def test_what_cannot_be_changed_alone_is_refused(path: str, text: str, key: str, fault: str) -> None:
    with pytest.raises((BadFile, UnknownName)) as caught:
        with_value(path, text.encode(), key, "3")
    assert fault in str(caught.value)


@pytest.mark.parametrize(
    ("text", "value", "fault"),
    [
        ("a: 5\n", "500m", "is the number `5`, and `500m` is none; give a number"),
        ("a: 5\n", "05", "is the number"),
        ("a: true\n", "yes", "is the truth value `true`"),
        ("a: x\n", "b\nc: d", "control characters"),
        ("a: x\n", "{{ .Values.y }}", "template sign"),
        ("a: x\n", "${file(1)}", "template sign"),
    ],
)
def test_a_value_that_does_not_fit_is_refused(text: str, value: str, fault: str) -> None:
    with pytest.raises(BadInput) as caught:
        with_value("a.yaml", text.encode(), "a", value)
    assert fault in str(caught.value)


def test_a_quantity_is_not_replaced_by_a_word() -> None:
    with pytest.raises(BadInput, match="is the quantity `500m`, and `lots` is none"):
        with_value("a.yaml", b"limits: {cpu: 500m}\n", "limits.cpu", "lots")


def test_a_file_that_is_no_utf8_is_refused() -> None:
    with pytest.raises(BadFile, match="is no UTF-8"):
        with_value("a.yaml", b"a: \xff\n", "a", "2")


TWO = "kind: A\nmetadata: {name: x, namespace: p}\nv: 1\n---\nkind: A\nmetadata: {name: x, namespace: q}\nv: 1\n"


def test_a_document_is_named_by_kind_and_name_and_where_that_is_not_enough_its_namespace() -> None:
    after = with_value("k.yaml", TWO.encode(), "A/q/x:v", "2").decode()
    assert after == TWO.replace("q}\nv: 1", "q}\nv: 2")
    with pytest.raises(BadFile, match="2 documents `A/x`; name its namespace"):
        with_value("k.yaml", TWO.encode(), "A/x:v", "2")
    with pytest.raises(BadFile, match="begin the key with the one you mean, such as `A/p/x:`"):
        with_value("k.yaml", TWO.encode(), "v", "2")


_VALUES = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=30)
_NAMES = st.text(st.characters(codec="utf-8", categories=["L", "Nd", "Po", "Zs"]), min_size=1, max_size=8)


@given(names=st.lists(_NAMES, min_size=1, max_size=5, unique=True), quote=st.sampled_from("'\""), value=_VALUES,
       breaks=st.sampled_from(["\n", "\r\n"]), comment=_NAMES)  # fmt: skip
def test_any_text_in_quotes_in_yaml_leaves_every_other_byte(
    names: list[str], quote: str, value: str, breaks: str, comment: str
) -> None:
    keys = [json.dumps(name, ensure_ascii=False) for name in names]
    lines = [f"{key}:  {quote}m5.large{quote}  #{comment}{breaks}" for key in keys]
    _holds("a.yaml", lines, keys, value)


@given(
    names=st.lists(_NAMES, min_size=1, max_size=5, unique=True), value=_VALUES, breaks=st.sampled_from(["\n", "\r\n"])
)
def test_any_text_in_hcl_leaves_every_other_byte(names: list[str], value: str, breaks: str) -> None:
    keys = [json.dumps(name, ensure_ascii=False) for name in names]
    lines = [f'a{place}  =  {{ {key} : "m5.large" }} # c{breaks}' for place, key in enumerate(keys)]
    _holds("a.tfvars", lines, [f"a{place}.{key}" for place, key in enumerate(keys)], value)


@given(value=_VALUES)
def test_any_text_without_quotes_leaves_every_other_byte(value: str) -> None:
    _holds("a.yaml", ["a: m5.large # c\n", "b:\n- m5.large\n", "c: {d: m5.large}\n"], ["a", "b[0]", "c.d"], value)


def _holds(path: str, lines: list[str], keys: list[str], value: str) -> None:
    """Change each value in turn: what stands before and after it is the same, and it reads as what was asked for."""
    content = "".join(lines).encode()
    for place, key in enumerate(keys):
        try:
            after = with_value(path, content, key, value)
        except TollError:
            continue
        start = len("".join(lines[:place]).encode())
        line = lines[place].encode()
        at = (
            start
            + line.index(b"m5.large")
            - (line[line.index(b"m5.large") - 1 : line.index(b"m5.large")] in (b"'", b'"'))
        )
        tail = content[start + line.index(b"m5.large") + len(b"m5.large") :]
        tail = tail[1:] if tail[:1] in (b"'", b'"') else tail
        assert after.startswith(content[:at])
        assert after.endswith(tail)
        assert read_value(path, after, key) == value
        others = [other for other in keys if other != key]
        assert all(read_value(path, after, other) == "m5.large" for other in others)
