"""A small lake for the tests, loaded through the real importer."""

from collections.abc import Sequence
from pathlib import Path

from connectors.billing.load import stage_bills
from store.lake.reader import LakeHandle, open_lake
from store.lake.writer import Committed, commit, writing
from tests.unit.connectors.bills import write_bill


def load(home: Path, rows: Sequence[dict[str, str]]) -> tuple[Committed, ...]:
    """Load rows as one bill."""
    home.mkdir(exist_ok=True)
    bill = write_bill(home / "bill.csv", rows)
    with writing(home / "lake") as scratch:
        staged = stage_bills([bill], scratch, source=None, progress=lambda _text, _share: None)
        return commit(home / "lake", {"cost": staged.parts})


def opened(home: Path, snapshot: str | None = None) -> LakeHandle:
    """Open the lake that `load` made."""
    return open_lake(home / "lake", home / "plans", snapshot=snapshot)
