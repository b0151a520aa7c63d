"""People: the one of local mode, those added later, their secrets, and who they are when they act."""

import sqlite3
from pathlib import Path

import pytest

from finops.errors import BadInput, CheckFailed, Forbidden, StateConflict, Unauthenticated, UnknownName
from finops.people import Principal
from gateway.home import Home
from gateway.people import (
    acting,
    add_person,
    ensure_local_person,
    list_people,
    login,
    new_secret,
    open_records,
    owner_login,
)  # fmt: skip
from gateway.session import authenticate, forget, principal_from_cli


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home.open({"TOLL_HOME": str(tmp_path / "home")})


@pytest.fixture
def admin(home: Home) -> Principal:
    return ensure_local_person(home)[0]


def act(home: Home, principal: Principal) -> Principal:
    with open_records(home).read() as session:
        return acting(session, principal)


def test_the_first_start_makes_one_person_and_the_next_finds_them(home: Home) -> None:
    first, made = ensure_local_person(home)
    again, made_again = ensure_local_person(home)
    assert (made, made_again) == (True, False)
    assert first == again
    assert (first.role, first.local) == ("admin", True)
    assert [person.name for person in list_people(home)] == [first.name]


def test_a_person_logs_in_with_the_secret_they_were_given(home: Home, admin: Principal) -> None:
    secret = add_person(home, admin, "ana", "analyst")
    assert authenticate(home, login(home, "ana", secret)) == Principal(name="ana", role="analyst", local=False)


def test_a_secret_is_kept_nowhere(home: Home, admin: Principal) -> None:
    secret = add_person(home, admin, "ana", "analyst")
    kept = b"".join(path.read_bytes() for path in home.path.rglob("*") if path.is_file())
    assert secret.encode() not in kept


def test_two_secrets_are_never_the_same(home: Home, admin: Principal) -> None:
    assert add_person(home, admin, "ana", "analyst") != add_person(home, admin, "ben", "approver")


@pytest.mark.parametrize("who", ["ana", "nobody", "", "x" * 5000])
@pytest.mark.parametrize("secret", ["", "wrong", "x" * 5000, "\ud800"])
def test_a_wrong_name_and_a_wrong_secret_are_refused_in_the_same_words(
    home: Home, admin: Principal, who: str, secret: str
) -> None:
    add_person(home, admin, "ana", "analyst")
    with pytest.raises(Unauthenticated) as refused:
        login(home, who, secret)
    assert str(refused.value) == "name or secret is wrong; ask an admin for a new secret"


def test_the_person_without_a_secret_cannot_log_in_with_an_empty_one(home: Home, admin: Principal) -> None:
    with pytest.raises(Unauthenticated):
        login(home, admin.name, "")


def test_the_owner_of_the_home_logs_in_until_they_have_a_secret(home: Home, admin: Principal) -> None:
    add_person(home, admin, "ana", "analyst")
    assert authenticate(home, owner_login(home, admin.name)) == Principal(name=admin.name, role="admin", local=False)
    for other in ("ana", "nobody", ""):
        with pytest.raises(Unauthenticated):
            owner_login(home, other)
    secret = new_secret(home, admin, admin.name)
    with pytest.raises(Unauthenticated):
        owner_login(home, admin.name)
    assert authenticate(home, login(home, admin.name, secret)).name == admin.name


def test_a_new_secret_ends_the_old_one(home: Home, admin: Principal) -> None:
    old = add_person(home, admin, "ana", "analyst")
    new = new_secret(home, admin, "ana")
    assert authenticate(home, login(home, "ana", new)).name == "ana"
    with pytest.raises(Unauthenticated):
        login(home, "ana", old)


def test_local_mode_ends_with_the_second_person(home: Home, admin: Principal) -> None:
    add_person(home, admin, "ana", "analyst")
    assert not principal_from_cli(home).local
    assert act(home, admin) == Principal(name=admin.name, role="admin", local=False)
    forget(home)
    with pytest.raises(Unauthenticated, match="nobody is logged in here; log in with `toll login NAME`"):
        principal_from_cli(home)


def test_only_an_admin_adds_people(home: Home, admin: Principal) -> None:
    add_person(home, admin, "ben", "approver")
    with pytest.raises(Forbidden, match="`ben` has the role `approver` and may not manage people"):
        add_person(home, Principal(name="ben", role="approver"), "eve", "admin")


def test_a_role_comes_from_the_records_and_not_from_the_token(home: Home, admin: Principal) -> None:
    add_person(home, admin, "ana", "analyst")
    forged = Principal(name="ana", role="admin", local=True)
    assert act(home, forged) == Principal(name="ana", role="analyst", local=False)
    with pytest.raises(Forbidden):
        add_person(home, forged, "eve", "admin")


def test_who_is_not_in_the_records_does_not_act(home: Home, admin: Principal) -> None:
    with pytest.raises(Unauthenticated, match="`mallory` is not in the records"):
        act(home, Principal(name="mallory", role="admin"))


def test_a_role_changed_in_the_database_does_not_act(home: Home, admin: Principal) -> None:
    secret = add_person(home, admin, "ana", "analyst")
    connection = sqlite3.connect(home.path / "records.db")
    connection.execute("UPDATE person SET role = 'admin' WHERE name = 'ana'")
    connection.commit()
    connection.close()
    with pytest.raises(CheckFailed, match="`person/ana` is not what the log says it is"):
        act(home, Principal(name="ana", role="admin"))
    with pytest.raises(CheckFailed):
        login(home, "ana", secret)


@pytest.mark.parametrize("name", ["", "a b", "../x", "x" * 65, "-x", "ä", "a\n"])
def test_a_name_that_is_none_is_refused(home: Home, admin: Principal, name: str) -> None:
    with pytest.raises(BadInput):
        add_person(home, admin, name, "analyst")


def test_a_role_that_is_none_is_refused_with_the_nearest(home: Home, admin: Principal) -> None:
    with pytest.raises(UnknownName, match="did you mean `approver`"):
        add_person(home, admin, "ana", "aprover")


def test_a_name_is_given_once(home: Home, admin: Principal) -> None:
    add_person(home, admin, "ana", "analyst")
    with pytest.raises(StateConflict, match="`ana` exists already"):
        add_person(home, admin, "ana", "admin")
