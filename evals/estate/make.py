"""Makes a demo estate in a folder, and moves its days on.

Layout: `world.json` (what the instances are), `bills/<month>.parquet`, `metrics/<month>.parquet`, `truth.json`
(for graders). The same seed and end give the same bytes; so do the same steps of `advance` with the same changes between.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from evals.estate.bill import draw_up
from evals.estate.days import Days
from evals.estate.files import write_bills, write_metrics
from evals.estate.fleet import original_world
from evals.estate.telling import tell
from evals.estate.truth import Truth
from evals.estate.utilisation import OBSERVED_BEFORE_ANCHOR, observed
from evals.estate.world import World, load, locked, save, write_atomically
from finops.errors import BadInput

TRUTH = "truth.json"
_EARLIEST, _LATEST = date(2002, 1, 1), date(2098, 1, 1)
_LONGEST = 400


@dataclass(frozen=True, slots=True)
class Estate:
    """A demo estate on disk."""

    folder: Path

    @property
    def world(self) -> World:
        """What it is now."""
        return load(self.folder)

    @property
    def truth(self) -> Truth:
        """What was planted in it."""
        return Truth.model_validate_json((self.folder / TRUTH).read_bytes())

    @property
    def bills(self) -> tuple[Path, ...]:
        """Files of cost."""
        return tuple(sorted((self.folder / "bills").glob("*.parquet")))

    @property
    def metrics(self) -> tuple[Path, ...]:
        """Files of utilisation."""
        return tuple(sorted((self.folder / "metrics").glob("*.parquet")))

    @property
    def files(self) -> tuple[Path, ...]:
        """All there is to load."""
        return self.bills + self.metrics


def make_estate(folder: Path, seed: int, end: date) -> Estate:
    """Make 13 billing months of estate in `folder`; `end` is its today, the first day without data.

    Raises `BadInput` where `end` is out of range or the folder holds an estate already.
    """
    if not _EARLIEST <= end <= _LATEST:
        raise BadInput(f"an estate cannot end on `{end}`", fix=f"give a day from {_EARLIEST} to {_LATEST}")
    with locked(folder):
        if (folder / "world.json").exists():
            raise BadInput(f"there is an estate in `{folder}` already", fix="move it on with `toll demo advance 30d`")
        world = original_world(seed, end)
        _write(folder, world, world.first_day)
        save(folder, world)
    return Estate(folder)


def advance(folder: Path, days: int) -> list[Path]:
    """Write the next `days` days of bills and metrics, as the world now is; return the files that are new or changed.

    Days that were written before keep their rows; only the invoice number of a month that ends is filled in. Holds the
    estate's lock to the end, so that nothing is executed unseen meanwhile. Raises `BadInput` and `BadFile`.
    """
    if not 1 <= days <= _LONGEST:
        raise BadInput(f"cannot advance by `{days}` days", fix=f"give 1 to {_LONGEST} days, such as 30d")
    with locked(folder):
        before = load(folder)
        world = before.model_copy(update={"end": before.end + timedelta(days=days)})
        if world.end > _LATEST:
            raise BadInput(f"an estate cannot end on `{world.end}`", fix=f"stay before {_LATEST}")
        changed = _write(folder, world, before.end)
        save(folder, world)
    return changed


def _write(folder: Path, world: World, since: date) -> list[Path]:
    """Write every month that has a day from `since` on; return the paths of bills and metrics."""
    days = Days(world.first_day, world.end)
    months = [month for month in days.months if month >= days.month_of(since)]
    bills = draw_up(world)
    paths = write_bills(folder, bills, days, months)
    paths += _write_metrics(folder, world, days, months)
    write_atomically(folder / TRUTH, (tell(world, bills).model_dump_json(indent=1) + "\n").encode())
    return paths


def _write_metrics(folder: Path, world: World, days: Days, months: Sequence[int]) -> list[Path]:
    written: list[Path] = []
    for month in months:
        start, end = days.month_start(month), min(days.month_start(month + 1), world.end)
        if end > world.anchor - timedelta(days=OBSERVED_BEFORE_ANCHOR):
            path = folder / "metrics" / f"{start:%Y-%m}.parquet"
            write_metrics(path, observed(world, start, end))
            written.append(path)
    return written
