"""Files of one load that hold the same charges: nothing counts twice unseen."""

from decimal import Decimal
from pathlib import Path

import pytest

from connectors.billing.judged.overlaps import Overlap
from connectors.billing.load import StagedBill, stage_bills
from finops.errors import BadFile
from finops.tables import add_totals
from tests.unit.connectors.bills import COLUMNS, row, write_bill

FEBRUARY = {"BillingPeriodStart": "2026-02-01T00:00:00Z", "BillingPeriodEnd": "2026-03-01T00:00:00Z"}


def stage(tmp_path: Path, *paths: Path, overlap: Overlap = "refuse") -> StagedBill:
    return stage_bills(paths, tmp_path / "scratch", source=None, progress=lambda _t, _s: None, overlap=overlap)


def rows(count: int, start: int = 0, **changes: str) -> list[dict[str, str]]:
    return [row(BilledCost="1.5", ResourceId=f"i-{n}", **changes) for n in range(start, start + count)]


def total(bill: StagedBill) -> str:
    return add_totals(part.part.totals for part in bill.parts)["USD"]


def messages(bill: StagedBill, code: str) -> list[str]:
    return [one.message for one in bill.warnings if one.code == code]


def refusal(tmp_path: Path, *paths: Path) -> str:
    with pytest.raises(BadFile) as caught:
        stage(tmp_path, *paths)
    return str(caught.value)


def test_a_file_that_holds_the_rows_of_another_and_more_is_refused(tmp_path: Path) -> None:
    files = write_bill(tmp_path / "a.csv", rows(15)), write_bill(tmp_path / "b.csv", rows(20))
    assert refusal(tmp_path, *files) == (
        "`a.csv` and `b.csv` share 15 rows of 2026-01 of `AWS/1`, 22.50 USD in all, which would count twice; "
        "load one of the two, or give `--overlap sum` where both are meant"
    )


def test_rows_that_files_share_are_added_where_that_is_asked_for(tmp_path: Path) -> None:
    files = write_bill(tmp_path / "a.csv", rows(15)), write_bill(tmp_path / "b.csv", rows(20))
    bill = stage(tmp_path, *files, overlap="sum")
    assert (total(bill), [part.part.rows for part in bill.parts]) == ("52.50", [35])
    assert messages(bill, "shared_rows") == [
        "`a.csv` and `b.csv` share 15 rows of 2026-01 of `AWS/1`, 22.50 USD in all; they were counted in both"
    ]


def test_one_month_in_two_versions_of_focus_is_refused(tmp_path: Path) -> None:
    older = write_bill(tmp_path / "10.csv", rows(5))
    newer = write_bill(
        tmp_path / "12.csv",
        rows(5, InvoiceId="inv", BillingAccountType="root"),
        [*COLUMNS, "InvoiceId", "BillingAccountType"],
    )
    said = refusal(tmp_path, older, newer)
    assert said.startswith(
        "`10.csv` (FOCUS 1.0) and `12.csv` (FOCUS 1.2) share 5 rows of 2026-01 of `AWS/1`, 7.50 USD in all"
    )


def test_one_shared_row_of_many_is_refused_across_versions_and_warned_of_within_one(tmp_path: Path) -> None:
    first, second = write_bill(tmp_path / "a.csv", rows(150)), write_bill(tmp_path / "b.csv", rows(150, 149))
    bill = stage(tmp_path, first, second)
    assert total(bill) == "450.00"
    assert messages(bill, "shared_rows") == [
        "`a.csv` and `b.csv` share 1 row of 2026-01 of `AWS/1`, 1.50 USD in all; they were counted in both"
    ]
    newer = write_bill(tmp_path / "c.csv", rows(150, 149, InvoiceId="inv"), [*COLUMNS, "InvoiceId"])
    assert "share 1 row of 2026-01" in refusal(tmp_path, first, newer)


def test_versions_that_share_no_row_are_added(tmp_path: Path) -> None:
    older = write_bill(tmp_path / "10.csv", rows(5))
    newer = write_bill(tmp_path / "12.csv", rows(5, 5, InvoiceId="inv"), [*COLUMNS, "InvoiceId"])
    bill = stage(tmp_path, older, newer)
    assert (total(bill), messages(bill, "shared_rows")) == ("15.00", [])


@pytest.mark.parametrize("order", [1, -1])
def test_a_month_that_a_longer_file_holds_too_counts_once(tmp_path: Path, order: int) -> None:
    quarter = write_bill(tmp_path / "q1.csv", [*rows(2), *rows(4, 0, **FEBRUARY)])
    month = write_bill(tmp_path / "feb.csv", rows(4, 0, **FEBRUARY))
    files = [quarter, month][::order]
    bill = stage(tmp_path, *files)
    assert total(bill) == "9.00"
    first, second = (file.name for file in files)
    assert messages(bill, "same_rows") == [
        f"`{second}` holds the same rows of 2026-02 of `AWS/1` as `{first}`; they were counted once"
        if order < 0
        else f"`{second}` holds the same rows as `{first}`; they were counted once"
    ]


def test_files_of_disjoint_rows_are_added_without_a_word(tmp_path: Path) -> None:
    files = [write_bill(tmp_path / f"{n}.csv", rows(10, n * 10)) for n in range(3)]
    bill = stage(tmp_path, *files)
    assert (total(bill), bill.warnings) == ("45.00", ())


def test_rows_alike_within_a_file_are_charges_of_their_own(tmp_path: Path) -> None:
    bill = stage(tmp_path, write_bill(tmp_path / "a.csv", rows(3) * 2), write_bill(tmp_path / "b.csv", rows(3, 3)))
    assert Decimal(total(bill)) == Decimal("13.5")


def test_namesakes_are_told_apart_by_their_folders(tmp_path: Path) -> None:
    (tmp_path / "x").mkdir()
    files = write_bill(tmp_path / "a.csv", rows(15)), write_bill(tmp_path / "x" / "a.csv", rows(20))
    assert refusal(tmp_path, *files).startswith(f"`{files[0]}` and `{files[1]}` share 15 rows")
