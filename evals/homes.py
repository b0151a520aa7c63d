"""Homes for cases: an estate is loaded once, through the gateway like any bill; each case gets a home of its own over it."""

import shutil
import sqlite3
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from pathlib import Path

from evals.case import Actor, Estate
from evals.dear import write_dear
from evals.estate.make import make_estate
from evals.estate.world import World
from evals.focus_bill import END as FOCUS_END
from evals.focus_bill import write_focus_bill
from evals.hostile import END as HOSTILE_END
from evals.hostile import write_hostile
from evals.placeholders import nothing_known, of_estate
from evals.truth import RawFiles
from finops.errors import BadInput
from finops.people import Principal
from gateway.acting import audit_of_loads
from gateway.clock import set_demo_day
from gateway.home import Home
from gateway.ingest import ingest
from gateway.people import add_person, ensure_local_person

SAMPLE = Path(__file__).resolve().parents[1] / ".." / "shared" / "data" / "focus" / "focus_sample_1.0.csv"
SEED, END = 7, date(2026, 11, 1)
_SAMPLE_END = date(2024, 10, 1)
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
Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class LoadedEstate:
    """One estate in a lake, with the raw files its truth is computed from. `end` is the first day without data."""

    home: Path
    end: date
    raw: RawFiles
    value_of: Callable[[str], str]
    world: World | None = None
    folder: Path | None = None


@dataclass(frozen=True, slots=True)
class People:
    """Records with people in them, to be copied for each case."""

    folder: Path
    local: Principal

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
        return cls(folder, local)

    def who(self, actor: Actor) -> Principal:
        """Return a person as their credential would give them."""
        return self.local if actor == "local" else _TEAM[actor]


def _copy_records(source: Path, target: Path) -> None:
    # Over SQLite's own backup: what still is in the write-ahead log comes along.
    with closing(sqlite3.connect(source)) as old, closing(sqlite3.connect(target)) as new:
        old.backup(new)


def missing(estate: Estate) -> str:
    """Say why an estate cannot be had here; empty where it can."""
    if estate == "sample" and not SAMPLE.is_file():
        return "the real sample bill (../shared/data/focus/focus_sample_1.0.csv) is not beside this checkout"
    return ""


def _load(home: Home, files: list[Path]) -> None:
    person, _ = ensure_local_person(home)
    ingest(home, person, files, audit=audit_of_loads(home, person))


def load_dear(folder: Path, ids: Mapping[str, str], account: str, tell: Tell) -> LoadedEstate:
    """Make and load the bill of the dear machines that the cloud made under `ids`; `{dear.NAME}` stands for one."""
    home = Home.open({"TOLL_HOME": str(folder / "home")})
    tell("loading the dear estate")
    bill, metrics = write_dear(folder / "files", ids, account)
    _load(home, [bill, metrics])

    def value_of(path: str) -> str:
        kind, _, name = path.partition(".")
        return ids[name] if kind == "dear" and name in ids else nothing_known(path)

    return LoadedEstate(home.path, HOSTILE_END, RawFiles([bill]), value_of)


def load_estate(estate: Estate, folder: Path, tell: Tell) -> LoadedEstate:
    """Make the files of an estate where they are made, and load them; the dear one is loaded by `load_dear`."""
    home = Home.open({"TOLL_HOME": str(folder / "home")})
    tell(f"loading the {estate} estate")
    match estate:
        case "sample":
            _load(home, [SAMPLE])
            return LoadedEstate(home.path, _SAMPLE_END, RawFiles([SAMPLE]), nothing_known)
        case "hostile":
            bill, metrics = write_hostile(folder / "files")
            _load(home, [bill, metrics])
            return LoadedEstate(home.path, HOSTILE_END, RawFiles([bill]), nothing_known)
        case "focus":
            bill = write_focus_bill(folder / "files")
            _load(home, [bill])
            return LoadedEstate(home.path, FOCUS_END, RawFiles([bill]), nothing_known)
        case "dear":
            raise BadInput("the dear estate needs the ids of its machines", fix="load it with `load_dear`")
        case "demo":
            made = make_estate(folder / "files", SEED, END)
            _load(home, list(made.files))
            truth = made.truth
            return LoadedEstate(
                home.path,
                END,
                RawFiles(made.bills, truth),
                of_estate(truth, made.world),
                world=made.world,
                folder=made.folder,
            )


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
