"""Ranks: how many of what, from which end, wherever in the question that is said."""

import pytest
from pydantic import JsonValue

from finops.query import CostQuery
from tests.unit.agent.estate import SEPTEMBER, tagged
from tests.unit.agent.rules.test_comparing import told
from tests.unit.agent.rules.test_grammar import SEP, declined, query
from tests.unit.tools.fake_data import FakeData, bill_row

CASES: list[tuple[str, dict[str, JsonValue]]] = [
    ("which 2 services cost the most last month?", {"period": SEP, "group_by": ["ServiceName"], "top": 2}),
    ("costliest services last month, I'd like the top 2", {"period": SEP, "group_by": ["ServiceName"], "top": 2}),
    ("Rank the two cheapest services of last month", {"period": SEP, "group_by": ["ServiceName"]}),
    ("which three services cost us the least in September?", {"period": SEP, "group_by": ["ServiceName"]}),
    ("the three quietest days of Sept in terms of spend, lowest first", {"period": SEP, "grain": "day"}),
    ("on which day in September did we spend the most?", {"period": SEP, "grain": "day"}),
    ("largest single day in September", {"period": SEP, "grain": "day"}),
    ("any service over $5 in September", {"period": SEP, "group_by": ["ServiceName"]}),
    ("which service grew the most from August to September", {"period": SEP, "compare": "2024-08", "group_by": ["ServiceName"]}),
    ("fastest growing service in September vs August", {"period": SEP, "compare": "2024-08", "group_by": ["ServiceName"]}),
]  # fmt: skip


@pytest.mark.parametrize(("question", "expected"), CASES, ids=[question for question, _ in CASES])
def test_a_rank_is_read_wherever_it_is_said(question: str, expected: dict[str, JsonValue]) -> None:
    assert query(question) == CostQuery.model_validate(expected)


def test_a_rank_from_both_ends_is_asked_back_about() -> None:
    assert "`cheapest 2`" in declined("largest 3 services, cheapest 2")


def test_what_has_no_team_is_in_the_total_and_in_no_rank() -> None:
    rows = [bill_row(SEPTEMBER.start, "5.00"), bill_row(SEPTEMBER.start, "1.00", Tags=tagged(team="search"))]
    rows.append(bill_row(SEPTEMBER.start, "2.00", Tags=tagged(team="payments")))
    lines = told("top 2 teams in September 2024", FakeData(rows))
    assert [line.partition(":")[0] for line in lines[1:4]] == [
        "- payments",
        "- search",
        "- what has none is in the total, and is not ranked",
    ]
    assert "Total: USD 8.00." in lines


def test_a_change_in_percent_ranks_by_percent() -> None:
    rows = [
        bill_row(SEPTEMBER.start.replace(month=8), cost, ServiceName=name)
        for name, cost in (("small", "1.00"), ("big", "100.00"))
    ]
    rows += [bill_row(SEPTEMBER.start, cost, ServiceName=name) for name, cost in (("small", "2.00"), ("big", "110.00"))]
    by_amount = told("which services grew the most from August to September 2024?", FakeData(rows))
    by_percent = told("which services grew fastest from August to September 2024?", FakeData(rows))
    assert by_amount[1].startswith("- big")
    assert by_percent[1].startswith("- small")
