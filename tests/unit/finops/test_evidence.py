from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import JsonValue

from finops.actions import TRANSITIONS, ResizeInstance, Target
from finops.canonical import canonical, digest
from finops.evidence import Evidence, Figure, intact, seal

plain_json = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**9), 10**9) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


def sealed() -> Evidence:
    return seal(
        tool="cost_query",
        arguments={"period": "2024-09"},
        snapshot="s1",
        as_of="2024-10-01",
        rows_read=3,
        result={"status": "ok"},
        figures=(Figure(name="total", value=Decimal("1.50"), unit="USD"),),
        formula="sum of BilledCost",
    )


@given(st.dictionaries(st.text(max_size=5), plain_json, max_size=4))
def test_the_canonical_form_does_not_depend_on_order(value: dict[str, JsonValue]) -> None:
    assert canonical(dict(reversed(list(value.items())))) == canonical(value)


def test_a_number_that_is_not_finite_has_no_canonical_form() -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        digest({"value": float("nan")})


def test_the_same_call_gives_the_same_evidence_id() -> None:
    assert sealed() == sealed()
    assert intact(sealed())


@pytest.mark.parametrize(
    "change",
    [
        {"rows_read": 4},
        {"snapshot": "s2"},
        {"result": {"status": "other"}},
        {"figures": (Figure(name="total", value=Decimal("1.51"), unit="USD"),)},
        {"input": {"period": "2024-10"}},
        {"as_of": "2024-10-02"},
        {"tool": "calculate"},
    ],
)
def test_changed_evidence_is_noticed(change: dict[str, object]) -> None:
    assert not intact(sealed().model_copy(update=change))


def test_a_figure_survives_the_way_through_json_digit_by_digit() -> None:
    again = Evidence.model_validate_json(sealed().model_dump_json())
    assert str(again.figures[0].value) == "1.50"
    assert again == sealed()


def test_two_actions_that_differ_in_one_byte_have_different_hashes() -> None:
    target = Target(account="1", region="us-east-1", resource_id="i-1")
    small = ResizeInstance(target=target, instance_type="m5.large")
    assert digest(small) != digest(small.model_copy(update={"instance_type": "m5.xlarge"}))


def test_only_an_approved_proposal_can_start_executing() -> None:
    assert [state for state, following in TRANSITIONS.items() if "executing" in following] == ["approved"]


def test_what_is_denied_rejected_expired_or_undone_stays_so() -> None:
    assert [state for state, following in TRANSITIONS.items() if not following] == [
        "denied",
        "rejected",
        "expired",
        "undone",
    ]
