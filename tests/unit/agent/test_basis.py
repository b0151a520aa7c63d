"""The line below an answer says what its words leave out of definition, period, snapshot and completeness."""

from agent.basis import basis
from tests.unit.agent.estate import evidence, figure


def test_what_the_words_leave_out_is_said() -> None:
    item = evidence(figure("total", "5.00"))
    assert basis("It cost USD 5.00.", [item]) == (
        "Basis: billed cost (`BilledCost`), September 2024, snapshot `s1`, complete for its days."
    )


def test_what_the_words_name_is_not_said_again() -> None:
    item = evidence(figure("total", "5.00"))
    assert basis("BilledCost in September 2024 on s1, still growing", [item]) == ""


def test_what_may_grow_or_is_not_whole_is_never_called_complete() -> None:
    grows = evidence(figure("total", "5.00", definition="BilledCost (still growing)"))
    assert "part of it may still grow" in basis("x", [grows])
    partly = evidence(figure("total", "5.00"), result={"caveats": ["the data ends on 2024-09-20, before the last day"]})
    assert "not whole, as the notes say" in basis("x", [partly])


def test_what_rests_on_no_cost_has_no_basis() -> None:
    assert basis("x", [evidence(figure("rows", "5", "rows", definition=""))]) == ""
