"""The agent's benchmarks: both sides have the same, and a kind counts only where all of it was planted."""

import pytest

from evals.bench.agent_tokens import must_offer, schemas
from evals.scripted_endpoint import ScriptedEndpoint
from finops.errors import CheckFailed
from tools.registry import TOOLS


def test_a_side_that_is_offered_other_tools_is_no_comparison() -> None:
    served = [tool for tool in TOOLS.values() if tool.name != "list_notes"]
    with ScriptedEndpoint([]) as endpoint:
        endpoint.requests.append({"tools": [*schemas(served)]})
        must_offer(endpoint, served)
        endpoint.requests.append({"tools": [*schemas(list(TOOLS.values()))]})
        with pytest.raises(CheckFailed, match="not offered the same tools"):
            must_offer(endpoint, served)
