import json
import subprocess
import sys
from importlib import import_module

import pytest
from pydantic import BaseModel

from tests.unit.tools.fake_data import FakeData, bill_row
from tests.unit.tools.fake_fleet import TODAY
from tools.contract import Tool
from tools.dimensions_contract import ListDimensions
from tools.registry import TOOLS

HEAVY = ("numpy", "pandas", "bottleneck", "pyarrow", "duckdb", "tools.cost_query", "tools.spikes")


@pytest.mark.parametrize("tool", TOOLS.values(), ids=TOOLS)
def test_every_registered_function_exists(tool: Tool) -> None:
    module, function = tool.run.split(":")
    assert callable(getattr(import_module(module), function))


def test_names_are_those_they_are_registered_under() -> None:
    assert {name: tool.name for name, tool in TOOLS.items()} == {name: name for name in TOOLS}


def test_only_propose_action_proposes() -> None:
    assert [name for name, tool in TOOLS.items() if tool.effect == "PROPOSE"] == ["propose_action"]


def test_the_whole_surface_stays_small_enough_for_a_small_model() -> None:
    surface = [
        {"name": tool.name, "effect": tool.effect, "description": tool.description, "input": tool.schema()}
        for tool in TOOLS.values()
    ]
    assert len(json.dumps(surface)) < 12_000


def test_inputs_cannot_be_changed_and_refuse_unknown_fields() -> None:
    for tool in TOOLS.values():
        assert issubclass(tool.input, BaseModel)
        assert tool.input.model_config.get("frozen") is True
        assert tool.input.model_config.get("extra") == "forbid"


def test_importing_the_registry_loads_no_tool_and_no_heavy_library() -> None:
    code = f"import sys, tools.registry; print([name for name in {HEAVY!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_cost_query_stays_off_numpy() -> None:
    code = f"import sys, tools.cost_query; print([name for name in {HEAVY[:5]!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_tool_is_loaded_when_it_is_called() -> None:
    finding = TOOLS["list_dimensions"](ListDimensions(), FakeData((bill_row(TODAY, "1"),)).context())
    assert finding.figures
