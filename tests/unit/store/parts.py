"""A small lake for the tests, loaded through the real importer."""

from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path

from connectors.billing.load import stage_bills
from finops.relational import Table
from finops.tables import StagedPart
from store.lake.commit.writing import Committed, commit, writing
from store.lake.reader import LakeHandle, open_lake
from tests.unit.connectors.bills import COLUMNS, write_bill


def load(
    home: Path, rows: Sequence[dict[str, str]], *, at: datetime | None = None, columns: Sequence[str] = COLUMNS
) -> tuple[Committed, ...]:
    """Load rows as one bill."""
    home.mkdir(exist_ok=True)
    with writing(home / "lake") as scratch:
        return commit(home / "lake", stage(home, rows, scratch, columns=columns), at=at)


def stage(
    home: Path, rows: Sequence[dict[str, str]], scratch: Path, *, columns: Sequence[str] = COLUMNS
) -> dict[Table, tuple[StagedPart, ...]]:
    """Stage rows as one bill, ready to be committed."""
    bill = write_bill(home / "bill.csv", rows, columns)
    staged = stage_bills([bill], scratch, source=None, progress=lambda _text, _share: None)
    return {"cost": staged.parts}


def opened(home: Path, snapshot: str | None = None, *, as_of: date | datetime | None = None) -> LakeHandle:
    """Open the lake that `load` made."""
    return open_lake(home / "lake", home / "plans", snapshot=snapshot, as_of=as_of)
