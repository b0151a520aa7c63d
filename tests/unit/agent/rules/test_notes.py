"""Notes are read where there are any, and told as people wrote them."""

from dataclasses import replace
from datetime import date
from typing import cast

from agent.planners.contract import Calls, Decline, Say, Step, ToolOutcome, Turn
from agent.planners.rules import RulesPlanner
from finops.evidence import Evidence
from gateway.questions import as_of
from tests.unit.agent.estate import bill
from tools.notes_contract import NoteRow, NotesResult
from tools.registry import TOOLS


def _noted(*notes: NoteRow, question: str = "what was deployed in September 2024?") -> Step:
    data = bill()
    result = NotesResult(since=date(2024, 9, 1), until=date(2024, 9, 30), notes=notes, matches=len(notes))
    turn = Turn(question, (), (), data, as_of(data), tuple(TOOLS.values()))
    (call,) = cast(Calls, RulesPlanner().plan(turn).step).calls
    assert (call.tool, call.input) == ("list_notes", {"since": "2024-09-01", "until": "2024-09-30"})
    evidence = Evidence.model_construct(
        id="ev-1", tool="list_notes", input={}, result=result.model_dump(mode="json"), figures=()
    )
    outcome = ToolOutcome(call=call, alias="E1", evidence=evidence)
    return RulesPlanner().plan(replace(turn, outcomes=(outcome,))).step


def test_notes_are_told_in_the_words_of_who_wrote_them() -> None:
    day = date(2024, 9, 12)
    note = NoteRow(
        id="n-1", day=day, last_day=day, kind="deploy", text="v2: +50 %", scope={"ServiceName": "EC2"}, person="ana"
    )
    assert _noted(note) == Say(
        text="Recorded by people in September 2024:\n- 2024-09-12, deploy by ana, of service `EC2`: `v2: +50 %`"
    )
    assert _noted() == Say(text="Nobody recorded a note in September 2024.")


def test_without_notes_nothing_is_looked_up() -> None:
    data = bill()
    tools = tuple(tool for tool in TOOLS.values() if tool.name != "list_notes")
    step = RulesPlanner().plan(Turn("which deploys were there?", (), (), data, as_of(data), tools)).step
    assert isinstance(step, Decline)
    assert "toll notes add" in step.reason
