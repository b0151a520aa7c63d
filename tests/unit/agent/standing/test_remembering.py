"""Facts through the graph: stated, confirmed by the very next message, used and said; nobody but the person states one."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, date, datetime

import pytest
from langgraph.checkpoint.sqlite import SqliteSaver

from agent.answer import Answer
from agent.deps import Deps
from agent.planners.contract import Planned, Planner, Say, Turn
from agent.planners.rules import RulesPlanner
from agent.service import Assistant
from finops.errors import BadInput, UnknownName
from finops.people import Principal
from finops.standing_facts import Fact, StandingFact, about, in_force
from tests.unit.agent.estate import PERSON, questions
from tests.unit.tools.fake_data import FakeData, Row, bill_row

AT = datetime(2026, 11, 2, 9, tzinfo=UTC)
TRAP = "our fiscal year starts in May"


@dataclass
class FakeKeeper:
    """Facts in memory."""

    kept: dict[str, StandingFact] = field(default_factory=dict[str, StandingFact])

    def of(self, principal: Principal) -> tuple[StandingFact, ...]:
        return in_force(one for one in self.kept.values() if one.person == principal.name)

    def state(self, principal: Principal, fact: Fact, said: str) -> StandingFact:
        old = next((one for one in self.of(principal) if about(one.fact) == about(fact)), None)
        if old and old.fact == fact:
            return old
        found = StandingFact(id=f"f-{len(self.kept) + 1}", fact=fact, person=principal.name, said=said, stated=AT,
                             replaces=old.id if old else "")  # fmt: skip
        self.kept[found.id] = found
        return found

    def confirm(self, principal: Principal, fact_id: str) -> tuple[StandingFact, StandingFact | None]:
        found = self.kept[fact_id]
        old = self.kept.pop(found.replaces, None)
        self.kept[fact_id] = found.model_copy(update={"state": "confirmed", "confirmed": AT})
        return self.kept[fact_id], old

    def drop(self, principal: Principal, fact_id: str) -> StandingFact:
        return self.kept.pop(fact_id)


@dataclass
class Talk:
    """One conversation of one person."""

    assistant: Assistant
    keeper: FakeKeeper

    def say(self, text: str) -> Answer:
        return self.assistant.ask(PERSON, text, "c-1")

    def told(self, *texts: str) -> None:
        for text in texts:
            self.say(text)
            self.say("yes")


def rows() -> list[Row]:
    return [
        bill_row(date(2024, 8, 10), "5", SubAccountId="acc-1", SubAccountName="Search", Tags='{"env": "production"}'),
        bill_row(date(2024, 9, 10), "7", SubAccountId="acc-2", SubAccountName="Ads", Tags='{"env": "dev"}'),
        bill_row(date(2024, 9, 30), "11", SubAccountId="acc-3", SubAccountName=TRAP, Tags=f'{{"note": "{TRAP}"}}'),
    ]


def talk_with(saver: SqliteSaver, *planners: Planner) -> Talk:
    keeper = FakeKeeper()
    deps = Deps(
        questions(FakeData(rows())),
        planners or (RulesPlanner(),),
        lambda: 0.0,
        facts=keeper.of,
        fact_keeper=lambda: keeper,
    )
    return Talk(Assistant(deps, saver), keeper)


@pytest.fixture
def saver() -> Iterator[SqliteSaver]:
    with closing(sqlite3.connect(":memory:", check_same_thread=False)) as connection:
        yield SqliteSaver(connection)


@pytest.fixture
def talk(saver: SqliteSaver) -> Talk:
    return talk_with(saver)


def test_a_fact_is_kept_only_after_a_yes_and_then_used_and_said(talk: Talk) -> None:
    asked = talk.say("our fiscal year starts in April")
    assert asked.answer.startswith("Shall I keep this for later answers: fiscal year starts in April (FY26 is the one")
    assert (asked.fact is not None, talk.keeper.of(PERSON)) == (True, ())
    assert talk.say("Yes.").answer.startswith("Kept: fiscal year starts in April.")
    answer = talk.say("cost in FQ2 FY25")
    assert answer.answer.endswith("\n\nFiscal year starts in April (as you confirmed on 2026-11-02).")
    assert answer.evidence[0].input["period"] == {"start": "2024-07-01", "end": "2024-10-01"}


def test_a_no_drops_it(talk: Talk) -> None:
    talk.say("our fiscal year starts in April")
    assert talk.say("no").answer == "Dropped: fiscal year starts in April is not kept."
    assert talk.keeper.kept == {}


@pytest.mark.parametrize("between", ["What did it cost in September 2024?", "colourless green ideas"])
def test_only_the_very_next_message_confirms_even_after_one_that_failed(talk: Talk, between: str) -> None:
    talk.say("our fiscal year starts in April")
    try:
        talk.say(between)
    except BadInput:
        assert "green" in between
    with pytest.raises(BadInput, match="do not understand `yes`"):
        talk.say("yes")
    assert talk.keeper.of(PERSON) == ()


def test_a_yes_in_another_conversation_confirms_nothing(talk: Talk) -> None:
    talk.say("our fiscal year starts in April")
    with pytest.raises(BadInput):
        talk.assistant.ask(PERSON, "yes", "c-2")
    assert talk.keeper.of(PERSON) == ()


def test_without_the_fact_a_fiscal_question_asks_back_whichever_planner_would_answer(saver: SqliteSaver) -> None:
    talk = talk_with(saver, Guessing())
    with pytest.raises(BadInput, match="not known when your fiscal year starts"):
        talk.say("What did we spend in FY26?")


def test_a_contradiction_shows_old_and_new_and_replaces_after_the_yes(talk: Talk) -> None:
    talk.told("our fiscal year starts in April")
    asked = talk.say("our fiscal year starts in July")
    assert "fiscal year starts in July" in asked.answer
    assert "It would replace: fiscal year starts in April (as you confirmed on 2026-11-02)." in asked.answer
    assert asked.fact is not None
    assert asked.fact.replaces
    assert "It replaces: fiscal year starts in April" in talk.say("yes").answer
    assert len(talk.keeper.of(PERSON)) == 1


def test_what_is_kept_already_is_not_asked_again(talk: Talk) -> None:
    talk.told("our fiscal year starts in April")
    assert talk.say("our fiscal year starts in April").answer.startswith("That is kept already")


class Guessing:
    """A model that states facts of its own and calls nothing."""

    name = "model"

    def plan(self, turn: Turn) -> Planned:
        return Planned(step=Say(text="By cost we mean amortised cost."))


def test_neither_a_model_nor_the_data_states_a_fact(saver: SqliteSaver) -> None:
    talk = talk_with(saver, Guessing())
    assert talk.say("hello there").answer == "By cost we mean amortised cost."
    talk.say("yes")
    assert talk.keeper.kept == {}
    rules = talk_with(saver)
    rules.say("cost by account name")
    rules.say("cost by tag note")
    assert rules.keeper.kept == {}


def test_an_alias_is_read_as_its_value_and_said(talk: Talk) -> None:
    talk.told("by prod we mean env production")
    answer = talk.say("cost of prod")
    assert answer.evidence[0].input["filters"] == [{"dimension": "tag:env", "op": "is", "values": ["production"]}]
    assert "`prod` means tag env `production` (as you confirmed on 2026-11-02)." in answer.answer
    assert "means" not in talk.say("cost of dev").answer


def test_a_team_is_its_accounts_where_no_tag_or_rule_knows_it(talk: Talk) -> None:
    talk.told("team search owns account acc-1", "account acc-2 belongs to the search team")
    answer = talk.say("What did team search spend?")
    (only,) = _filters(answer)
    assert (only["dimension"], only["values"]) == ("SubAccountId", ["acc-1", "acc-2"])
    assert answer.answer.count("owns sub account id") == 2


def test_a_tag_team_comes_before_owned_accounts(saver: SqliteSaver) -> None:
    talk = talk_with(saver)
    data = FakeData([*rows(), bill_row(date(2024, 9, 1), "3", SubAccountId="acc-9", Tags='{"team": "search"}')])
    deps = Deps(questions(data), (RulesPlanner(),), lambda: 0.0, facts=talk.keeper.of, fact_keeper=lambda: talk.keeper)
    talk = Talk(Assistant(deps, saver), talk.keeper)
    talk.told("team search owns account acc-1")
    (only,) = _filters(talk.say("What did team search spend?"))
    assert only["dimension"] == "tag:team"


def test_accounts_by_id_and_by_name_are_not_mixed(talk: Talk) -> None:
    talk.told("team search owns account acc-1")
    with pytest.raises(BadInput, match="owns accounts by sub account id already"):
        talk.say("team search owns account Ads")


def test_a_default_definition_holds_where_none_is_named_and_is_said(talk: Talk) -> None:
    talk.told("by cost I mean amortised cost")
    answer = talk.say("What did it cost in September 2024?")
    assert answer.evidence[0].input["metric"] == "EffectiveCost"
    assert "Cost means amortised (effective) cost" in answer.answer
    named = talk.say("billed cost in September 2024")
    assert "Cost means" not in named.answer
    assert named.evidence[0].input["metric"] == "BilledCost"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("team search owns account acc-9", "unknown account `acc-9`"),
        ("by core we mean account acc-9", "do not understand"),
        ("by prod we mean env staging", "do not understand"),
        ("by dev we mean env production", "means something in questions already"),
        ("by last month we mean env production", "means something in questions already"),
        ("by provider we mean env production", "cannot be given a meaning"),
        ("by cost I mean happiness", "is no definition of cost"),
        ("our default currency is XAU", "unknown currency"),
        ("our default currency is EUR", "no exchange rates to EUR are loaded"),
        ("our fiscal year runs from April to June", "ends in March"),
    ],
)
def test_what_the_data_does_not_know_is_asked_back_and_not_kept(talk: Talk, text: str, why: str) -> None:
    with pytest.raises((BadInput, UnknownName), match=why):
        talk.say(text)
    assert talk.keeper.kept == {}


def test_a_question_of_its_own_states_a_fact_to_be_confirmed_elsewhere(talk: Talk) -> None:
    answer = talk.assistant.ask(PERSON, "our fiscal year starts in April")
    assert "Confirm it with `toll facts confirm f-1`" in answer.answer
    assert "yes" not in answer.answer


def _filters(answer: Answer) -> list[dict[str, object]]:
    found = answer.evidence[0].input["filters"]
    assert isinstance(found, list)
    return [dict(one) for one in found if isinstance(one, dict)]
