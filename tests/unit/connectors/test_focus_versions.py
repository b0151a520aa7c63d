"""Bills of FOCUS 1.3 and 1.4: loaded as they are, the columns that 1.4 removed filled from their successors."""

from collections.abc import Sequence
from pathlib import Path

import duckdb
import pytest

from connectors.billing.load import StagedBill, stage_bills
from finops.errors import BadFile
from tests.unit.connectors.bills import COLUMNS, row, write_bill

REMOVED = ("ProviderName", "PublisherName")
ADDED = ("ServiceProviderName", "HostProviderName")
NEWER = {
    "ServiceProviderName": "Databricks", "HostProviderName": "AWS", "InvoiceDetailId": "line-7",
    "AllocatedTags": '{"team":"b"}',
}  # fmt: skip


def stage(path: Path) -> StagedBill:
    return stage_bills([path], path.parent / "scratch", source=None, progress=lambda _text, _share: None)


def newer(path: Path, extra: Sequence[str], *, without: Sequence[str] = REMOVED) -> Path:
    """Write a sound row with the columns that later versions brought and without those they removed."""
    columns = [name for name in COLUMNS if name not in without]
    return write_bill(path, [row(**NEWER)], [*columns, *extra])


def loaded(bill: StagedBill, names: str) -> list[tuple[object, ...]]:
    files = [path for part in bill.parts for path in part.paths]
    return duckdb.read_parquet(files).select(names).fetchall()


def test_a_bill_of_1_4_has_its_service_provider_as_provider_and_publisher(tmp_path: Path) -> None:
    bill = stage(newer(tmp_path / "bill.csv", [*ADDED, "InvoiceDetailId", "AllocatedTags"]))
    assert bill.parts[0].part.source == "Databricks/1"
    assert bill.parts[0].part.totals == {"USD": "1.25"}
    names = "ProviderName, PublisherName, ServiceProviderName, HostProviderName, InvoiceDetailId, AllocatedTags"
    assert loaded(bill, names) == [("Databricks", "Databricks", "Databricks", "AWS", "line-7", '{"team":"b"}')]


def test_a_bill_of_1_4_is_not_told_that_it_lacks_what_1_4_removed(tmp_path: Path) -> None:
    bill = stage(newer(tmp_path / "bill.csv", [*ADDED, "InvoiceDetailId"]))
    assert {one.code for one in bill.warnings} == set()


def test_a_bill_of_1_3_keeps_its_provider_beside_the_service_provider(tmp_path: Path) -> None:
    bill = stage(newer(tmp_path / "bill.csv", ADDED, without=()))
    assert bill.parts[0].part.source == "AWS/1"
    assert loaded(bill, "ProviderName, ServiceProviderName, HostProviderName") == [("AWS", "Databricks", "AWS")]


def test_bills_of_several_versions_load_together(tmp_path: Path) -> None:
    old = write_bill(tmp_path / "old.csv", [row(ProviderName="Databricks", BilledCost="2", ResourceId="i-2")])
    new = newer(tmp_path / "new.csv", ADDED)
    bill = stage_bills([old, new], tmp_path / "scratch", source=None, progress=lambda _text, _share: None)
    assert [(one.part.source, one.part.rows, one.part.totals) for one in bill.parts] == [
        ("Databricks/1", 2, {"USD": "3.25"})
    ]


def test_a_bill_that_names_no_provider_in_any_version_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadFile, match="`ProviderName`"):
        stage(newer(tmp_path / "bill.csv", [], without=REMOVED))
