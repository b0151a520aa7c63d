"""One-time links, sessions and the throttle."""

import pytest
from starlette.responses import Response

from app.web.sessions import MOST_FAILURES, Links, Sessions, Throttle, login_page, sentence
from finops.errors import BadInput, Unauthenticated
from finops.people import Principal

ADA = Principal(name="ada", role="approver")


def known(token: str) -> Principal:
    if token != "good":
        raise Unauthenticated("the session does not hold")
    return ADA


def test_a_link_works_once_and_the_next_is_announced() -> None:
    announced: list[str] = []
    links = Links(lambda: "session", announced.append)
    links.renew()
    assert links.exchange(announced[0]) == "session"
    with pytest.raises(Unauthenticated, match="used already"):
        links.exchange(announced[0])
    assert links.exchange(announced[1]) == "session"


@pytest.mark.parametrize("token", ["", "guess"])
def test_a_link_that_was_not_announced_is_refused(token: str) -> None:
    links = Links(lambda: "session", lambda _: None)
    with pytest.raises(Unauthenticated):
        links.exchange(token)
    links.renew()
    with pytest.raises(Unauthenticated):
        links.exchange(token)


def test_a_session_that_was_signed_out_of_no_longer_holds() -> None:
    sessions = Sessions(known, cookie_name="toll_1")
    assert sessions.person("good") == ADA
    sessions.end("good")
    with pytest.raises(Unauthenticated, match="signed out"):
        sessions.person("good")


def test_the_cookie_is_unreadable_to_scripts_and_never_sent_from_another_site() -> None:
    response = Sessions(known, cookie_name="toll_1").begin(Response(), "good")
    cookie = response.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=strict" in cookie


def test_guessing_is_slowed_down_and_success_forgotten() -> None:
    now = [0.0]
    throttle = Throttle(lambda: now[0])
    assert [throttle.enter() for _ in range(MOST_FAILURES + 1)] == [True] * MOST_FAILURES + [False]
    now[0] = 61
    assert throttle.enter()
    throttle.succeeded()
    assert all(throttle.enter() for _ in range(MOST_FAILURES))


def test_what_a_person_typed_comes_back_escaped() -> None:
    page = bytes(login_page(error="no `<b>`", name='"><script>').body).decode()
    assert "<script>" not in page.replace('<script src="/assets/app.js">', "")
    assert "&lt;b&gt;" in page
    assert "&quot;&gt;&lt;script&gt;" in page


def test_an_error_reads_as_a_sentence() -> None:
    assert sentence(BadInput("no bill is loaded", fix="load one")) == "No bill is loaded; load one."
    assert sentence(BadInput("unknown service", fix="did you mean `EC2`?")).endswith("`EC2`?")
