"""References between a model and the evidence."""

import pytest
from pydantic import JsonValue

from agent.planners.model_references import inwards, inwards_of, known_aliases, outwards
from tests.unit.agent.model_turns import evidence, outcome

ALIASES = {"E1": "ev-1", "E2": "ev-2"}


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("E1#total", "ev-1#total"),
        ("E1#AWS/Compute.change", "ev-1#AWS/Compute.change"),
        ("{{E2.total EUR}}", "ev-2#total EUR"),
        ("E1.total", "ev-1#total"),
        (" E2 ", "ev-2"),
        ("E9#total", "E9#total"),
        ("EU-West", "EU-West"),
        ("number:12", "number:12"),
    ],
)
def test_alias_becomes_the_evidence_id(written: str, read: str) -> None:
    assert inwards(written, ALIASES) == read


def test_aliases_are_found_at_any_depth() -> None:
    call: dict[str, JsonValue] = {"op": "sum", "operands": ["E1#a", "E2#b"], "deep": {"evidence": ["E1"]}, "n": 1}
    assert inwards(call, ALIASES) == {
        "op": "sum", "operands": ["ev-1#a", "ev-2#b"], "deep": {"evidence": ["ev-1"]}, "n": 1,
    }  # fmt: skip


def test_reason_of_a_proposal_stays_as_written() -> None:
    assert inwards({"reason": "E1", "evidence": ["E1"]}, ALIASES) == {"reason": "E1", "evidence": ["ev-1"]}


def test_value_of_the_data_that_looks_like_an_alias_is_left_alone() -> None:
    call: dict[str, JsonValue] = {"filters": [{"dimension": "tag:env", "values": ["E1"]}]}
    assert inwards_of("cost_query", call, ALIASES) == call


def test_call_that_failed_has_no_alias() -> None:
    good = evidence()
    assert known_aliases((outcome("a", "E1", good), outcome("b", "", "unknown tool"))) == {"E1": good.id}


def test_model_reads_aliases_where_evidence_ids_stand() -> None:
    assert outwards('{"reference":"ev-2#total"}', ALIASES) == '{"reference":"E2#total"}'
