"""Bills whose columns differ: what one does not have is absent in its files, and reads as no value."""

from decimal import Decimal
from pathlib import Path

from connectors.billing.load import stage_bills
from finops.relational import Aggregate, Key, Question
from store.lake.commit.difference import difference
from store.lake.commit.writing import commit, writing
from tests.unit.connectors.bills import COLUMNS, row, write_bill
from tests.unit.store.parts import opened

OCTOBER = {"BillingPeriodStart": "2026-10-01T00:00:00Z", "BillingPeriodEnd": "2026-11-01T00:00:00Z"}


def test_bills_of_different_columns_are_staged_compared_and_asked_together(tmp_path: Path) -> None:
    few = write_bill(tmp_path / "few.csv", [row(BilledCost="1")])
    many = write_bill(
        tmp_path / "many.csv",
        [row(BilledCost="2", RegionId="eu-1", x_Own="a", **OCTOBER)],
        (*COLUMNS, "RegionId", "x_Own"),
    )
    by_region = Question("cost", (Aggregate("value", "sum", "BilledCost"),), (Key("RegionId"),))
    with writing(tmp_path / "lake") as scratch:
        bill = stage_bills([few, many], scratch, source=None, progress=lambda _text, _share: None)
        found = difference(tmp_path / "lake", {"cost": bill.parts}, opened(tmp_path))
        commit(tmp_path / "lake", {"cost": bill.parts})
    assert [(one.month, one.cost_after) for one in found.parts] == [("2026-01", Decimal(1)), ("2026-10", Decimal(2))]
    rows = opened(tmp_path).ask(by_region).rows
    assert {(region, cost) for region, cost in rows} == {(None, Decimal(1)), ("eu-1", Decimal(2))}
