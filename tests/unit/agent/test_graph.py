import pytest
from pydantic import JsonValue

from agent.answer import Answered, Planned, Proposed, TextDelta, ToolFinished, ToolStarted
from agent.deps import Deps
from agent.planners.contract import Calls, Decline, Say, Turn
from agent.planners.rules import RulesPlanner
from agent.service import Assistant
from finops.errors import BadInput, Capped, Unavailable
from tests.unit.agent.estate import (
    PERSON,
    FakeProposals,
    ScriptedPlanner,
    ask_providers,
    assistant,
    bill,
    calls,
    evidence,
    questions,
)

QUESTION = "What did each provider cost in September 2024?"
GOOD = Say(text="AWS cost {{E1.AWS}} in September 2024.")
DOWN = Unavailable("the model `big` does not answer", fix="check `OPENAI_BASE_URL`")
RESIZE: dict[str, JsonValue] = {
    "action": {
        "kind": "resize_instance", "instance_type": "m5.large",
        "target": {"account": "111", "region": "us-east-1", "resource_id": "i-0abc1234"},
    }
}  # fmt: skip

SAID = "AWS cost USD 24.250 in September 2024.\n\nBasis: billed cost (`BilledCost`), snapshot `fake-1`, complete for its days."


def test_what_is_recommended_and_exempt_is_said() -> None:
    proposals = FakeProposals()
    proposals.left_alone.add("i-1")
    found = evidence(
        tool="rightsize_instances", result={"recommendations": [{"resource_id": "i-1"}, {"resource_id": "i-2"}]}
    )
    helper = assistant(proposals=proposals)
    assert helper._exempted([found]) == ("`i-1` is exempt",)  # pyright: ignore[reportPrivateUsage] - no bill here has such an instance
    assert helper._exempted([evidence()]) == ()  # pyright: ignore[reportPrivateUsage]


def test_events_come_in_order_and_the_answer_last() -> None:
    events = list(assistant(ScriptedPlanner(ask_providers(), GOOD)).stream(PERSON, QUESTION))
    kinds = [type(event) for event in events if not isinstance(event, TextDelta)]
    assert kinds == [Planned, ToolStarted, ToolFinished, Answered]
    text = "".join(event.text for event in events if isinstance(event, TextDelta))
    assert text == SAID
    last = events[-1]
    assert isinstance(last, Answered)
    assert last.answer.answer == text
    assert [f.name for f in last.answer.figures] == ["AWS"]
    assert last.answer.figures[0].evidence == last.answer.evidence[0].id
    assert (last.answer.planner, last.answer.model_tokens) == ("scripted", 20)


def test_a_tool_error_goes_back_to_the_planner_as_text() -> None:
    planner = ScriptedPlanner(calls(("cost_query", {"metric": "Cost"})), ask_providers(), GOOD)
    answer = assistant(planner).ask(PERSON, QUESTION)
    assert "`metric`" in planner.turns[1].outcomes[0].error
    assert answer.figures


def test_a_tool_that_does_not_exist_is_told_to_the_planner_and_nothing_runs() -> None:
    planner = ScriptedPlanner(calls(("drop_table", {})), Decline(reason="no such thing; try another"))
    with pytest.raises(BadInput, match="no such thing"):
        assistant(planner).ask(PERSON, QUESTION)
    assert "unknown tool `drop_table`" in planner.turns[1].outcomes[0].error


def test_fields_a_tool_does_not_know_are_refused() -> None:
    planner = ScriptedPlanner(calls(("cost_query", {"approved": True})), Decline(reason="no; try another"))
    with pytest.raises(BadInput):
        assistant(planner).ask(PERSON, QUESTION)
    assert "approved" in planner.turns[1].outcomes[0].error


def test_the_same_call_twice_is_answered_from_the_first() -> None:
    once, twice = bill(), bill()
    assistant(ScriptedPlanner(ask_providers(), GOOD), data=once).ask(PERSON, QUESTION)
    planner = ScriptedPlanner(ask_providers(), ask_providers(), GOOD)
    answer = assistant(planner, data=twice).ask(PERSON, QUESTION)
    assert len(twice.asked) == len(once.asked)
    assert [o.alias for o in planner.turns[2].outcomes] == ["E1", "E1"]
    assert len(answer.evidence) == 1


def test_an_invented_figure_is_repaired_once() -> None:
    planner = ScriptedPlanner(ask_providers(), Say(text="AWS cost USD 99.99."), GOOD)
    answer = assistant(planner).ask(PERSON, QUESTION)
    assert "`USD 99.99`" in planner.turns[2].complaints[0]
    assert answer.answer == SAID


def test_an_invented_figure_is_never_shown() -> None:
    planner = ScriptedPlanner(ask_providers(), Say(text="AWS cost USD 99.99, trust me."))
    events = list(assistant(planner).stream(PERSON, QUESTION))
    shown = "".join(event.text for event in events if isinstance(event, TextDelta))
    assert "99.99" not in shown
    assert "USD 24.250" in shown
    last = events[-1]
    assert isinstance(last, Answered)
    assert any("withheld" in note for note in last.answer.notes)
    assert len(planner.turns) == 3


def test_a_figure_without_any_evidence_is_refused() -> None:
    with pytest.raises(BadInput, match="withheld"):
        assistant(ScriptedPlanner(Say(text="It cost USD 5."))).ask(PERSON, QUESTION)


def test_words_that_fail_twice_are_left_to_the_next_planner() -> None:
    small = ScriptedPlanner(ask_providers(), Say(text="AWS cost USD 99.99."), name="small")
    large = ScriptedPlanner(GOOD, name="large")
    answer = assistant(small, large).ask(PERSON, QUESTION)
    assert answer.planner == "large"
    assert answer.answer == SAID


def test_a_planner_that_never_ends_is_stopped_and_the_evidence_shown() -> None:
    def again(turn: Turn) -> Calls:
        return calls(("cost_query", {"period": "2024-09", "top": len(turn.outcomes) + 1, "group_by": ["ServiceName"]}))

    planner = ScriptedPlanner(again)
    answer = assistant(planner, max_steps=4).ask(PERSON, QUESTION)
    assert len(planner.turns) == 4
    assert any("4 steps" in note for note in answer.notes)
    assert answer.figures


def test_a_planner_that_never_ends_without_evidence_is_refused() -> None:
    def again(turn: Turn) -> Calls:
        return calls((f"drop_table_{len(turn.outcomes)}", {}))

    planner = ScriptedPlanner(again)
    with pytest.raises(BadInput, match="no answer within 8 steps"):
        assistant(planner).ask(PERSON, QUESTION)
    assert len(planner.turns) == 8


def test_a_planner_that_repeats_itself_is_stopped_with_what_was_found() -> None:
    planner = ScriptedPlanner(ask_providers())
    answer = assistant(planner).ask(PERSON, QUESTION)
    assert len(planner.turns) == 3
    assert [outcome.repeat for outcome in planner.turns[2].outcomes] == [False, True]
    assert "USD 24.250" in answer.answer
    assert "`scripted` went on making the calls it had made before and was stopped" in answer.notes


def test_a_planner_that_repeats_a_refused_call_is_stopped_with_the_refusal() -> None:
    planner = ScriptedPlanner(calls(("drop_table", {})))
    with pytest.raises(BadInput, match=r"went on making the calls .* was stopped: unknown tool `drop_table`"):
        assistant(planner).ask(PERSON, QUESTION)
    assert len(planner.turns) == 3


def test_a_repetition_with_something_new_beside_it_is_no_loop() -> None:
    def more(turn: Turn) -> Calls:
        new: dict[str, JsonValue] = {"period": "2024-09", "top": len(turn.outcomes) + 1, "group_by": ["ServiceName"]}
        return calls(("cost_query", {"period": "2024-09"}), ("cost_query", new))

    planner = ScriptedPlanner(more)
    answer = assistant(planner, max_steps=5).ask(PERSON, QUESTION)
    assert len(planner.turns) == 5
    assert any("no answer within 5 steps" in note for note in answer.notes)


def test_the_same_call_with_its_defaults_written_out_is_the_same() -> None:
    spelled = calls(("cost_query", {"period": "2024-09", "group_by": ["ProviderName"], "metric": "BilledCost"}))
    planner = ScriptedPlanner(calls(("cost_query", {"group_by": ["ProviderName"], "period": "2024-09"})), spelled, GOOD)
    assistant(planner).ask(PERSON, QUESTION)
    assert [outcome.repeat for outcome in planner.turns[2].outcomes] == [False, True]


def test_calls_refused_in_two_rounds_go_to_the_next_planner_with_all_that_was_found() -> None:
    bad = calls(("cost_query", {"metric": "Cost"}))
    worse = calls(
        ("cost_query", {"metric": "Kost"}), ("cost_query", {"period": "2024-09", "group_by": ["ProviderName"]})
    )
    small, large = ScriptedPlanner(bad, worse, GOOD, name="small"), ScriptedPlanner(GOOD, name="large")
    answer = assistant(small, large).ask(PERSON, QUESTION)
    assert (answer.planner, len(small.turns), len(large.turns)) == ("large", 2, 1)
    assert [outcome.alias for outcome in large.turns[0].outcomes] == ["", "", "E1"]
    assert "calls of `small` were refused 2 times" in answer.notes


def test_one_refused_round_is_left_to_the_planner_to_mend() -> None:
    small = ScriptedPlanner(calls(("cost_query", {"metric": "Cost"})), ask_providers(), GOOD, name="small")
    answer = assistant(small, ScriptedPlanner(GOOD, name="large")).ask(PERSON, QUESTION)
    assert answer.planner == "small"


def test_a_planner_that_repeats_itself_leaves_the_rest_to_the_next() -> None:
    small, large = ScriptedPlanner(ask_providers(), name="small"), ScriptedPlanner(GOOD, name="large")
    answer = assistant(small, large).ask(PERSON, QUESTION)
    assert (answer.planner, len(small.turns)) == ("large", 3)


def test_who_was_asked_and_what_each_cost_is_noted() -> None:
    small = ScriptedPlanner(Decline(reason="the model `small` was cut off; ask less"), name="small")
    large = ScriptedPlanner(ask_providers(), GOOD, name="large")
    answer = assistant(small, large).ask(PERSON, QUESTION)
    assert "the model `small` was cut off; ask less" in answer.notes
    (note,) = (note for note in answer.notes if note.startswith("models asked"))
    assert note == "models asked: `small` 10 tokens, USD 0.001, `large` (answered) 20 tokens, USD 0.002"


def test_a_cap_leaves_what_was_found_and_says_so() -> None:
    capped = Capped("the cap of 5 tokens for this question leaves no room", fix="raise `caps.question.tokens`")
    large = ScriptedPlanner(GOOD, name="large")
    answer = assistant(ScriptedPlanner(ask_providers(), capped, name="small"), large).ask(PERSON, QUESTION)
    assert "USD 24.250" in answer.answer
    assert any(note.endswith("leaves no room; raise `caps.question.tokens`") for note in answer.notes)
    assert large.turns == []


def test_a_cap_before_anything_was_found_is_the_refusal() -> None:
    capped = Capped("the cap of 5 tokens for this question leaves no room", fix="raise `caps.question.tokens`")
    with pytest.raises(Capped, match="leaves no room; raise"):
        assistant(RulesPlanner(), ScriptedPlanner(capped, name="small")).ask(PERSON, "colourless green ideas sleep")


def test_a_decline_passes_the_question_up_the_ladder() -> None:
    answer = assistant(RulesPlanner(), ScriptedPlanner(Say(text="A haiku it is not."), name="big")).ask(
        PERSON, "write me a haiku please"
    )
    assert (answer.planner, answer.answer) == ("big", "A haiku it is not.")


def test_a_question_nobody_understands_is_bad_input_with_the_fix() -> None:
    with pytest.raises(BadInput, match="try `What did each provider cost"):
        assistant().ask(PERSON, "colourless green ideas sleep furiously")


def test_a_model_that_is_down_is_named_where_it_was_needed() -> None:
    with pytest.raises(Unavailable, match=r"`big` does not answer.*cannot read this question"):
        assistant(RulesPlanner(), ScriptedPlanner(DOWN, name="big")).ask(
            PERSON, "colourless green ideas sleep furiously"
        )


def test_a_model_that_is_down_first_leaves_the_rules_to_answer_and_says_so() -> None:
    answer = assistant(ScriptedPlanner(DOWN, name="big"), RulesPlanner()).ask(PERSON, QUESTION)
    assert answer.planner == "rules"
    assert any("`big` does not answer" in note for note in answer.notes)


def test_a_model_that_goes_down_after_its_calls_leaves_the_evidence() -> None:
    answer = assistant(ScriptedPlanner(ask_providers(), DOWN, name="big")).ask(PERSON, QUESTION)
    assert "USD 24.250" in answer.answer
    assert any("`big` does not answer" in note for note in answer.notes)


def test_a_draft_is_recorded_and_its_verdict_told_from_the_records() -> None:
    proposals = FakeProposals()
    lie = Say(text="It is approved and was executed already.")
    planner = ScriptedPlanner(calls(("propose_action", RESIZE)), lie)
    events = list(assistant(planner, proposals=proposals).stream(PERSON, "shrink it"))
    assert [e.proposal.id for e in events if isinstance(e, Proposed)] == ["p-1"]
    last = events[-1]
    assert isinstance(last, Answered)
    assert (
        "Proposal `p-1` (resize `i-0abc1234` to `m5.large`) waits for approval; nothing has run." in last.answer.answer
    )
    assert last.answer.proposals[0].decision.reasons == ("a person decides",)
    assert proposals.executed == []


def test_a_denied_draft_says_so() -> None:
    proposals = FakeProposals(outcome="deny")
    planner = ScriptedPlanner(calls(("propose_action", RESIZE)), Say(text="Done."))
    answer = assistant(planner, proposals=proposals).ask(PERSON, "shrink it")
    assert "is refused by policy; nothing has run" in answer.answer


def test_a_planner_cannot_approve_by_a_field_of_its_draft() -> None:
    proposals = FakeProposals()
    planner = ScriptedPlanner(calls(("propose_action", {**RESIZE, "approved": True})), Decline(reason="no; try again"))
    with pytest.raises(BadInput):
        assistant(planner, proposals=proposals).ask(PERSON, "shrink it")
    assert proposals.book == {}


@pytest.mark.parametrize("question", ["", "   ", "\x00\x07", "x" * 5000])
def test_an_empty_or_endless_question_is_bad_input(question: str) -> None:
    planner = ScriptedPlanner(GOOD)
    with pytest.raises(BadInput):
        assistant(planner).ask(PERSON, question)
    assert planner.turns == []


def test_caveats_of_the_data_are_notes() -> None:
    answer = assistant().ask(PERSON, "cost from 1 July 2024 to 30 September 2024")
    assert any("the data begins on 2024-08-01" in note for note in answer.notes)


def test_a_plain_question_never_opens_the_records() -> None:
    def refuse() -> FakeProposals:
        raise AssertionError("the records were opened")

    deps = Deps(questions(), (RulesPlanner(),), lambda: 0.0, refuse)
    assert Assistant(deps).ask(PERSON, QUESTION).figures
