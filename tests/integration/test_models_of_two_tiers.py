"""Small and large models of a settings file, each behind real HTTP, over the real bill in a real home with its ledger."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import pytest
from pydantic import JsonValue

from agent.answer import Answer
from agent.compose import open_assistant
from evals.scripted_endpoint import Call, Fault, Reply, Script, ScriptedEndpoint, TokenUsage, closed_base_url
from finops.errors import BadFile, BadInput, Capped, Unavailable
from gateway.acting import audit_of_loads
from gateway.home import Home
from gateway.ingest import ingest
from gateway.people import ensure_local_person
from gateway.session import principal_from_cli
from gateway.spend_report import spend_of_day
from store.records import Records

_GROUPED: dict[str, JsonValue] = {"period": "2024-09", "group_by": ["ProviderName"]}
BY_PROVIDER = Reply(calls=(Call(name="cost_query", arguments=_GROUPED),))
GOOD = Reply(text="AWS cost {{E1.AWS}}.")
BAD = Reply(calls=(Call(name="cost_query", arguments={"metric": "Kost"}),))
LIE = Reply(text="AWS cost 99.12 USD.")
QUESTION = "Ponder the colour of our invoices"


@dataclass
class Stage:
    """A home with two tiers, each of which plays a script."""

    home: Home
    small: ScriptedEndpoint
    large: ScriptedEndpoint

    def settings(self, caps: str = "", *, small: str = "", large: str = "") -> None:
        self.home.models.write_text(
            f'[small]\nmodel = "gpt-4o-mini"\nretries = 0\ntimeout = 10\nbase_url = "{small or self.small.base_url}"\n'
            f'[large]\nmodel = "gpt-4o"\nretries = 0\ntimeout = 10\nbase_url = "{large or self.large.base_url}"\n{caps}'
        )

    def ask(self, question: str = QUESTION, **kept: Any) -> Answer:
        with open_assistant(self.home, keep=bool(kept)) as assistant:
            return assistant.ask(principal_from_cli(self.home), question, **kept)

    def spend(self) -> dict[str, tuple[int, int, int]]:
        """Return settled, presumed and reserved attempts by model."""
        found = spend_of_day(self.home, principal_from_cli(self.home))
        return {one.model: (one.settled.calls, one.presumed.calls, one.reserved.calls) for one in found.models}


@pytest.fixture(scope="module")
def home(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Home:
    home = Home.open({"TOLL_HOME": str(tmp_path_factory.mktemp("home"))})
    person, _ = ensure_local_person(home)
    ingest(home, person, [shared_data / "focus" / "focus_sample_1.0.csv"], audit=audit_of_loads(home, person))
    return home


@pytest.fixture
def play(home: Home) -> Iterator[Callable[..., Stage]]:
    """Yield a function from two scripts to a stage; the ledger begins empty."""
    opened: list[ScriptedEndpoint] = []

    def start(small: tuple[Any, ...], large: tuple[Any, ...] = (), caps: str = "") -> Stage:
        with Records.open(home.database_url).write() as session:
            session.connection().exec_driver_sql("DELETE FROM model_call")
        for script in (small, large):
            opened.append(ScriptedEndpoint(cast(Script, script)).__enter__())
        stage = Stage(home, opened[-2], opened[-1])
        stage.settings(caps)
        return stage

    yield start
    for endpoint in opened:
        endpoint.__exit__(None, None, None)


def test_the_small_model_answers_what_it_can(play: Callable[..., Stage]) -> None:
    stage = play((BY_PROVIDER, GOOD))
    answer = stage.ask()
    assert (answer.planner, answer.model_tokens) == ("gpt-4o-mini", 220)
    assert stage.large.requests == []
    assert stage.spend() == {"gpt-4o-mini": (2, 0, 0)}


def test_the_rules_answer_without_opening_a_model_or_its_ledger(play: Callable[..., Stage]) -> None:
    stage = play(())
    assert stage.ask("What did each provider cost in September 2024?").planner == "rules"
    assert (stage.small.requests, stage.spend()) == ([], {})


def test_refused_calls_go_up_to_the_large_model_and_the_notes_say_who_cost_what(play: Callable[..., Stage]) -> None:
    worse = Reply(calls=(Call(name="cost_query", arguments={"metric": "Cost"}),))
    stage = play((BAD, worse), (BY_PROVIDER, GOOD))
    answer = stage.ask()
    assert answer.planner == "gpt-4o"
    assert "calls of `gpt-4o-mini` were refused 2 times" in answer.notes
    assert (
        "models asked: `gpt-4o-mini` 220 tokens, USD 0.000042, `gpt-4o` (answered) 220 tokens, USD 0.0007"
        in answer.notes
    )
    assert str(answer.model_cost.value.normalize()) == "0.000742"
    assert stage.spend() == {"gpt-4o": (2, 0, 0), "gpt-4o-mini": (2, 0, 0)}


def test_words_that_do_not_hold_after_a_repair_go_up(play: Callable[..., Stage]) -> None:
    stage = play((BY_PROVIDER, LIE, LIE), (GOOD,))
    answer = stage.ask()
    assert (answer.planner, "99.12" in answer.answer) == ("gpt-4o", False)
    assert [figure.name for figure in answer.figures] == ["AWS"]


def test_a_small_model_that_declines_goes_up_and_is_told_of(play: Callable[..., Stage]) -> None:
    answer = play((Reply(text="a cut", ends="length"),), (BY_PROVIDER, GOOD)).ask()
    assert answer.planner == "gpt-4o"
    assert any("was cut off at its length limit" in note and "`small.max_tokens`" in note for note in answer.notes)


def test_a_small_model_that_is_down_goes_up_and_charges_nothing(play: Callable[..., Stage]) -> None:
    stage = play((), (BY_PROVIDER, GOOD))
    stage.settings(small=closed_base_url())
    answer = stage.ask()
    assert answer.planner == "gpt-4o"
    assert any(
        "cannot be reached; start it, or check `small.base_url`; `gpt-4o` answered instead" in n for n in answer.notes
    )
    assert stage.spend()["gpt-4o-mini"] == (0, 0, 0)


def test_both_down_is_one_sentence(play: Callable[..., Stage]) -> None:
    stage = play((Fault(fault="status", status=500),), (Fault(fault="status", status=401),))
    with pytest.raises(Unavailable, match="failed with 500"):
        stage.ask()
    assert stage.spend() == {"gpt-4o": (0, 0, 0), "gpt-4o-mini": (0, 1, 0)}


def test_a_cap_that_carries_no_step_is_the_refusal_before_anything_is_sent(play: Callable[..., Stage]) -> None:
    stage = play((GOOD,), caps="[caps.question]\ntokens = 3000\nusd = 1\n")
    with pytest.raises(
        Capped, match=r"the cap of 3,000 tokens for this question .*raise `caps\.question\.tokens` in `/.*models\.toml`"
    ):
        stage.ask()
    assert (stage.small.requests, stage.spend()) == ([], {})


def test_a_cap_that_names_one_limit_keeps_the_usual_other_one(play: Callable[..., Stage]) -> None:
    stage = play((GOOD,), caps="[caps.question]\ntokens = 3000\n")
    with pytest.raises(Capped, match=r"the cap of 3,000 tokens for this question"):
        stage.ask()


def test_a_cap_reached_on_the_way_ends_in_the_evidence_and_the_setting_to_raise(play: Callable[..., Stage]) -> None:
    heavy = BY_PROVIDER.model_copy(update={"usage": TokenUsage(prompt=45_000, completion=10)})
    stage = play((heavy, GOOD), caps="[caps.question]\ntokens = 46_000\nusd = 1\n")
    answer = stage.ask()
    assert "AWS" in {figure.name for figure in answer.figures}
    (note,) = (note for note in answer.notes if "evidence found so far" in note)
    assert "45,010 tokens are used or reserved" in note
    assert "raise `caps.question.tokens`" in note
    assert len(stage.small.requests) == 1
    assert stage.spend() == {"gpt-4o-mini": (1, 0, 0)}


def test_a_conversation_has_a_cap_over_its_questions(play: Callable[..., Stage]) -> None:
    heavy = Reply(text="A haiku.", usage=TokenUsage(prompt=45_000, completion=10))
    stage = play((heavy, heavy), caps="[caps.conversation]\ntokens = 46_000\nusd = 5\n")
    stage.ask(conversation="c1")
    with pytest.raises(Capped, match="for this conversation"):
        stage.ask(conversation="c1")
    stage.ask(conversation="c2")
    assert len(stage.small.requests) == 2


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[small]\nmodle = "m"\n', "`model` is missing|`modle` is no setting"),
        ('[small]\nmodel = "m"\n', "is a model of OpenAI's without a key"),
        ('[small]\nmodel = "m"\napi_key_env = "sk-abc"\n', "names an environment variable"),
        ('[small]\nmodel = "m"\napi_key_env = "NOT_SET_ANYWHERE"\n', "`small.api_key_env` names `NOT_SET_ANYWHERE`, which is not set"),
        ('[small]\nmodel = "m"\nbase_url = "ftp://x"\n', "is not the address of a model endpoint"),
        ('[small]\nmodel = "m"\nbase_url = "http://[::1/v1"\n', "is not the address of a model endpoint"),
        ('[small]\nmodel = "m"\nbase_url = "http://localhost:abc/v1"\n', "is not the address of a model endpoint"),
        ('[small]\nmodel = "m"\nbase_url = "http://:80/v1"\n', "is not the address of a model endpoint"),
        ('[small]\nmodel = "m"\nbase_url = "https://me:pw@x/v1"\n', "holds a credential"),
        ("[caps.day]\ntokens = -1\nusd = 1\n", "caps.day.tokens"),
        ("[caps\n", "is no TOML"),
    ],
)  # fmt: skip
def test_a_mistake_in_the_settings_is_one_sentence_with_the_fix(tmp_path: Path, text: str, said: str) -> None:
    home = Home.open({"TOLL_HOME": str(tmp_path)})
    home.models.write_text(text)
    with pytest.raises((BadFile, BadInput), match=said) as raised, open_assistant(home):
        pass
    assert raised.value.exit_code == 2
    assert "\n" not in str(raised.value)
    assert "sk-abc" not in str(raised.value)


def test_the_environment_takes_the_place_of_both_tiers(tmp_path: Path) -> None:
    from agent.tiers import tiers
    from gateway.models_file import load_models

    home = Home.open({"TOLL_HOME": str(tmp_path), "TOLL_MODEL": "m", "OPENAI_BASE_URL": "http://127.0.0.1:9/v1"})
    home.models.write_text('[large]\nmodel = "big"\nbase_url = "http://127.0.0.1:9/v1"\ntimeout = 1.5\n')
    assert [one.model for one in tiers(home, load_models(home))] == ["m"]
    other = Home(home.path, {})
    (large,) = tiers(other, load_models(other))
    assert (large.model, large.tier, large.timeout) == ("big", "large", 1.5)
