"""What `toll tool list` and docs/tools.md tell of a tool's input."""

import json

import pytest
from pydantic import BaseModel, TypeAdapter

from app.cli.tool_fields import EXAMPLES, fields_of, nested_in, summary
from finops.query import CostQuery
from tools.contract import Tool
from tools.propose_contract import ProposeAction
from tools.registry import TOOLS


@pytest.mark.parametrize("tool", TOOLS.values(), ids=list(TOOLS))
def test_only_what_must_be_given_is_called_required(tool: Tool) -> None:
    required = {one.name for one in fields_of(tool.input) if one.required}
    assert required == set(tool.input.model_json_schema().get("required", []))


@pytest.mark.parametrize("tool", TOOLS.values(), ids=list(TOOLS))
def test_every_input_within_an_input_is_described(tool: Tool) -> None:
    inner = nested_in(tool.input)
    assert {one.__name__ for one in inner} >= set(tool.input.model_json_schema().get("$defs", {}))
    assert all(summary(one) for one in inner)


def test_operators_of_a_filter_are_listed() -> None:
    (filters,) = (one for one in nested_in(CostQuery) if one.__name__ == "Filter")
    (op,) = (one for one in fields_of(filters) if one.name == "op")
    assert op.kind == "is, is_not, contains, starts, missing, present, from, before, through or above"


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_example_is_one_a_tool_takes(name: str) -> None:
    takers: list[type[BaseModel]] = [tool.input for tool in TOOLS.values() if name in tool.input.model_fields]
    assert takers
    for model in takers:
        field = model.model_fields[name]
        TypeAdapter(field.rebuild_annotation()).validate_python(json.loads(EXAMPLES[name]))


def test_the_kinds_of_action_are_named() -> None:
    (action,) = (one for one in fields_of(ProposeAction) if one.name == "action")
    kinds = "ResizeInstance, StopInstance, StartInstance, ChangeVolume, DeleteVolume, ReleaseAddress, SetBudget or ChangeCode"
    assert (action.kind, action.required) == (kinds, True)
