"""Session tokens: what is signed holds, and nothing else does."""

import base64
import hmac
import json
import stat
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from finops.errors import Unauthenticated
from finops.people import Principal
from gateway.clock import utc_now
from gateway.home import Home
from gateway.session import LIFE, authenticate, forget, principal_from_cli, save, sign

ANA = Principal(name="ana", role="analyst")
NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home.open({"TOLL_HOME": str(tmp_path / "home")})


def test_a_token_is_good_for_whom_it_was_signed(home: Home) -> None:
    assert authenticate(home, sign(home, ANA, expires=NOW + LIFE), now=NOW) == ANA


def test_a_token_carries_local_mode(home: Home) -> None:
    local = Principal(name="root", role="admin", local=True)
    assert authenticate(home, sign(home, local, expires=NOW + LIFE), now=NOW).local


def test_an_expired_token_is_refused(home: Home) -> None:
    token = sign(home, ANA, expires=NOW)
    assert authenticate(home, token, now=NOW - timedelta(seconds=1)) == ANA
    with pytest.raises(Unauthenticated, match="the session of `ana` has expired; log in with `toll login ana`"):
        authenticate(home, token, now=NOW)


def test_a_token_with_any_changed_character_is_refused(home: Home) -> None:
    token = sign(home, ANA, expires=NOW + LIFE)
    for place, letter in enumerate(token):
        changed = token[:place] + ("A" if letter != "A" else "B") + token[place + 1 :]
        # The last letter of a base64 text has bits that mean nothing.
        if place not in (token.index(".") - 1, len(token) - 1):
            with pytest.raises(Unauthenticated):
                authenticate(home, changed, now=NOW)


def test_a_token_with_a_better_role_is_refused(home: Home) -> None:
    signature = sign(home, ANA, expires=NOW + LIFE).partition(".")[2]
    claims = {"name": "ana", "role": "admin", "local": True, "expires": 9999999999}
    payload = base64.urlsafe_b64encode(json.dumps(claims).encode()).rstrip(b"=").decode()
    with pytest.raises(Unauthenticated):
        authenticate(home, f"{payload}.{signature}", now=NOW)


@pytest.mark.parametrize("token", ["", ".", "x", "x.y", "a.b.c", "ä.ö", "\ud800.\udfff", "x" * 100_000])
def test_nonsense_is_no_token(home: Home, token: str) -> None:
    with pytest.raises(Unauthenticated):
        authenticate(home, token, now=NOW)


def test_a_token_of_another_home_is_refused(home: Home, tmp_path: Path) -> None:
    other = Home.open({"TOLL_HOME": str(tmp_path / "other")})
    with pytest.raises(Unauthenticated):
        authenticate(home, sign(other, ANA, expires=NOW + LIFE), now=NOW)


def test_key_and_session_are_for_their_owner_only(home: Home) -> None:
    save(home, sign(home, ANA, expires=utc_now() + LIFE))
    assert [stat.S_IMODE(path.stat().st_mode) for path in (home.key, home.session)] == [0o600, 0o600]


def test_the_command_line_acts_as_whom_its_session_is_good_for(home: Home) -> None:
    save(home, sign(home, ANA, expires=utc_now() + LIFE))
    assert principal_from_cli(home) == ANA


def test_reading_with_a_session_loads_no_orm(home: Home) -> None:
    save(home, sign(home, ANA, expires=utc_now() + LIFE))
    script = (
        "import sys; from gateway.home import Home; from gateway.session import principal_from_cli\n"
        "assert principal_from_cli(Home.open()).name == 'ana'\n"
        "sys.exit(bool({'sqlalchemy', 'sqlmodel', 'boto3', 'store.records'} & set(sys.modules)))"
    )
    run = subprocess.run(
        [sys.executable, "-c", script], check=False, cwd=Path(__file__).parents[3], env={"TOLL_HOME": str(home.path)}
    )
    assert run.returncode == 0


def test_the_first_start_makes_the_one_person_of_local_mode(home: Home) -> None:
    principal = principal_from_cli(home)
    assert principal.local
    assert principal.role == "admin"


def test_logging_out_of_local_mode_is_logging_in_again(home: Home) -> None:
    first = principal_from_cli(home)
    forget(home)
    assert principal_from_cli(home) == first


def test_a_token_that_was_logged_out_of_no_longer_holds_anywhere(home: Home) -> None:
    token, other = (sign(home, ANA, expires=utc_now() + LIFE) for _ in range(2))
    save(home, token)
    forget(home)
    with pytest.raises(Unauthenticated, match="the session of `ana` was ended; log in with `toll login ana`"):
        authenticate(home, token)
    assert authenticate(home, other) == ANA
    assert stat.S_IMODE(home.ended_sessions.stat().st_mode) == 0o600


def test_a_token_of_before_there_were_ids_still_holds(home: Home) -> None:
    claims = {"name": "ana", "role": "analyst", "local": False, "expires": int((NOW + LIFE).timestamp())}
    payload = base64.urlsafe_b64encode(json.dumps(claims).encode()).rstrip(b"=").decode()
    assert authenticate(home, sign(home, ANA, expires=NOW + LIFE), now=NOW) == ANA  # which makes the key
    signature = base64.urlsafe_b64encode(hmac.new(home.key.read_bytes(), payload.encode(), "sha256").digest())
    token = f"{payload}.{signature.rstrip(b'=').decode()}"
    assert authenticate(home, token, now=NOW) == ANA
    save(home, token)
    forget(home)
    assert not home.ended_sessions.exists()


def test_a_damaged_key_is_said(home: Home) -> None:
    home.key.write_bytes(b"short")
    with pytest.raises(Unauthenticated, match="is damaged"):
        authenticate(home, "a.b")
