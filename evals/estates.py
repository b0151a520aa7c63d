"""The estates cases are asked of: each is made and loaded once a run, through the gateway like any bill, whichever process comes first."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from evals.case import Estate
from evals.dear import write_dear
from evals.estate import make
from evals.estate.world import World, locked
from evals.focus_bill import END as FOCUS_END
from evals.focus_bill import write_focus_bill
from evals.hostile import END as HOSTILE_END
from evals.hostile import write_hostile
from evals.placeholders import nothing_known, of_estate
from evals.truth import RawFiles
from finops.errors import BadInput
from gateway.acting import audit_of_loads
from gateway.home import Home
from gateway.ingest import ingest
from gateway.people import ensure_local_person

SAMPLE = Path(__file__).resolve().parents[1] / ".." / "shared" / "data" / "focus" / "focus_sample_1.0.csv"
SEED, END = 7, date(2026, 11, 1)
_SAMPLE_END = date(2024, 10, 1)
_ENDS: Mapping[Estate, date] = {
    "sample": _SAMPLE_END, "hostile": HOSTILE_END, "focus": FOCUS_END, "dear": HOSTILE_END, "demo": END,
}  # fmt: skip
# Of an estate that is loaded whole: the paths of its bills.
_BILLS = "bills.json"
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


def missing(estate: Estate) -> str:
    """Say why an estate cannot be had here; empty where it can."""
    if estate == "sample" and not SAMPLE.is_file():
        return "the real sample bill (../shared/data/focus/focus_sample_1.0.csv) is not beside this checkout"
    return ""


def load_estate(estate: Estate, folder: Path, tell: Tell) -> LoadedEstate:
    """Return the estate in `folder`: made and loaded, or as another process of this run has loaded it, which is waited for.

    Raises `BadInput` for the dear estate, which `load_dear` loads.
    """
    if estate == "dear":
        raise BadInput("the dear estate needs the ids of its machines", fix="load it with `load_dear`")
    with locked(folder):
        if not (folder / _BILLS).exists():
            tell(f"loading the {estate} estate")
            _load(folder, *_made(estate, folder / "files"))
    if estate != "demo":
        return _opened(estate, folder, nothing_known)
    made = make.Estate(folder / "files")
    return LoadedEstate(
        _home(folder).path, END, RawFiles(made.bills, made.truth), of_estate(made.truth, made.world), world=made.world,
        folder=made.folder,
    )  # fmt: skip


def load_dear(folder: Path, ids: Mapping[str, str], account: str, tell: Tell) -> LoadedEstate:
    """Make and load the bill of the dear machines that the cloud made under `ids`; `{dear.NAME}` stands for one."""
    tell("loading the dear estate")
    bill, metrics = write_dear(folder / "files", ids, account)
    _load(folder, [bill], [metrics])

    def value_of(path: str) -> str:
        kind, _, name = path.partition(".")
        return ids[name] if kind == "dear" and name in ids else nothing_known(path)

    return _opened("dear", folder, value_of)


def _made(estate: Estate, folder: Path) -> tuple[list[Path], list[Path]]:
    """Make the files of an estate where they are made; return its bills, and what else is loaded."""
    match estate:
        case "sample":
            return [SAMPLE], []
        case "focus":
            return [write_focus_bill(folder)], []
        case "hostile":
            bill, metrics = write_hostile(folder)
            return [bill], [metrics]
        case _:
            made = make.make_estate(folder, SEED, END)
            return list(made.bills), list(made.metrics)


def _opened(estate: Estate, folder: Path, value_of: Callable[[str], str]) -> LoadedEstate:
    bills = [Path(path) for path in json.loads((folder / _BILLS).read_text(encoding="utf-8"))]
    return LoadedEstate(_home(folder).path, _ENDS[estate], RawFiles(bills), value_of)


def _home(folder: Path) -> Home:
    return Home.open({"TOLL_HOME": str(folder / "home")})


def _load(folder: Path, bills: list[Path], others: list[Path]) -> None:
    home = _home(folder)
    # The SQL of a question's shape is the same over every lake: what one estate had compiled, the next one has.
    shared = folder.parent / home.plans.name
    shared.mkdir(exist_ok=True)
    home.plans.parent.mkdir(parents=True, exist_ok=True)
    home.plans.symlink_to(shared, target_is_directory=True)
    person, _ = ensure_local_person(home)
    ingest(home, person, [*bills, *others], audit=audit_of_loads(home, person))
    (folder / _BILLS).write_text(json.dumps([str(path) for path in bills]), encoding="utf-8")
