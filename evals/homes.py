"""Homes for cases: each has people, records and evidence of its own, over the lake of an estate that is only read."""

import shutil
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from pathlib import Path

from evals.case import Actor
from evals.estates import LoadedEstate
from finops.errors import CheckFailed
from finops.people import Principal
from gateway.acting import open_audit
from gateway.clock import set_demo_day
from gateway.home import Home
from gateway.people import add_person, ensure_local_person

# Who is there from the start; long before any estate ends, for the log refuses a clock that was set back.
_FIRST_DAY = date(2024, 1, 1)
_TEAM: dict[Actor, Principal] = {
    "analyst": Principal(name="ann", role="analyst"),
    "approver": Principal(name="pat", role="approver"),
    "second": Principal(name="sue", role="approver"),
    "admin": Principal(name="ada", role="admin"),
    # The approver once more, with a credential that says more than the records do.
    "posing": Principal(name="pat", role="admin", local=True),
}


@dataclass(frozen=True, slots=True)
class People:
    """Records with people in them, to be copied for each case."""

    folder: Path
    local: Principal
    made: set[tuple[object, ...]]
    """What both hold of proposals and events, row by row."""

    @classmethod
    def make(cls, folder: Path) -> "People":
        """Make both records: of the one person of local mode, and of a team beside them."""
        home = Home.open({"TOLL_HOME": str(folder / "people")})
        set_demo_day(home, _FIRST_DAY)
        local, _ = ensure_local_person(home)
        _copy_records(home.path / "records.db", folder / "local.db")
        for actor, person in _TEAM.items():
            if actor != "posing":
                add_person(home, local, person.name, person.role)
        _copy_records(home.path / "records.db", folder / "team.db")
        if not open_audit(home).verify(local).ok:
            raise CheckFailed("the records that cases begin with do not hold", fix="see `toll audit verify`")
        return cls(folder, local, {_recorded(folder / name) for name in ("local.db", "team.db")})

    def who(self, actor: Actor) -> Principal:
        """Return a person as their credential would give them."""
        return self.local if actor == "local" else _TEAM[actor]

    def untouched(self, home: Home) -> bool:
        """Tell whether nothing was recorded in a home since its records were copied: no proposal, and the same events row by row."""
        return _recorded(home.path / "records.db") in self.made


def _recorded(path: Path) -> tuple[object, ...]:
    with closing(sqlite3.connect(path)) as connection:
        return tuple(
            tuple(connection.execute(f"SELECT * FROM {table} ORDER BY 1").fetchall())
            for table in ("proposal", "audit_event", "audit_head")
        )


def _copy_records(source: Path, target: Path) -> None:
    # Over SQLite's own backup: what still is in the write-ahead log comes along.
    with closing(sqlite3.connect(source)) as old, closing(sqlite3.connect(target)) as new:
        old.backup(new)


def case_home(loaded: LoadedEstate, people: People, folder: Path, *, team: bool, settings: dict[str, str]) -> Home:
    """Return a new home over the loaded lake: its records and evidence are the case's own, the lake is only read."""
    home = Home.open({"TOLL_HOME": str(folder), **settings})
    for shared in (home.lake, home.plans.parent):
        (loaded.home / shared.name).mkdir(exist_ok=True)
        shared.symlink_to(loaded.home / shared.name, target_is_directory=True)
    shutil.copy(people.folder / ("team.db" if team else "local.db"), home.path / "records.db")
    return home


def noon(day: date) -> datetime:
    """Return the moment on `day` at which cases are played."""
    return datetime.combine(day, time(12), UTC)
