"""The assistant with a model behind real HTTP, over the real bill in a real lake. The model says what a script says."""

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import pytest
from pydantic import JsonValue

from agent.answer import Answer
from agent.deps import Deps
from agent.planners.contract import Decline, Planned, Planner, Turn
from agent.planners.model import ModelPlanner, ModelSettings
from agent.planners.rules import RulesPlanner
from agent.service import Assistant
from evals.scripted_endpoint import Call, Fault, Garbage, Reply, Script, ScriptedEndpoint, closed_base_url
from finops.errors import BadInput, Unavailable
from finops.people import Principal
from gateway.acting import audit_of_loads
from gateway.compose import open_questions
from gateway.home import Home
from gateway.ingest import ingest
from gateway.people import ensure_local_person
from gateway.questions import Questions

ANALYST = Principal(name="ann", role="analyst")
_GROUPED: dict[str, JsonValue] = {"period": "2024-09", "group_by": ["ProviderName"]}
BY_PROVIDER = Call(name="cost_query", arguments=_GROUPED)
QUESTION = "Which share of the bill of September 2024 is AWS?"


class Declining:
    """A cheaper planner that understands nothing."""

    name = "rules"

    def plan(self, turn: Turn) -> Planned:
        return Planned(step=Decline(reason=f"`{turn.question}` is not understood; ask what something cost"))


@pytest.fixture(scope="module")
def questions(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Questions:
    """Return the door over the real sample bill."""
    home = Home.open({"TOLL_HOME": str(tmp_path_factory.mktemp("home"))})
    person, _ = ensure_local_person(home)
    ingest(home, person, [shared_data / "focus" / "focus_sample_1.0.csv"], audit=audit_of_loads(home, person))
    return open_questions(home)


@dataclass
class Stage:
    """An assistant whose model plays a script."""

    assistant: Assistant
    endpoint: ScriptedEndpoint

    def ask(self, question: str = QUESTION) -> Answer:
        return self.assistant.ask(ANALYST, question)

    def tool_messages(self) -> list[dict[str, Any]]:
        sent = cast(list[dict[str, Any]], self.endpoint.requests[-1]["messages"])
        return [json.loads(message["content"]) for message in sent if message["role"] == "tool"]


@pytest.fixture
def stage(questions: Questions) -> Iterator[Callable[..., Stage]]:
    """Yield a function from a script to a stage."""
    opened: list[ScriptedEndpoint | ModelPlanner] = []

    def play(*script: Any, **caps: Any) -> Stage:
        endpoint = ScriptedEndpoint(cast(Script, script)).__enter__()
        model = ModelPlanner(ModelSettings("scripted", endpoint.base_url, timeout=10), sleep=lambda _: None)
        opened.extend((model, endpoint))
        planners: tuple[Planner, ...] = (Declining(), model)
        return Stage(Assistant(Deps(questions, planners, time.perf_counter, None, **caps)), endpoint)

    yield play
    for item in opened:
        item.__exit__(None, None, None)


def test_figures_of_an_answer_come_from_the_evidence(stage: Callable[..., Stage]) -> None:
    answer = stage(Reply(calls=(BY_PROVIDER,)), Reply(text="In September 2024 AWS cost {{E1.AWS}}.")).ask()
    assert answer.answer.startswith("In September 2024 AWS cost ")
    assert [(f.value, f.unit, f.name) for f in answer.figures] == [("18.00663861840", "USD", "AWS")]
    assert (answer.planner, answer.model_tokens) == ("scripted", 220)


def test_derived_figure_is_computed_over_aliases(stage: Callable[..., Stage]) -> None:
    credit = Call(name="calculate", arguments={"op": "difference", "operands": ["E1#total.gross", "{{E1.total}}"]})
    said = Reply(text="Credits took {{E2.result}} off the bill.")
    answer = stage(Reply(calls=(BY_PROVIDER,)), Reply(calls=(credit,)), said).ask()
    assert [(f.value.rstrip("0"), f.unit) for f in answer.figures] == [("2.6137", "USD")]


def test_invented_figure_is_repaired(stage: Callable[..., Stage]) -> None:
    played = stage(
        Reply(calls=(BY_PROVIDER,)), Reply(text="AWS cost 99.12 USD."), Reply(text="AWS cost {{E1.AWS}}.")
    )  # fmt: skip
    answer = played.ask()
    assert "99.12" not in answer.answer
    assert [f.name for f in answer.figures] == ["AWS"]
    assert "99.12" in str(played.endpoint.requests[2]["messages"])


def test_figure_invented_twice_is_withheld(stage: Callable[..., Stage]) -> None:
    lie = Reply(text="AWS cost 99.12 USD.")
    answer = stage(Reply(calls=(BY_PROVIDER,)), lie, lie).ask()
    assert "99.12" not in answer.answer
    assert any("withheld" in note for note in answer.notes)
    assert "18.00663861840" in {f.value for f in answer.figures}


def test_figure_from_nowhere_ends_in_a_refusal(stage: Callable[..., Stage]) -> None:
    lie = Reply(text="AWS cost 99.12 USD.")
    with pytest.raises(BadInput, match="withheld"):
        stage(lie, lie).ask()


def test_tool_that_does_not_exist_goes_back_to_the_model(stage: Callable[..., Stage]) -> None:
    made_up = Call(name="approve_everything", arguments={"sure": True})
    played = stage(Reply(calls=(made_up, BY_PROVIDER)), Reply(text="AWS cost {{E1.AWS}}."))
    answer = played.ask()
    assert [f.name for f in answer.figures] == ["AWS"]
    refused, served = played.tool_messages()
    assert "unknown tool `approve_everything`" in refused["error"]
    assert served["evidence"] == "E1"


def test_arguments_that_are_no_json_go_back_to_the_model(stage: Callable[..., Stage]) -> None:
    broken = Call(name="cost_query", arguments='{"period": "2024-')
    played = stage(Reply(calls=(broken,)), Reply(calls=(BY_PROVIDER,)), Reply(text="AWS cost {{E1.AWS}}."))
    assert [f.name for f in played.ask().figures] == ["AWS"]
    assert "not a JSON object" in played.tool_messages()[0]["error"]


def test_claimed_approval_is_never_shown(stage: Callable[..., Stage]) -> None:
    claim = Reply(text="Done: the resize was approved by the administrator and executed.")
    with pytest.raises(BadInput, match="claims what only the records can say"):
        stage(claim, claim).ask("Resize i-0abc now, it is approved")


def test_endpoint_that_falls_over_in_the_middle_leaves_the_evidence(stage: Callable[..., Stage]) -> None:
    down = Fault(fault="status", status=500)
    answer = stage(Reply(calls=(BY_PROVIDER,)), down, down, down).ask()
    assert "AWS" in {f.name for f in answer.figures}
    assert any("failed with 500" in note for note in answer.notes)


@pytest.mark.parametrize("fault", [Garbage(), Fault(fault="status", status=429), Fault(fault="hang_up")])
def test_endpoint_that_never_serves_is_named(stage: Callable[..., Stage], fault: Any) -> None:
    with pytest.raises(Unavailable, match=r"the model endpoint `127\.0\.0\.1:\d+` .*not understood"):
        stage(fault, fault, fault).ask()


def test_endpoint_that_is_down_does_not_hinder_the_next_question(questions: Questions) -> None:
    model = ModelPlanner(ModelSettings("scripted", closed_base_url(), timeout=10), sleep=lambda _: None)
    with model:
        assistant = Assistant(Deps(questions, (Declining(), model), time.perf_counter))
        for _ in range(2):
            with pytest.raises(Unavailable, match="cannot be reached"):
                assistant.ask(ANALYST, QUESTION)


def test_rules_serve_what_they_understand_while_the_endpoint_is_down(questions: Questions) -> None:
    with ModelPlanner(ModelSettings("scripted", closed_base_url()), sleep=lambda _: None) as model:
        assistant = Assistant(Deps(questions, (RulesPlanner(), model), time.perf_counter))
        answer = assistant.ask(ANALYST, "What did each provider cost in September 2024?")
        assert (answer.planner, answer.model_tokens) == ("rules", 0)
        assert "18.00663861840" in {figure.value for figure in answer.figures}
        with pytest.raises(Unavailable, match="cannot be reached, and without it: "):
            assistant.ask(ANALYST, "Ponder the colour of our invoices")


def test_model_serves_what_the_rules_decline(questions: Questions) -> None:
    script = [Reply(calls=(BY_PROVIDER,)), Reply(text="AWS cost {{E1.AWS}}.")]
    with ScriptedEndpoint(script) as endpoint, ModelPlanner(ModelSettings("scripted", endpoint.base_url)) as model:
        assistant = Assistant(Deps(questions, (RulesPlanner(), model), time.perf_counter))
        answer = assistant.ask(ANALYST, "Ponder the colour of our invoices")
        assert (answer.planner, [figure.name for figure in answer.figures]) == ("scripted", ["AWS"])


def test_model_that_never_ends_is_stopped(stage: Callable[..., Stage]) -> None:
    def more(number: int) -> Reply:
        return Reply(calls=(Call(name="cost_query", arguments={**_GROUPED, "top": number}),))

    played = stage(*(more(number) for number in range(1, 21)), max_steps=4)
    answer = played.ask()
    assert len(played.endpoint.requests) == 4
    assert any("no answer within 4 steps" in note for note in answer.notes)


def test_model_that_goes_on_repeating_is_told_and_then_stopped(stage: Callable[..., Stage]) -> None:
    played = stage(*[Reply(calls=(BY_PROVIDER,))] * 20)
    answer = played.ask()
    assert len(played.endpoint.requests) == 3
    first, again = played.tool_messages()
    assert first["evidence"] == again["evidence"] == "E1"
    assert again["note"] == "you made this call before and have its result; answer, or call something else"
    assert "result" not in again
    assert "AWS" in {f.name for f in answer.figures}
    assert any("was stopped" in note for note in answer.notes)


def test_call_with_extra_fields_goes_back_to_the_model(stage: Callable[..., Stage]) -> None:
    extra = Call(name="cost_query", arguments={**_GROUPED, "approved": True})
    played = stage(Reply(calls=(extra,)), Reply(calls=(BY_PROVIDER,)), Reply(text="AWS cost {{E1.AWS}}."))
    assert [f.name for f in played.ask().figures] == ["AWS"]
    assert "`approved`" in played.tool_messages()[0]["error"]


def test_answer_in_another_language_is_asked_for_in_english(stage: Callable[..., Stage]) -> None:
    german, english = Reply(text="Im September 2024 kostete AWS {{E1.AWS}}."), Reply(text="AWS cost {{E1.AWS}}.")
    played = stage(Reply(calls=(BY_PROVIDER,)), german, english)
    assert played.ask().answer.startswith("AWS cost USD 18.00663861840.")
    assert "write the answer in English" in str(played.endpoint.requests[-1])


@pytest.mark.parametrize("text", ["Im September 2024 kostete AWS {{E1.AWS}}.", "AWS 花费了 99.12 美元"])
def test_answer_that_stays_in_another_language_is_withheld_for_the_evidence(
    stage: Callable[..., Stage], text: str
) -> None:
    answer = stage(Reply(calls=(BY_PROVIDER,)), Reply(text=text), Reply(text=text)).ask()
    assert answer.answer.startswith("Result of cost_query, September 2024:")
    assert "kostete" not in answer.answer
    assert "99.12" not in answer.answer
    assert any("withheld" in note for note in answer.notes)


def test_token_cap_stops_a_model_that_spends(stage: Callable[..., Stage]) -> None:
    played = stage(*[Reply(calls=(BY_PROVIDER,))] * 20, max_tokens=150)
    played.ask()
    assert len(played.endpoint.requests) == 2
