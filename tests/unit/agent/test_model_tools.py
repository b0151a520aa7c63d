"""The tools as a model is sent them: short, whole, and those seldom needed told when they are called."""

import json

from agent.planners.contract import ToolCall, ToolOutcome
from agent.planners.model_evidence import outcome_text
from agent.planners.model_tools import TOLD_WHEN_CALLED, offered, signature, tool_schemas
from evals.bench.agent_tokenised import sent_tokens, tokens
from tests.unit.agent.model_turns import turn
from tools.registry import TOOLS


def test_every_field_of_a_tool_is_named_or_told_when_it_is_called() -> None:
    for tool, sent in zip(TOOLS.values(), tool_schemas(tuple(TOOLS.values())), strict=True):
        text = json.dumps(sent)
        for field in tool.input.model_fields:
            assert f'"{field}"' in text or (tool.name in TOLD_WHEN_CALLED and f"{field}" in signature(tool))


def test_a_tool_called_empty_says_what_it_takes() -> None:
    failed = ToolOutcome(call=ToolCall(id="a", tool="propose_action", input={}), error="input does not fit")
    told = json.loads(outcome_text(failed, (failed,)))
    assert "resize_instance|stop_instance" in told["takes"]
    assert "action!" in told["takes"]


def test_a_tool_that_the_data_cannot_serve_is_not_offered() -> None:
    names = [tool.name for tool in offered(turn())]
    assert "rightsize_instances" not in names
    assert "allocate_costs" not in names
    assert "cost_query" in names


def test_tokens_are_pieces_of_words_digits_and_marks() -> None:
    assert tokens("EffectiveCost of 12345 USD.") == 7
    assert sent_tokens({"messages": [{"role": "user", "content": "two words"}], "tools": []}) == 1 + 2 + 1
