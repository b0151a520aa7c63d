"""What a tool takes, field by field and nested inputs included, as people read it in `toll tool list NAME` and docs/tools.md."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from types import NoneType, UnionType
from typing import Annotated, Literal, Union, cast, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import to_jsonable_python

_PLAIN = {str: "text", int: "whole number", Decimal: "number", date: "date", bool: "true or false"}
# One for each input that is more than a word; every one is read by its model in a test.
EXAMPLES: dict[str, str] = {
    "filters": '[{"dimension": "ServiceCategory", "op": "is", "values": ["Compute", "Storage"]}, '
    '{"dimension": "tag:team", "op": "missing"}]',
    "group_by": '["ProviderName", "tag:team"]',
    "also": '["EffectiveCost", "ListCost-EffectiveCost", "distinct:ResourceId"]',
    "period": '"2024-09"',
    "compare": '"previous_period"',
    "exclude": '["credits", "tax"]',
    "operands": '["ev-0123456789abcdef#total", "number:30"]',
    "action": '{"kind": "resize_instance", "instance_type": "m5.large", '
    '"target": {"account": "111122223333", "region": "us-east-1", "resource_id": "i-0abc1234"}}',
}


@dataclass(frozen=True, slots=True)
class InputField:
    """One field: `default` is empty where it may be left out without one."""

    name: str
    kind: str
    required: bool
    default: str
    meaning: str
    example: str


def fields_of(model: type[BaseModel]) -> tuple[InputField, ...]:
    """Return the fields of an input in their order."""
    return tuple(_field(name, info) for name, info in model.model_fields.items())


def nested_in(model: type[BaseModel]) -> tuple[type[BaseModel], ...]:
    """Return the inputs within an input, each once, those it names first."""
    found: dict[type[BaseModel], None] = {}
    for info in model.model_fields.values():
        for inner in _models(info.annotation):
            found |= dict.fromkeys((inner, *nested_in(inner)))
    return tuple(found)


def summary(model: type[BaseModel]) -> str:
    """Return the first sentence of what a nested input is."""
    return (model.__doc__ or "").strip().split("\n")[0]


def _field(name: str, info: FieldInfo) -> InputField:
    default = None if info.is_required() else cast(object, info.get_default(call_default_factory=True))
    shown = "" if default in (None, (), "") else json.dumps(to_jsonable_python(default))
    example = EXAMPLES.get(name, "")
    return InputField(name, _kind(info.annotation), info.is_required(), shown, info.description or "", example)


def _kind(annotation: object) -> str:
    """Return a type in words: `list of Filter`, `day, week or month`."""
    origin, inner = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        said = next((one.description for one in inner[1:] if isinstance(one, FieldInfo) and one.description), "")
        return f"{_kind(inner[0])} ({said})" if said else _kind(inner[0])
    if origin is Literal:
        return _listed([str(one) for one in inner])
    if origin in (Union, UnionType):
        return _listed([_kind(one) for one in inner if one is not NoneType])
    if origin is tuple:
        return f"list of {_kind(inner[0])}"
    if isinstance(annotation, type):
        return _PLAIN.get(annotation, annotation.__name__)
    return "value"


def _listed(words: list[str]) -> str:
    *first, last = words
    return f"{', '.join(first)} or {last}" if first else last


def _models(annotation: object) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for inner in get_args(annotation):
        yield from _models(inner)
