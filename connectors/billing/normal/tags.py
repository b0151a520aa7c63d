"""Tags: one JSON object with one spelling for each key (`finops.tag_keys`), whatever form and prefixes the bill has.

Forms read: an object; Azure's pairs without braces; a list of `{"key": ..., "value": ...}` as BigQuery writes labels. Values are
never changed. Where two keys of a row are one key and their values differ, both stay: the one spelt the standard way, else the
first, gets the key, the other keeps its own spelling.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

from finops.tag_keys import normal_key

# AWS' cost and usage report 2.0 has all its tags in one map, whose keys all say whose they are.
_CUR_USER, _CUR_AWS = "user_", "aws_"


@dataclass(frozen=True, slots=True)
class NormalTags:
    """What a tag text becomes, and the keys whose values collided."""

    text: str
    collisions: tuple[str, ...] = ()


class _Pairs(list[tuple[str, object]]):
    """A JSON object as it is written, every key of it."""


def normal_tags(raw: str) -> NormalTags | None:
    """Return what a tag text becomes; None where it is as it should be, or cannot be read."""
    pairs = _pairs(raw)
    if pairs is None:
        return None
    kept: dict[str, object] = {}
    collisions: list[str] = []
    for key, normal, value in _ordered(pairs):
        if normal not in kept:
            kept[normal] = value
        elif kept[normal] != value:
            collisions.append(normal)
            kept.setdefault(key, value)
    if raw.lstrip().startswith("{") and list(kept.items()) == pairs:
        return None
    return NormalTags(json.dumps(_plain(kept), ensure_ascii=False, separators=(",", ":")), tuple(collisions))


def _ordered(pairs: Sequence[tuple[str, object]]) -> list[tuple[str, str, object]]:
    """Return key, normal key and value of each pair; of those with one normal key, the one spelt so comes first."""
    map_form = all(key.startswith((_CUR_USER, _CUR_AWS)) for key, _ in pairs)
    named = [(key, normal_key(_unmapped(key) if map_form else key), value) for key, value in pairs]
    standard = {key for key, normal, _ in named if key == normal}
    return [one for one in named if one[0] == one[1] or one[1] not in standard] + [
        one for one in named if one[0] != one[1] and one[1] in standard
    ]


def _unmapped(key: str) -> str:
    return key.removeprefix(_CUR_USER) if key.startswith(_CUR_USER) else "aws:" + key.removeprefix(_CUR_AWS)


def _pairs(raw: str) -> list[tuple[str, object]] | None:
    text = raw.strip()
    if text.startswith('"'):
        text = "{" + text + "}"
    try:
        found: object = json.loads(text, object_pairs_hook=_Pairs)
    except (ValueError, RecursionError):
        return None
    if isinstance(found, _Pairs):
        return list(found)
    return _listed(cast(list[object], found)) if isinstance(found, list) else None


def _listed(items: list[object]) -> list[tuple[str, object]] | None:
    pairs: list[tuple[str, object]] = []
    for item in items:
        entry: dict[str, object] = {name.lower(): value for name, value in item} if isinstance(item, _Pairs) else {}
        if not isinstance(entry.get("key"), str) or "value" not in entry:
            return None
        pairs.append((cast(str, entry["key"]), entry["value"]))
    return pairs


def _plain(value: object) -> object:
    if isinstance(value, str):
        return value
    if isinstance(value, _Pairs):
        return {key: _plain(one) for key, one in value}
    if isinstance(value, dict):
        return {key: _plain(one) for key, one in cast(dict[str, object], value).items()}
    return [_plain(one) for one in cast(list[object], value)] if isinstance(value, list) else value
