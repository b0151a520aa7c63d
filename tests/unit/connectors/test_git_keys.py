"""The grammar of keys."""

import pytest

from connectors.git.keys import DocumentName, Key, Where, parse_key, written
from finops.errors import BadInput


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("a", Key(None, ("a",))),
        ("a.b-c.d_e", Key(None, ("a", "b-c", "d_e"))),
        ("a[0].b", Key(None, ("a", 0, "b"))),
        ("[1][name=web]", Key(None, (1, Where("name", "web")))),
        ('a."b.c/d"."e\\"f"', Key(None, ("a", "b.c/d", 'e"f'))),
        ('a["x.y"="z]"].b', Key(None, ("a", Where("x.y", "z]"), "b"))),
        ("Deployment/web:spec.replicas", Key(DocumentName("Deployment", "web"), ("spec", "replicas"))),
        ("Deployment/shop/web:a", Key(DocumentName("Deployment", "web", "shop"), ("a",))),
    ],
)
def test_a_key_is_read_and_written_again(text: str, key: Key) -> None:
    assert parse_key(text) == key
    prefix = f"{key.document}:" if key.document else ""
    assert parse_key(prefix + written(key.steps)) == key


@pytest.mark.parametrize("text", ["", "a..b", ".a", "a.", "a[", "a[x", "a b", '"x', "A/b:", "a\nb", 'a."\\q"'])
def test_what_is_no_key_is_refused(text: str) -> None:
    with pytest.raises(BadInput):
        parse_key(text)
