"""Every fault of an endpoint over real HTTP, and the ledger right after it: nothing charged twice, nothing left reserved."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, cast

import pytest

from agent.planners.contract import Calls, Decline, Planned, Say, Turn
from agent.planners.model import ModelPlanner, ModelSettings
from evals.scripted_endpoint import Call, Fault, Garbage, Reply, Script, ScriptedEndpoint, TokenUsage, closed_base_url
from finops.errors import Capped, TollError, Unauthenticated, Unavailable
from finops.spend import Account, Reservation, Tokens
from finops.spend_caps import Cap, Caps
from gateway.home import Home
from gateway.spend_guard import SpendGuard
from store.records import Records, model_calls
from store.records.database import utc_now
from store.records.tables import ModelCallRow
from tests.unit.agent.model_turns import evidence, outcome, turn

ANA = Account("ana", "q1")
ROOMY = Cap(tokens=10_000_000, usd=Decimal(1000))
_ROOT = Path(__file__).parents[2]


@dataclass
class Played:
    """A planner on a script, and the ledger it is booked in."""

    endpoint: ScriptedEndpoint
    settings: ModelSettings
    guard: SpendGuard
    waits: list[float] = field(default_factory=list[float])

    def plan(self, about: Turn | None = None) -> Planned:
        with ModelPlanner(self.settings, sleep=self.waits.append, guard=lambda: self.guard) as planner:
            return planner.plan(about or turn(account=ANA))

    def refusal(self, kind: type[TollError] = Unavailable) -> str:
        with pytest.raises(kind) as raised:
            self.plan()
        return str(raised.value).replace(self.settings.host, "HOST")

    def ledger(self) -> list[ModelCallRow]:
        with self.guard.records.read() as session:
            rows = model_calls.of_day(session, model_calls.day_of(utc_now()))
            session.expunge_all()
            return rows

    def states(self) -> list[str]:
        assert all(row.until >= row.at for row in self.ledger())
        return [row.state for row in self.ledger()]

    def total(self) -> tuple[int, Decimal]:
        rows = self.ledger()
        return sum(row.tokens for row in rows), model_calls.usd_of(sum(row.pico_usd for row in rows))


Play = Callable[..., Played]


@pytest.fixture(params=[True, False], ids=["streamed", "whole"])
def play(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Play]:
    """Yield a function from a script to a stage; everything runs streamed and in one piece."""
    opened: list[ScriptedEndpoint] = []

    def start(*script: Any, caps: Caps | None = None, **settings: Any) -> Played:
        endpoint = ScriptedEndpoint(cast(Script, script)).__enter__()
        opened.append(endpoint)
        made = replace(ModelSettings("gpt-4o", endpoint.base_url, timeout=20, stream=request.param), **settings)
        records = Records.open(f"sqlite:///{tmp_path / 'records.db'}")
        roomy = Caps(question=ROOMY, conversation=ROOMY, person_day=ROOMY, day=ROOMY)
        return Played(endpoint, made, SpendGuard(records, caps or roomy))

    yield start
    for endpoint in opened:
        endpoint.__exit__(None, None, None)


def test_a_served_call_is_settled_with_what_the_endpoint_counted(play: Play) -> None:
    usage = TokenUsage(prompt=1000, completion=100, cached=400, reasoning=60)
    played = play(Reply(text="ok", usage=usage))
    planned = played.plan()
    (row,) = played.ledger()
    assert (row.state, row.read, row.cached, row.written, row.reasoning) == ("settled", 1000, 400, 100, 60)
    assert played.total() == (1100, Decimal("0.003"))
    assert (planned.tokens, planned.cost.value) == (1100, Decimal("0.003"))


def test_what_is_set_aside_carries_the_whole_request_and_the_longest_reply(play: Play) -> None:
    played = play(Reply(text="ok"), max_tokens=500)
    played.plan()
    body = played.endpoint.requests[0]
    (row,) = played.ledger()
    sent = sum(len(str(message["content"])) for message in cast(list[dict[str, Any]], body["messages"]))
    assert row.worst_tokens > sent + 500
    assert body["max_tokens"] == 500
    assert row.worst_tokens > row.tokens


def test_an_endpoint_that_is_down_charges_nothing(play: Play) -> None:
    played = play(base_url=closed_base_url())
    assert played.refusal() == "the model endpoint `HOST` cannot be reached; start it, or check OPENAI_BASE_URL"
    assert played.states() == ["released"] * 3
    assert played.total() == (0, Decimal(0))


def test_a_key_that_is_refused_charges_nothing(play: Play) -> None:
    played = play(Fault(fault="status", status=401))
    assert played.refusal() == "the model endpoint `HOST` refused the key (401); check OPENAI_API_KEY"
    assert (played.states(), played.total()) == (["released"], (0, Decimal(0)))


def test_a_rate_limit_without_a_time_charges_only_what_is_served_after_it(play: Play) -> None:
    played = play(Fault(fault="status", status=429), Reply(text="ok"))
    assert played.plan().step == Say(text="ok")
    assert (played.states(), played.waits) == (["released", "settled"], [0.5])
    assert played.total()[0] == 110


def test_a_rate_limit_that_asks_to_wait_is_kept_and_charges_once(play: Play) -> None:
    played = play(Fault(fault="status", status=429, headers={"Retry-After": "7"}), Reply(text="ok"))
    assert played.plan().step == Say(text="ok")
    assert (played.states(), played.waits) == (["released", "settled"], [7.0])


def test_a_rate_limit_that_lasts_ends_in_a_sentence_and_charges_nothing(play: Play) -> None:
    played = play(*[Fault(fault="status", status=429)] * 3)
    assert played.refusal() == "the model endpoint `HOST` limits the rate (429); try again later"
    assert played.total() == (0, Decimal(0))


def test_a_failing_server_may_have_charged_and_stays_at_its_worst(play: Play) -> None:
    played = play(Fault(fault="status", status=500), Reply(text="ok"))
    planned = played.plan()
    assert played.states() == ["presumed", "settled"]
    presumed, settled = played.ledger()
    assert (presumed.tokens, settled.tokens) == (presumed.worst_tokens, 110)
    assert not planned.cost.priced


def test_a_server_that_keeps_failing_ends_in_a_sentence_with_each_attempt_at_its_worst_once(play: Play) -> None:
    played = play(*[Fault(fault="status", status=500)] * 3)
    assert "failed with 500" in played.refusal()
    rows = played.ledger()
    assert [row.state for row in rows] == ["presumed"] * 3
    assert played.total()[0] == sum(row.worst_tokens for row in rows)


@pytest.mark.parametrize("fault", [Fault(fault="cut_off"), Fault(fault="hang_up"), Garbage()])
@pytest.mark.filterwarnings("ignore:Pydantic serializer warnings")
def test_an_answer_that_breaks_off_stays_at_its_worst_and_the_next_is_settled(play: Play, fault: Any) -> None:
    played = play(fault, Reply(text="ok"))
    assert played.plan().step == Say(text="ok")
    assert played.states() == ["presumed", "settled"]
    assert played.ledger()[0].tokens == played.ledger()[0].worst_tokens


def test_a_slow_endpoint_stays_at_its_worst(play: Play) -> None:
    played = play(Fault(fault="slow", seconds=20), timeout=1)
    assert "did not answer within 1 s" in played.refusal()
    assert played.states() == ["presumed"]


def test_arguments_that_are_no_json_are_settled_and_go_to_the_gateway_to_refuse(play: Play) -> None:
    played = play(Reply(calls=(Call(name="cost_query", arguments='{"period": '),)))
    assert isinstance(played.plan().step, Calls)
    assert (played.states(), played.total()[0]) == (["settled"], 110)


def test_an_empty_reply_and_its_repetition_are_each_charged_once(play: Play) -> None:
    played = play(Reply(text=""), Reply(text=""))
    step = played.plan().step
    assert isinstance(step, Decline)
    assert "gave no answer" in step.reason
    assert (played.states(), played.total()[0]) == (["settled", "settled"], 220)


def test_a_megabyte_of_text_is_declined_and_charged_at_most_once(play: Play) -> None:
    played = play(Reply(text="x" * 1_000_000))
    step = played.plan().step
    assert isinstance(step, Decline)
    assert "more than 20,000 characters" in step.reason
    # Streamed, it is cut off before the endpoint has counted: then the worst case stands.
    assert played.states() == ["presumed" if played.settings.stream else "settled"]


def test_a_reply_without_a_count_stays_at_its_worst_and_says_its_cost_is_unknown(play: Play) -> None:
    played = play(Reply(text="ok", usage=None))
    planned = played.plan()
    assert not planned.cost.priced
    assert played.states() == ["presumed"]


def test_a_failed_reply_after_an_empty_one_tells_what_the_empty_one_cost(play: Play) -> None:
    played = play(Reply(text=""), Fault(fault="status", status=401))
    with pytest.raises(Unavailable) as raised:
        played.plan()
    assert getattr(raised.value, "tokens", 0) == 110
    assert played.states() == ["settled", "released"]


def test_a_cap_is_reached_before_anything_is_sent(play: Play) -> None:
    played = play(Reply(text="ok"), caps=Caps(question=Cap(tokens=5_000, usd=Decimal(1))))
    said = played.refusal(Capped)
    assert said.startswith("the cap of 5,000 tokens for this question leaves no room: 0 tokens are used or reserved")
    assert said.endswith("raise `caps.question.tokens` in `models.toml`")
    assert played.endpoint.requests == []
    assert played.ledger() == []


def test_a_retry_that_no_cap_carries_is_not_made(play: Play) -> None:
    played = play(Fault(fault="status", status=500), Reply(text="never asked"), max_tokens=100)
    need = _need(played)
    tight = Caps(question=Cap(tokens=need + need // 2, usd=Decimal(1)))
    again = Played(played.endpoint, played.settings, SpendGuard(played.guard.records, tight))
    said = again.refusal()
    assert "failed with 500" in said
    assert "it is not asked again: the cap of" in said
    assert played.endpoint.left == 1


def _need(played: Played) -> int:
    """Return what one step of the usual turn sets aside."""
    with ScriptedEndpoint([Reply(text="ok")]) as other:
        settings = ModelSettings("gpt-4o", other.base_url, max_tokens=played.settings.max_tokens)
        measured = Played(other, settings, played.guard)
        measured.plan(turn(account=Account("measure", "measure")))
    return next(row.worst_tokens for row in played.ledger() if row.person == "measure")


def test_a_model_near_its_cap_is_told_to_finish_and_the_answer_says_so(play: Play) -> None:
    played = play(Reply(text="AWS cost {{E1.AWS}}."), max_tokens=100)
    need = _need(played)
    tight = Caps(question=Cap(tokens=need + need // 2 + 2000, usd=Decimal(1)))
    near = Played(played.endpoint, played.settings, SpendGuard(played.guard.records, tight))
    planned = near.plan(turn(outcomes=(outcome("r001c0000", "E1", evidence()),), account=ANA))
    last = cast(list[dict[str, Any]], played.endpoint.requests[0]["messages"])[-1]
    assert last["content"].startswith("This is your last step: answer the question now")
    (note,) = planned.notes
    assert note.startswith("`gpt-4o` was told to finish, since the cap of ")
    assert "raise `caps.question.tokens`" in note


def test_nobody_logged_in_asks_no_model(play: Play) -> None:
    played = play(Reply(text="ok"))
    with pytest.raises(Unauthenticated):
        played.plan(turn())
    assert played.endpoint.requests == []


def test_a_ledger_that_cannot_be_reached_asks_no_model(play: Play) -> None:
    played = play(Reply(text="never asked"))
    with ModelPlanner(played.settings, guard=_gone) as planner, pytest.raises(Unavailable, match="records are gone"):
        planner.plan(turn(account=ANA))
    assert played.endpoint.requests == []


def _gone() -> SpendGuard:
    raise Unavailable("the records are gone", fix="bring them back")


def test_a_reply_is_not_lost_where_it_cannot_be_booked(play: Play) -> None:
    class Failing(SpendGuard):
        def settle(self, reservation: Reservation, used: Tokens, usd: Decimal | None) -> None:
            del reservation, used, usd
            raise Unavailable("the records are gone", fix="bring them back")

    played = play(Reply(text="ok"))
    broken = Failing(played.guard.records, played.guard.caps)
    with ModelPlanner(played.settings, guard=lambda: broken) as planner:
        planned = planner.plan(turn(account=ANA))
    assert planned.step == Say(text="ok")
    assert planned.notes == ("what `gpt-4o` took could not be booked and counts at its worst: the records are gone",)
    assert played.ledger()[0].tokens == played.ledger()[0].worst_tokens


_KILLED = """
import sys
from agent.planners.model import ModelPlanner, ModelSettings
from finops.spend import Account
from gateway.home import Home
from gateway.spend_guard import open_guard
from tests.unit.agent.model_turns import turn
guard = open_guard(Home.open())
with ModelPlanner(ModelSettings("gpt-4o", sys.argv[1], timeout=60), guard=lambda: guard) as planner:
    planner.plan(turn(account=Account("ana", "q1")))
"""


def test_a_process_killed_while_it_asks_leaves_its_reservation_at_the_worst(tmp_path: Path) -> None:
    with ScriptedEndpoint([Fault(fault="slow", seconds=60)]) as endpoint:
        environment = {**os.environ, "TOLL_HOME": str(tmp_path), "PYTHONPATH": str(_ROOT)}
        process = subprocess.Popen([sys.executable, "-c", _KILLED, endpoint.base_url], env=environment, cwd=_ROOT)
        while not endpoint.requests:
            assert process.poll() is None
            time.sleep(0.05)
        process.kill()
        process.wait()
    later = Records.open(
        Home.open({"TOLL_HOME": str(tmp_path)}).database_url, clock=lambda: utc_now() + timedelta(minutes=5)
    )
    guard = SpendGuard(later, Caps())
    with later.write() as session:
        model_calls.age(session, later.clock())
        (row,) = model_calls.of_day(session, model_calls.day_of(utc_now()))
        assert (row.state, row.tokens) == ("presumed", row.worst_tokens)
        assert model_calls.taken(session, ANA, row.day)["day"].tokens == row.worst_tokens
    assert guard.caps == Caps()


def test_processes_at_once_never_go_beyond_the_days_cap(tmp_path: Path) -> None:
    home = Home.open({"TOLL_HOME": str(tmp_path)})
    home.models.write_text("[caps.day]\ntokens = 20_000\nusd = 100\n")
    with ScriptedEndpoint([Reply(text="ok", usage=TokenUsage(prompt=3_000, completion=10))] * 40) as endpoint:
        environment = {**os.environ, "TOLL_HOME": str(tmp_path), "PYTHONPATH": str(_ROOT)}
        workers = [
            subprocess.Popen([sys.executable, "-m", "tests.integration.spend_worker", endpoint.base_url, str(number), "6"],
                             env=environment, cwd=_ROOT, stdout=subprocess.PIPE, text=True)
            for number in range(3)
        ]  # fmt: skip
        ended = [worker.communicate(timeout=120)[0] for worker in workers]
        served = len(endpoint.requests)
    assert "capped" in "".join(ended)
    with Records.open(home.database_url).read() as session:
        rows = model_calls.of_day(session, model_calls.day_of(utc_now()))
        assert [row.state for row in rows] == ["settled"] * served
        assert sum(row.tokens for row in rows) == 3_010 * served <= 20_000
        assert served >= 3
