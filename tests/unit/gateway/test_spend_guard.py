"""The spend guard: set aside before, booked after, within every cap, whoever asks at the same time."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from finops.errors import Capped
from finops.spend import Account, Attempt, Reservation, Tokens
from finops.spend_caps import Cap, Caps
from gateway.spend_guard import SpendGuard
from store.records import Records, model_calls
from tests.unit.gateway.fakes import FakeClock

ROOMY = Cap(tokens=1_000_000, usd=Decimal(1000))
ANA = Account("ana", "q1", "c1")
STEP = Attempt("gpt-4o", "api.openai.com", Tokens(read=900, written=100), Decimal("0.5"), 60)
Open = Callable[..., SpendGuard]


@pytest.fixture
def opened(tmp_path: Path) -> Open:
    """Return a function that opens the guard with all caps roomy but those given."""

    def opens(**caps: Cap) -> SpendGuard:
        records = Records.open(f"sqlite:///{tmp_path / 'records.db'}", clock=FakeClock())
        roomy = Caps(question=ROOMY, conversation=ROOMY, person_day=ROOMY, day=ROOMY)
        return SpendGuard(records, roomy.model_copy(update=caps), "models.toml")

    return opens


def taken(guard: SpendGuard, account: Account = ANA) -> dict[str, tuple[int, Decimal]]:
    with guard.records.read() as session:
        found = model_calls.taken(session, account, model_calls.day_of(guard.records.clock()))
        return {scope: (one.tokens, one.usd) for scope, one in found.items()}


def states(guard: SpendGuard) -> list[str]:
    with guard.records.read() as session:
        return [row.state for row in model_calls.of_day(session, model_calls.day_of(guard.records.clock()))]


def test_a_reservation_counts_at_its_worst_in_every_scope(opened: Open) -> None:
    guard = opened()
    guard.reserve(ANA, STEP)
    assert taken(guard) == dict.fromkeys(("question", "conversation", "person_day", "day"), (1000, Decimal("0.5")))


def test_what_the_endpoint_counted_takes_the_place_of_the_reservation(opened: Open) -> None:
    guard = opened()
    guard.settle(guard.reserve(ANA, STEP), Tokens(read=200, written=10), Decimal("0.0000000375"))
    assert taken(guard)["day"] == (210, Decimal("0.000000037500"))
    assert states(guard) == ["settled"]


def test_nothing_is_booked_twice(opened: Open) -> None:
    guard = opened()
    reservation = guard.reserve(ANA, STEP)
    guard.settle(reservation, Tokens(read=200, written=10), Decimal("0.1"))
    guard.settle(reservation, Tokens(read=200, written=10), Decimal("0.1"))
    guard.settle(reservation, Tokens(read=999, written=99), Decimal(9))
    guard.presume(reservation)
    guard.release(reservation)
    assert taken(guard)["day"] == (210, Decimal("0.1"))


def test_what_was_not_served_is_given_back(opened: Open) -> None:
    guard = opened()
    guard.release(guard.reserve(ANA, STEP))
    assert taken(guard)["day"] == (0, Decimal(0))


def test_what_nobody_knows_stays_at_its_worst_until_it_is_known(opened: Open) -> None:
    guard = opened()
    reservation = guard.reserve(ANA, STEP)
    guard.presume(reservation)
    assert taken(guard)["day"] == (1000, Decimal("0.5"))
    guard.settle(reservation, Tokens(read=200, written=10), Decimal("0.1"))
    assert taken(guard)["day"] == (210, Decimal("0.1"))


def test_a_reservation_of_the_dead_is_never_free(opened: Open) -> None:
    guard = opened()
    guard.reserve(ANA, STEP)
    clock = guard.records.clock
    assert isinstance(clock, FakeClock)
    clock.forward(minutes=2)
    guard.release(guard.reserve(ANA, STEP))
    assert states(guard) == ["reserved", "released"]
    clock.forward(minutes=2)
    guard.release(guard.reserve(ANA, STEP))
    assert states(guard) == ["presumed", "released", "released"]
    assert taken(guard)["day"] == (1000, Decimal("0.5"))


@pytest.mark.parametrize("scope", ["question", "conversation", "person_day", "day"])
def test_each_cap_holds_by_itself_in_tokens_and_usd(opened: Open, scope: str) -> None:
    for cap, what in ((Cap(tokens=1500, usd=Decimal(1000)), "tokens"), (Cap(tokens=10**6, usd=Decimal("0.9")), "usd")):
        guard = opened(**{scope: cap})
        account = ANA._replace(question=what, person=what)
        first = guard.reserve(account, STEP)
        with pytest.raises(Capped, match=rf"leaves no room: .* used or reserved.*; raise `caps\.{scope}\.{what}` in"):
            guard.reserve(account, STEP)
        guard.release(first)


def test_the_refusal_is_one_sentence_with_amounts(opened: Open) -> None:
    guard = opened(question=Cap(tokens=1500, usd=Decimal(1)))
    guard.reserve(ANA, STEP)
    with pytest.raises(Capped) as raised:
        guard.reserve(ANA, STEP)
    assert str(raised.value) == (
        "the cap of 1,500 tokens for this question leaves no room: 1,000 tokens are used or reserved, and a step of `gpt-4o` "
        "may take 1,000 tokens; raise `caps.question.tokens` in `models.toml`"
    )


def test_others_questions_conversations_people_and_days_have_room_of_their_own(opened: Open) -> None:
    tight = Cap(tokens=1500, usd=Decimal(1000))
    guard = opened(question=tight, conversation=tight, person_day=tight)
    guard.reserve(ANA, STEP)
    guard.reserve(Account("ben", "q2", "c1"), STEP)
    with pytest.raises(Capped, match=r"person_day"):
        guard.reserve(Account("ana", "q3", "c2"), STEP)
    clock = guard.records.clock
    assert isinstance(clock, FakeClock)
    clock.forward(days=1)
    guard.reserve(Account("ana", "q4", "c3"), STEP)


def test_a_model_without_a_price_is_held_by_tokens_alone(opened: Open) -> None:
    free = STEP._replace(usd=None)
    guard = opened(question=Cap(tokens=2500, usd=Decimal(0)))
    guard.reserve(ANA, free)
    guard.reserve(ANA, free)
    with pytest.raises(Capped, match="tokens"):
        guard.reserve(ANA, free)


def test_the_last_step_that_fits_is_told_to_be_the_last(opened: Open) -> None:
    guard = opened(question=Cap(tokens=2500, usd=Decimal(1000)))
    assert guard.reserve(ANA, STEP).near == ""
    assert guard.reserve(ANA, STEP).near == (
        "the cap of 2,500 tokens for this question is near: 1,000 tokens are used or reserved, and a step may take 1,000 tokens; "
        "raise `caps.question.tokens` in `models.toml`"
    )


def test_thirty_at_once_never_take_more_than_the_cap(opened: Open) -> None:
    guard = opened(day=Cap(tokens=7_000, usd=Decimal(1000)))

    def one(number: int) -> Reservation | None:
        try:
            return guard.reserve(Account(f"p{number % 3}", f"q{number}"), STEP)
        except Capped:
            return None

    with ThreadPoolExecutor(10) as pool:
        got = [found for found in pool.map(one, range(30)) if found]
    assert len(got) == 7
    assert taken(guard, Account("p0", "q"))["day"] == (7_000, Decimal("3.5"))


def test_what_is_settled_by_many_at_once_is_added_up_exactly(opened: Open) -> None:
    guard = opened()

    def one(number: int) -> None:
        guard.settle(
            guard.reserve(Account("p", f"q{number}"), STEP), Tokens(read=number, written=1), Decimal("0.0000001")
        )

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(one, range(24)))
    assert taken(guard)["day"] == (sum(range(24)) + 24, Decimal("0.0000024"))


def test_without_a_conversation_only_the_question_is_asked_about(opened: Open) -> None:
    guard = opened(conversation=Cap(tokens=0, usd=Decimal(0)))
    guard.reserve(Account("ana", "q1"), STEP)
    assert set(taken(guard, Account("ana", "q1"))) == {"question", "person_day", "day"}


def test_a_cap_of_nothing_lets_no_model_be_asked(opened: Open) -> None:
    with pytest.raises(Capped):
        opened(day=Cap(tokens=0, usd=Decimal(0))).reserve(ANA, STEP)


def test_the_day_is_that_of_utc(opened: Open) -> None:
    guard = opened()
    clock = guard.records.clock
    assert isinstance(clock, FakeClock)
    clock.now = clock.now.replace(hour=23, minute=59, second=59)
    guard.reserve(ANA, STEP)
    clock.now += timedelta(seconds=2)
    assert taken(guard)["day"] == (0, Decimal(0))
    assert taken(guard)["question"] == (1000, Decimal("0.5"))


def test_a_guard_with_other_caps_counts_the_same_calls(opened: Open) -> None:
    guard = opened()
    guard.reserve(ANA, STEP)
    tight = replace(guard, caps=Caps(question=Cap(tokens=1500, usd=Decimal(1))))
    with pytest.raises(Capped):
        tight.reserve(ANA, STEP)
