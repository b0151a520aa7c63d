"""What holds for a person is read without the ORM, and nothing of it where there are no records."""

import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from finops.errors import CheckFailed
from finops.people import Principal
from finops.standing_facts import FiscalYear
from gateway.facts_read import facts_of
from gateway.home import Home
from gateway.people import ensure_local_person
from gateway.standing_facts import open_facts

ROOT = Path(__file__).parents[3]


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home.open({"TOLL_HOME": str(tmp_path / "home")})


def test_without_records_there_are_none_and_none_are_made(home: Home) -> None:
    assert facts_of(home, Principal(name="ana", role="analyst")) == ()
    assert not (home.path / "records.db").exists()


def test_it_is_what_the_records_say_confirmed_ones_only_and_ones_own(home: Home) -> None:
    person, _ = ensure_local_person(home)
    door = open_facts(home)
    pending = door.state(person, FiscalYear(start_month=4), "April")
    assert facts_of(home, person) == ()
    found, _ = door.confirm(person, pending.id)
    assert facts_of(home, person) == (found,)
    assert facts_of(home, Principal(name="eve", role="admin")) == ()
    door.forget(person, pending.id)
    assert facts_of(home, person) == ()


@pytest.mark.parametrize(
    "change",
    [
        """UPDATE standing_fact SET body = '{"kind": "fiscal_year", "start_month": 13}'""",
        """UPDATE standing_fact SET body = '{"kind": "fiscal_year", "start_month": 7}'""",
        "UPDATE standing_fact SET scope = 'team'",
        "UPDATE audit_event SET payload = '{}' WHERE subject LIKE 'standing_fact/%'",
        "DELETE FROM audit_event WHERE subject LIKE 'standing_fact/%'",
    ],
)
def test_a_fact_that_is_not_what_the_log_says_is_refused(home: Home, change: str) -> None:
    person, _ = ensure_local_person(home)
    door = open_facts(home)
    door.confirm(person, door.state(person, FiscalYear(start_month=4), "April").id)
    connection = sqlite3.connect(home.path / "records.db")
    connection.execute(change)
    connection.commit()
    connection.close()
    with pytest.raises(CheckFailed, match="audit verify"):
        facts_of(home, person)
    with pytest.raises(CheckFailed, match="audit verify"):
        door.list(person)


def test_reading_them_imports_no_orm() -> None:
    code = "import sys, gateway.facts_read; print(any(m in sys.modules for m in ('sqlalchemy', 'sqlmodel')))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
